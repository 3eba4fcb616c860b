"""Authentication levels: what proofs are worth (acr), how tokens name them (amr). Pure.

Proofs are named in the order in which they were given:

    pwd         a password, SRP included        otp         a software token (TOTP)
    sms         a code by SMS                   swk, hwk    a passkey of the platform, a roaming one
    email_otp   a code by e-mail                fed         an identity provider's word
    custom      a custom challenge; says nothing of a level

Level 1 password · 2 one code · 3 a passkey, or password and code · 4 password and software token.
Source: docs/behaviours/levels.md.
"""

from collections.abc import Collection, Iterable
from itertools import combinations
from typing import Final

from poolkeep.base.refusal import FeatureUnavailableInTier, InvalidParameter
from poolkeep.core.pools.defaults import acr_values
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.rules import settings_of, tier
from poolkeep.core.pools.wording import above_tier

PASSWORD: Final = "pwd"
TOTP: Final = "otp"
SMS_CODE: Final = "sms"
EMAIL_CODE: Final = "email_otp"
PLATFORM_PASSKEY: Final = "swk"
ROAMING_PASSKEY: Final = "hwk"
FEDERATED: Final = "fed"
CUSTOM: Final = "custom"
PASSKEY: Final = "passkey"
"""Any passkey, where it is not known yet which one will be used."""

PASSKEYS: Final = frozenset({PLATFORM_PASSKEY, ROAMING_PASSKEY, PASSKEY})
CODES: Final = frozenset({SMS_CODE, EMAIL_CODE})
TOKEN_METHODS: Final = frozenset(
    {PASSWORD, TOTP, SMS_CODE, EMAIL_CODE, PLATFORM_PASSKEY, ROAMING_PASSKEY, FEDERATED}
)
"""What may stand in an `amr` claim beside `mfa`."""
SEVERAL: Final = "mfa"
LEVELS: Final = (1, 2, 3, 4)
CLAIMS_TAG: Final = "poolkeep:step-up-claims"
"""A pool with this tag at `off` issues tokens without acr and amr."""
INVALID_TARGETS: Final = "Invalid TARGET_ACR_VALUES."
FEATURE: Final = "Step-Up Authentication"

Way = tuple[str, ...]


def level_of(factors: Collection[str]) -> int | None:
    """Return the highest level that the proofs fully satisfy; None where they say nothing.

    A custom challenge says nothing, and neither does what comes with it, unless a password
    (by SRP) is among the proofs.
    """
    given = set(factors)
    if CUSTOM in given and PASSWORD not in given:
        return None
    if {PASSWORD, TOTP} <= given:
        return 4
    if given & PASSKEYS or (PASSWORD in given and given & CODES):
        return 3
    if given & CODES:
        return 2
    return 1 if given & {PASSWORD, FEDERATED} else None


def methods(factors: Iterable[str]) -> list[str]:
    """Return the `amr` claim: each proof once, in order, and `mfa` last where there are several."""
    listed = list(dict.fromkeys(factor for factor in factors if factor in TOKEN_METHODS))
    return [*listed, SEVERAL] if len(listed) > 1 else listed


def names(pool: UserPool | LoadedPool) -> dict[int, str]:
    """Return the effective name of each level in a pool."""
    values = acr_values(settings_of(pool).acr_configuration)
    return {level: values[f"Level{level}"] for level in LEVELS}


def tells_levels(pool: UserPool | LoadedPool) -> bool:
    """Tell whether the pool's tokens hold acr and amr: from the tier ESSENTIALS on."""
    tags = settings_of(pool).user_pool_tags or {}
    return tier(pool) != "LITE" and tags.get(CLAIMS_TAG) != "off"


def level_named(pool: UserPool | LoadedPool, acr: str | None) -> int | None:
    """Return the level that has this name now; a name from before a renaming has none."""
    return next((level for level, name in names(pool).items() if name == acr), None)


def targets(
    pool: UserPool | LoadedPool, listed: str, *, tiers_enforced: bool = False
) -> tuple[int, ...]:
    """Return the levels that TARGET_ACR_VALUES names, in the caller's order.

    Unknown names are passed over; refuses a list without any known one.
    """
    if tiers_enforced and tier(pool) == "LITE":
        raise FeatureUnavailableInTier(above_tier("LITE", [FEATURE]))
    by_name = {name: level for level, name in names(pool).items()}
    known = tuple(dict.fromkeys(by_name[name] for name in listed.split() if name in by_name))
    if not known:
        raise InvalidParameter(INVALID_TARGETS)
    return known


def reaches(factors: Collection[str], target: int) -> bool:
    """Tell whether the proofs satisfy a level, or a higher one."""
    level = level_of(factors)
    return level is not None and level >= target


def missing(done: Collection[str], available: Collection[str], target: int) -> tuple[Way, ...]:
    """Return the ways from the proofs `done` to a level, the shortest first.

    Each way names the factors still to be proven, of those `available` (a passkey is `passkey`);
    none holds a factor that it could do without. `((),)` when the level is reached already, and
    `()` when the user's factors cannot reach it.
    """
    if reaches(done, target):
        return ((),)
    open_ = [factor for factor in _ORDER if factor in available and factor not in done]
    ways: list[Way] = []
    for count in (1, 2):
        for way in combinations(open_, count):
            if any(set(shorter) <= set(way) for shorter in ways):
                continue
            if reaches((*done, *way), target):
                ways.append(way)
    return tuple(ways)


def acr_of(pool: UserPool | LoadedPool, factors: Collection[str], level: int | None) -> str | None:
    """Return the name of a sign-in's level; None where the pool tells none or there is none.

    `level` is the word of an identity provider.
    """
    if not tells_levels(pool):
        return None
    reached = level_of(factors) if level is None else level
    return None if reached is None else names(pool)[reached]


_ORDER: Final = (
    PASSWORD,
    PASSKEY,
    PLATFORM_PASSKEY,
    ROAMING_PASSKEY,
    TOTP,
    EMAIL_CODE,
    SMS_CODE,
)
"""First factors before second ones."""
