"""GetClientToken, GetDerivedToken: `core/tokens/machine.py`, `core/tokens/exchange.py`."""

from collections.abc import Sequence

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.tokens import wording
from poolkeep.core.tokens.exchange import ACCESS, Exchange, Offered
from poolkeep.core.tokens.machine import AskedToken
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes

BEARER = "Bearer"
NO_BEARER = "N_A"


@operation("cognito-idp", "GetClientToken")
async def get_client_token(
    call: Call, request: shapes.GetClientTokenRequest
) -> shapes.GetClientTokenResponse:
    """Give a client a token of its own: `Machines.issue`."""
    made = await call.region.machines.issue(
        AskedToken(
            client_id=request.client_id,
            secret=request.secret,
            scopes=request.scopes or (),
            client_metadata=plain(request.client_metadata) or None,
            ip_address=call.source_ip,
        )
    )
    return shapes.GetClientTokenResponse(
        client_authentication_result=shapes.ClientAuthenticationResultType(
            access_token=made.access_token, expires_in=made.expires_in_s, token_type=BEARER
        )
    )


@operation("cognito-idp", "GetDerivedToken")
async def get_derived_token(
    call: Call, request: shapes.GetDerivedTokenRequest
) -> shapes.GetDerivedTokenResponse:
    """Swap a token for a narrower one: `TokenExchange.derive`."""
    made = await call.region.token_exchange.derive(
        Exchange(
            client_id=request.client_id,
            client_secret=request.client_secret,
            account=call.account or None,
            ip_address=call.source_ip,
            subject=Offered(
                role="subject",
                token=request.subject_token,
                type=request.subject_token_type,
                provider_name=request.subject_token_provider_name,
            ),
            actor=_actor(request),
            scopes=request.scopes or (),
            audience=_only(request.audiences),
            resource=_only(request.resources),
            wanted=request.requested_token_type or ACCESS,
        )
    )
    return shapes.GetDerivedTokenResponse(
        issued_token=made.token,
        issued_token_type=made.type,
        token_type=BEARER if made.type == ACCESS else NO_BEARER,
        expires_in=made.expires_in_s,
        scopes=made.scopes,
    )


def _actor(request: shapes.GetDerivedTokenRequest) -> Offered | None:
    """Return the actor token; its members come together or not at all."""
    if request.actor_token is None:
        if request.actor_token_type or request.actor_token_provider_name:
            raise InvalidParameter(wording.ACTOR_MISSING)
        return None
    if request.actor_token_type is None:
        raise InvalidParameter(wording.ACTOR_TYPE_MISSING)
    return Offered(
        role="actor",
        token=request.actor_token,
        type=request.actor_token_type,
        provider_name=request.actor_token_provider_name,
    )


def _only(listed: Sequence[str] | None) -> str | None:
    return listed[0] if listed else None
