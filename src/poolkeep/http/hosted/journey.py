"""A browser's way through the pages: its request, where it stands, and back to the application.

client, request = …   await asked(visit)                what the address asks for
where it stands       await flow(visit, asked)          kept by `keep`, forgotten by `drop`
signed in             await finish(visit, asked, …)     cookies, and back to the application
"""

import html as markup

from poolkeep.core.oauth.authorization import Asks
from poolkeep.core.oauth.flows import Flow, Kept
from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.reading import Asked
from poolkeep.core.oauth.responses import Finished
from poolkeep.core.pools.client_checks import LOCAL_USERS
from poolkeep.core.sessions import Activity
from poolkeep.core.signin.commands import Authenticated, Origin
from poolkeep.http.hosted import cookies
from poolkeep.http.hosted.web import Answer, Cookie, Visit, html, redirect

__all__ = ["Asked", "Asks", "Flow", "activity", "answer", "arrive", "asked", "drop", "finish",
           "flow", "keep", "origin", "reword"]  # fmt: skip


async def asked(visit: Visit, params: Params | None = None) -> Asked:
    """Return the client and the request of this page's address, or of other parameters.

    Raises ToErrorPage or ToClient, which the face answers: pages let them pass.
    """
    found: Asked = await visit.services.oauth.authorizations.read(
        visit.pool, params or visit.query, managed=not visit.is_classic
    )
    return found


async def arrive(visit: Visit, request: Asked) -> Answer | Asks:
    """Return the way back to the application where the browser is signed in; else what to show.

    Raises ToClient where nobody may be asked.
    """
    outcome: Finished | Asks = await visit.services.oauth.authorizations.arrive(
        visit.pool, request, cookie=cookies.session(visit), activity=activity(visit)
    )
    return outcome if isinstance(outcome, Asks) else answer(visit, outcome)


async def finish(
    visit: Visit, request: Asked, authenticated: Authenticated, *, provider: str = LOCAL_USERS
) -> Answer:
    """Return the way back to the application for a user who has just signed in."""
    finished: Finished = await visit.services.oauth.authorizations.finish(
        visit.pool,
        request.client,
        request.request,
        authenticated,
        cookie=cookies.session(visit),
        activity=activity(visit),
        provider=provider,
    )
    await drop(visit, request)
    made = answer(visit, finished)
    if cookies.flow(visit, request.digest) is None:
        return made
    return made.with_cookies((cookies.forget_flow(visit, request.digest),))


async def flow(visit: Visit, request: Asked) -> Flow | None:
    """Return where this browser stands with this request; None where it has not begun."""
    found: Flow | None = await visit.services.oauth.flows.load(
        visit.pool, cookies.flow(visit, request.digest), request.digest
    )
    return found


async def keep(visit: Visit, request: Asked, flow: Flow) -> Cookie:
    """Store where this browser stands now; the cookie, a new one, must go with the answer."""
    before = cookies.flow(visit, request.digest)
    kept: Kept = await visit.services.oauth.flows.keep(
        visit.pool, request.client, before, request.digest, flow=flow
    )
    return cookies.set_flow(visit, request.digest, kept.cookie, kept.life_s)


async def reword(visit: Visit, request: Asked, flow: Flow) -> None:
    """Store what has changed where this browser stands still; the cookie stays."""
    cookie = cookies.flow(visit, request.digest)
    await visit.services.oauth.flows.amend(
        visit.pool, request.client, cookie, request.digest, flow=flow
    )


async def drop(visit: Visit, request: Asked) -> None:
    """Forget where this browser stands with this request."""
    cookie = cookies.flow(visit, request.digest)
    await visit.services.oauth.flows.drop(visit.pool, cookie, request.digest)


def activity(visit: Visit) -> Activity:
    """Return from where the browser is used."""
    return Activity(ip_address=visit.source_ip, user_agent=visit.user_agent)


def origin(visit: Visit) -> Origin:
    """Return from where the browser is used, for the sign-in machine."""
    return Origin(ip_address=visit.source_ip, user_agent=visit.user_agent)


def answer(visit: Visit, finished: Finished) -> Answer:
    """Return the redirect to the application, or the form that the browser posts to it."""
    made = redirect(finished.location) if finished.fields is None else _form(visit, finished)
    if finished.cookie is None:
        return made
    return made.with_cookies((cookies.set_session(visit, finished.cookie, finished.cookie_life_s),))


def _form(visit: Visit, finished: Finished) -> Answer:
    """Return a page whose form the browser posts by itself, or on a click without scripts."""
    fields = "".join(
        f'<input type="hidden" name="{markup.escape(name)}" value="{markup.escape(value)}">'
        for name, value in finished.fields or ()
    )
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>…</title></head><body>'
        f'<form id="f" method="post" action="{markup.escape(finished.location)}">{fields}'
        "<noscript><button>OK</button></noscript></form>"
        f'<script nonce="{visit.nonce}">document.getElementById("f").submit()</script>'
        "</body></html>"
    )
    return html(text)
