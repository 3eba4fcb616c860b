"""Where a browser ends that cannot be sent back to an application."""

from poolkeep.http.hosted.refusals import ERROR_PAGE, error_page
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit


@route("GET", ERROR_PAGE)
async def error(visit: Visit) -> Answer:
    """Tell what is wrong. Nothing of the address stands in the page, nor does it lead anywhere."""
    return await error_page(visit, visit.query.get("error") or "")
