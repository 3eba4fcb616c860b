"""Deliver the outbox.

A message is claimed for a minute, handed to the transport of its medium, and forgotten when that
took it. Delivery is at least once: a process that dies between the transport's yes and the
delete sends the message again, with the same Message-ID. A transport that is away is probed with
one message at a time, so that an outage costs the others no attempts.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database
from poolkeep.core.messages.model import SMS, Claimed
from poolkeep.core.messages.ports import (
    MessageRefused,
    OutboxRows,
    OutcomeUnknown,
    Transport,
    TransportAway,
)
from poolkeep.core.messages.service import open_message
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.crypto.envelope import EnvelopeBroken

UNKNOWN: Final = "unknown outcome: "
"""Begins `last_error` after an attempt whose outcome is unknown; a second one ends the tries."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How the sweep works: times in milliseconds.

    A message is parked after `attempts_max` attempts (with the longest pause, half a day), after
    `refusals_max` when the transport refuses it. The longest pauses add up to less than a minute,
    so that what waited arrives within a minute of the transport's recovery.
    """

    lease_ms: int = 60_000
    send_ms: int = 20_000
    batch: int = 50
    at_once: int = 20
    first_pause_ms: int = 1_000
    longest_pause_ms: int = 30_000
    longest_probe_pause_ms: int = 15_000
    attempts_max: int = 1_500
    refusals_max: int = 8
    rest_s: float = 1.0

    def pause_ms(self, attempts: int) -> int:
        """Return how long to wait after so many attempts: doubling, bounded."""
        return min(self.first_pause_ms << min(attempts - 1, 20), self.longest_pause_ms)


class MessageSweep:
    """One region's outbox."""

    name = "messages"

    def __init__(
        self,
        *,
        database: Database,
        outbox: OutboxRows,
        pools: PoolBook,
        transports: Mapping[str, Transport],
        clock: Clock,
        log: Log,
        delivery: Delivery | None = None,
    ) -> None:
        """Send through `transports`, by medium; a medium without one keeps waiting."""
        self._database = database
        self._outbox = outbox
        self._pools = pools
        self._transports = transports
        self._clock = clock
        self._log = log
        self._delivery = delivery or Delivery()
        self._away: dict[str, int] = {}
        self._probe_at_ms: dict[str, int] = {}

    @property
    def rest_s(self) -> float:
        """Seconds between looks when nothing wakes the sweep."""
        return self._delivery.rest_s

    async def round(self) -> bool:
        """Claim a batch and send it; return whether a full batch was found."""
        now_ms = self._clock.now_ms()
        if not await self._database.read(lambda tx: self._outbox.has_due(tx, now_ms)):
            return False
        more = False
        for medium in sorted(self._transports):
            more |= await self._medium_round(medium, now_ms)
        return more

    async def _medium_round(self, medium: str, now_ms: int) -> bool:
        probing = medium in self._away
        if probing and now_ms < self._probe_at_ms[medium]:
            return False
        limit = 1 if probing else self._delivery.batch
        batch = await self._database.write(
            lambda tx: self._outbox.claim(
                tx, media=(medium,), now_ms=now_ms, lease_ms=self._delivery.lease_ms, limit=limit
            )
        )
        at_once = asyncio.Semaphore(self._delivery.at_once)
        async with asyncio.TaskGroup() as group:
            for claimed in batch:
                group.create_task(self._one(claimed, at_once))
        return len(batch) == limit and medium not in self._away

    async def _one(self, claimed: Claimed, at_once: asyncio.Semaphore) -> None:
        async with at_once:
            medium = claimed.message.medium
            late_ms = claimed.lease_until_ms - self._delivery.send_ms
            if self._clock.now_ms() > late_ms or self._just_went_away(medium, claimed):
                await self._database.write(lambda tx: self._outbox.release(tx, claimed))
                return
            await self._send(claimed)

    def _just_went_away(self, medium: str, claimed: Claimed) -> bool:
        """Tell whether a message of this batch has found the transport away; the probe goes on."""
        claimed_at_ms = claimed.lease_until_ms - self._delivery.lease_ms
        return medium in self._away and claimed_at_ms < self._probe_at_ms[medium]

    async def _send(self, claimed: Claimed) -> None:
        medium = claimed.message.medium
        pool = await self._pools.pool(claimed.message.pool_id)
        if pool is None:  # deleted, and its keys with it
            await self._database.write(lambda tx: self._outbox.settle(tx, claimed))
            return
        try:
            message = open_message(pool, claimed.message)
        except (EnvelopeBroken, msgspec.DecodeError):
            await self._park(claimed, "unreadable")
            return
        try:
            async with asyncio.timeout(self._delivery.send_ms / 1000):
                await self._transports[medium].send(message)
        except TransportAway as error:
            if not self._just_went_away(medium, claimed):  # its whole batch counts as one failure
                self._went_away(medium)
            await self._again(claimed, str(error), self._delivery.attempts_max)
        except MessageRefused as error:
            self._came_back(medium)
            tries = 1 if error.for_good else self._delivery.refusals_max
            await self._again(claimed, str(error), tries)
        except (OutcomeUnknown, TimeoutError) as error:
            await self._unknown(claimed, str(error) or "no answer in time")
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            self._log.defect("message failed", error, medium=medium, message=claimed.message.id)
            await self._again(claimed, type(error).__name__, self._delivery.refusals_max)
        else:
            self._came_back(medium)
            await self._database.write(lambda tx: self._outbox.settle(tx, claimed))

    async def _unknown(self, claimed: Claimed, error: str) -> None:
        # An SMS costs money and carries no id: after two unknown outcomes it is left alone.
        twice = claimed.message.medium == SMS and claimed.last_error.startswith(UNKNOWN)
        tries = claimed.attempts if twice else self._delivery.attempts_max
        await self._again(claimed, UNKNOWN + error, tries)

    async def _again(self, claimed: Claimed, error: str, tries: int) -> None:
        if claimed.attempts >= tries:
            await self._park(claimed, error)
            return
        due_at_ms = self._clock.now_ms() + self._delivery.pause_ms(claimed.attempts)
        await self._database.write(
            lambda tx: self._outbox.retry(tx, claimed, due_at_ms=due_at_ms, error=error)
        )

    async def _park(self, claimed: Claimed, error: str) -> None:
        self._log.error(
            "message parked",
            message=claimed.message.id,
            pool=claimed.message.pool_id,
            medium=claimed.message.medium,
            attempts=claimed.attempts,
            reason=error,
        )
        await self._database.write(lambda tx: self._outbox.park(tx, claimed, error=error))

    def _went_away(self, medium: str) -> None:
        failures = self._away.get(medium, 0) + 1
        if failures == 1:
            self._log.warning("transport away", medium=medium)
        self._away[medium] = failures
        pause_ms = min(self._delivery.pause_ms(failures), self._delivery.longest_probe_pause_ms)
        self._probe_at_ms[medium] = self._clock.now_ms() + pause_ms

    def _came_back(self, medium: str) -> None:
        if self._away.pop(medium, 0):
            self._log.info("transport back", medium=medium)
