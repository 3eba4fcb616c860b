"""`/oauth2/revoke`: a client takes a refresh token back."""

from poolkeep.http.hosted.programs import in_json, preflight, request_of, services_of, shared
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit

PATH = "/oauth2/revoke"


@route("POST", PATH)
@shared
@in_json
async def revoke(visit: Visit) -> Answer:
    """Take a token back; there is nothing to say, and some clients would read it."""
    await services_of(visit).revocation.revoke(request_of(visit))
    return Answer()


@route("OPTIONS", PATH)
async def before(visit: Visit) -> Answer:
    """Answer a browser's preflight."""
    return preflight(visit, "POST, OPTIONS")
