"""What replicas need from outside. Store methods run inside a transaction."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from poolkeep.base.transaction import Database, Row, Transaction
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.pools.model import UserPool
from poolkeep.core.replicas.model import Change, FirstCopy, Link, Status


class Superseded(Exception):
    """Another worker has taken the pool over."""


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A region of this installation, as the others reach it."""

    database: Database
    book: PoolBook


class Neighbours:
    """The regions of this installation, by name. Filled while they are built."""

    def __init__(self) -> None:
        """Begin with none."""
        self._regions: dict[str, Neighbour] = {}

    def add(self, name: str, neighbour: Neighbour) -> None:
        """Make a region known to the others."""
        self._regions[name] = neighbour

    def get(self, name: str) -> Neighbour | None:
        """Return a region, None for one that the installation lacks."""
        return self._regions.get(name)


class Links(Protocol):
    """Which pools have copies, and which are copies."""

    def insert(self, tx: Transaction, link: Link) -> bool:
        """Store a new link; False when the pool has one."""
        ...

    def get(self, tx: Transaction, pool_id: str) -> Link | None:
        """Return the link of a pool."""
        ...

    def primaries(self, tx: Transaction) -> list[Link]:
        """Return the links of all originals of this database."""
        ...

    def set_status(
        self, tx: Transaction, pool_id: str, *, old: Sequence[Status], new: Status
    ) -> bool:
        """Change the status that is still one of `old`; False when it is another one."""
        ...

    def save_progress(
        self, tx: Transaction, pool_id: str, document: FirstCopy, *, fence: int
    ) -> None:
        """Note how far the first copy has come; raises Superseded for another worker's fence."""
        ...

    def claim(self, tx: Transaction, pool_id: str, *, now_ms: int, lease_ms: int) -> int | None:
        """Return the fence of whoever may work on the pool now; None while another one may."""
        ...

    def renew(self, tx: Transaction, pool_id: str, *, fence: int, until_ms: int) -> bool:
        """Keep the lease for longer; False when another worker has the pool."""
        ...

    def release(self, tx: Transaction, pool_id: str, fence: int) -> None:
        """Let others work on the pool."""
        ...

    def raise_fence(self, tx: Transaction, pool_id: str, fence: int) -> None:
        """At the copy: let nobody with a lower fence write; raises Superseded for a lower one."""
        ...

    def delete(self, tx: Transaction, pool_id: str) -> None:
        """Forget the link, and what was to be copied."""
        ...


class Copies(Protocol):
    """Rows of any copied table, and what is noted of their changes."""

    def tables(self) -> tuple[str, ...]:
        """Return the tables that a first copy goes through, the pool itself left out."""
        ...

    def is_config(self, table: str) -> bool:
        """Tell whether nodes keep the rows of the table in memory."""
        ...

    def page(
        self, tx: Transaction, table: str, pool_id: str, *, after: list[object] | None, limit: int
    ) -> tuple[list[Row], list[object] | None]:
        """Return rows in the order of the key after `after`, and the key of the last of them."""
        ...

    def put(self, tx: Transaction, table: str, rows: Sequence[Row]) -> None:
        """Store rows as they are, over what is there of the same keys."""
        ...

    def changes(self, tx: Transaction, pool_id: str, *, limit: int) -> list[Change]:
        """Return what the other side has not seen, of one unit together."""
        ...

    def has_changes(self, tx: Transaction, pool_id: str) -> bool:
        """Tell whether there is something that the other side has not seen."""
        ...

    def settle(self, tx: Transaction, pool_id: str, seen: Sequence[Change]) -> None:
        """Forget changes that were brought over, but for those that were made since."""
        ...

    def of_unit(self, tx: Transaction, table: str, pool_id: str, unit: str) -> list[Row]:
        """Return the rows of a unit."""
        ...

    def replace_unit(
        self, tx: Transaction, table: str, pool_id: str, *, unit: str, rows: Sequence[Row]
    ) -> None:
        """Make the rows of a unit these."""
        ...

    def pool_of(self, row: Row) -> UserPool:
        """Return the pool that a row of `user_pools` holds."""
        ...

    def merge_back(self, tx: Transaction, table: str, rows: Sequence[Row]) -> None:
        """At the original: take new rows of the copy, and what has risen in others."""
        ...


class Pools(Protocol):
    """User pools."""

    def bump_epoch(self, tx: Transaction) -> None:
        """Say that the configuration changes."""
        ...

    def insert(self, tx: Transaction, pool: UserPool) -> bool:
        """Store a new pool; False when the id is taken."""
        ...

    def get(self, tx: Transaction, pool_id: str) -> UserPool | None:
        """Return the pool, of whatever account."""
        ...

    def save(self, tx: Transaction, pool: UserPool) -> None:
        """Replace the pool whose stored version is still `pool.version`."""
        ...

    def delete(self, tx: Transaction, pool_id: str) -> None:
        """Remove the pool, and note that its other rows are to be purged."""
        ...

    def purges(self, tx: Transaction) -> list[str]:
        """Return deleted pools of which rows are left."""
        ...

    def purge(self, tx: Transaction, pool_id: str, *, limit: int) -> bool:
        """Delete about `limit` left-over rows of each kind; True once nothing is left."""
        ...
