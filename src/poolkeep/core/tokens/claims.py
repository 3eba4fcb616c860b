"""What the tokens say, and the userInfo endpoint with them. Pure.

Source: docs/behaviours/tokens.md and docs/behaviours/oauth-tokens.md.
"""

import hashlib
from collections.abc import Collection
from typing import Any, Final

import msgspec

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import readable
from poolkeep.core.sessions.rules import session_id_of
from poolkeep.core.tokens.levels import methods
from poolkeep.core.tokens.model import Grant
from poolkeep.core.users.model import Group, User
from poolkeep.crypto import base64url

BOOLEANS = frozenset({"email_verified", "phone_number_verified"})
NEVER_IN_TOKENS = "dev:"
SESSION_CLAIM = "sid"
"""Names the token session. Nobody needs it to find the session: `origin_jti` does."""
OPENID: Final = "openid"
"""The scope without which nobody is told who the user is."""
TOLD_BY: Final = {
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
    "address": frozenset({"address"}),
    "profile": frozenset({
        "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username",
        "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
    }),
}  # fmt: skip
"""What each scope lets be told. Without any of them `openid` alone tells everything."""
CUSTOM_PREFIX: Final = "custom:"
PAIRS: Final = {
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
}
HALF: Final = 16
"""Bytes of a SHA-256 that stand for a token in another one."""

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
    if grant.from_pages:
        claims["version"] = 2
        if grant.audience is not None:
            claims["aud"] = grant.audience
        if grant.key_thumbprint is not None:
            claims["cnf"] = {"jkt": grant.key_thumbprint}
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
    scopes = grant.scopes if grant.from_pages else ()
    claims.update(attribute_claims(grant.pool, grant.client, grant.user, scopes))
    claims.update(shared)
    claims["cognito:username"] = grant.user.username
    claims["aud"] = grant.client.id
    claims["token_use"] = "id"
    claims["exp"] = expires_s
    claims["jti"] = jti
    if grant.nonce:
        claims["nonce"] = grant.nonce
    return claims


def binding_claims(grant: Grant, access_token: str) -> Claims:
    """Return what ties an ID token to the rest of an answer, and to the scopes of the sign-in."""
    claims: Claims = {"at_hash": half_hash(access_token)}
    if grant.code is not None:
        claims["c_hash"] = half_hash(grant.code)
    if not set(grant.client.settings.allowed_o_auth_scopes or ()) <= set(grant.scopes):
        # Swapped for an access token it must not be worth more than the sign-in was.
        claims["scope"] = " ".join(grant.scopes)
    return claims


def half_hash(token: str) -> str:
    """Return what stands for a token or a code in an ID token (`at_hash`, `c_hash`)."""
    return base64url.encode(hashlib.sha256(token.encode()).digest()[:HALF]).decode()


def unreadable_half(pool: LoadedPool, client: AppClient, scopes: Collection[str]) -> str | None:
    """Return an attribute that a scope asks for with another one, and the client may not read.

    Whoever may read an address, but not whether it is verified, would take it for verified.
    """
    allowed = readable(pool, client)
    for scope, (value, verified) in PAIRS.items():
        if scope in scopes and value in allowed and verified not in allowed:
            return verified
    return None


def userinfo_claims(
    pool: LoadedPool, client: AppClient, user: User, scopes: Collection[str], *, strict: bool
) -> Claims:
    """Return what the userInfo endpoint tells; Cognito tells flags and identities as text."""
    claims: Claims = {"sub": user.id}
    claims.update(attribute_claims(pool, client, user, scopes))
    if not strict:
        for name in BOOLEANS & claims.keys():
            claims[name] = "true" if claims[name] else "false"
    if "identities" in claims:
        claims["identities"] = msgspec.json.encode(claims["identities"]).decode()
    claims["username"] = user.username
    return claims


def told(allowed: frozenset[str], scopes: Collection[str]) -> frozenset[str]:
    """Return which of the readable attributes the scopes let be told."""
    narrowing = TOLD_BY.keys() & set(scopes)
    if not narrowing:
        return allowed
    names = frozenset({"sub", "identities"}).union(*(TOLD_BY[scope] for scope in narrowing))
    own = "profile" in narrowing
    return frozenset(
        name for name in allowed if name in names or (own and name.startswith(CUSTOM_PREFIX))
    )


def attribute_claims(
    pool: LoadedPool, client: AppClient, user: User, scopes: Collection[str] = ()
) -> Claims:
    """Return the attributes that client and scopes let be told, in the types of OpenID Connect."""
    allowed = readable(pool, client)
    if scopes:
        allowed = told(allowed, scopes)
    found: Claims = {}
    for name, value in user.attributes.items():
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
