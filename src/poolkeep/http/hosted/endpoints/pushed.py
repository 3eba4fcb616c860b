"""`/oauth2/par`: a client pushes an authorization request ahead (RFC 9126). Strict profile only."""

from typing import Final

from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.requests import ToClient, ToErrorPage
from poolkeep.core.oauth.token_endpoint import refuse_repeated
from poolkeep.http.hosted import possession
from poolkeep.http.hosted.programs import in_json, request_of, services_of
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, json

BODY_BYTES_MAX: Final = 32_768
"""What is pushed is kept for minutes, and anybody may push for a client without a secret."""
OWN: Final = frozenset({"client_id", "client_secret", "dpop_jkt"})


@route("POST", "/oauth2/par")
@in_json
async def push(visit: Visit) -> Answer:
    """Judge a request as the authorization endpoint would, and keep it under a name."""
    if not profile_of(visit.pool).strict:
        raise OAuthRefusal("not_found", "There is no such page.", status=404)
    if len(visit.body) > BODY_BYTES_MAX:
        raise OAuthRefusal("invalid_request", "The request is too large.", status=413)
    asked = request_of(visit)
    refuse_repeated(asked.form)
    client = await services_of(visit).clients.prove(visit.pool, asked.credentials)
    if asked.form.has("request_uri"):
        raise OAuthRefusal("invalid_request", "A pushed request cannot name another one.")
    params = await bound(visit, client.id)
    try:
        await visit.services.oauth.authorizations.read(visit.pool, params)
    except ToErrorPage as error:
        raise OAuthRefusal("invalid_request", error.error) from error
    except ToClient as error:
        raise OAuthRefusal(error.error, error.description) from error
    pushed = await visit.services.oauth_extensions.pushed.push(visit.pool, client.id, params)
    members = {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in_s}
    return json(members, status=201)


async def bound(visit: Visit, client_id: str) -> Params:
    """Return the parameters with the proven client, and bound to the key of a proof (9449, 10.1).

    Refuses a `dpop_jkt` that is not the proof's key.
    """
    key = await possession.key_of(visit)
    named = visit.form.get("dpop_jkt")
    if key is not None and named not in {None, key}:
        raise OAuthRefusal("invalid_dpop_proof", "The DPoP proof is by another key.")
    kept = [(name, value) for name, value in visit.form.pairs if name not in OWN]
    jkt = key or named
    more = [] if jkt is None else [("dpop_jkt", jkt)]
    return Params([("client_id", client_id), *kept, *more])
