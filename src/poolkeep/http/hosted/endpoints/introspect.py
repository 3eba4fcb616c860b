"""`/oauth2/introspect`: what a token is worth. In the strict profile alone."""

from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.http.hosted.programs import in_json, request_of, services_of
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, json


@route("POST", "/oauth2/introspect")
@in_json
async def introspect(visit: Visit) -> Answer:
    """Answer an API that asks about a token."""
    if not profile_of(visit.pool).strict:
        raise OAuthRefusal("not_found", "There is no such page.", status=404)
    return json(await services_of(visit).introspection.tell(request_of(visit)))
