"""What the settings of an identity pool may be. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from poolkeep.base.refusal import InvalidParameter, LimitExceeded, NotAuthorized, ResourceNotFound
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import COGNITO, IdentityPool, PoolSettings, RoleMapping
from poolkeep.core.identities.naming import (
    AMAZON,
    APPLE,
    DIGITS,
    FACEBOOK,
    GOOGLE,
    OIDC_PROVIDER,
    TWITTER,
    Names,
)

POOLS_MAX: Final = 1_000
USER_POOLS_MAX: Final = 50
TAGS_MAX: Final = 50
RULES_MAX: Final = 25
TAG_BYTES_MAX: Final = 460
MAPPINGS_MAX: Final = 10
WELL_KNOWN: Final = frozenset({COGNITO, GOOGLE, APPLE, FACEBOOK, AMAZON, TWITTER, DIGITS})

ROLE_ARN: Final = re.compile(
    r"arn:aws:iam::(?P<account>[0-9]{12}):role/(?:[\x21-\x7e]*/)?[\w+=,.@-]+"
)
FOREIGN_ROLE_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:iam::[\w-]*:role/(?:[\x21-\x7e]*/)?[\w+=,.@-]+", re.ASCII
)
"""A role of another service: Ceph's accounts are names, or none."""
_OIDC_ARN: Final = re.compile(r"arn:aws:iam::[0-9]{12}:oidc-provider/[^\s]+")
_SAML_ARN: Final = re.compile(r"arn:aws:iam::[0-9]{12}:saml-provider/[\w._-]+")


def check_settings(settings: PoolSettings) -> None:
    """Refuse settings that cannot work."""
    for arn in settings.open_id_connect_provider_arns or ():
        if not _OIDC_ARN.fullmatch(arn):
            raise InvalidParameter(wording.malformed("OpenIdConnectProviderARNs", arn))
    for arn in settings.saml_provider_arns or ():
        if not _SAML_ARN.fullmatch(arn):
            raise InvalidParameter(wording.malformed("SamlProviderARNs", arn))
    user_pools = settings.user_pools or ()
    if len(user_pools) > USER_POOLS_MAX:
        raise LimitExceeded(f"A pool cannot have more than {USER_POOLS_MAX} user pool clients.")
    for each in user_pools:
        if not each.provider_name or not each.client_id:
            raise InvalidParameter(
                wording.malformed("CognitoIdentityProviders", each.provider_name or "")
            )
    check_developer(settings)
    check_tags(settings.tags or {})


def check_developer(settings: PoolSettings) -> None:
    """Refuse a developer provider that has the name of another one, whose users it would make."""
    name = settings.developer_provider_name
    others = {*WELL_KNOWN, *(settings.supported_login_providers or {})}
    for arn in settings.open_id_connect_provider_arns or ():
        others.add(arn.partition(OIDC_PROVIDER)[2])
    if name in others:
        raise InvalidParameter(wording.developer_taken(name))


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags that a pool cannot have."""
    if len(tags) > TAGS_MAX:
        raise InvalidParameter(wording.TAGS_MAX)
    if any(key.lower().startswith("aws:") for key in tags):
        raise InvalidParameter(wording.TAG_RESERVED)


def check_owned(pool: IdentityPool | None, account: str, pool_id: str) -> IdentityPool:
    """Return a pool of the account; any other does not exist for it."""
    if pool is None or pool.account != account:
        raise ResourceNotFound(wording.no_pool(pool_id))
    return pool


def check_mappings(pool: IdentityPool, mappings: Mapping[str, RoleMapping], names: Names) -> None:
    """Refuse role mappings of providers that the pool does not have, or without rules."""
    if len(mappings) > MAPPINGS_MAX:
        raise InvalidParameter(f"A pool cannot have more than {MAPPINGS_MAX} role mappings.")
    known = names.mapped(pool)
    for key, mapping in mappings.items():
        if names.canonical(key) not in known:
            raise InvalidParameter(wording.not_a_mapped_provider(key))
        if mapping.ambiguous_role_resolution is None:
            raise InvalidParameter(wording.RESOLUTION_NEEDED)
        if mapping.type == "Token":
            if mapping.rules is not None:
                raise InvalidParameter(wording.RULES_OF_TOKEN)
            continue
        if mapping.rules is None:
            raise InvalidParameter(wording.RULES_NEEDED)
        if not 1 <= len(mapping.rules) <= RULES_MAX:
            raise InvalidParameter(wording.RULES_MAX)


def check_role(arn: str, account: str | None) -> None:
    """Refuse what is no role of the account; None is one of another service."""
    if account is None:
        is_role = FOREIGN_ROLE_ARN.fullmatch(arn) is not None
    else:
        found = ROLE_ARN.fullmatch(arn)
        is_role = found is not None and found["account"] == account
    if not is_role:
        raise NotAuthorized(wording.role_forbidden(arn))


def roles_of(roles: Mapping[str, str], mappings: Mapping[str, RoleMapping]) -> list[str]:
    """Return every role that settings name, each once."""
    rules = (rule for mapping in mappings.values() for rule in mapping.rules or ())
    return list(dict.fromkeys((*roles.values(), *(rule.role_arn for rule in rules))))


def check_tag_map(pool: IdentityPool, provider: str, tags: Mapping[str, str], names: Names) -> None:
    """Refuse a tag map of a provider that the pool does not have, or one that is too long."""
    if names.canonical(provider) not in {*names.mapped(pool), *names.supported(pool)}:
        raise InvalidParameter(wording.not_a_tagged_provider(provider))
    if _bytes(tags.items()) > TAG_BYTES_MAX:
        raise InvalidParameter(wording.TAG_BYTES)


def _bytes(pairs: Collection[tuple[str, str]]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in pairs)
