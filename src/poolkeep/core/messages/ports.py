"""What messages need from a store. Every method runs inside a transaction."""

from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.messages.codes import CodeRow
from poolkeep.core.messages.model import OutboxMessage


class Codes(Protocol):
    """Outstanding codes, one for each user and purpose."""

    def put(self, tx: Transaction, row: CodeRow) -> None:
        """Store a code in place of the last one of its purpose."""
        ...

    def peek(self, tx: Transaction, pool_id: str, user_id: str, *, purpose: str) -> CodeRow | None:
        """Return the outstanding code, expired or not, without spending it."""
        ...

    def consume(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        purpose: str,
        digest: bytes,
        now_ms: int,
    ) -> CodeRow | None:
        """Spend the code: delete and return it. None if it is another, gone or expired."""
        ...

    def drop(self, tx: Transaction, pool_id: str, user_id: str, *, purpose: str) -> None:
        """Forget the code of a purpose, because what it was for has changed."""
        ...


class Outbox(Protocol):
    """Messages that wait to be sent."""

    def add(self, tx: Transaction, message: OutboxMessage) -> None:
        """Store a message that is due at once."""
        ...
