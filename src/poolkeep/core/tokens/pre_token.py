"""Apply what a pre-token-generation function answered. Pure.

Suppression beats addition; claims that no function may touch stay as they are, without an error.
Source: docs/behaviours/tokens.md.
"""

from typing import Any, Final

import msgspec

from poolkeep.core.tokens.claims import Claims, group_claims
from poolkeep.core.tokens.model import USER_ADMIN_SCOPE, Grant
from poolkeep.core.triggers.sources import (
    ClaimsOverride,
    GroupConfiguration,
    GroupOverride,
    PreTokenReply,
    PreTokenRequest,
    PreTokenScopesReply,
    TokenOverride,
)
from poolkeep.core.triggers.telling import attributes_of, metadata

PROTECTED = frozenset({
    "acr", "act", "amr", "at_hash", "aud", "auth_time", "azp", "c_hash", "cnf", "cognito:username",
    "exp", "iat", "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sid", "sub",
    "token_use",
})  # fmt: skip
PROTECTED_ACCESS = PROTECTED | {
    "client_id",
    "username",
    "version",
    "event_id",
    "device_key",
    "scope",
}
GROUP_CLAIMS = ("cognito:groups", "cognito:roles", "cognito:preferred_role")
PLAIN_ONLY = frozenset({"phone_number_verified", "email_verified", "updated_at", "address"})
RESERVED_PREFIXES = ("cognito:", "aws:", "dev:")
REPLIES: Final[dict[str, type[PreTokenReply | PreTokenScopesReply]]] = {
    "1": PreTokenReply,
    "2": PreTokenScopesReply,
    "3": PreTokenScopesReply,
}
"""What a function may answer, by the version of its events."""


def request_of(
    grant: Grant, client_metadata: dict[str, str] | None, *, version: str
) -> PreTokenRequest:
    """Return what the function is told."""
    names, roles, preferred = group_claims(grant.groups)
    return PreTokenRequest(
        user_attributes=attributes_of(grant.user),
        group_configuration=GroupConfiguration(
            groups_to_override=names, iam_roles_to_override=roles, preferred_role=preferred
        ),
        scopes=list(grant.scopes) if version != "1" else msgspec.UNSET,
        client_metadata=metadata(client_metadata),
    )


def apply(
    reply: PreTokenReply | PreTokenScopesReply, id_claims: Claims, access_claims: Claims
) -> None:
    """Change the claims in place as the function asks."""
    if isinstance(reply, PreTokenScopesReply):
        both = reply.claims_and_scope_override_details
        if both is None:
            return
        _change(id_claims, both.id_token_generation, PROTECTED)
        _change(access_claims, both.access_token_generation, PROTECTED_ACCESS)
        if both.access_token_generation is not None:
            _change_scopes(access_claims, both.access_token_generation)
        _override_groups(both.group_override_details, id_claims, access_claims)
    elif isinstance(first := reply.claims_override_details, ClaimsOverride):
        claims = TokenOverride(
            claims_to_add_or_override=dict(first.claims_to_add_or_override or {}),
            claims_to_suppress=first.claims_to_suppress,
        )
        _change(id_claims, claims, PROTECTED)
        _override_groups(first.group_override_details, id_claims, access_claims)


def _change(claims: Claims, override: TokenOverride | None, protected: frozenset[str]) -> None:
    if override is None:
        return
    for name, value in (override.claims_to_add_or_override or {}).items():
        if _may_set(name, value, claims, protected):
            claims[name] = value
    for name in override.claims_to_suppress or ():
        if name not in protected and name not in GROUP_CLAIMS:
            claims.pop(name, None)


def _may_set(name: str, value: Any, claims: Claims, protected: frozenset[str]) -> bool:  # noqa: ANN401  any JSON
    if name == "aud" and claims.get("token_use") == "access":
        return "aud" not in claims and bool(value == claims.get("client_id"))
    if name in protected or name.startswith(RESERVED_PREFIXES):
        return False
    return not (name in PLAIN_ONLY and isinstance(value, dict | list))


def _change_scopes(claims: Claims, override: TokenOverride) -> None:
    scopes = claims["scope"].split()
    for scope in override.scopes_to_add or ():
        blank = not scope or any(character.isspace() for character in scope)
        # Whoever was not given the user's own scope at sign-in is given it by no function.
        if not blank and scope != USER_ADMIN_SCOPE and scope not in scopes:
            scopes.append(scope)
    suppressed = set(override.scopes_to_suppress or ())
    claims["scope"] = " ".join(scope for scope in scopes if scope not in suppressed)


def _override_groups(
    details: GroupOverride | msgspec.UnsetType | None, id_claims: Claims, access_claims: Claims
) -> None:
    if details is msgspec.UNSET:
        return
    for name in GROUP_CLAIMS:
        id_claims.pop(name, None)
        access_claims.pop(name, None)
    if not isinstance(details, GroupOverride):
        return
    if details.groups_to_override:
        id_claims["cognito:groups"] = access_claims["cognito:groups"] = details.groups_to_override
    if details.iam_roles_to_override:
        id_claims["cognito:roles"] = details.iam_roles_to_override
    if details.preferred_role:
        id_claims["cognito:preferred_role"] = details.preferred_role
