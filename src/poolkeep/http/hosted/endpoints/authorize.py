"""Where applications send the browser to have somebody signed in."""

from urllib.parse import urlencode

from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.requests import ToClient
from poolkeep.core.pools.client_checks import LOCAL_USERS
from poolkeep.http.hosted import journey
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, redirect

AUTHORIZE = "/oauth2/authorize"
LOGIN = "/login"


@route("GET", AUTHORIZE)
async def authorize(visit: Visit) -> Answer:
    """Answer at once where the browser is signed in; else lead to a page with the same query."""
    return await _answered(visit, visit.query, visit.query.raw)


@route("POST", AUTHORIZE)
async def authorize_by_form(visit: Visit) -> Answer:
    """Answer a request that comes as a form, as OpenID Connect wants and Cognito does not."""
    if not profile_of(visit.pool).strict:
        return Answer(status=405, headers=(("Allow", "GET, HEAD"),))
    return await _answered(visit, visit.form, urlencode(visit.form.pairs))


@route("GET", "/authorize")
async def alias(visit: Visit) -> Answer:
    """Lead to the address that the guide's examples shorten."""
    return redirect(visit.to(AUTHORIZE, visit.query.raw))


@route("GET", "/oauth2/login")
async def login_alias(visit: Visit) -> Answer:
    """Lead to the sign-in page, which the guide sometimes calls so."""
    return redirect(visit.to(LOGIN, visit.query.raw))


async def _answered(visit: Visit, params: Params, query: str) -> Answer:
    request = await journey.asked(visit, params)
    outcome = await journey.arrive(visit, request)
    if isinstance(outcome, Answer):
        return outcome
    if outcome.provider != LOCAL_USERS:
        # Nobody but the pool's own directory signs users in yet.
        raise ToClient(
            request.request.redirect_uri,
            "invalid_request",
            state=request.request.state,
            mode=request.request.response_mode,
        )
    return redirect(visit.to(outcome.page, query))
