"""`/passkeys/add`: a new passkey, after a sign-up or whenever an application sends its users here.

Managed login only. A browser that is not signed in signs in first, and comes back.
Source: docs/behaviours/pages-sign-up.md.
"""

from typing import Any, Final, NamedTuple

import msgspec

from poolkeep.base.refusal import LimitExceeded, Refusal
from poolkeep.core.oauth.decision import counts
from poolkeep.core.passkeys.model import Place
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.signin.commands import Authenticated
from poolkeep.core.users.model import User
from poolkeep.http.hosted import account, ceremonies, cookies, csrf, journey, passkey_offer
from poolkeep.http.hosted.journey import Asked, Asks
from poolkeep.http.hosted.passkey_offer import PATH
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import render
from poolkeep.http.hosted.web import Answer, Visit, redirect

LATER: Final = "later"
CREDENTIAL: Final = "credential"
CREDENTIAL_CHARACTERS_MAX: Final = 65_536
LOGIN: Final = "login"


class _Caller(NamedTuple):
    pool: LoadedPool
    client: AppClient
    user: User


class _Who(NamedTuple):
    """Who is at the page: by a sign-in that waits here, or by the browser's session."""

    user: User
    waiting: Authenticated | None


@route("GET", PATH)
async def show(visit: Visit) -> Answer:
    """Show the page, or sign the browser in first."""
    asked = await journey.asked(visit)
    if visit.is_classic:
        return await _nothing_here(visit, asked)
    who = await _who(visit, asked)
    if who is None:
        return redirect(visit.to(account.SIGN_IN, passkey_offer.ends_in_offer(visit).query.raw))
    return await _page(visit, asked, who)


@route("POST", PATH)
async def add(visit: Visit) -> Answer:
    """Keep the passkey, or none, and go on to the application."""
    asked = await journey.asked(visit)
    csrf.check(visit)
    if visit.is_classic:
        return await _nothing_here(visit, asked)
    who = await _who(visit, asked)
    if who is None:
        return redirect(visit.to(account.SIGN_IN, passkey_offer.ends_in_offer(visit).query.raw))
    place = ceremonies.place(visit)
    if not visit.form.has(LATER) and place is not None:
        try:
            await _keep(visit, asked, who, place)
        except Refusal as refusal:
            return await _page(visit, asked, who, refusal=refusal)
    return await _on(visit, asked, who)


async def _who(visit: Visit, asked: Asked) -> _Who | None:
    """Return who may add a passkey here.

    A session is no proof for an application that wants a fresh one, or a more recent one.
    """
    waiting = await passkey_offer.resumed(visit, asked)
    if waiting is not None:
        return _Who(waiting.user, waiting)
    if LOGIN in asked.request.prompts:
        return None
    known = await visit.services.oauth.authorizations.known(visit.pool, cookies.session(visit))
    if known is None or not counts(known.session, visit.pool, asked.client, now_ms=visit.now_ms):
        return None
    return _Who(known.user, None)


async def _keep(visit: Visit, asked: Asked, who: _Who, place: Place) -> None:
    """Keep the passkey that the browser has made; refuses every other."""
    text = visit.form.get(CREDENTIAL) or ""
    try:
        credential: object = msgspec.json.decode(text[:CREDENTIAL_CHARACTERS_MAX])
    except msgspec.DecodeError:
        credential = None
    caller = _Caller(visit.pool, asked.client, who.user)
    await visit.services.passkeys.complete(caller, credential, place)


async def _on(visit: Visit, asked: Asked, who: _Who) -> Answer:
    """Return the way back to the application."""
    if who.waiting is not None:
        return await journey.finish(visit, asked, who.waiting)
    arrived = await journey.arrive(visit, asked)
    if isinstance(arrived, Asks):
        return redirect(visit.to(arrived.page, visit.query.raw))
    return arrived


async def _page(visit: Visit, asked: Asked, who: _Who, *, refusal: Refusal | None = None) -> Answer:
    t = account.speaker(visit)
    error = None if refusal is None else _told(refusal)
    options: dict[str, Any] | None = None
    place = ceremonies.place(visit)
    if place is None:
        error = "passkey_add.unavailable"
    else:
        caller = _Caller(visit.pool, asked.client, who.user)
        try:
            options = await visit.services.passkeys.start(caller, place)
        except Refusal as failed:
            error = _told(failed)
    return await render(
        visit,
        "passkey_add.html",
        status=200 if refusal is None else 400,
        client=asked.client,
        scripts=True,
        error=None if error is None else t(error),
        options=options,
    )


def _told(refusal: Refusal) -> str:
    is_full = isinstance(refusal, LimitExceeded)
    return "passkey_add.too_many" if is_full else "passkey_add.failed"


async def _nothing_here(visit: Visit, asked: Asked) -> Answer:
    t = account.speaker(visit)
    return await render(
        visit,
        "account_end.html",
        status=404,
        client=asked.client,
        title=t("passkey_add.title"),
        heading=t("passkey_add.heading"),
        text=t("passkey_add.unavailable"),
        kind="warning",
        next_path=account.SIGN_IN,
        next_text=t("forgot.to_sign_in"),
    )
