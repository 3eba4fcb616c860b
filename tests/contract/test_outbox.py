"""What the outbox and the inbox promise, on SQLite and on PostgreSQL."""

import asyncio

import msgspec
import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.transaction import Database
from poolkeep.core.messages.model import EMAIL, SMS, Claimed, InboxMessage, Message, OutboxMessage
from poolkeep.storage.database import open_database
from poolkeep.storage.stores import inbox as inbox_store
from poolkeep.storage.stores.inbox import DatabaseInbox, SqlInbox
from poolkeep.storage.stores.outbox import SqlOutbox
from tests.unit.core.messages.world import keys

NOW_MS = 1_800_000_000_000
LEASE_MS = 60_000


def a_message(number: int, medium: str = EMAIL) -> OutboxMessage:
    return OutboxMessage(
        id=f"m{number:04d}",
        pool_id="p",
        medium=medium,
        sealed=b"\x00sealed",
        created_ms=NOW_MS + number,
    )


async def fill(database: Database, count: int, medium: str = EMAIL) -> SqlOutbox:
    outbox = SqlOutbox(database.kind)
    for number in range(count):
        message = a_message(number, medium)
        await database.write(lambda tx, message=message: outbox.add(tx, message))  # type: ignore[misc]
    return outbox


async def claim(
    database: Database, outbox: SqlOutbox, now_ms: int = NOW_MS, limit: int = 10
) -> list[Claimed]:
    return await database.write(
        lambda tx: outbox.claim(
            tx, media=(EMAIL, SMS), now_ms=now_ms, lease_ms=LEASE_MS, limit=limit
        )
    )


async def test_a_claim_takes_the_oldest_first_and_leases_them(database: Database) -> None:
    outbox = await fill(database, 5)
    first = await claim(database, outbox, limit=3)
    assert [one.message for one in first] == [a_message(number) for number in range(3)]
    assert {(one.attempts, one.lease_until_ms) for one in first} == {(1, NOW_MS + LEASE_MS)}
    assert [one.message.id for one in await claim(database, outbox)] == ["m0003", "m0004"]
    assert await claim(database, outbox) == []
    assert not await database.read(lambda tx: outbox.has_due(tx, NOW_MS))
    assert await database.read(lambda tx: outbox.has_due(tx, NOW_MS + LEASE_MS))


async def test_a_medium_is_claimed_alone(database: Database) -> None:
    outbox = await fill(database, 2, SMS)
    none = await database.write(
        lambda tx: outbox.claim(tx, media=(EMAIL,), now_ms=NOW_MS, lease_ms=1, limit=9)
    )
    assert none == []
    assert await database.read(lambda tx: outbox.has_under_way(tx, media=(SMS,), now_ms=NOW_MS))
    assert not await database.read(
        lambda tx: outbox.has_under_way(tx, media=(EMAIL,), now_ms=NOW_MS)
    )


async def test_a_lapsed_lease_is_claimed_again_and_fences_the_first_holder(
    database: Database,
) -> None:
    outbox = await fill(database, 1)
    (held,) = await claim(database, outbox)
    later_ms = NOW_MS + LEASE_MS
    (again,) = await claim(database, outbox, now_ms=later_ms)
    assert again.attempts == 2
    await database.write(lambda tx: outbox.settle(tx, held))
    await database.write(lambda tx: outbox.park(tx, held, error="late"))
    await database.write(lambda tx: outbox.retry(tx, held, due_at_ms=0, error="late"))
    await database.write(lambda tx: outbox.release(tx, held))
    (waiting,) = await database.read(lambda tx: outbox.waiting(tx, limit=9))
    assert (waiting.attempts, waiting.parked, waiting.last_error) == (2, False, "")
    await database.write(lambda tx: outbox.settle(tx, again))
    assert await database.read(lambda tx: outbox.waiting(tx, limit=9)) == []


async def test_a_failed_message_is_due_later(database: Database) -> None:
    outbox = await fill(database, 1)
    (held,) = await claim(database, outbox)
    due_ms = NOW_MS + 5_000
    await database.write(lambda tx: outbox.retry(tx, held, due_at_ms=due_ms, error="e" * 500))
    assert await claim(database, outbox, now_ms=due_ms - 1) == []
    (again,) = await claim(database, outbox, now_ms=due_ms)
    assert (again.attempts, again.last_error) == (2, "e" * 200)


async def test_a_released_message_was_not_tried(database: Database) -> None:
    outbox = await fill(database, 1)
    (held,) = await claim(database, outbox)
    await database.write(lambda tx: outbox.release(tx, held))
    (again,) = await claim(database, outbox)
    assert again.attempts == 1


async def test_a_parked_message_stays_visible_until_it_is_tried_again(database: Database) -> None:
    outbox = await fill(database, 1)
    (held,) = await claim(database, outbox)
    await database.write(lambda tx: outbox.park(tx, held, error="refused"))
    assert await claim(database, outbox, now_ms=NOW_MS + 10**9) == []
    (waiting,) = await database.read(lambda tx: outbox.waiting(tx, limit=9))
    assert (waiting.id, waiting.parked, waiting.last_error) == ("m0000", True, "refused")
    assert await database.write(lambda tx: outbox.unpark(tx, NOW_MS)) == 1
    (again,) = await claim(database, outbox)
    assert again.attempts == 1


async def test_a_deleted_pool_takes_its_messages_along(database: Database) -> None:
    outbox = await fill(database, 3)
    assert await database.write(lambda tx: outbox.drop_pool(tx, "p")) == 3
    assert await claim(database, outbox) == []


async def test_two_nodes_never_claim_the_same_message(database_url: str) -> None:
    nodes = [open_database(database_url) for _ in range(2)]
    outbox = await fill(nodes[0], 60)
    batches = await asyncio.gather(*(claim(nodes[n % 2], outbox, limit=7) for n in range(12)))
    ids = [one.message.id for batch in batches for one in batch]
    assert len(ids) == len(set(ids))
    while rest := await claim(nodes[0], outbox, limit=50):
        ids += [one.message.id for one in rest]
    assert sorted(ids) == [a_message(number).id for number in range(60)]
    for node in nodes:
        await node.close()


def mail(number: int, to: str = "Mary@Example.com") -> Message:
    return Message(
        id=f"m{number}",
        account="123456789012",
        pool_id="p",
        medium=EMAIL,
        kind="SignUp",
        destination=to,
        subject="s",
        body="b 012345",
        created_ms=NOW_MS + number,
        code="012345",
        link="http://x/",
    )


async def newest(database: Database, inbox: SqlInbox, to: str | None = None) -> list[InboxMessage]:
    return await database.read(lambda tx: inbox.newest(tx, to=to, limit=99))


class TestInbox:
    """What development reads."""

    async def test_it_lists_the_newest_first_for_one_or_all(self, database: Database) -> None:
        inbox = SqlInbox(keys("installation"))
        for message in (mail(1), mail(2, "+15550001"), mail(3), mail(3)):
            await database.write(lambda tx, m=message: inbox.add(tx, m))  # type: ignore[misc]
        assert [one.id for one in await newest(database, inbox)] == ["m3", "m2", "m1"]
        mine = await newest(database, inbox, " mary@EXAMPLE.com")
        assert [one.id for one in mine] == ["m3", "m1"]
        assert mine[0] == InboxMessage(
            id="m3",
            pool_id="p",
            medium=EMAIL,
            kind="SignUp",
            to="Mary@Example.com",
            subject="s",
            body="b 012345",
            at_ms=NOW_MS + 3,
            code="012345",
            link="http://x/",
        )

    async def test_it_shows_the_database_nothing(self, database: Database) -> None:
        inbox = SqlInbox(keys("installation"))
        await database.write(lambda tx: inbox.add(tx, mail(1)))
        (row,) = await database.read(
            lambda tx: tx.all("SELECT message_id, recipient_digest, sealed FROM inbox")
        )
        stored = row[0].encode() + bytes(row[1]) + bytes(row[2])
        for secret in (b"012345", b"xample", b"ary@"):
            assert secret not in stored
        assert await newest(database, SqlInbox(keys("another"))) == []

    async def test_it_keeps_a_bounded_number(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inbox_store, "KEPT_MAX", 3)
        inbox = SqlInbox(keys("installation"))
        for number in range(6):
            await database.write(lambda tx, n=number: inbox.add(tx, mail(n)))  # type: ignore[misc]
        assert [one.id for one in await newest(database, inbox)] == ["m5", "m4", "m3"]

    async def test_a_list_waits_for_what_is_on_its_way(self, database: Database) -> None:
        outbox = await fill(database, 1)
        inbox = SqlInbox(keys("installation"))
        view = DatabaseInbox(
            database, inbox, outbox=outbox, clock=ManualClock(NOW_MS), media=(EMAIL,)
        )
        asked = asyncio.create_task(view.list(None, 9))
        (held,) = await claim(database, outbox)
        assert not asked.done()
        await database.write(lambda tx: inbox.add(tx, mail(1)))
        await database.write(lambda tx: outbox.settle(tx, held))
        assert [one.id for one in await asked] == ["m1"]

    async def test_a_list_does_not_wait_for_ever(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inbox_store, "ARRIVAL_S", 0.03)
        outbox = await fill(database, 1)
        view = DatabaseInbox(
            database,
            SqlInbox(keys("installation")),
            outbox=outbox,
            clock=ManualClock(NOW_MS),
            media=(EMAIL, SMS),
        )
        assert await view.list("a@x", 9) == []


def test_a_message_never_prints_what_it_says() -> None:
    shown = repr(mail(1))
    assert "012345" not in shown
    assert "ary@" not in shown
    assert "012345" in msgspec.json.encode(mail(1)).decode()
