"""The trail of administrators' changes."""

from typing import Protocol

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid
from poolkeep.base.transaction import Transaction


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a change: a principal of an account, with the request that carries it."""

    account: str
    principal: str
    request_id: str = ""
    source_ip: str = ""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `detail` never holds a secret."""

    id: str
    actor: Actor
    operation: str
    resource: str
    at_ms: int
    detail: dict[str, str] = {}


class AuditEntries(Protocol):
    """Where entries are kept."""

    def add(self, tx: Transaction, entry: AuditEntry) -> None:
        """Append an entry."""
        ...


class AuditTrail:
    """Writes entries beside the change that they tell of."""

    def __init__(self, entries: AuditEntries, entropy: Entropy) -> None:
        """Append to `entries`."""
        self._entries = entries
        self._entropy = entropy

    def record(
        self,
        tx: Transaction,
        actor: Actor,
        *,
        operation: str,
        resource: str,
        now_ms: int,
        detail: dict[str, str] | None = None,
    ) -> None:
        """Append what `actor` did to `resource` in the transaction that does it."""
        entry = AuditEntry(
            id=timed_uuid(self._entropy, now_ms),
            actor=actor,
            operation=operation,
            resource=resource,
            at_ms=now_ms,
            detail=detail or {},
        )
        self._entries.add(tx, entry)
