"""What the sweep of custom senders promises, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from poolkeep.base.clock import ManualClock
from poolkeep.base.transaction import Database
from poolkeep.core.messages.model import (
    FUNCTION,
    FunctionCall,
    Message,
    OutboxMessage,
    Waiting,
    seal_context,
)
from poolkeep.core.messages.ports import MessageRefused
from poolkeep.crypto.envelope import Purpose
from poolkeep.storage.stores.outbox import SqlOutbox
from poolkeep.work.functions import FunctionDelivery, FunctionSweep
from tests.sdk.support import holds
from tests.unit.core.messages.world import Book, quiet_log
from tests.unit.core.users.people import a_pool

QUICK: Final = FunctionDelivery(
    lease_ms=5_000, at_once=20, at_once_each=3, later_ms=1_000, look_s=0.01, rest_s=0.01
)
WELL: Final = "arn:aws:lambda:eu-west-1:123456789012:function:well"
STUCK: Final = "arn:aws:lambda:eu-west-1:123456789012:function:stuck"


class Functions:
    """A transport whose functions do what a test says."""

    def __init__(self) -> None:
        """Begin with functions that are well."""
        self.ran: list[tuple[str, str]] = []
        self.does: dict[str, Callable[[], Awaitable[None]]] = {}

    async def send(self, message: Message) -> None:
        """Run the function of a message."""
        assert message.function is not None
        arn = message.function.arn
        self.ran.append((arn, message.id))
        if arn in self.does:
            await self.does[arn]()

    def count(self, arn: str) -> int:
        """Return how often a function was run."""
        return sum(one == arn for one, _ in self.ran)


class World:
    """An outbox with a sweep over it."""

    def __init__(self, database: Database) -> None:
        """Begin with nothing to send."""
        self.database = database
        self.clock = ManualClock()
        self.pool = a_pool()
        self.functions = Functions()
        self.outbox = SqlOutbox(database.kind)
        self.book = Book()
        self.book.pools[self.pool.pool.id] = self.pool

    def sweep(self) -> FunctionSweep:
        """Return a sweep as another process would have it."""
        return FunctionSweep(
            database=self.database,
            outbox=self.outbox,
            pools=self.book,
            transport=self.functions,
            clock=self.clock,
            log=quiet_log(),
            delivery=QUICK,
        )

    async def add(self, number: int, arn: str) -> None:
        """Leave a message for a function."""
        message = Message(
            id=f"m{number:04d}",
            account=self.pool.pool.account,
            pool_id=self.pool.pool.id,
            medium="EMAIL",
            kind="SignUp",
            destination="a@example.com",
            body="",
            created_ms=number,
            code="123456",
            function=FunctionCall(arn=arn, key="", event=msgspec.Raw(b"{}")),
        )
        sealed = self.pool.keys.seal(
            Purpose.MESSAGE,
            msgspec.json.encode(message),
            context=seal_context(message.pool_id, message.id),
        )
        row = OutboxMessage(
            id=message.id,
            pool_id=message.pool_id,
            medium=FUNCTION,
            sealed=sealed,
            created_ms=number,
        )
        await self.database.write(lambda tx: self.outbox.add(tx, row))

    async def waiting(self) -> list[Waiting]:
        """Return what is not delivered."""
        return await self.database.read(lambda tx: self.outbox.waiting(tx, limit=1000))


async def until(true: Callable[[], bool]) -> None:
    """Let other tasks run until something is true."""
    async with asyncio.timeout(30):
        while not true():
            await asyncio.to_thread(lambda: None)


async def refuse() -> None:
    raise MessageRefused("the function failed")


@holds("SENDER-05")
async def test_a_message_is_delivered_once_and_forgotten(database: Database) -> None:
    world = World(database)
    for number in range(10):
        await world.add(number, WELL)
    while await world.waiting():
        assert not await world.sweep().round()
        world.clock.advance(ms=QUICK.later_ms)
    assert sorted(world.functions.ran) == [(WELL, f"m{number:04d}") for number in range(10)]


@holds("SENDER-05")
async def test_a_function_gets_three_attempts_and_the_message_stays_for_the_operator(
    database: Database,
) -> None:
    world = World(database)
    world.functions.does[WELL] = refuse
    await world.add(1, WELL)
    for attempts in (1, 2, 3):
        await world.sweep().round()
        assert world.functions.count(WELL) == attempts
        await world.sweep().round()
        assert world.functions.count(WELL) == attempts, "not before its time"
        world.clock.advance(ms=60_000)
    (parked,) = await world.waiting()
    assert (parked.parked, parked.attempts) == (True, 3)
    assert parked.last_error == "the function failed"


@holds("SENDER-09")
async def test_a_function_that_hangs_holds_up_no_other(database: Database) -> None:
    world = World(database)
    free = asyncio.Event()

    async def hang() -> None:
        await free.wait()

    world.functions.does[STUCK] = hang
    for number in range(50):
        await world.add(number, STUCK)
    round_ = asyncio.create_task(world.sweep().round())
    await until(lambda: world.functions.count(STUCK) == QUICK.at_once_each)
    for number in range(50, 60):
        await world.add(number, WELL)
        await until(lambda: world.functions.count(WELL) == number - 49)  # noqa: B023  now
    assert world.functions.count(STUCK) == QUICK.at_once_each
    free.set()
    await round_
    left = await world.waiting()
    assert len(left) == 50 - QUICK.at_once_each
    assert {one.attempts for one in left} == {0}, "those that waited were not tried"
    assert max(one.due_at_ms for one in left) > min(one.due_at_ms for one in left)


@holds("SENDER-10")
async def test_what_a_killed_process_held_is_delivered_by_another(database: Database) -> None:
    world = World(database)

    async def hang() -> None:
        await asyncio.Event().wait()

    world.functions.does[WELL] = hang
    await world.add(1, WELL)
    killed = asyncio.create_task(world.sweep().round())
    await until(lambda: world.functions.count(WELL) == 1)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    world.functions.does.clear()
    await world.sweep().round()
    assert world.functions.count(WELL) == 1, "its lease holds"
    world.clock.advance(ms=QUICK.lease_ms)
    await world.sweep().round()
    assert world.functions.ran == [(WELL, "m0001")] * 2
    assert await world.waiting() == []


async def test_two_sweeps_share_the_messages(database: Database) -> None:
    world = World(database)
    for number in range(6):
        await world.add(number, f"{WELL}-{number}")
    await asyncio.gather(world.sweep().round(), world.sweep().round())
    assert len(world.functions.ran) == len(set(world.functions.ran)) == 6


async def test_the_messages_of_a_deleted_pool_are_forgotten(database: Database) -> None:
    world = World(database)
    await world.add(1, WELL)
    world.book.pools.clear()
    await world.sweep().round()
    assert (world.functions.ran, await world.waiting()) == ([], [])
