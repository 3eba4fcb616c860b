"""What core refuses, as answers of the hosted face.

ToErrorPage    302 to /error, which tells of it and leads nowhere else
ToClient       back to the client with `error`
Forged         403, with a way to start again
"""

from typing import Final

from poolkeep.core.oauth.requests import ToClient, ToErrorPage
from poolkeep.core.oauth.responses import Finished
from poolkeep.http.hosted import journey, rendering, texts
from poolkeep.http.hosted.csrf import Forged
from poolkeep.http.hosted.registry import Handler
from poolkeep.http.hosted.texts import en
from poolkeep.http.hosted.web import Answer, Visit, redirect

ERROR_PAGE: Final = "/error"
START_AGAIN: Final = "/login"
TEMPLATE: Final = "trouble.html"


async def guarded(handler: Handler, visit: Visit) -> Answer:
    """Return the handler's answer, or what its refusal becomes."""
    try:
        return await handler(visit)
    except ToErrorPage as error:
        return to_error_page(visit, error)
    except ToClient as error:
        finished: Finished = visit.services.oauth.authorizations.refuse(visit.pool, error)
        return journey.answer(visit, finished)
    except Forged:
        return await forged(visit)


def to_error_page(visit: Visit, error: ToErrorPage) -> Answer:
    """Return the redirect to our own page, which speaks the language of the request."""
    query = {"error": error.error}
    if error.client_id is not None:
        query["client_id"] = error.client_id
    return redirect(visit.to(ERROR_PAGE, query), *rendering.language_cookies(visit))


async def error_page(visit: Visit, error: str) -> Answer:
    """Return the page that tells of an error by its key; of an unknown one that there is one."""
    key = f"error.{error}"
    found = key if key in en.TEXTS else "trouble.lead"
    reason = texts.text(rendering.language_of(visit), found)
    return await rendering.render(visit, TEMPLATE, status=400, reason=reason, again=None)


async def forged(visit: Visit) -> Answer:
    """Return the page for a form that we do not believe; its link keeps the request."""
    reason = texts.text(rendering.language_of(visit), "trouble.forged")
    again = visit.to(START_AGAIN, visit.query.raw)
    return await rendering.render(visit, TEMPLATE, status=403, reason=reason, again=again)
