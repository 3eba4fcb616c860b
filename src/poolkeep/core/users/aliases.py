"""Aliases that change hands: the new owner has proven the address, the old one loses it.

The old owner's verified flag goes with the alias, so that the two users never claim it both.
Source: docs/behaviours/users.md, docs/behaviours/sign-up.md.
"""

from poolkeep.base.refusal import AliasExists
from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users import wording
from poolkeep.core.users.attributes import VERIFIABLE
from poolkeep.core.users.model import User
from poolkeep.core.users.names import Login, logins_of
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import redocumented, save


def proven_aliases(pool: LoadedPool, user: User) -> tuple[Login, ...]:
    """Return the user's verified addresses that sign in as aliases; only these can move."""
    return tuple(
        login
        for login in logins_of(pool, user)
        if login.kind in VERIFIABLE and login.kind in pool.aliases
    )


def move_alias(
    tx: Transaction, users: Users, pool: LoadedPool, alias: Login, *, now_ms: int
) -> User | None:
    """Take the alias from its owner and return that user as it was; None when it is free.

    Refuses AliasExists where the string is more than an alias to its owner, such as a username.
    """
    owner = users.find(tx, pool.pool.id, alias.key)
    if owner is None:
        return None
    owned = next((login for login in logins_of(pool, owner) if login.key == alias.key), None)
    if owned is None or owned.kind not in VERIFIABLE:
        raise AliasExists(wording.alias_exists(alias.kind))
    attributes = {**owner.attributes, f"{owned.kind}_verified": "false"}
    save(tx, users, pool, redocumented(owner, now_ms, attributes=attributes))
    return owner
