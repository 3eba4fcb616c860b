"""The development transport: messages stay here, to be read at the inbox page."""

from typing import Protocol

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.messages.model import Message


class InboxRows(Protocol):
    """Where delivered messages are kept."""

    def add(self, tx: Transaction, message: Message) -> None:
        """Keep a message; a second delivery changes nothing."""
        ...


class InboxTransport:
    """Delivers e-mail and SMS into the inbox table."""

    def __init__(self, database: Database, rows: InboxRows) -> None:
        """Deliver into `rows` of `database`."""
        self._database = database
        self._rows = rows

    async def send(self, message: Message) -> None:
        """Keep the message."""
        await self._database.write(lambda tx: self._rows.add(tx, message))
