"""`/oauth2/device_authorization`: a device asks for codes (RFC 8628, 3.1). Strict profile only."""

from poolkeep.core.oauth.grants import demand_flow
from poolkeep.core.oauth.grants.device_code import FLOW
from poolkeep.core.oauth.model import AuthorizationRequest
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.requests import ToClient
from poolkeep.core.oauth.token_endpoint import refuse_repeated
from poolkeep.http.hosted.pages.device import PATH, by_name, request_params
from poolkeep.http.hosted.programs import in_json, request_of, services_of
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, json


@route("POST", "/oauth2/device_authorization")
@in_json
async def begin(visit: Visit) -> Answer:
    """Answer with the device's own code, and the one that its user types."""
    if not profile_of(visit.pool).strict:
        raise OAuthRefusal("not_found", "There is no such page.", status=404)
    asked = request_of(visit)
    refuse_repeated(asked.form)
    client = await services_of(visit).clients.prove(visit.pool, asked.credentials)
    demand_flow(client, FLOW)
    params = request_params(visit, client.id, asked.form.get("scope"))
    extensions = visit.services.oauth_extensions
    # Read as any request is, so that the same clients may ask for the same scopes.
    name = (await extensions.pushed.push(visit.pool, client.id, params, ours=True)).request_uri
    try:
        found: AuthorizationRequest = (
            await visit.services.oauth.authorizations.read(visit.pool, by_name(client.id, name))
        ).request
    except ToClient as error:
        raise OAuthRefusal(error.error, error.description) from error
    finally:
        await extensions.pushed.use(visit.pool, name)
    opened = await extensions.devices.open(visit.pool, found)
    address = visit.absolute(PATH)
    return json({
        "device_code": opened.device_code,
        "user_code": opened.user_code,
        "verification_uri": address,
        "verification_uri_complete": f"{address}?user_code={opened.user_code}",
        "expires_in": opened.expires_in_s,
        "interval": opened.interval_s,
    })  # fmt: skip
