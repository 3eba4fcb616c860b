"""Walk every row of an installation and say what does not fit together.

Half a user, a name that signs nobody in, a code without its user, a message that cannot be read:
whatever a kill between two statements could leave behind.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from poolkeep.adapters.keys.file import FileKeyKeeper, read_master_key
from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.transaction import Database, Row, Transaction
from poolkeep.core.messages.model import Message, OutboxMessage
from poolkeep.core.messages.service import open_message
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.model import Status, User
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.core.users.passwords import open_credential
from poolkeep.crypto.envelope import Purpose
from poolkeep.storage.database import open_database
from poolkeep.storage.stores.inbox import KEPT_MAX, SqlInbox
from poolkeep.storage.stores.keys import INSTALLATION, KeyStore
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.users import COLUMNS, user_of

ORPHANS: Final = ("logins", "user_index", "memberships", "codes")


def problems_of(url: str, key_file: Path, *, all_signed_up: bool = True) -> list[str]:
    """Return everything that is wrong with an installation; it must not be in use.

    Who signed up was written to; where administrators made users, say so.
    """

    async def work() -> list[str]:
        database = open_database(url)
        keys = KeyStore(FileKeyKeeper(read_master_key(key_file)), SystemEntropy(), SystemClock())
        try:
            return await database.read(
                lambda tx: list(_problems(tx, database, keys, all_signed_up=all_signed_up))
            )
        finally:
            await database.close()

    return asyncio.run(work())


def code_of(url: str, key_file: Path, email: str) -> str | None:
    """Return the newest code that went to an address, delivered or on its way.

    Read from the rows beside a running server: the inbox page waits for deliveries.
    """

    async def work() -> str | None:
        database = open_database(url)
        keys = KeyStore(FileKeyKeeper(read_master_key(key_file)), SystemEntropy(), SystemClock())
        try:
            return await database.read(lambda tx: _code(tx, keys, email))
        finally:
            await database.close()

    return asyncio.run(work())


def _code(tx: Transaction, keys: KeyStore, email: str) -> str | None:
    found = {one.id: one.code for one in _waiting(tx, keys, {}) if one.destination == email}
    # Read after the outbox, so that a message on its way from there to here is seen.
    found.update((one.id, one.code) for one in SqlInbox(_own(tx, keys)).newest(
        tx, to=email, limit=1
    ))  # fmt: skip
    return found[max(found)] if found else None


def _problems(
    tx: Transaction, database: Database, keys: KeyStore, *, all_signed_up: bool
) -> Iterator[str]:
    if database.kind == "sqlite":
        verdicts = [row[0] for row in tx.all("PRAGMA integrity_check")]
        if verdicts != ["ok"]:
            yield f"the file is damaged: {verdicts}"
    pools = {pool_id: _loaded(tx, keys, pool_id) for (pool_id,) in tx.all(
        "SELECT pool_id FROM user_pools")}  # fmt: skip
    users = [user_of(row) for row in tx.all(f"SELECT {COLUMNS} FROM users u")]
    yield from _user_problems(tx, users, pools)
    for table in ORPHANS:
        rows = tx.all(
            f"SELECT t.pool_id, t.user_id FROM {table} t LEFT JOIN users u"
            " ON u.pool_id = t.pool_id AND u.user_id = t.user_id WHERE u.user_id IS NULL"
        )
        yield from (f"{table} has a row without its user: {row}" for row in rows)
    if all_signed_up:
        yield from _message_problems(tx, keys, users, pools)


def _loaded(tx: Transaction, keys: KeyStore, pool_id: str) -> LoadedPool:
    pool, ring = PoolStore().get(tx, pool_id), keys.pool_keys(tx, pool_id)
    assert pool is not None
    assert ring is not None, f"pool {pool_id} has no keys"
    signing = keys.signing_keys(tx, pool_id, ring)
    assert len(signing.records()) >= 2, f"pool {pool_id} lacks token keys"
    return LoadedPool(pool, ring, signing)


def _grouped(rows: list[Row]) -> dict[tuple[str, str], set[tuple[Any, ...]]]:
    found: dict[tuple[str, str], set[tuple[Any, ...]]] = defaultdict(set)
    for pool_id, user_id, *rest in rows:
        found[pool_id, user_id].add(tuple(rest))
    return found


def _user_problems(
    tx: Transaction, users: list[User], pools: dict[str, LoadedPool]
) -> Iterator[str]:
    logins = _grouped(tx.all("SELECT pool_id, user_id, login_key, kind FROM logins"))
    index = _grouped(tx.all("SELECT pool_id, user_id, attribute, value_key FROM user_index"))
    codes = _grouped(tx.all("SELECT pool_id, user_id, purpose FROM codes"))
    for user in users:
        pool = pools[user.pool_id]
        key = (user.pool_id, user.id)
        if logins[key] != {(login.key, login.kind) for login in logins_of(pool, user)}:
            yield f"the logins of {user.username} are {logins[key]}"
        if index[key] != {(row.attribute, row.key) for row in index_of(user)}:
            yield f"the index of {user.username} is {index[key]}"
        if open_credential(pool, user) is None:
            yield f"{user.username} has no password"
        waits = ("sign-up",) in codes[key]
        if waits != (user.status == Status.UNCONFIRMED):
            yield f"{user.username} is {user.status} with codes {codes[key]}"


def _message_problems(
    tx: Transaction, keys: KeyStore, users: list[User], pools: dict[str, LoadedPool]
) -> Iterator[str]:
    """Whoever signed up has exactly one message, delivered or on its way."""
    found = _messages(tx, keys, pools)
    first = Counter(one.destination for one in found if one.kind == "SignUp")
    right = {0, 1} if len(found) >= KEPT_MAX else {1}  # the inbox forgets the oldest
    for user in users:
        email = user.attributes.get("email")
        if email and first.pop(email, 0) not in right:
            yield f"{user.username} was not written to exactly once"
    yield from (f"{email} was written to, and has no user" for email in first)


def _messages(tx: Transaction, keys: KeyStore, pools: dict[str, LoadedPool]) -> list[Message]:
    """Return every message once; raises EnvelopeBroken for one that cannot be read."""
    found = {one.id: one for one in _waiting(tx, keys, pools)}
    own = _own(tx, keys)
    for message_id, sealed in tx.all("SELECT message_id, sealed FROM inbox"):
        plain = own.open(Purpose.MESSAGE, sealed, context=f"inbox/{message_id}")
        found[message_id] = msgspec.json.decode(plain, type=Message)
    return list(found.values())


def _waiting(tx: Transaction, keys: KeyStore, pools: dict[str, LoadedPool]) -> Iterator[Message]:
    rows = tx.all("SELECT message_id, pool_id, medium, sealed, created_ms FROM outbox")
    for message_id, pool_id, medium, sealed, created_ms in rows:
        if pool_id not in pools:
            pools[pool_id] = _loaded(tx, keys, pool_id)
        waiting = OutboxMessage(
            id=message_id, pool_id=pool_id, medium=medium, sealed=sealed, created_ms=created_ms
        )
        yield open_message(pools[pool_id], waiting)


def _own(tx: Transaction, keys: KeyStore) -> RingKeys:
    own = keys.pool_keys(tx, INSTALLATION)
    assert own is not None, "the installation has no key"
    return own
