"""Token exchange: a token for a narrower one (RFC 8693). Source: docs/behaviours/token-exchange.md.

The rules are those of GetDerivedToken; here they have the names of the RFC.
"""

from typing import Final

from poolkeep.base.refusal import InvalidParameter, NotAuthorized, ResourceNotFound, UserNotFound
from poolkeep.core.oauth.grants import BEARER, Members, TokenCall, in_oauth_words
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.tokens import wording
from poolkeep.core.tokens.exchange import ACCESS, Exchange, Offered, TokenExchange

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
URN: Final = "urn:ietf:params:oauth:token-type:"
TYPES: Final = {
    f"{URN}access_token": "ACCESS_TOKEN",
    f"{URN}id_token": "ID_TOKEN",
    f"{URN}saml2": "SAML2",
}
URNS: Final = {name: urn for urn, name in TYPES.items()}
ISSUED: Final = frozenset({"ACCESS_TOKEN", "ID_TOKEN"})
NOT_APPLICABLE: Final = "N_A"
AUDIENCE_CHARACTERS_MAX: Final = 256


class TokenExchangeGrant:
    """Exchanges tokens."""

    def __init__(self, *, exchange: TokenExchange) -> None:
        """Derive by `exchange`."""
        self._exchange = exchange

    async def __call__(self, call: TokenCall) -> Members:
        """Answer the grant."""
        asked = Exchange(
            client_id=call.client.id,
            subject=_subject(call),
            actor=_actor(call),
            scopes=call.scopes(),
            audience=_place(call, "audience"),
            resource=_place(call, "resource"),
            wanted=_wanted(call),
            key_thumbprint=call.key_thumbprint,
        )
        with in_oauth_words():
            try:
                derived = await self._exchange.derive_for(call.pool, call.client, asked)
            except (NotAuthorized, UserNotFound, ResourceNotFound, InvalidParameter) as refusal:
                raise _refused(call, refusal.text) from refusal
        found = {
            "access_token": derived.token,
            "issued_token_type": URNS[derived.type],
            "token_type": BEARER if derived.type == ACCESS else NOT_APPLICABLE,
            "expires_in": derived.expires_in_s,
        }
        if derived.scopes is not None:
            found["scope"] = " ".join(derived.scopes)
        return found


def _refused(call: TokenCall, text: str) -> OAuthRefusal:
    resource = call.form.get("resource")
    if text == wording.EXCHANGE_OFF:
        return OAuthRefusal("unauthorized_client", text)
    if text == wording.INVALID_SCOPES:
        return OAuthRefusal("invalid_scope", text)
    if resource is not None and text == wording.no_server(resource):
        return OAuthRefusal("invalid_target", text)
    asked_wrongly = {
        wording.AUDIENCE_AND_RESOURCE,
        wording.MACHINE_AS_SUBJECT,
        wording.TOO_MANY_ACTORS,
        wording.provider_missing("subject"),
        wording.provider_missing("actor"),
    }
    # RFC 8693, 2.2.2, calls a bad subject or actor a bad request.
    error = "invalid_request" if call.profile.strict or text in asked_wrongly else "invalid_grant"
    return OAuthRefusal(error, text)


def _subject(call: TokenCall) -> Offered:
    return Offered(
        role="subject",
        token=call.required("subject_token"),
        type=_type(call.required("subject_token_type")),
    )


def _actor(call: TokenCall) -> Offered | None:
    token, kind = call.form.get("actor_token"), call.form.get("actor_token_type")
    if token is None and kind is None:
        return None
    if token is None or kind is None:
        raise OAuthRefusal("invalid_request", "actor_token and actor_token_type come together")
    return Offered(role="actor", token=token, type=_type(kind))


def _type(urn: str) -> str:
    if urn not in TYPES:
        raise OAuthRefusal("invalid_request", "Unsupported token type")
    return TYPES[urn]


def _wanted(call: TokenCall) -> str:
    urn = call.form.get("requested_token_type")
    if urn is None:
        return ACCESS
    wanted = _type(urn)
    if wanted not in ISSUED:
        raise OAuthRefusal("invalid_request", "Unsupported requested_token_type")
    return wanted


def _place(call: TokenCall, name: str) -> str | None:
    value = call.form.get(name)
    if value is not None and len(value) > AUDIENCE_CHARACTERS_MAX:
        raise OAuthRefusal("invalid_target", f"{name} is too long")
    return value
