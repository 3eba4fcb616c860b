"""`/confirmUser`: where the link of a verification e-mail leads.

Opening the link changes nothing, because mail scanners open links too; the page has a button, and
pressing it confirms. The link is all the proof there is, so a browser needs no token to press it.
`http/confirm.py` leads here from the installation's own address, for pools without a domain.
Source: docs/behaviours/pages-sign-up.md.
"""

from typing import Final

from poolkeep.base.refusal import Refusal
from poolkeep.core.oauth.model import Params
from poolkeep.core.pools.model import AppClient
from poolkeep.core.signup import wording
from poolkeep.core.users.model import Status
from poolkeep.http.hosted import account
from poolkeep.http.hosted.branding.theme import theme
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import render
from poolkeep.http.hosted.web import Answer, Visit

PATH: Final = "/confirmUser"
FIELDS: Final = ("client_id", "user_name", "confirmation_code")
STALE: Final = "link.stale"


@route("GET", PATH)
async def show(visit: Visit) -> Answer:
    """Show the button."""
    given = _fields(visit.query)
    if given is None:
        return await _page(visit, "link.incomplete", kind="error", status=400)
    client = await _client(visit, given)
    if client is None:
        return await _page(visit, STALE, kind="error", status=400)
    return await _page(visit, None, client=client, given=given)


@route("POST", PATH)
async def confirm(visit: Visit) -> Answer:
    """Confirm. One text for every refusal: who holds a link learns nothing else."""
    given = _fields(visit.form)
    if given is None:
        return await _page(visit, "link.incomplete", kind="error", status=400)
    client = await _client(visit, given)
    if client is None:
        return await _page(visit, STALE, kind="error", status=400)
    try:
        await visit.services.sign_up.confirm_by_link(*(given[name] for name in FIELDS))
    except Refusal as refusal:
        if refusal.text == wording.cannot_be_confirmed(Status.CONFIRMED):
            return await _page(visit, "link.already", kind="success", client=client)
        return await _page(visit, STALE, kind="error", client=client, status=400)
    return await _page(visit, "link.confirmed", kind="success", client=client)


async def _client(visit: Visit, given: dict[str, str]) -> AppClient | None:
    """Return the client if it is one of this pool's."""
    found = await visit.services.book.client(given["client_id"])
    return None if found is None or found[0].pool.id != visit.pool.pool.id else found[1]


def _fields(params: Params) -> dict[str, str] | None:
    """Return the three fields of a link; None when it does not hold each exactly once."""
    given = {name: params.get(name) or "" for name in FIELDS}
    complete = all(given.values()) and params.repeated.isdisjoint(FIELDS)
    return given if complete else None


async def _page(
    visit: Visit,
    key: str | None,
    *,
    kind: str = "info",
    client: AppClient | None = None,
    given: dict[str, str] | None = None,
    status: int = 200,
) -> Answer:
    text = None if key is None else account.speaker(visit)(key)
    lang = visit.query.get("lang")
    return await render(
        visit,
        "confirm_user.html",
        status=status,
        client=await _looks_like(visit, client),
        text=text,
        error=text if kind == "error" else None,
        kind=kind,
        fields=list((given or {}).items()),
        action=visit.to(PATH, None if lang is None else {"lang": lang}),
    )


async def _looks_like(visit: Visit, client: AppClient | None) -> AppClient | None:
    """Return whose style the page wears: none where there is none, for the link was sent already.

    Without a domain there is nowhere for a style's pictures, either.
    """
    if client is None or visit.domain is None or await theme(visit, client) is None:
        return None
    return client
