"""Whether a pool answers as Cognito does, or as the RFCs say. Pure.

The choice stands in the pool's tags, which every SDK, CLI and Terraform can set:

    poolkeep:profile        compat (the default): Cognito's answers
                            strict: what OAuth's RFCs and OpenID Connect say, with the extensions
"""

from typing import Final

import msgspec

from poolkeep.core.pools.loaded import LoadedPool

TAG_PREFIX: Final = "poolkeep:"
PROFILE_TAG: Final = "poolkeep:profile"
STRICT: Final = "strict"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How a pool speaks OAuth. `tags` are the pool's own settings of ours, without the prefix."""

    strict: bool = False
    tags: dict[str, str] = {}


def profile_of(pool: LoadedPool) -> Profile:
    """Return the pool's profile."""
    found = pool.derived.get(Profile)
    if isinstance(found, Profile):
        return found
    tags = {
        name.removeprefix(TAG_PREFIX): value
        for name, value in (pool.pool.settings.user_pool_tags or {}).items()
        if name.startswith(TAG_PREFIX)
    }
    profile = Profile(strict=tags.get("profile") == STRICT, tags=tags)
    pool.derived[Profile] = profile
    return profile
