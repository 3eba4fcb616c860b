"""`/oauth2/register`: clients that register themselves."""

from typing import Final

from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.registration import Registering
from poolkeep.http.hosted.programs import in_json, services_of
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, json

BODY_BYTES_MAX: Final = 65_536
JSON: Final = "application/json"


@route("POST", "/oauth2/register")
@in_json
async def register(visit: Visit) -> Answer:
    """Make a client."""
    if len(visit.body) > BODY_BYTES_MAX:
        raise OAuthRefusal("invalid_client_metadata", "The request is too large", status=413)
    # No page of another site can send this type without asking first.
    if visit.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise OAuthRefusal("invalid_client_metadata", "The body must be JSON")
    made = await services_of(visit).registration.register(
        Registering(
            pool=visit.pool,
            body=visit.body,
            authorization=visit.headers.get("authorization"),
            ip_address=visit.source_ip,
            request_id=visit.request_id,
        )
    )
    return json(made, status=201)
