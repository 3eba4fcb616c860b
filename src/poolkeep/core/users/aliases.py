"""Aliases that change hands: the new owner has proven the address, the old one loses it.

The old owner's verified flag goes with the alias, so that the two users never claim it both.
Source: docs/behaviours/users.md, docs/behaviours/sign-up.md.
"""

from collections.abc import Callable, Sequence

from poolkeep.base.refusal import AliasExists
from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users import wording
from poolkeep.core.users.attributes import VERIFIABLE
from poolkeep.core.users.model import User
from poolkeep.core.users.names import IndexRow, Login, index_of, logins_of
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import redocumented, save
from poolkeep.core.users.usernames import taken_name

Write = Callable[[Transaction, User, Sequence[Login], Sequence[IndexRow]], Login | None]


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


def write_user(
    tx: Transaction,
    write: Write,
    users: Users,
    pool: LoadedPool,
    user: User,
    *,
    force_aliases: bool,
    now_ms: int,
) -> None:
    """Write the user by `users.insert` or `users.save`; a taken alias moves if `force_aliases`.

    The earlier owner keeps the address, unverified. Refuses AliasExists for an alias that may
    not move, UsernameExists for any other name that is taken.
    """
    movable = len(VERIFIABLE) if force_aliases else 0
    while taken := write(tx, user, logins_of(pool, user), index_of(user)):
        if taken.kind not in pool.aliases:
            raise taken_name(taken, by_admin=False)
        if movable == 0:
            raise AliasExists(wording.alias_exists(taken.kind))
        move_alias(tx, users, pool, taken, now_ms=now_ms)
        movable -= 1
