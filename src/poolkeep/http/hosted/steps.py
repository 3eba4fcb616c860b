"""What the pages of a sign-in share: where it stands, and what becomes of an answer.

    standing   the flow of this page, or the way to where the sign-in stands
    answered   one answer to the machine: the next page, or this one with what was refused

Source: docs/behaviours/pages.md.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from poolkeep.base.refusal import PasswordResetRequired, Refusal, UserNotConfirmed
from poolkeep.core.signin.challenges.one_time_code import AGAIN
from poolkeep.core.signin.machine import ANOTHER_WAY
from poolkeep.http.hosted import account, journey, messages, signing
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.web import Answer, Visit, redirect

CONFIRM: Final = "/confirm"
RESET: Final = "/confirmForgotPassword"
RESET_NOTE: Final = "reset.required"
SENT_AGAIN: Final = "common.sent_again"
FORM_ERROR: Final = 400

Shown = Callable[[str], Awaitable[Answer]]
"""What shows a page again, with a sentence."""


async def standing(visit: Visit, asked: Asked, place: str) -> Flow | Answer:
    """Return where the sign-in stands, if that is at this page; else the way to where it is.

    An answer that comes after all is forgotten learns that it was too late.
    """
    flow = await journey.flow(visit, asked)
    if flow is None and visit.method == "POST":
        return await restarted(visit, asked)
    there = signing.place_of(flow)
    if flow is None or there != place:
        return redirect(visit.to(there, visit.query.raw))
    return flow


async def answered(
    visit: Visit,
    asked: Asked,
    flow: Flow,
    answers: Mapping[str, str],
    *,
    shown: Shown,
    remember: bool = False,
    note: str | None = None,
) -> Answer:
    """Return what follows an answer; `shown` shows the page again where it was refused."""
    username = flow.username or ""
    try:
        outcome = await signing.respond(visit, asked, flow, answers)
        return await signing.advance(
            visit, asked, outcome, username=username, before=flow, remember=remember, note=note
        )
    except Refusal as refusal:
        return await refused(visit, asked, refusal, username=username, shown=shown)


async def moved(visit: Visit, asked: Asked, flow: Flow, *, shown: Shown) -> Answer | None:
    """Carry out the buttons that lead elsewhere; None where none of them was pressed."""
    form = visit.form
    if form.has("again"):
        given = {AGAIN: "yes"}
        return await answered(visit, asked, flow, given, shown=shown, note=SENT_AGAIN)
    if form.has("another") and flow.session is not None:
        return await answered(visit, asked, flow, {ANOTHER_WAY: "yes"}, shown=shown)
    if form.has("back") or form.has("another"):
        await journey.drop(visit, asked)
        return redirect(visit.to(signing.SIGN_IN, visit.query.raw))
    return None


async def refused(
    visit: Visit, asked: Asked, refusal: Refusal, *, username: str, shown: Shown
) -> Answer:
    """Return the page with what was refused, or where the sign-in has to go on instead."""
    if messages.is_over(refusal):
        return await over(visit, asked)
    other = await elsewhere(visit, asked, refusal, username=username)
    return await shown(told(visit, refusal)) if other is None else other


async def over(visit: Visit, asked: Asked) -> Answer:
    """Return the way on from a page whose sign-in was answered elsewhere, or is too old.

    Where another window has gone on, this one follows it; else it begins again.
    """
    now = await journey.flow(visit, asked)
    there = signing.place_of(now)
    if there not in {visit.path, signing.SIGN_IN}:
        return redirect(visit.to(there, visit.query.raw))
    return await restarted(visit, asked)


async def restarted(visit: Visit, asked: Asked) -> Answer:
    """Return the way to the sign-in page, which says why it is asked for again."""
    cookie = await journey.keep(visit, asked, Flow(note=messages.RESTART))
    return redirect(visit.to(signing.SIGN_IN, visit.query.raw), cookie)


async def elsewhere(
    visit: Visit, asked: Asked, refusal: Refusal, *, username: str
) -> Answer | None:
    """Return the way to what is owed before a sign-in: a code, or another password."""
    match refusal:
        case UserNotConfirmed():
            path, note = CONFIRM, None
        case PasswordResetRequired():
            path, note = RESET, RESET_NOTE
        case _:
            return None
    cookie = await journey.keep(visit, asked, Flow(username=username, note=note))
    return redirect(visit.to(path, visit.query.raw), cookie)


def told(visit: Visit, refusal: Refusal) -> str:
    """Return what a page says to a refusal, in the visitor's language."""
    return messages.told(account.speaker(visit), refusal)
