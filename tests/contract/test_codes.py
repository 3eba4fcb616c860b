"""What the store of codes promises, on SQLite and on PostgreSQL."""

import asyncio
import contextlib

import msgspec

from poolkeep.base.transaction import Database
from poolkeep.core.audit.events import EVENTS_KEPT_MS
from poolkeep.core.messages.codes import CodeRow
from poolkeep.storage.database import open_database
from poolkeep.storage.schema import tables
from poolkeep.storage.stores.codes import SqlCodes
from poolkeep.storage.stores.expired import SqlExpired

STORE = SqlCodes()
ROW = CodeRow(
    pool_id="p",
    user_id="u",
    purpose="sign-up",
    digest=b"\x00\xff" * 16,
    attribute="email",
    value_key="a@x",
    client_id="c",
    created_ms=1_000,
    expires_ms=2_000,
)


async def put(database: Database, row: CodeRow) -> None:
    def twice(tx: object) -> None:  # a store function may be run again
        STORE.put(tx, row)  # type: ignore[arg-type]
        STORE.put(tx, row)  # type: ignore[arg-type]

    await database.write(twice)


async def consume(database: Database, row: CodeRow, now_ms: int = 1_500) -> CodeRow | None:
    return await database.write(
        lambda tx: STORE.consume(
            tx, row.pool_id, row.user_id, purpose=row.purpose, digest=row.digest, now_ms=now_ms
        )
    )


async def peek(database: Database, row: CodeRow) -> CodeRow | None:
    return await database.read(
        lambda tx: STORE.peek(tx, row.pool_id, row.user_id, purpose=row.purpose)
    )


async def test_a_code_comes_back_as_it_was(database: Database) -> None:
    assert await peek(database, ROW) is None
    await put(database, ROW)
    assert await peek(database, ROW) == ROW
    assert await consume(database, ROW) == ROW
    assert await peek(database, ROW) is None
    assert await consume(database, ROW) is None


async def test_a_newer_code_supersedes_all_of_the_older(database: Database) -> None:
    await put(database, ROW)
    newer = msgspec.structs.replace(
        ROW, digest=b"n" * 32, attribute="phone_number", value_key="+1", client_id="d",
        created_ms=1_200, expires_ms=2_200,
    )  # fmt: skip
    await put(database, newer)
    assert await consume(database, ROW) is None
    assert await consume(database, newer) == newer


async def test_a_code_has_one_place(database: Database) -> None:
    await put(database, ROW)
    for other in ({"pool_id": "q"}, {"user_id": "v"}, {"purpose": "forgot-password"}):
        assert await consume(database, msgspec.structs.replace(ROW, **other)) is None
    assert await consume(database, ROW) == ROW


async def test_an_expired_code_is_not_spent(database: Database) -> None:
    await put(database, ROW)
    assert await consume(database, ROW, now_ms=2_000) is None
    assert await peek(database, ROW) == ROW
    assert await consume(database, ROW, now_ms=1_999) == ROW


async def test_a_dropped_code_is_gone(database: Database) -> None:
    await put(database, ROW)
    await database.write(lambda tx: STORE.drop(tx, "p", "u", purpose="sign-up"))
    assert await peek(database, ROW) is None


async def test_of_fifty_racers_on_two_nodes_one_spends_it(database_url: str) -> None:
    nodes = [open_database(database_url) for _ in range(2)]
    await put(nodes[0], ROW)
    outcomes = await asyncio.gather(*(consume(nodes[n % 2], ROW) for n in range(50)))
    assert [one for one in outcomes if one is not None] == [ROW]
    for node in nodes:
        await node.close()


async def test_an_undone_write_gives_the_code_back(database: Database) -> None:
    await put(database, ROW)

    class Refused(Exception):
        pass

    def work(tx: object) -> None:
        STORE.consume(tx, "p", "u", purpose="sign-up", digest=ROW.digest, now_ms=1_500)  # type: ignore[arg-type]
        raise Refused

    with contextlib.suppress(Refused):
        await database.write(work)
    assert await peek(database, ROW) == ROW


async def test_expired_rows_go_in_batches(database: Database) -> None:
    expired = SqlExpired(lockout_forgotten_after_ms=100)
    for number in range(7):
        await put(database, msgspec.structs.replace(ROW, user_id=f"u{number}"))
    await put(database, msgspec.structs.replace(ROW, user_id="young", expires_ms=9_000))
    aged = {
        "lockouts": {"last_failure_ms": 4_950},
        "auth_events": {"created_ms": 1 - EVENTS_KEPT_MS},
    }
    samples = {str: "p", int: 1, bytes: b"p"}
    for table in set(expired.tables) - {"codes"}:
        form = tables()[table]
        row = dict(zip(form.columns, (samples[kind] for kind in form.kinds), strict=True))
        row |= aged.get(table, {})
        marks = ", ".join("?" for _ in row)
        await database.write_one(f"INSERT INTO {table} VALUES ({marks})", list(row.values()))

    async def sweep(table: str, now_ms: int) -> int:
        return await database.write(
            lambda tx: expired.delete_batch(tx, table, now_ms=now_ms, limit=5)
        )

    assert [await sweep("codes", 5_000) for _ in range(3)] == [5, 2, 0]
    young = msgspec.structs.replace(ROW, user_id="young")
    assert await peek(database, young) is not None
    assert await sweep("lockouts", 5_000) == 0, "a failure still counts"
    assert await sweep("lockouts", 5_050) == 1
    for table in expired.tables:
        if table not in {"codes", "lockouts"}:
            assert [await sweep(table, 5_000) for _ in range(2)] == [1, 0], table
