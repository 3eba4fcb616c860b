"""Save a user whose newly verified address may be somebody else's alias."""

from collections.abc import Callable, Sequence

from poolkeep.base.refusal import AliasExists
from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users import wording
from poolkeep.core.users.attributes import FLAGS
from poolkeep.core.users.model import User
from poolkeep.core.users.names import IndexRow, Login, index_of, login_key, logins_of
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import redocumented
from poolkeep.core.users.usernames import taken_name

Write = Callable[[Transaction, User, Sequence[Login], Sequence[IndexRow]], Login | None]


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
    movable = len(FLAGS) if force_aliases else 0
    while taken := write(tx, user, logins_of(pool, user), index_of(user)):
        if taken.kind not in pool.aliases:
            raise taken_name(taken, by_admin=False)
        if movable == 0 or not _released(tx, users, pool, taken, now_ms):
            raise AliasExists(wording.alias_exists(taken.kind))
        movable -= 1


def _released(tx: Transaction, users: Users, pool: LoadedPool, taken: Login, now_ms: int) -> bool:
    """Make the owner's address unverified, which takes it from the owner's logins.

    False when the login is something else of the owner's, such as the username.
    """
    owner = users.find(tx, pool.pool.id, taken.key)
    if owner is None:
        return True  # gone in this moment
    if login_key(pool, owner.attributes.get(taken.kind, "")) != taken.key:
        return False
    attributes = {**owner.attributes, f"{taken.kind}_verified": "false"}
    after = redocumented(owner, now_ms, attributes=attributes)
    users.save(tx, after, logins_of(pool, after), index_of(after))
    return True
