"""`/confirm` and `/resendcode`: prove an address, and go on to sign in by itself.

Source: docs/behaviours/pages-sign-up.md.
"""

from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter, Refusal
from poolkeep.core.signup import wording
from poolkeep.core.signup.model import ConfirmSignUp, ResendCode
from poolkeep.core.users.model import CodeDelivery, Status
from poolkeep.http.hosted import account, csrf, journey, passkey_offer, rendering, signing
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.pages.sign_up import (
    BY_APPROVAL,
    BY_LINK,
    CONFIRM,
    MODE,
    awaited,
    waiting_for,
)
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit

RESEND: Final = "/resendcode"
CODE: Final = "code"


@route("GET", CONFIRM)
async def show(visit: Visit) -> Answer:
    """Ask for the code, or say what else the account waits for."""
    asked = await journey.asked(visit)
    flow = await _flow(visit, asked)
    if flow is None or flow.username is None:
        return account.restart(visit)
    return await _page(visit, asked, flow)


@route("POST", CONFIRM)
async def confirm(visit: Visit) -> Answer:
    """Confirm by code, and sign in by what that has proven."""
    asked = await journey.asked(visit)
    csrf.check(visit)
    flow = await _flow(visit, asked)
    if flow is None or flow.username is None:
        return account.restart(visit)
    t = account.speaker(visit)
    code = (visit.form.get(CODE) or "").strip()
    if not code:
        return await _page(visit, asked, flow, error=t("code.missing"), status=400)
    command = ConfirmSignUp(**account.call(visit, asked, flow.username), confirmation_code=code)
    try:
        session = await visit.services.sign_up.confirm(command)
    except Refusal as refusal:
        if refusal.text == wording.cannot_be_confirmed(Status.CONFIRMED):
            return await _sign_in(visit, asked, flow)
        return await _page(visit, asked, flow, error=account.message(t, refusal), status=400)
    return await _go_on(visit, asked, flow, session)


@route("POST", RESEND)
async def resend(visit: Visit) -> Answer:
    """Send another code, or link, in place of the last one."""
    asked = await journey.asked(visit)
    csrf.check(visit)
    flow = await _flow(visit, asked)
    if flow is None or flow.username is None:
        return account.restart(visit)
    try:
        sent: CodeDelivery = await visit.services.sign_up.resend(
            ResendCode(**account.call(visit, asked, flow.username))
        )
    except InvalidParameter as refusal:
        if refusal.text == wording.ALREADY_CONFIRMED:
            return await _sign_in(visit, asked, flow)
        return await _again(visit, asked, flow, refusal)
    except Refusal as refusal:
        return await _again(visit, asked, flow, refusal)
    extra = waiting_for(visit.pool, sent)
    note = "link.resent" if extra[MODE] == BY_LINK else "common.sent_again"
    after = msgspec.structs.replace(flow, note=note, extra={**flow.extra, **extra})
    return await account.onto(visit, asked, CONFIRM, after)


async def _flow(visit: Visit, asked: Asked) -> Flow | None:
    """Return where somebody stands whose account is to be confirmed.

    Not who has come by a forgotten password, which anybody says of any name: what is told here,
    that an account is confirmed, would tell them that there is one.
    """
    flow = await journey.flow(visit, asked)
    if flow is None or flow.username is None or flow.challenge is not None:
        return None
    return None if account.RESETTING in flow.extra else flow


async def _go_on(visit: Visit, asked: Asked, flow: Flow, session: str | None) -> Answer:
    """Sign in by the session that a right code has earned.

    Where that is refused the account is confirmed nevertheless, and its user signs in as usual.
    """
    name = flow.username or ""
    visit = passkey_offer.ends_in_offer(visit)
    try:
        outcome = await signing.begin(
            visit,
            asked,
            flow=signing.CHOICE_FLOW,
            parameters={"USERNAME": name},
            session=session,
        )
        return await signing.advance(visit, asked, outcome, username=name)
    except Refusal:
        return await _sign_in(visit, asked, flow)


async def _sign_in(visit: Visit, asked: Asked, flow: Flow) -> Answer:
    after = Flow(username=flow.username, note="confirm.done")
    return await account.onto(visit, asked, account.SIGN_IN, after)


async def _again(visit: Visit, asked: Asked, flow: Flow, refusal: Refusal) -> Answer:
    key = account.key_of(refusal)
    if key is None:
        error = refusal.text
        return await _page(visit, asked, flow, error=error, status=400)
    after = msgspec.structs.replace(flow, note=key)
    return await account.onto(visit, asked, CONFIRM, after)


async def _page(
    visit: Visit, asked: Asked, flow: Flow, *, error: str | None = None, status: int = 200
) -> Answer:
    t = account.speaker(visit)
    mode = flow.extra.get(MODE) or awaited(visit.pool)
    if mode == BY_APPROVAL:
        return await rendering.render(
            visit,
            "account_end.html",
            client=asked.client,
            title=t("waiting.title"),
            heading=t("waiting.heading"),
            text=t("waiting.lead"),
            kind="info",
            next_path=account.SIGN_IN,
            next_text=t("forgot.to_sign_in"),
        )
    note, kind = (error, "error") if error else await account.noted(visit, asked, flow)
    template = "link_sent.html" if mode == BY_LINK else "confirm.html"
    return await rendering.render(
        visit,
        template,
        status=status,
        client=asked.client,
        note=note,
        kind=kind,
        error=note if kind == "error" else None,
        destination=flow.extra.get("destination"),
        medium=flow.extra.get("medium"),
    )
