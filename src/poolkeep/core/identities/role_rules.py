"""Which role an identity gets. Pure.

    guest ─▶ the role of guests
    login ─▶ the mapping of its provider: by its token, or by rules ─▶ else the default role

Source: docs/behaviours/identity-pools.md.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import IdentityPool, MappingRule, Proven
from poolkeep.core.identities.refusals import PoolConfigurationInvalid

AUTHENTICATED: Final = "authenticated"
UNAUTHENTICATED: Final = "unauthenticated"
ROLES: Final = "cognito:roles"
PREFERRED: Final = "cognito:preferred_role"
DENY: Final = "Deny"


class Choice(NamedTuple):
    """A role, and what chose it: for whoever looks for the reason."""

    role: str
    why: str


def guest_role(pool: IdentityPool, custom: str | None) -> Choice:
    """Return the role of guests; another one cannot be asked for."""
    return _assigned(pool, UNAUTHENTICATED, custom, "the pool's role of guests")


def default_role(pool: IdentityPool, custom: str | None, why: str = "no mapping") -> Choice:
    """Return the role of whoever has a login; another one cannot be asked for."""
    return _assigned(pool, AUTHENTICATED, custom, f"the pool's default role: {why}")


def role_of(pool: IdentityPool, proven: Sequence[Proven], custom: str | None) -> Choice:
    """Return the role by the first login whose provider has a mapping, or the default one."""
    for each in proven:
        for key in each.mapping_keys:
            if key in pool.role_mappings:
                return _mapped(pool, key, each, custom)
    for each in proven:
        if each.kind == "saml" and each.roles:
            return _offered(each.roles, custom)
    return default_role(pool, custom)


def _mapped(pool: IdentityPool, key: str, login: Proven, custom: str | None) -> Choice:
    mapping = pool.role_mappings[key]
    front = f"the mapping of {key}"
    if mapping.type == "Token":
        choice = listed_roles(login.claims.get(ROLES))
        preferred = login.claims.get(PREFERRED)
        if custom is None and isinstance(preferred, str) and preferred:
            return Choice(preferred, f"{front}: {PREFERRED}")
        if custom is None and len(choice) == 1:
            return Choice(choice[0], f"{front}: the only role of {ROLES}")
    else:
        matching = [
            (number, rule)
            for number, rule in enumerate(mapping.rules or (), 1)
            if matches(rule, login.claims)
        ]
        choice = [rule.role_arn for _, rule in matching]
        if custom is None and matching:
            number, rule = matching[0]
            return Choice(rule.role_arn, f"{front}: rule {number}, {rule.claim} {rule.match_type}")
    if custom is not None and choice:
        if custom not in choice:
            raise NotAuthorized(wording.role_forbidden(custom))
        return Choice(custom, f"{front}: the caller asked for it")
    if custom is not None and mapping.type == "Token":
        raise NotAuthorized(wording.role_forbidden(custom))
    if mapping.ambiguous_role_resolution == DENY:
        raise NotAuthorized(wording.NO_ROLE_LEFT)
    return default_role(pool, custom, f"{front} decides nothing")


def _offered(roles: Sequence[str], custom: str | None) -> Choice:
    """Return the role of a SAML assertion: its only one, or the one that is asked for."""
    if custom is not None:
        if custom not in roles:
            raise NotAuthorized(wording.role_forbidden(custom))
        return Choice(custom, "the assertion: the caller asked for it")
    if len(roles) > 1:
        raise NotAuthorized(wording.NO_ROLE_LEFT)
    return Choice(roles[0], "the assertion: its only role")


def _assigned(pool: IdentityPool, kind: str, custom: str | None, why: str) -> Choice:
    role = pool.roles.get(kind)
    if role is None:
        raise PoolConfigurationInvalid(wording.NO_ROLE)
    if custom not in {None, role}:
        raise NotAuthorized(wording.role_forbidden(custom or ""))
    return Choice(role, why)


def listed_roles(claim: object) -> list[str]:
    """Return the roles of a token: a list, or texts between commas."""
    if isinstance(claim, str):
        claim = [text.strip() for text in claim.strip("[]").split(",")]
    if not isinstance(claim, list):
        return []
    return [text for text in claim if isinstance(text, str) and text]


def matches(rule: MappingRule, claims: dict[str, Any]) -> bool:
    """Tell whether a rule applies. A claim that is not there fits no rule, NotEqual included."""
    if rule.claim not in claims:
        return False
    value = claims[rule.claim]
    texts = [_text(each) for each in value] if isinstance(value, list) else [_text(value)]
    joined = ",".join(texts)
    match rule.match_type:
        case "Equals":
            return rule.value in texts
        case "NotEqual":
            return rule.value not in texts
        case "Contains":
            return rule.value in joined
        case _:
            return joined.startswith(rule.value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
