"""What several triggers tell in the same way: attributes and metadata. Pure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.model import User

EMAIL_ALIAS: Final = "cognito:email_alias"
PHONE_ALIAS: Final = "cognito:phone_number_alias"


def attributes_of(user: User) -> dict[str, str]:
    """Return the attributes that a function sees: with `sub` and the status."""
    return {"sub": user.id, "cognito:user_status": user.status, **user.attributes}


def attributes_before(pool: LoadedPool, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes as PreSignUp sees them: no `sub` yet, but the aliases to come."""
    signs_in = {*pool.aliases, *pool.username_attributes}
    told = dict(attributes)
    for attribute, name in (("email", EMAIL_ALIAS), ("phone_number", PHONE_ALIAS)):
        if attribute in signs_in and attribute in attributes:
            told[name] = attributes[attribute]
    return told


def metadata(given: Mapping[str, str] | None) -> dict[str, str] | msgspec.UnsetType:
    """Return client metadata as an event has it: left out when the caller sent none."""
    return dict(given) if given else msgspec.UNSET
