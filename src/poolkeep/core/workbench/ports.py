"""Where records are kept."""

from collections.abc import Sequence
from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.workbench.model import Record


class Records(Protocol):
    """The records of all pools of a region."""

    def add(
        self,
        tx: Transaction,
        entries: Sequence[tuple[LoadedPool, Record]],
        *,
        expires_ms: int,
    ) -> None:
        """Keep records, sealed under their pools' keys."""
        ...

    def trim(self, tx: Transaction, pool_id: str, function: str, *, keep: int) -> int:
        """Forget all but the newest of a function; return how many went."""
        ...
