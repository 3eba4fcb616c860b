"""What export and restore need from a store. Methods with `tx` run inside a transaction."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.export.model import PoolKey
from poolkeep.core.pools.model import UserPool


class TableForm(msgspec.Struct, frozen=True, kw_only=True):
    """A table that belongs to a pool: its columns, what they hold, and which are sealed."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[type, ...]
    sealed: tuple[str, ...]


class PoolRows(Protocol):
    """Any table's rows of one pool."""

    def tables(self) -> tuple[TableForm, ...]:
        """Return every table of a file in the order of a file."""
        ...

    def page(
        self, tx: Transaction, table: str, pool_id: str, *, after: Row | None, limit: int
    ) -> list[Row]:
        """Return rows in the order of the primary key, after the row `after`."""
        ...

    def insert(
        self, tx: Transaction, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> int:
        """Store rows; return how many were not there yet. Columns left out get their default."""
        ...

    def clear(self, tx: Transaction, pool_id: str, *, limit: int) -> int:
        """Delete about `limit` of the pool's rows of each table; return how many went."""
        ...


class PoolKeyRing(Protocol):
    """A pool's sealing keys, in and out of the master key's wrapping."""

    def unwrapped(self, tx: Transaction, pool_id: str) -> list[PoolKey]:
        """Return every version, the oldest first."""
        ...

    def wrap_and_store(self, tx: Transaction, pool_id: str, keys: Sequence[PoolKey]) -> None:
        """Store every version, wrapped by this installation's master key."""
        ...


class Restores(Protocol):
    """Restores under way: what keeps two of them, and a kill, from doing harm."""

    def begin(
        self, tx: Transaction, pool_id: str, token: str, *, now_ms: int, take_over: bool
    ) -> str:
        """Claim the restore of a pool: `begun`, or why not: `exists`, `deleting`, `running`.

        A claim that has not moved for an hour is taken over, with `take_over` at once.
        """
        ...

    def moved(self, tx: Transaction, pool_id: str, token: str, *, now_ms: int) -> bool:
        """Say that the restore goes on; False when another one has taken it over."""
        ...

    def end(self, tx: Transaction, pool_id: str, token: str) -> bool:
        """Forget the claim; False when another one has taken it over."""
        ...


class Pools(Protocol):
    """User pools."""

    def bump_epoch(self, tx: Transaction) -> None:
        """Say that the configuration changes."""
        ...

    def get(self, tx: Transaction, pool_id: str) -> UserPool | None:
        """Return the pool."""
        ...

    def purge(self, tx: Transaction, pool_id: str, *, limit: int) -> bool:
        """Delete rows that a deleted pool has left; True once nothing is left."""
        ...
