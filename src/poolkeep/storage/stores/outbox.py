"""Messages that wait to be sent. Implements `core.messages.ports.OutboxRows`.

A batch is claimed by one statement, so that any number of sweeps share the table. A claim is
known by its lease and attempt: whoever held the message before can no longer settle it.
"""

from collections.abc import Sequence

from poolkeep.base.transaction import Transaction
from poolkeep.core.messages.model import Claimed, OutboxMessage, Waiting

ADD = """
INSERT INTO outbox (message_id, pool_id, medium, sealed, created_ms, due_at_ms, lease_until_ms,
  attempts, parked, last_error)
VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0, '')"""
HAS_DUE = """
SELECT 1 FROM outbox WHERE parked = 0 AND due_at_ms <= ? AND lease_until_ms <= ? LIMIT 1"""
HAS_DUE_BY = """
SELECT 1 FROM outbox
WHERE parked = 0 AND due_at_ms <= ? AND lease_until_ms <= ? AND medium = ? LIMIT 1"""
UNDER_WAY = """
SELECT 1 FROM outbox WHERE parked = 0 AND due_at_ms <= ? AND medium IN (?, ?) LIMIT 1"""
# MATERIALIZED: PostgreSQL would otherwise be free to choose the rows more than once.
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT message_id FROM outbox
  WHERE parked = 0 AND due_at_ms <= ? AND lease_until_ms <= ? AND medium IN (?, ?)
  ORDER BY due_at_ms, message_id LIMIT ?{lock}
)
UPDATE outbox SET lease_until_ms = ?, attempts = attempts + 1
WHERE message_id IN (SELECT message_id FROM due)
RETURNING message_id, pool_id, medium, sealed, created_ms, attempts, lease_until_ms, last_error"""
CLAIM_BY_KIND = {
    "sqlite": CLAIM.format(lock=""),
    "postgresql": CLAIM.format(lock=" FOR UPDATE SKIP LOCKED"),
}
HELD = "message_id = ? AND lease_until_ms = ? AND attempts = ?"
SETTLE = f"DELETE FROM outbox WHERE {HELD}"
RETRY = f"""
UPDATE outbox SET lease_until_ms = 0, due_at_ms = ?, last_error = ? WHERE {HELD}"""
RELEASE = f"""
UPDATE outbox SET lease_until_ms = 0, attempts = attempts - 1 WHERE {HELD}"""
POSTPONE = f"""
UPDATE outbox SET lease_until_ms = 0, attempts = attempts - 1, due_at_ms = ? WHERE {HELD}"""
PARK = f"""
UPDATE outbox SET lease_until_ms = 0, parked = 1, last_error = ? WHERE {HELD}"""
WAITING = """
SELECT message_id, pool_id, medium, created_ms, due_at_ms, attempts, parked, last_error
FROM outbox ORDER BY created_ms, message_id LIMIT ?"""
UNPARK = """
UPDATE outbox SET parked = 0, attempts = 0, due_at_ms = ?, last_error = '' WHERE parked = 1"""
DROP_POOL = "DELETE FROM outbox WHERE pool_id = ?"

ERROR_CHARACTERS_MAX = 200


class SqlOutbox:
    """The `outbox` table. `kind` is the database's."""

    def __init__(self, kind: str) -> None:
        """Choose the dialect of the claim."""
        self._claim = CLAIM_BY_KIND[kind]

    def add(self, tx: Transaction, message: OutboxMessage) -> None:
        """Store a message that is due at once."""
        # Due since ever: development's clock may go back, and then nothing would be due for long.
        tx.run(
            ADD, (message.id, message.pool_id, message.medium, message.sealed, message.created_ms)
        )

    def has_due(self, tx: Transaction, now_ms: int) -> bool:
        """Tell whether `claim` would find something; takes no lock."""
        return tx.one(HAS_DUE, (now_ms, now_ms)) is not None

    def has_due_by(self, tx: Transaction, medium: str, now_ms: int) -> bool:
        """Tell whether `claim` would find something of this medium; takes no lock."""
        return tx.one(HAS_DUE_BY, (now_ms, now_ms, medium)) is not None

    def has_under_way(self, tx: Transaction, *, media: Sequence[str], now_ms: int) -> bool:
        """Tell whether a message of `media` is due or being sent."""
        return bool(media) and tx.one(UNDER_WAY, (now_ms, media[0], media[-1])) is not None

    def claim(
        self, tx: Transaction, *, media: Sequence[str], now_ms: int, lease_ms: int, limit: int
    ) -> list[Claimed]:
        """Take the oldest due messages for `lease_ms`; a crash lets the lease lapse."""
        if not media:
            return []
        first, last = media[0], media[-1]  # the statement takes two; one medium is named twice
        rows = tx.all(self._claim, (now_ms, now_ms, first, last, limit, now_ms + lease_ms))
        claimed = [
            Claimed(
                message=OutboxMessage(
                    id=row[0], pool_id=row[1], medium=row[2], sealed=row[3], created_ms=row[4]
                ),
                attempts=row[5],
                lease_until_ms=row[6],
                last_error=row[7],
            )
            for row in rows
        ]
        return sorted(claimed, key=lambda one: (one.message.created_ms, one.message.id))

    def settle(self, tx: Transaction, claimed: Claimed) -> None:
        """Forget a message that was sent."""
        tx.run(SETTLE, _held(claimed))

    def retry(self, tx: Transaction, claimed: Claimed, *, due_at_ms: int, error: str) -> None:
        """Let the message be due again later."""
        tx.run(RETRY, (due_at_ms, error[:ERROR_CHARACTERS_MAX], *_held(claimed)))

    def release(self, tx: Transaction, claimed: Claimed) -> None:
        """Give back a message that was not tried; the attempt does not count."""
        tx.run(RELEASE, _held(claimed))

    def postpone(self, tx: Transaction, claimed: Claimed, *, due_at_ms: int) -> None:
        """Give back a message that was not tried, to be due again later."""
        tx.run(POSTPONE, (due_at_ms, *_held(claimed)))

    def park(self, tx: Transaction, claimed: Claimed, *, error: str) -> None:
        """Stop trying; the message stays, for an operator to see."""
        tx.run(PARK, (error[:ERROR_CHARACTERS_MAX], *_held(claimed)))

    def waiting(self, tx: Transaction, *, limit: int) -> list[Waiting]:
        """Return unsent messages, the oldest first."""
        return [
            Waiting(
                id=row[0],
                pool_id=row[1],
                medium=row[2],
                created_ms=row[3],
                due_at_ms=row[4],
                attempts=row[5],
                parked=bool(row[6]),
                last_error=row[7],
            )
            for row in tx.all(WAITING, (limit,))
        ]

    def unpark(self, tx: Transaction, now_ms: int) -> int:
        """Try every parked message again; return how many there were."""
        return tx.run(UNPARK, (now_ms,))

    def drop_pool(self, tx: Transaction, pool_id: str) -> int:
        """Forget the messages of a pool that is gone; return how many there were."""
        return tx.run(DROP_POOL, (pool_id,))


def _held(claimed: Claimed) -> tuple[str, int, int]:
    return claimed.message.id, claimed.lease_until_ms, claimed.attempts
