"""From a sign-up to a mailbox, whatever happens to the mail server in between."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from poolkeep.adapters.mail.inbox import InboxTransport
from poolkeep.adapters.mail.smtp import SmtpPostman
from poolkeep.base.transaction import Database
from poolkeep.core.messages.model import EMAIL, SMS, Message, Waiting
from poolkeep.core.messages.ports import (
    MessageRefused,
    OutcomeUnknown,
    Transport,
    TransportAway,
)
from poolkeep.storage.database import open_database
from poolkeep.transport_settings import Smtp
from poolkeep.work.messages import Delivery
from tests.contract.mail_server import MailServer, closed_port
from tests.unit.core.messages.world import SMS_SETTINGS, App, World, verifying

QUICK = Delivery(
    lease_ms=2_000, send_ms=1_000, first_pause_ms=1_000, longest_pause_ms=4_000, rest_s=0.01
)


def smtp(port: int) -> SmtpPostman:
    where = Smtp(host="127.0.0.1", port=port, security="none", username=None, password=None)
    return SmtpPostman(where, mail_from="no-reply@pools.test", timeout_s=1.0)


def world_with(database: Database, transport: Transport, **members: Any) -> World:
    return World(
        database,
        transports={EMAIL: transport, SMS: transport},
        **{"delivery": QUICK, **members},
    )


async def sign_up(app: App, count: int, *, first: int = 0) -> list[str]:
    addresses = [f"user{number}@example.com" for number in range(first, first + count)]
    for address in addresses:
        await app.sign_up(address.partition("@")[0], attributes={"email": address})
    return addresses


async def waiting(world: World) -> list[Waiting]:
    return await world.database.read(lambda tx: world.outbox.waiting(tx, limit=1000))


async def until(
    world: World, done: Callable[[], bool], *, step_s: int = 1, steps: int = 200
) -> int:
    """Let time go by in steps, sweeping, until `done`; return how many steps it took."""
    for passed in range(steps):
        await world.runner.once()
        if done():
            return passed
        world.clock.advance(s=step_s)
    raise AssertionError(f"not done after {steps} steps")


async def a_moment() -> None:
    """Let others work, for at most a hundredth of a second."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()


class Scripted:
    """A transport that fails as told, then delivers."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.tried: list[str] = []
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.tried.append(message.id)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.sent.append(message)


async def test_messages_wait_for_the_mail_server_and_none_is_lost(database: Database) -> None:
    port = closed_port()
    world = world_with(database, smtp(port), delivery=Delivery())
    app = world.add(verifying())
    addresses = await sign_up(app, 30)
    for _ in range(60):  # a minute of outage, each second a look
        await world.runner.once()
        world.clock.advance(s=1)
    stuck = await waiting(world)
    assert len(stuck) == 30
    assert not any(one.parked for one in stuck)
    assert sum(one.attempts for one in stuck) < 60, "an outage is probed, not hammered"
    addresses += await sign_up(app, 5, first=30)
    async with MailServer(port=port) as server:
        seconds = await until(world, lambda: len(server.received) == 35)
        assert seconds <= 60
        await until(world, lambda: True)
    assert sorted(email["To"] for email in server.emails) == sorted(addresses)
    assert await waiting(world) == []
    code = next(
        email.get_content() for email in server.emails if email["To"] == addresses[0]
    ).split()[-1].rstrip(".")  # fmt: skip
    await app.confirm("user0", code)
    assert (await app.user("user0")).status == "CONFIRMED"


async def test_a_busy_mail_server_gets_them_later(database: Database) -> None:
    answers = ["451 later", "550 never here", None]
    async with MailServer(
        say=lambda at: answers.pop(0) if at == "DATA" and answers else None
    ) as server:
        world = world_with(database, smtp(server.port))
        await sign_up(world.add(verifying()), 1)
        await until(world, lambda: len(server.received) == 1)


async def test_delivery_starts_with_the_commit(database: Database) -> None:
    async with MailServer() as server:
        slow = Delivery(rest_s=3_600)
        world = world_with(database, smtp(server.port), delivery=slow)
        app = world.add(verifying())
        await world.runner.start()
        try:
            await sign_up(app, 3)
            async with asyncio.timeout(10):
                while len(server.received) < 3:
                    await a_moment()
        finally:
            await world.runner.stop()


async def test_a_process_that_dies_while_sending_sends_again(database: Database) -> None:
    never = asyncio.Event()

    class Dying:
        async def send(self, message: Message) -> None:
            await never.wait()

    dying = world_with(database, Dying())
    await sign_up(dying.add(verifying()), 2)
    (first, second) = await waiting(dying)
    cut = asyncio.create_task(dying.sweep.round())
    async with asyncio.timeout(10):
        while not all(one.attempts for one in await waiting(dying)):
            await asyncio.wait({cut}, timeout=0.01)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    successor = Scripted()
    world = world_with(database, successor)
    world.add(verifying())
    await world.runner.once()
    assert successor.sent == [], "the lease of the dead holds"
    world.clock.advance(ms=QUICK.lease_ms)
    await world.runner.once()
    assert {message.id for message in successor.sent} == {first.id, second.id}
    assert await waiting(world) == []


async def test_an_unknown_message_id_is_kept_over_retries(database: Database) -> None:
    transport = Scripted(OutcomeUnknown("timeout"), OutcomeUnknown("timeout"), None)
    world = world_with(database, transport)
    await sign_up(world.add(verifying()), 1)
    await until(world, lambda: bool(transport.sent))
    assert len(set(transport.tried)) == 1


async def test_an_sms_of_unknown_outcome_is_sent_at_most_twice(database: Database) -> None:
    transport = Scripted(*[OutcomeUnknown("timeout")] * 9)
    world = world_with(database, transport)
    pool = verifying(auto_verified_attributes=("phone_number",), sms_configuration=SMS_SETTINGS)
    app = world.add(pool)
    await app.sign_up("mary", attributes={"phone_number": "+15551239934"})
    for _ in range(60):
        await world.runner.once()
        world.clock.advance(s=1)
    assert len(transport.tried) == 2
    (left,) = await waiting(world)
    assert left.parked
    assert left.last_error == "unknown outcome: timeout"


async def test_a_refused_message_is_parked_after_a_few_tries(database: Database) -> None:
    transport = Scripted(*[MessageRefused("recipient refused 550")] * 99)
    world = world_with(database, transport)
    await sign_up(world.add(verifying()), 1)
    for _ in range(100):
        await world.runner.once()
        world.clock.advance(s=1)
    (left,) = await waiting(world)
    assert (left.parked, left.attempts) == (True, QUICK.refusals_max)
    assert left.last_error == "recipient refused 550"


async def test_one_that_can_never_be_sent_does_not_hold_up_others(database: Database) -> None:
    transport = Scripted(MessageRefused("unusable header", for_good=True), RuntimeError("defect"))
    world = world_with(database, transport)
    await sign_up(world.add(verifying()), 4)
    await until(world, lambda: len(transport.sent) == 3)
    (left,) = await waiting(world)
    assert (left.parked, left.attempts) == (True, 1)


async def test_one_medium_does_not_wait_for_the_other(database: Database) -> None:
    world = World(database, delivery=QUICK)
    world.transports[SMS] = Scripted(*[TransportAway("away")] * 99)
    world.transports[EMAIL] = InboxTransport(database, world.inbox_rows)
    pool = verifying(
        auto_verified_attributes=("phone_number", "email"), sms_configuration=SMS_SETTINGS
    )
    app = world.add(pool)
    await app.sign_up("tel", attributes={"phone_number": "+15551239934"})
    await app.sign_up("mail", attributes={"email": "mail@example.com"})
    assert len(await app.code("mail@example.com")) == 6
    assert [one.medium for one in await waiting(world)] == [SMS]


async def test_messages_of_a_deleted_pool_are_dropped(database: Database) -> None:
    transport = Scripted()
    world = world_with(database, transport)
    await sign_up(world.add(verifying()), 1)
    world.book.pools.clear()
    await world.runner.once()
    assert transport.tried == []
    assert await waiting(world) == []


async def test_two_nodes_share_the_outbox(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(2)]
    transports = [Scripted(), Scripted()]
    worlds = [
        world_with(database, transport, seed=f"node {number}")
        for number, (database, transport) in enumerate(zip(databases, transports, strict=True))
    ]
    apps = [world.add(verifying()) for world in worlds]
    await sign_up(apps[0], 40)
    for world in worlds:
        await world.runner.start()
    async with asyncio.timeout(20):
        while await waiting(worlds[0]):
            await a_moment()
    for world in worlds:
        await world.runner.stop()
    sent = [message.id for transport in transports for message in transport.sent]
    assert len(sent) == len(set(sent)) == 40
    for database in databases:
        await database.close()
