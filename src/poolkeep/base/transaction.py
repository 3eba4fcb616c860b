"""What a store function may do inside a transaction, and who opens one.

    database.read(fn)    statements in their own snapshots, no lock held
    database.write(fn)   all or nothing; acknowledged only when durable
    database.write_one   one statement, one round trip

`fn(tx)` is synchronous, so it cannot wait for a trigger, a mail server or a key service while it
holds a lock. It may run twice (a retry after a serialisation failure), so it must touch nothing
but `tx`, and it must not catch database errors: where a duplicate is expected, it says
`ON CONFLICT DO NOTHING` and looks at the count.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]
Params = Sequence[Any]


class Transaction(Protocol):
    """Statements of one transaction. Parameters are marked `?` in both dialects."""

    def one(self, sql: str, params: Params = ()) -> Row | None:
        """Return the first row, or None."""
        ...

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        """Return every row."""
        ...

    def run(self, sql: str, params: Params = ()) -> int:
        """Execute and return how many rows changed."""
        ...

    def many(self, sql: str, rows: Iterable[Params]) -> None:
        """Execute once for each row of parameters."""
        ...


class Database(Protocol):
    """One region's database."""

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        """Return `fn(tx)`; `fn` must not write."""
        ...

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        """Return `fn(tx)` once its writes are durable; an exception undoes them all."""
        ...

    async def write_one(self, sql: str, params: Params = ()) -> int:
        """Execute one statement durably and return how many rows changed."""
        ...

    def write_now(self, fn: Callable[[Transaction], T]) -> T:
        """Run one write from outside an event loop (start-up, tools)."""
        ...

    async def close(self) -> None:
        """Finish what is queued and let go of every connection."""
        ...
