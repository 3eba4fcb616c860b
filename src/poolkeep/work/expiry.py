"""Delete rows that have expired, in batches that hold a lock only briefly."""

from typing import Final, Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Transaction

BATCH: Final = 500


class ExpiredRows(Protocol):
    """Tables whose rows expire."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables, in the order in which they are swept."""
        ...

    def delete_batch(self, tx: Transaction, table: str, *, now_ms: int, limit: int) -> int:
        """Delete at most `limit` expired rows and return how many."""
        ...


class ExpirySweep:
    """One region's expired rows."""

    name = "expired rows"

    def __init__(
        self, *, database: Database, rows: ExpiredRows, clock: Clock, rest_s: float = 60.0
    ) -> None:
        """Look every `rest_s` seconds."""
        self._database = database
        self._rows = rows
        self._clock = clock
        self._next_ms = 0
        self.rest_s = rest_s

    async def round(self) -> bool:
        """Delete one batch of every table; return whether any batch was full."""
        now_ms = self._clock.now_ms()
        if now_ms < self._next_ms:  # woken by a message: nothing to do with us
            return False
        more = False
        for table in self._rows.tables:
            deleted = await self._database.write(
                lambda tx, table=table: self._rows.delete_batch(  # type: ignore[misc]  # mypy: default argument of a lambda
                    tx, table, now_ms=now_ms, limit=BATCH
                )
            )
            more |= deleted >= BATCH
        if not more:
            self._next_ms = now_ms + int(self.rest_s * 1000)
        return more
