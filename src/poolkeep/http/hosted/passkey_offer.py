"""A passkey before the application hears of a sign-in: who is offered one, and what waits.

That a sign-in ends at the page for a new passkey stands in the address, like the request itself,
so it outlasts every page in between. There the finished sign-in waits in the browser's flow, and
goes on with a passkey or without. Source: docs/behaviours/pages-sign-up.md.
"""

from typing import Final

import msgspec

from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.pausing import kept
from poolkeep.core.signin.commands import Authenticated
from poolkeep.http.hosted import ceremonies, journey
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.web import Answer, Visit, redirect

PATH: Final = "/passkeys/add"
THEN: Final = "then"
PASSKEY: Final = "passkey"
WAITING: Final = "PASSKEY_OFFER"
"""In place of a flow's challenge: the sign-in is done, and waits."""
DONE: Final = "authenticated"


def ends_in_offer(visit: Visit) -> Visit:
    """Return the visit with an address whose sign-in ends in an offer, where there can be one."""
    if is_wanted(visit) or ceremonies.place(visit) is None:
        return visit
    added = f"{THEN}={PASSKEY}"
    raw = f"{visit.query.raw}&{added}" if visit.query.raw else added
    query = Params([*visit.query.pairs, (THEN, PASSKEY)], raw)
    return msgspec.structs.replace(visit, query=query)


def is_wanted(visit: Visit) -> bool:
    """Tell whether a sign-in at this address ends in an offer."""
    return visit.query.get(THEN) == PASSKEY and ceremonies.place(visit) is not None


async def paused(visit: Visit, asked: Asked, done: Authenticated) -> Answer:
    """Keep a finished sign-in, and return the redirect to the page."""
    flow = Flow(challenge=WAITING, username=done.user.username, extra={DONE: kept(done)})
    cookie = await journey.keep(visit, asked, flow)
    return redirect(visit.to(PATH, visit.query.raw), cookie)


async def resumed(visit: Visit, asked: Asked) -> Authenticated | None:
    """Return the sign-in that waits here, if any."""
    flow = await journey.flow(visit, asked)
    if flow is None or flow.challenge != WAITING:
        return None
    found: Authenticated | None = await visit.services.oauth.pauses.resumed(
        visit.pool, asked.client, flow.extra.get(DONE)
    )
    return found
