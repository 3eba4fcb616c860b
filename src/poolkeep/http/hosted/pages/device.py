"""`/device`: the user of a device without a browser agrees here (RFC 8628, 3.3).

    the code ─▶ signed in? ─▶ asked, with the client's name ─▶ allowed or not
                   └─ no ─▶ /login, whose request leads back here

The sign-in is that of any application: its request is one that we push ourselves, for the client
that the device names, and it leads to this page. Opening an address decides nothing.
"""

from typing import Final
from urllib.parse import urlencode

import msgspec

from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import TooManyRequests
from poolkeep.core.oauth.browser_sessions import Known
from poolkeep.core.oauth.decision import counts
from poolkeep.core.oauth.device_authorization import Pending, spelled
from poolkeep.core.oauth.model import Code, Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.pushed import Pushed
from poolkeep.core.pools.model import AppClient
from poolkeep.http.hosted import cookies, csrf, texts
from poolkeep.http.hosted.refusals import guarded
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import language_of, render
from poolkeep.http.hosted.web import Answer, Visit, redirect

PATH: Final = "/device"
USER_CODE: Final = "user_code"
ALLOW: Final = "allow"
ASK: Final = "device.html"
TYPED_CHARACTERS_MAX: Final = 64


@route("GET", PATH)
async def show(visit: Visit) -> Answer:
    """Show the field for the code, or the question once somebody is signed in."""
    return await guarded(_show, visit)


@route("POST", PATH)
async def take(visit: Visit) -> Answer:
    """Take the code, or the answer to the question."""
    return await guarded(_take, visit)


def request_params(visit: Visit, client_id: str, scope: str | None) -> Params:
    """Return the authorization request of a device, that leads to this page."""
    pairs = [
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", visit.absolute(PATH)),
    ]
    return Params([*pairs, *([("scope", scope)] if scope else [])])


def by_name(client_id: str, request_uri: str) -> Params:
    """Return the parameters that name a pushed request."""
    return Params([("client_id", client_id), ("request_uri", request_uri)])


async def _show(visit: Visit) -> Answer:
    if not profile_of(visit.pool).strict:
        return await _missing(visit)
    typed = _typed(visit.query.get(USER_CODE) or visit.query.get("state"))
    if not typed or not visit.query.has("state"):
        return await _page(visit, typed=typed)
    return await _question(visit, typed)


async def _take(visit: Visit) -> Answer:
    if not profile_of(visit.pool).strict:
        return await _missing(visit)
    csrf.check(visit)
    typed = _typed(visit.form.get(USER_CODE))
    if visit.form.has(ALLOW):
        return await _decided(visit, typed)
    try:
        pending = await _pending(visit, typed)
    except TooManyRequests:
        return await _page(visit, typed=typed, error="device.too_many")
    if pending is None:
        return await _page(visit, typed=typed, error="device.unknown")
    return await _signing_in(visit, pending, typed)


async def _signing_in(visit: Visit, pending: Pending, typed: str) -> Answer:
    """Send the browser through the sign-in of the device's client, and back to here."""
    client_id = pending.request.client_id
    asked = request_params(visit, client_id, " ".join(pending.request.scopes))
    pushed: Pushed = await visit.services.oauth_extensions.pushed.push(
        visit.pool, client_id, Params([*asked.pairs, ("state", typed)]), ours=True
    )
    named = urlencode(by_name(client_id, pushed.request_uri).pairs)
    return redirect(visit.to("/oauth2/authorize", named))


async def _question(visit: Visit, typed: str) -> Answer:
    """Ask whoever is signed in."""
    try:
        pending = await _pending(visit, typed)
    except TooManyRequests:
        return await _page(visit, error="device.too_many")
    known = await _known(visit)
    if pending is None or known is None:
        return await _page(visit, typed=typed, error="device.unknown")
    client = await _client(visit, pending)
    if client is None or not _may_sign_in(visit, client, pending, known):
        return await _page(visit, error="device.unknown")
    return await _page(
        visit,
        typed=typed,
        client=client,
        asks={"client": client.settings.client_name, "name": known.user.username},
    )


async def _decided(visit: Visit, typed: str) -> Answer:
    """Do what the user has answered."""
    try:
        pending = await _pending(visit, typed)
    except TooManyRequests:
        return await _page(visit, error="device.too_many")
    known = await _known(visit)
    client = None if pending is None else await _client(visit, pending)
    if pending is None or known is None or client is None:
        return await _page(visit, error="device.unknown")
    if not _may_sign_in(visit, client, pending, known):
        return await _page(visit, error="device.unknown")
    devices = visit.services.oauth_extensions.devices
    if visit.form.get(ALLOW) != "yes":
        done: bool = await devices.deny(visit.pool, pending)
        return await _page(visit, client=client, done="device.denied" if done else None)
    session = known.session
    code = Code(
        request=pending.request,
        user_id=session.user_id,
        factors=session.factors,
        authenticated_ms=session.authenticated_ms,
        issued_ms=visit.now_ms,
        event_id=uuid4(visit.services.oauth_extensions.entropy),
        provider=session.provider,
        level=session.level,
        device_key=session.device_key,
        sso_session_id=session.sso_session_id,
    )
    granted: bool = await devices.grant(visit.pool, pending, code)
    if not granted:
        return await _page(visit, error="device.unknown")
    return await _page(visit, client=client, done="device.allowed")


async def _pending(visit: Visit, typed: str) -> Pending | None:
    found: Pending | None = await visit.services.oauth_extensions.devices.pending(
        visit.pool, typed, ip_address=visit.source_ip
    )
    return found


async def _known(visit: Visit) -> Known | None:
    found: Known | None = await visit.services.oauth.authorizations.known(
        visit.pool, cookies.session(visit)
    )
    return found


async def _client(visit: Visit, pending: Pending) -> AppClient | None:
    found = await visit.services.book.client(pending.request.client_id)
    return None if found is None or found[0].pool.id != visit.pool.pool.id else found[1]


def _may_sign_in(visit: Visit, client: AppClient, pending: Pending, known: Known) -> bool:
    """Tell whether the device's client takes this browser's sign-in.

    Whoever has vouched for the user must be one of the client's, and the sign-in as recent as the
    client wants, or made since the device asked: an address may lead here past the sign-in.
    """
    session = known.session
    if session.provider not in (client.settings.supported_identity_providers or ()):
        return False
    is_fresh = session.authenticated_ms >= pending.opened_ms
    return is_fresh or counts(session, visit.pool, client, now_ms=visit.now_ms)


async def _page(
    visit: Visit,
    *,
    typed: str = "",
    error: str | None = None,
    done: str | None = None,
    client: AppClient | None = None,
    asks: dict[str, str] | None = None,
) -> Answer:
    language = language_of(visit)
    return await render(
        visit,
        ASK,
        client=client,
        typed=typed,
        error=texts.text(language, error) if error else None,
        done=texts.text(language, done) if done else None,
        asks=asks,
    )


async def _missing(visit: Visit) -> Answer:
    reason = texts.text(language_of(visit), "error.not_found")
    page = await render(visit, "trouble.html", reason=reason, again=None)
    return msgspec.structs.replace(page, status=404)


def _typed(text: str | None) -> str:
    return spelled((text or "")[:TYPED_CHARACTERS_MAX])
