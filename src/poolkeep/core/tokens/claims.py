"""What the tokens say. Pure. Source: docs/behaviours/tokens.md."""

from typing import Any

import msgspec

from poolkeep.core.pools.rules import readable
from poolkeep.core.sessions.rules import session_id_of
from poolkeep.core.tokens.levels import methods
from poolkeep.core.tokens.model import Grant
from poolkeep.core.users.model import Group

BOOLEANS = frozenset({"email_verified", "phone_number_verified"})
NEVER_IN_TOKENS = "dev:"
SESSION_CLAIM = "sid"
"""Names the token session. Nobody needs it to find the session: `origin_jti` does."""

Claims = dict[str, Any]


def group_claims(groups: tuple[Group, ...]) -> tuple[list[str], list[str], str | None]:
    """Return names, distinct roles and the preferred role of groups in order of precedence.

    No role is preferred when the best precedence is shared by groups with different roles.
    """
    names = [group.group_name for group in groups]
    with_role = [group for group in groups if group.role_arn]
    roles = list(dict.fromkeys(group.role_arn for group in with_role if group.role_arn))
    if not with_role:
        return names, roles, None
    best = with_role[0].precedence
    tied = {group.role_arn for group in with_role if group.precedence == best}
    return names, roles, with_role[0].role_arn if len(tied) == 1 else None


def access_claims(grant: Grant, shared: Claims, *, jti: str, expires_s: int) -> Claims:
    """Return the access token's claims; `shared` are those of the sign-in."""
    claims: Claims = {"sub": grant.user.id}
    if grant.device_key:
        claims["device_key"] = grant.device_key
    if grant.groups:
        claims["cognito:groups"] = group_claims(grant.groups)[0]
    claims.update(shared)
    claims["client_id"] = grant.client.id
    claims["token_use"] = "access"
    claims["scope"] = " ".join(grant.scopes)
    claims["exp"] = expires_s
    claims["jti"] = jti
    claims["username"] = grant.user.username
    return claims


def id_claims(grant: Grant, shared: Claims, *, jti: str, expires_s: int) -> Claims:
    """Return the ID token's claims: the attributes that the client may read, as they are now."""
    claims: Claims = {"sub": grant.user.id}
    if grant.groups:
        names, roles, preferred = group_claims(grant.groups)
        claims["cognito:groups"] = names
        if preferred:
            claims["cognito:preferred_role"] = preferred
        if roles:
            claims["cognito:roles"] = roles
    claims.update(attribute_claims(grant))
    claims.update(shared)
    claims["cognito:username"] = grant.user.username
    claims["aud"] = grant.client.id
    claims["token_use"] = "id"
    claims["exp"] = expires_s
    claims["jti"] = jti
    if grant.nonce:
        claims["nonce"] = grant.nonce
    return claims


def attribute_claims(grant: Grant) -> Claims:
    """Return the user's readable attributes in the types of OpenID Connect."""
    allowed = readable(grant.pool, grant.client)
    found: Claims = {}
    for name, value in grant.user.attributes.items():
        if name not in allowed or not value or name.startswith(NEVER_IN_TOKENS):
            continue
        if name in BOOLEANS:
            found[name] = value == "true"
        elif name == "updated_at":
            found[name] = int(value) if value.isdigit() else value
        elif name == "address":
            found[name] = {"formatted": value}
        elif name == "identities":
            found[name] = identities_claim(value)
        else:
            found[name] = value
    return found


def identities_claim(text: str) -> list[Claims]:
    """Return the attribute `identities` as the ID token tells it: all values but issuer are text.

    The attribute itself has a boolean and a number in it.
    """
    listed: list[Claims] = msgspec.json.decode(text)
    return [
        {
            **identity,
            "primary": "true" if identity["primary"] else "false",
            "dateCreated": str(identity["dateCreated"]),
        }
        for identity in listed
    ]


def shared_claims(
    grant: Grant,
    issuer: str,
    *,
    origin_jti: str | None,
    issued_s: int,
    acr: str | None = None,
) -> Claims:
    """Return the claims that both tokens of one issue have in common."""
    claims: Claims = {"iss": issuer, "event_id": grant.event_id}
    if origin_jti is not None:
        claims["origin_jti"] = origin_jti
        if grant.pool.pool.session_tracking:
            claims[SESSION_CLAIM] = session_id_of(origin_jti)
    if acr is not None:
        claims["acr"] = acr
        claims["amr"] = methods(grant.factors)
    claims["auth_time"] = grant.auth_time_ms // 1000
    claims["iat"] = issued_s
    return claims
