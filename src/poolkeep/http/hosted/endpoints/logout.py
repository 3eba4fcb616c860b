"""Where applications send the browser to have it signed out."""

from urllib.parse import urlencode

from poolkeep.core.oauth.logout import Back, Confirm, Outcome, SignedOut, ToSignIn, Wrong
from poolkeep.core.oauth.model import Params
from poolkeep.http.hosted import cookies, csrf, rendering
from poolkeep.http.hosted.refusals import error_page
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, redirect

LOGOUT = "/logout"
CONFIRMED = "confirmed"
PAGE = "sign_out.html"


@route("GET", LOGOUT)
async def logout(visit: Visit) -> Answer:
    """Sign the browser out and lead on, in whichever dialect was asked."""
    return await _answered(visit, visit.query, confirmed=False)


@route("POST", LOGOUT)
async def logout_by_form(visit: Visit) -> Answer:
    """Sign out by a form: our own, after a question, or an application's.

    The browser keeps its cookie from a form of another site, and brings it when it is led here.
    """
    if visit.form.has(CONFIRMED):
        csrf.check(visit)
        return await _answered(visit, visit.form, confirmed=True)
    return redirect(visit.to(LOGOUT, urlencode(visit.form.pairs)), status=303)


@route("GET", "/oauth2/logout")
async def logout_alias(visit: Visit) -> Answer:
    """Lead to the address that some configure by mistake."""
    return redirect(visit.to(LOGOUT, visit.query.raw))


async def _answered(visit: Visit, params: Params, *, confirmed: bool) -> Answer:
    outcome: Outcome = await visit.services.oauth.sign_outs.sign_out(
        visit.pool, params, cookie=cookies.session(visit), confirmed=confirmed
    )
    gone = (cookies.forget_session(visit),)
    match outcome:
        case Back():
            return redirect(outcome.location, *gone)
        case ToSignIn():
            return redirect(visit.to("/login", outcome.query), *gone)
        case SignedOut():
            return (await rendering.render(visit, PAGE, fields=None)).with_cookies(gone)
        case Confirm():
            return await rendering.render(visit, PAGE, fields=outcome.fields)
        case Wrong():
            page = await error_page(visit, outcome.error)
            return page.with_cookies(gone) if outcome.ended else page
