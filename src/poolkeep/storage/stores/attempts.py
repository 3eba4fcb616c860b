"""Attempt windows and lock-outs. Implements `core.users.ports.Attempts`.

Every change is one conditional upsert, so that attempts counted on several nodes at once are all
counted.
"""

from poolkeep.base.transaction import Transaction

USE = """
INSERT INTO attempts (pool_id, subject, kind, used, window_ends_ms) VALUES (?, ?, ?, 1, ?)
ON CONFLICT (pool_id, subject, kind) DO UPDATE SET
  used = CASE WHEN attempts.window_ends_ms <= ? THEN 1 ELSE attempts.used + 1 END,
  window_ends_ms = CASE WHEN attempts.window_ends_ms <= ?
    THEN excluded.window_ends_ms ELSE attempts.window_ends_ms END
RETURNING used"""
LOCK = "SELECT locked_until_ms FROM lockouts WHERE pool_id = ? AND subject = ? AND kind = ?"
COUNT_FAILURE = """
INSERT INTO lockouts (pool_id, subject, kind, failures, last_failure_ms, locked_until_ms)
VALUES (?, ?, ?, 1, ?, 0)
ON CONFLICT (pool_id, subject, kind) DO UPDATE SET
  failures = CASE WHEN lockouts.last_failure_ms <= ? THEN 1 ELSE lockouts.failures + 1 END,
  last_failure_ms = excluded.last_failure_ms
RETURNING failures, locked_until_ms"""
SET_LOCK = """
UPDATE lockouts SET locked_until_ms = ? WHERE pool_id = ? AND subject = ? AND kind = ?"""
FORGIVE = """
DELETE FROM lockouts WHERE pool_id = ? AND subject = ? AND kind = ? RETURNING locked_until_ms"""
FORGET_SUBJECT = "DELETE FROM lockouts WHERE pool_id = ? AND subject = ?"
FORGET_ATTEMPTS = "DELETE FROM attempts WHERE pool_id = ? AND subject = ?"
LOCKS_OF = """
SELECT kind, failures, locked_until_ms FROM lockouts
WHERE pool_id = ? AND subject = ? AND last_failure_ms > ?"""
ATTEMPTS_OF = """
SELECT kind, used, window_ends_ms FROM attempts
WHERE pool_id = ? AND subject = ? AND window_ends_ms > ? ORDER BY kind"""
DELETE_OLD_ATTEMPTS = "DELETE FROM attempts WHERE window_ends_ms <= ?"
DELETE_OLD_LOCKOUTS = "DELETE FROM lockouts WHERE last_failure_ms <= ?"

FIRST_LOCK_MS = 1_000
DOUBLINGS_MAX = 20
"""2^20 s is far above every cap; the exponent must not grow with the failures."""


class SqlAttempts:
    """Counters in the `attempts` and `lockouts` tables."""

    def use(
        self, tx: Transaction, pool_id: str, subject: str, *, kind: str, window_ms: int, now_ms: int
    ) -> int:
        """Count one attempt and return how many fell into the running window."""
        row = tx.one(USE, (pool_id, subject, kind, now_ms + window_ms, now_ms, now_ms))
        return int(row[0]) if row else 0

    def locked_until_ms(self, tx: Transaction, pool_id: str, subject: str, kind: str) -> int:
        """Return the end of the lock, 0 when there is none."""
        row = tx.one(LOCK, (pool_id, subject, kind))
        return int(row[0]) if row else 0

    def fail(
        self,
        tx: Transaction,
        pool_id: str,
        subject: str,
        *,
        kind: str,
        now_ms: int,
        free: int,
        cap_ms: int,
        memory_ms: int | None = None,
    ) -> int:
        """Count one failure; return the end of the lock that stood before it, 0 for none."""
        forgotten_ms = now_ms - (cap_ms if memory_ms is None else memory_ms)
        row = tx.one(COUNT_FAILURE, (pool_id, subject, kind, now_ms, forgotten_ms))
        failures, stood_until_ms = (int(row[0]), int(row[1])) if row else (1, 0)
        if failures >= free:
            until = now_ms + min(FIRST_LOCK_MS << min(failures - free, DOUBLINGS_MAX), cap_ms)
            tx.run(SET_LOCK, (until, pool_id, subject, kind))
        return stood_until_ms

    def forgive(self, tx: Transaction, pool_id: str, subject: str, kind: str) -> int:
        """Forget the failures after a success; return the end of the lock that stood."""
        row = tx.one(FORGIVE, (pool_id, subject, kind))
        return int(row[0]) if row else 0

    def counters(
        self, tx: Transaction, pool_id: str, subject: str, *, now_ms: int, cap_ms: int
    ) -> list[tuple[str, int, int]]:
        """Return (kind, count, end in ms) of what counts now, the lock first."""
        locks = tx.all(LOCKS_OF, (pool_id, subject, now_ms - cap_ms))
        windows = tx.all(ATTEMPTS_OF, (pool_id, subject, now_ms))
        return [(row[0], int(row[1]), int(row[2])) for row in (*locks, *windows)]

    def forget(self, tx: Transaction, pool_id: str, subject: str) -> None:
        """Forget everything about a subject that is gone."""
        tx.run(FORGET_SUBJECT, (pool_id, subject))
        tx.run(FORGET_ATTEMPTS, (pool_id, subject))

    def sweep(self, tx: Transaction, *, now_ms: int, lock_cap_ms: int) -> int:
        """Delete counters that no longer say anything; return how many."""
        return tx.run(DELETE_OLD_ATTEMPTS, (now_ms,)) + tx.run(
            DELETE_OLD_LOCKOUTS, (now_ms - lock_cap_ms,)
        )
