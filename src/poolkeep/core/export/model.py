"""What a pool file says of itself, and what is in it."""

from typing import Any, Final

import msgspec

FORMAT: Final = 1
"""The form of the records; the sealed file around them has a version of its own."""


class TableHead(msgspec.Struct, frozen=True, kw_only=True):
    """A table of the file: the order of its columns."""

    name: str
    columns: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, tag="manifest"):
    """The first record: what the file holds, and where it is from."""

    format: int
    software: str
    schema: int
    pool_id: str
    pool_name: str
    account: str
    region: str
    made_ms: int
    tables: tuple[TableHead, ...]


class PoolKey(msgspec.Struct, frozen=True, kw_only=True, tag="key"):
    """One version of the pool's sealing key, unwrapped."""

    key_id: str
    key: bytes
    created_ms: int

    def __repr__(self) -> str:
        """Never show the key."""
        return f"PoolKey(key_id={self.key_id!r})"


class Rows(msgspec.Struct, frozen=True, kw_only=True, tag="rows"):
    """Some rows of one table."""

    table: str
    rows: list[tuple[Any, ...]]


class End(msgspec.Struct, frozen=True, kw_only=True, tag="end"):
    """The last record: how many rows of each table came before it."""

    counts: dict[str, int]


Record = Manifest | PoolKey | Rows | End


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was checked from beginning to end."""

    manifest: Manifest
    counts: dict[str, int]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a pool is restored to."""

    account: str
    region: str
