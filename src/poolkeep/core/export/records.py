"""The inner form of a pool file: records, each with its length before it.

    manifest · key … · rows … · end        length (4 bytes) | MessagePack

A reader checks every record against the manifest and the tables that this release knows, so that
nothing but rows of the one pool can come out of a file.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import msgspec

from poolkeep.core.export.model import FORMAT, End, Manifest, PoolKey, Record, Rows
from poolkeep.core.export.ports import TableForm
from poolkeep.crypto.envelope import KEY_BYTES, EnvelopeBroken, key_id_of

RECORD_BYTES_MAX: Final = 64 * 1024 * 1024
LENGTH_BYTES: Final = 4
KEYS_MAX: Final = 10_000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


class FileRefused(Exception):
    """The file is authentic, but this release or this installation cannot take it."""


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes) -> None:
        """Take `data`."""
        ...


class Source(Protocol):
    """Where bytes come from."""

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes."""
        ...

    def at_end(self) -> bool:
        """Tell whether everything was read."""
        ...


def write(sink: Sink, record: Record) -> None:
    """Append a record."""
    data = _encode(record)
    if len(data) > RECORD_BYTES_MAX:
        raise ValueError("a record is too long for a pool file")
    sink.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)


def read(source: Source) -> Iterator[Record]:
    """Yield the records as they stand; raises FileRefused for what is none."""
    while not source.at_end():
        size = int.from_bytes(source.read(LENGTH_BYTES), "big")
        if size > RECORD_BYTES_MAX:
            raise FileRefused("a record of the file is too long")
        try:
            yield _decode(source.read(size))
        except msgspec.MsgspecError as error:
            raise FileRefused(f"a record of the file cannot be read: {error}") from error


class Checked:
    """Records that are in order: the manifest first, rows of known tables only, the end last."""

    def __init__(self, source: Source, forms: tuple[TableForm, ...], *, schema: int) -> None:
        """Read the manifest. `schema` is the newest that this release knows."""
        self._records = read(source)
        self._forms = {form.name: form for form in forms}
        self.manifest = self._manifest(schema)
        self._columns = {head.name: head.columns for head in self.manifest.tables}
        self.keys: list[PoolKey] = []
        self.counts: dict[str, int] = {}

    def rows(self) -> Iterator[Rows]:
        """Yield every batch of rows; what is left of the file is checked behind the last one."""
        ended = False
        for record in self._records:
            match record:
                case PoolKey() if not self.counts and not ended:
                    self._take_key(record)
                case Rows() if not ended:
                    self._check_rows(record)
                    yield record
                case End() if not ended:
                    ended = True
                    self._check_end(record)
                case _:
                    raise FileRefused("the records of the file are not in order")
        if not ended:
            raise FileRefused("the file has no end record")

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns that the file has of a table."""
        return self._columns[table]

    def _manifest(self, schema: int) -> Manifest:
        first = next(self._records, None)
        if not isinstance(first, Manifest):
            raise FileRefused("the file does not begin with a manifest")
        if first.format != FORMAT or first.schema > schema:
            raise FileRefused(
                f"the file was written by a newer release ({first.software}): "
                "upgrade poolkeep, then restore"
            )
        for head in first.tables:
            form = self._forms.get(head.name)
            unknown = not form or set(head.columns) - set(form.columns)
            if unknown or len(set(head.columns)) != len(head.columns):
                raise FileRefused(f"the file has a table that this release lacks: {head.name}")
            if "pool_id" not in head.columns:
                raise FileRefused(f"the file's table {head.name} does not say whose rows it has")
        if len({head.name for head in first.tables}) != len(first.tables):
            raise FileRefused("the file names a table twice")
        return first

    def _take_key(self, key: PoolKey) -> None:
        known = {one.key_id for one in self.keys}
        if len(key.key) != KEY_BYTES or key.key_id in known or len(known) >= KEYS_MAX:
            raise FileRefused("a key of the file is none")
        self.keys.append(key)

    def _check_rows(self, batch: Rows) -> None:
        columns = self._columns.get(batch.table)
        if columns is None:
            raise FileRefused(f"the manifest does not name the table {batch.table}")
        whose, width = columns.index("pool_id"), len(columns)
        form = self._forms[batch.table]
        kind_of = dict(zip(form.columns, form.kinds, strict=True))
        kinds = [kind_of[column] for column in columns]
        for row in batch.rows:
            if len(row) != width or row[whose] != self.manifest.pool_id:
                raise FileRefused(f"a row of {batch.table} is not the pool's")
            if any(
                value is not None and type(value) is not kind
                for value, kind in zip(row, kinds, strict=True)
            ):
                raise FileRefused(f"a row of {batch.table} holds what its column cannot")
        known = {key.key_id for key in self.keys}
        check_sealed(form, columns, batch.rows, known)
        self.counts[batch.table] = self.counts.get(batch.table, 0) + len(batch.rows)

    def _check_end(self, end: End) -> None:
        if end.counts != self.counts:
            raise FileRefused("the file does not hold as many rows as it says")
        if self.counts.get("user_pools") != 1 or not self.keys:
            raise FileRefused("the file holds no pool")


def check_sealed(
    form: TableForm,
    columns: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    known: set[str],
) -> None:
    """Refuse a sealed value that no key of the file opens: it would be lost in another place."""
    for name in form.sealed:
        if name not in columns:
            continue
        at = columns.index(name)
        for row in rows:
            if row[at] is None:
                continue
            try:
                named = key_id_of(row[at])
            except (EnvelopeBroken, TypeError):
                raise FileRefused(f"{form.name}.{name} holds a value that is not sealed") from None
            if named not in known:
                raise FileRefused(
                    f"{form.name}.{name} holds a value that is sealed under another key"
                )
