"""What messages need from stores and transports.

A store's methods run inside a transaction; a transport's never do.
"""

from collections.abc import Sequence
from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.messages.codes import CodeRow
from poolkeep.core.messages.model import Claimed, Message, OutboxMessage, Waiting


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
    """Where a use case leaves a message, in the write that causes it."""

    def add(self, tx: Transaction, message: OutboxMessage) -> None:
        """Store a message that is due at once."""
        ...


class OutboxRows(Outbox, Protocol):
    """The outbox as the sweep works on it.

    Every settling method does nothing once another sweep has claimed the message.
    """

    def has_due(self, tx: Transaction, now_ms: int) -> bool:
        """Tell whether `claim` would find something; takes no lock."""
        ...

    def has_due_by(self, tx: Transaction, medium: str, now_ms: int) -> bool:
        """Tell whether `claim` would find something of this medium; takes no lock."""
        ...

    def claim(
        self, tx: Transaction, *, media: Sequence[str], now_ms: int, lease_ms: int, limit: int
    ) -> list[Claimed]:
        """Take the oldest due messages for `lease_ms`; a crash lets the lease lapse."""
        ...

    def settle(self, tx: Transaction, claimed: Claimed) -> None:
        """Forget a message that was sent."""
        ...

    def retry(self, tx: Transaction, claimed: Claimed, *, due_at_ms: int, error: str) -> None:
        """Let the message be due again later."""
        ...

    def release(self, tx: Transaction, claimed: Claimed) -> None:
        """Give back a message that was not tried; the attempt does not count."""
        ...

    def postpone(self, tx: Transaction, claimed: Claimed, *, due_at_ms: int) -> None:
        """Give back a message that was not tried, to be due again later."""
        ...

    def park(self, tx: Transaction, claimed: Claimed, *, error: str) -> None:
        """Stop trying; the message stays, for an operator to see."""
        ...

    def waiting(self, tx: Transaction, *, limit: int) -> list[Waiting]:
        """Return unsent messages, the oldest first."""
        ...


class TransportAway(Exception):
    """The transport cannot be reached or will not talk to us; nothing of the message was sent.

    The text names the cause without addresses or contents; so for the two below.
    """


class OutcomeUnknown(Exception):
    """The message may or may not have been accepted: the answer did not come."""


class MessageRefused(Exception):
    """The transport will not take this message; `for_good` when no retry can change that."""

    def __init__(self, text: str, *, for_good: bool = False) -> None:
        """Say why."""
        super().__init__(text)
        self.for_good = for_good


class Transport(Protocol):
    """Sends one message (`Postman` for e-mail, `Texter` for SMS)."""

    async def send(self, message: Message) -> None:
        """Hand the message over. Raises TransportAway, OutcomeUnknown or MessageRefused."""
        ...
