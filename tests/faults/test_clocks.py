"""Nodes whose clocks differ: what was used up at one is used up at the other."""

import pytest

from poolkeep.base.transaction import Database, Transaction
from poolkeep.compose.region import CLOCK_SKEW_MS
from poolkeep.storage.stores.expired import SqlExpired
from poolkeep.storage.stores.signin import SqlSignIn
from poolkeep.storage.stores.tokens import SqlTokens

EXPIRES_MS = 1_000_000
AHEAD_MS = 120_000


@pytest.fixture
def swept_by_the_node_ahead() -> SqlExpired:
    return SqlExpired(skew_ms=CLOCK_SKEW_MS)


async def sweep(database: Database, expired: SqlExpired, now_ms: int) -> int:
    def every_table(tx: Transaction) -> int:
        return sum(
            expired.delete_batch(tx, table, now_ms=now_ms, limit=100) for table in expired.tables
        )

    return await database.write(every_table)


async def test_a_node_ahead_does_not_make_used_things_fresh_for_one_behind(
    database: Database, swept_by_the_node_ahead: SqlExpired
) -> None:
    handles, tokens = SqlSignIn(), SqlTokens()
    assert await database.write(lambda tx: handles.spend(tx, "p", "handle", EXPIRES_MS))
    assert await database.write(
        lambda tx: tokens.rotate(tx, "p", "token", grace_ends_ms=0, expires_ms=EXPIRES_MS)
    )
    await database.write(lambda tx: tokens.revoke(tx, "p", "origin", EXPIRES_MS))
    assert await sweep(database, swept_by_the_node_ahead, EXPIRES_MS + AHEAD_MS) == 0
    assert not await database.write(lambda tx: handles.spend(tx, "p", "handle", EXPIRES_MS))
    assert not await database.write(
        lambda tx: tokens.rotate(tx, "p", "token", grace_ends_ms=0, expires_ms=EXPIRES_MS)
    )
    later = EXPIRES_MS + CLOCK_SKEW_MS
    assert await sweep(database, swept_by_the_node_ahead, later) == 3, "in the end they go"
