"""`/oauth2/token`: codes, refresh tokens and clients become tokens."""

from poolkeep.http.hosted import possession
from poolkeep.http.hosted.programs import in_json, preflight, request_of, services_of, shared
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, json

PATH = "/oauth2/token"


@route("POST", PATH)
@shared
@in_json
async def token(visit: Visit) -> Answer:
    """Answer a grant."""
    key = await possession.key_of(visit)
    request = request_of(visit, key_thumbprint=key)
    return json(await services_of(visit).token_endpoint.answer(request))


@route("OPTIONS", PATH)
async def before(visit: Visit) -> Answer:
    """Answer a browser's preflight."""
    return preflight(visit, "POST, OPTIONS")
