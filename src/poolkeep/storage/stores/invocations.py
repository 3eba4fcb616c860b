"""What functions were told and said. Implements `core.workbench.ports.Records`."""

from collections.abc import Sequence
from typing import Final

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.workbench.model import Found, Outcome, Record, Tally
from poolkeep.crypto.envelope import Purpose
from poolkeep.storage.stores.users import text_after

ADD = """
INSERT INTO invocations (pool_id, record_id, function, source, user_id, request_id, began_ms,
  took_us, attempt, outcome, document, expires_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
COLUMNS: Final = "record_id, pool_id, function, source, began_ms, took_us, attempt, outcome"
TRIM = """
DELETE FROM invocations WHERE pool_id = ? AND function = ? AND (began_ms, record_id) <= (
  SELECT began_ms, record_id FROM invocations WHERE pool_id = ? AND function = ?
  ORDER BY began_ms DESC, record_id DESC LIMIT 1 OFFSET ?)"""
BY_NAME = f"""
SELECT {COLUMNS}, user_id, request_id, document FROM invocations
WHERE (record_id >= ? AND record_id < ?) OR (request_id >= ? AND request_id < ?)
ORDER BY began_ms, attempt, record_id LIMIT ?"""
TALLY = """
SELECT function, COUNT(*), SUM(CASE WHEN outcome = 'answered' THEN 0 ELSE 1 END), MAX(began_ms),
  SUM(took_us) FROM invocations WHERE pool_id = ? GROUP BY function"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which records a list shows; None is any. `source` may be a trigger's first half."""

    pool_id: str | None = None
    function: str | None = None
    source: str | None = None
    failed: bool = False


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a record nobody reads without the pool's key."""

    event: msgspec.Raw
    reply: msgspec.Raw
    answered: bool = False
    error: str | None = None


class SqlInvocations:
    """The `invocations` table."""

    def add(
        self,
        tx: Transaction,
        entries: Sequence[tuple[LoadedPool, Record]],
        *,
        expires_ms: int,
    ) -> None:
        """Keep records, sealed under their pools' keys."""
        rows = []
        for pool, record in entries:
            kept = _Sealed(
                event=msgspec.Raw(record.event),
                reply=msgspec.Raw(b"null" if record.reply is None else record.reply),
                answered=record.reply is not None,
                error=record.error,
            )
            plain = msgspec.json.encode(kept)
            sealed = pool.keys.seal_salted(
                Purpose.INVOCATION, plain, context=_context(record.pool_id, record.id)
            )
            rows.append(
                (
                    record.pool_id, record.id, record.function, record.source, record.user_id,
                    record.request_id, record.began_ms, record.took_us, record.attempt,
                    record.outcome, sealed, expires_ms,
                )
            )  # fmt: skip
        tx.many(ADD, rows)

    def trim(self, tx: Transaction, pool_id: str, function: str, *, keep: int) -> int:
        """Forget all but the newest of a function; return how many went."""
        return tx.run(TRIM, (pool_id, function, pool_id, function, keep))

    def newest(self, tx: Transaction, wanted: Wanted, *, limit: int) -> list[Found]:
        """Return the newest first."""
        conditions: list[str] = []
        values: list[object] = []
        if wanted.pool_id is not None:
            conditions.append("pool_id = ?")
            values.append(wanted.pool_id)
        if wanted.function is not None:
            conditions.append("(function = ? OR function LIKE ? ESCAPE '!')")
            values += [wanted.function, f"%:function:{_literal(wanted.function)}"]
        if wanted.source is not None:
            conditions.append("(source = ? OR source LIKE ? ESCAPE '!')")
            values += [wanted.source, f"{_literal(wanted.source)}!_%"]
        if wanted.failed:
            conditions.append("outcome <> 'answered'")
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        sql = (
            f"SELECT {COLUMNS} FROM invocations {where}"
            "ORDER BY began_ms DESC, record_id DESC LIMIT ?"
        )
        return [_found(row) for row in tx.all(sql, (*values, limit))]

    def sealed(self, tx: Transaction, name: str, *, limit: int) -> list[Row]:
        """Return rows whose id, or whose request's id, begins with `name`; `opened` reads them."""
        if not name or "\0" in name:
            return []
        end = text_after(name)
        return tx.all(BY_NAME, (name, end, name, end, limit))

    def tallies(self, tx: Transaction, pool_id: str) -> dict[str, Tally]:
        """Return what is kept of each function of a pool."""
        return {
            row[0]: Tally(
                function=row[0], count=int(row[1]), failed=int(row[2]), last_ms=int(row[3]),
                mean_us=int(row[4]) // int(row[1]),
            )
            for row in tx.all(TALLY, (pool_id,))
        }  # fmt: skip


def opened(row: Row, pool: LoadedPool) -> Record:
    """Return the record of a row. Raises `crypto.envelope.EnvelopeBroken`."""
    found = _found(row)
    plain = pool.keys.open(Purpose.INVOCATION, row[10], context=_context(found.pool_id, found.id))
    kept = msgspec.json.decode(plain, type=_Sealed)
    return Record(
        id=found.id,
        pool_id=found.pool_id,
        function=found.function,
        source=found.source,
        began_ms=found.began_ms,
        took_us=found.took_us,
        attempt=found.attempt,
        outcome=found.outcome,
        user_id=row[8],
        request_id=row[9],
        event=bytes(kept.event),
        reply=bytes(kept.reply) if kept.answered else None,
        error=kept.error,
    )


def _found(row: Row) -> Found:
    return Found(
        id=row[0], pool_id=row[1], function=row[2], source=row[3], began_ms=row[4],
        took_us=row[5], attempt=row[6], outcome=Outcome(row[7]),
    )  # fmt: skip


def _literal(text: str) -> str:
    """Return a text for LIKE that stands for itself."""
    return "".join(f"!{letter}" if letter in "!%_" else letter for letter in text)


def _context(pool_id: str, record_id: str) -> str:
    return f"invocations/{pool_id}/{record_id}"
