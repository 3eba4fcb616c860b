"""Give up restores that were killed and never run again: what they left becomes a purge."""

from typing import Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Transaction

REST_S = 600.0


class DeadRestores(Protocol):
    """Restores that have stopped moving."""

    def abandon(self, tx: Transaction, *, now_ms: int) -> int:
        """Turn claims that have not moved for an hour into purges; return how many."""
        ...


class RestoreSweep:
    """One region's dead restores."""

    name = "dead restores"
    rest_s = REST_S

    def __init__(self, *, database: Database, restores: DeadRestores, clock: Clock) -> None:
        """Look every ten minutes by `clock`, which is the machine's."""
        self._database = database
        self._restores = restores
        self._clock = clock
        self._next_ms = 0

    async def round(self) -> bool:
        """Look once; the purge sweep does the work."""
        now_ms = self._clock.now_ms()
        if now_ms >= self._next_ms:  # else woken by a message: nothing to do with us
            self._next_ms = now_ms + int(self.rest_s * 1000)
            await self._database.write(lambda tx: self._restores.abandon(tx, now_ms=now_ms))
        return False
