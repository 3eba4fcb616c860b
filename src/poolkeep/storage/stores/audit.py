"""Audit entries and auth events. Implements `core.audit`'s ports."""

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import AuditEntry, AuthEvent
from poolkeep.core.audit.events import EventFeedback

ADD_ENTRY = "INSERT INTO audit (entry_id, account, created_ms, document) VALUES (?, ?, ?, ?)"
ADD_EVENT = """
INSERT INTO auth_events (pool_id, user_id, event_id, created_ms, document) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (pool_id, user_id, event_id) DO UPDATE SET document = excluded.document"""
ENTRIES = (
    "SELECT document FROM audit WHERE account = ? ORDER BY created_ms DESC, entry_id DESC LIMIT ?"
)
EVENT = "SELECT document FROM auth_events WHERE pool_id = ? AND user_id = ? AND event_id = ?"
JUDGE = """
UPDATE auth_events SET document = ?
WHERE pool_id = ? AND user_id = ? AND event_id = ? AND document = ?"""
EVENTS_BEFORE = """
SELECT document FROM auth_events
WHERE pool_id = ? AND user_id = ? AND created_ms > ? AND (created_ms, event_id) < (?, ?)
ORDER BY created_ms DESC, event_id DESC LIMIT ?"""
EVENTS = """
SELECT document FROM auth_events WHERE pool_id = ? AND user_id = ?
ORDER BY created_ms DESC, event_id DESC LIMIT ?"""


class SqlAudit:
    """The `audit` and `auth_events` tables."""

    def add(self, tx: Transaction, entry: AuditEntry) -> None:
        """Append an audit entry."""
        document = msgspec.json.encode(entry)
        tx.run(ADD_ENTRY, (entry.id, entry.actor.account, entry.at_ms, document))

    def newest(self, tx: Transaction, account: str, *, limit: int) -> list[AuditEntry]:
        """Return the account's newest entries."""
        rows = tx.all(ENTRIES, (account, limit))
        return [msgspec.json.decode(row[0], type=AuditEntry) for row in rows]


class SqlAuthEvents:
    """The `auth_events` table."""

    def add(self, tx: Transaction, event: AuthEvent) -> None:
        """Keep an event; the final response of an attempt replaces its interim one.

        A sign-in that passed has passed, whatever is made of its sessions afterwards.
        """
        before = self.get(tx, event.pool_id, event.user_id, event.id)
        if before is not None and before.event_response == "Pass":
            return
        document = msgspec.json.encode(event)
        tx.run(ADD_EVENT, (event.pool_id, event.user_id, event.id, event.at_ms, document))

    def newest(self, tx: Transaction, pool_id: str, user_id: str, *, limit: int) -> list[AuthEvent]:
        """Return a user's newest events."""
        rows = tx.all(EVENTS, (pool_id, user_id, limit))
        return [msgspec.json.decode(row[0], type=AuthEvent) for row in rows]

    def get(self, tx: Transaction, pool_id: str, user_id: str, event_id: str) -> AuthEvent | None:
        """Return an event of a user."""
        row = tx.one(EVENT, (pool_id, user_id, event_id))
        return msgspec.json.decode(row[0], type=AuthEvent) if row else None

    def judge(self, tx: Transaction, event: AuthEvent, feedback: EventFeedback) -> bool:
        """Keep what was said of an event; False when the event is another one by now."""
        key = (event.pool_id, event.user_id, event.id)
        row = tx.one(EVENT, key)
        if row is None or msgspec.json.decode(row[0], type=AuthEvent) != event:
            return False
        judged = msgspec.json.encode(msgspec.structs.replace(event, feedback=feedback))
        return tx.run(JUDGE, (judged, *key, row[0])) == 1

    def page(  # a span of time, a position, and how many
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        since_ms: int,
        before: tuple[int, str],
        limit: int,
    ) -> list[AuthEvent]:
        """Return a user's events after `since_ms` and before (created_ms, id), newest first."""
        rows = tx.all(EVENTS_BEFORE, (pool_id, user_id, since_ms, *before, limit))
        return [msgspec.json.decode(row[0], type=AuthEvent) for row in rows]
