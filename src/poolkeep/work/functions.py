"""Hand messages to the functions that deliver them.

Like the sweep of e-mail and SMS, with two differences. A function gets three attempts, as Lambda
gives an event that nobody waits for. And nobody waits for anybody: a function that hangs has so
many messages under way and no more, the others of its own come later, those of other functions at
once. Delivery is at least once: what a process held when it died is tried again once the lease
has lapsed, under the same request id.
"""

import asyncio
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database
from poolkeep.core.messages.model import FUNCTION, Claimed, Message
from poolkeep.core.messages.ports import MessageRefused, OutboxRows, Transport
from poolkeep.core.messages.service import open_message
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.crypto.envelope import EnvelopeBroken

ATTEMPTS_MAX: Final = 3
PAUSES_MS: Final = (1_000, 10_000)
"""Before the second and third attempt. Lambda waits minutes, too long for somebody with a code."""


class FunctionDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """How the sweep works: times in milliseconds."""

    lease_ms: int = 120_000
    at_once: int = 200
    at_once_each: int = 20
    later_ms: int = 1_000
    look_s: float = 0.1
    rest_s: float = 1.0


class FunctionSweep:
    """One region's messages for functions."""

    name = "functions"

    def __init__(
        self,
        *,
        database: Database,
        outbox: OutboxRows,
        pools: PoolBook,
        transport: Transport,
        clock: Clock,
        log: Log,
        delivery: FunctionDelivery | None = None,
    ) -> None:
        """Deliver through `transport`."""
        self._database = database
        self._outbox = outbox
        self._pools = pools
        self._transport = transport
        self._clock = clock
        self._log = log
        self._delivery = delivery or FunctionDelivery()
        self._busy: dict[str, int] = {}
        self._surplus: dict[str, int] = {}

    @property
    def rest_s(self) -> float:
        """Seconds between looks when nothing wakes the sweep."""
        return self._delivery.rest_s

    async def round(self) -> bool:
        """Deliver until nothing is due and nothing under way."""
        running: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                running = {task for task in running if not task.done()}
                room = self._delivery.at_once - len(running)
                claimed = await self._claimed(room) if room else []
                for one in claimed:
                    task = await self._begun(group, one)
                    if task is not None:
                        running.add(task)
                if claimed:
                    continue
                if not running:
                    return False
                await asyncio.wait(
                    running, timeout=self._delivery.look_s, return_when=asyncio.FIRST_COMPLETED
                )

    async def _claimed(self, room: int) -> list[Claimed]:
        now_ms = self._clock.now_ms()
        if not await self._database.read(lambda tx: self._outbox.has_due_by(tx, FUNCTION, now_ms)):
            return []
        return await self._database.write(
            lambda tx: self._outbox.claim(
                tx, media=(FUNCTION,), now_ms=now_ms, lease_ms=self._delivery.lease_ms, limit=room
            )
        )

    async def _begun(
        self, group: asyncio.TaskGroup, claimed: Claimed
    ) -> "asyncio.Task[None] | None":
        """Begin one delivery; None where there is nothing to deliver, or not yet."""
        pool = await self._pools.pool(claimed.message.pool_id)
        if pool is None:  # deleted, and its keys with it
            await self._database.write(lambda tx: self._outbox.settle(tx, claimed))
            return None
        try:
            message = open_message(pool, claimed.message)
        except (EnvelopeBroken, msgspec.DecodeError):
            await self._park(claimed, "unreadable")
            return None
        arn = message.function.arn if message.function else ""
        if self._busy.get(arn, 0) >= self._delivery.at_once_each:
            await self._postpone(claimed, arn)
            return None
        self._surplus.pop(arn, None)
        self._busy[arn] = self._busy.get(arn, 0) + 1
        return group.create_task(self._one(claimed, message, arn))

    async def _postpone(self, claimed: Claimed, arn: str) -> None:
        """Let a message of a busy function wait: the more there are, the longer."""
        surplus = self._surplus[arn] = self._surplus.get(arn, 0) + 1
        turns = 1 + surplus // self._delivery.at_once_each
        due_at_ms = self._clock.now_ms() + turns * self._delivery.later_ms
        await self._database.write(
            lambda tx: self._outbox.postpone(tx, claimed, due_at_ms=due_at_ms)
        )

    async def _one(self, claimed: Claimed, message: Message, arn: str) -> None:
        try:
            await self._transport.send(message)
        except MessageRefused as error:
            await self._again(claimed, str(error))
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            self._log.defect("message failed", error, medium=FUNCTION, message=claimed.message.id)
            await self._again(claimed, type(error).__name__)
        else:
            await self._database.write(lambda tx: self._outbox.settle(tx, claimed))
        finally:
            left = self._busy.pop(arn) - 1
            if left:
                self._busy[arn] = left

    async def _again(self, claimed: Claimed, error: str) -> None:
        if claimed.attempts >= ATTEMPTS_MAX:
            await self._park(claimed, error)
            return
        due_at_ms = self._clock.now_ms() + PAUSES_MS[min(claimed.attempts, len(PAUSES_MS)) - 1]
        await self._database.write(
            lambda tx: self._outbox.retry(tx, claimed, due_at_ms=due_at_ms, error=error)
        )

    async def _park(self, claimed: Claimed, error: str) -> None:
        self._log.error(
            "message parked",
            message=claimed.message.id,
            pool=claimed.message.pool_id,
            medium=FUNCTION,
            attempts=claimed.attempts,
            reason=error,
        )
        await self._database.write(lambda tx: self._outbox.park(tx, claimed, error=error))
