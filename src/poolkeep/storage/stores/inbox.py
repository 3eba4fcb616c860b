"""What the development transport delivered, for the inbox page.

Contents are sealed under the installation's key; a message is found by a keyed hash of its
lower-cased recipient. Only the newest messages are kept.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Sequence
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Row, Transaction
from poolkeep.core.messages.model import InboxMessage, Message
from poolkeep.core.pools.loaded import PoolKeys
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose
from poolkeep.storage.stores.outbox import SqlOutbox

# A message that is delivered twice is kept once.
ADD = """
INSERT INTO inbox (message_id, account, pool_id, recipient_digest, sealed, created_ms, sequence)
SELECT ?, ?, ?, ?, ?, ?, COALESCE(MAX(sequence), 0) + 1 FROM inbox WHERE true
ON CONFLICT (message_id) DO NOTHING"""
FORGET_OLD = """
DELETE FROM inbox WHERE sequence <= (SELECT MAX(sequence) FROM inbox) - ?"""
NEWEST = "SELECT message_id, sealed FROM inbox ORDER BY sequence DESC, message_id DESC LIMIT ?"
NEWEST_TO = """
SELECT message_id, sealed FROM inbox WHERE recipient_digest = ?
ORDER BY sequence DESC, message_id DESC LIMIT ?"""
DROP_POOL = "DELETE FROM inbox WHERE pool_id = ?"

KEPT_MAX: Final = 10_000
LOOK_S: Final = 0.01
ARRIVAL_S: Final = 2.0

_encoder = msgspec.json.Encoder()


class SqlInbox:
    """The `inbox` table."""

    def __init__(self, keys: PoolKeys) -> None:
        """Seal and find with the installation's keys."""
        self._keys = keys

    def add(self, tx: Transaction, message: Message) -> None:
        """Keep a message, and forget what is too old."""
        sealed = self._keys.seal(
            Purpose.MESSAGE, _encoder.encode(message), context=_context(message.id)
        )
        tx.run(
            ADD,
            (
                message.id,
                message.account,
                message.pool_id,
                self._digest(message.destination),
                sealed,
                message.created_ms,
            ),
        )
        tx.run(FORGET_OLD, (KEPT_MAX,))

    def newest(self, tx: Transaction, *, to: str | None, limit: int) -> list[InboxMessage]:
        """Return the newest messages first, of one recipient or of all."""
        if to is None:
            rows = tx.all(NEWEST, (limit,))
        else:
            rows = tx.all(NEWEST_TO, (self._digest(to), limit))
        return [message for row in rows if (message := self._opened(row))]

    def drop_pool(self, tx: Transaction, pool_id: str) -> int:
        """Forget the messages of a pool that is gone; return how many there were."""
        return tx.run(DROP_POOL, (pool_id,))

    def _digest(self, address: str) -> bytes:
        key = self._keys.key(Purpose.PII)
        folded = address.strip().lower().encode("utf-8", "surrogatepass")
        return hmac.digest(key, b"inbox recipient:" + folded, "sha256")

    def _opened(self, row: Row) -> InboxMessage | None:
        try:
            plaintext = self._keys.open(Purpose.MESSAGE, row[1], context=_context(row[0]))
        except EnvelopeBroken:
            return None  # sealed under a key that is gone
        message = msgspec.json.decode(plaintext, type=Message)
        return InboxMessage(
            id=message.id,
            pool_id=message.pool_id,
            medium=message.medium,
            kind=message.kind,
            to=message.destination,
            subject=message.subject,
            body=message.body,
            at_ms=message.created_ms,
            code=message.code,
            link=message.link,
        )


class DatabaseInbox:
    """The inbox page's view of one region.

    Delivery is a moment behind the answer that caused it. A list waits for what was on its way
    when it was asked for, so that a program which has just seen an answer finds its message.
    """

    def __init__(
        self,
        database: Database,
        inbox: SqlInbox,
        *,
        outbox: SqlOutbox,
        clock: Clock,
        media: Sequence[str],
    ) -> None:
        """Read `inbox`; the messages of `media` come here."""
        self._database = database
        self._inbox = inbox
        self._outbox = outbox
        self._clock = clock
        self._media = tuple(media)

    async def list(self, to: str | None, limit: int) -> list[InboxMessage]:
        """Return the newest messages first, of one recipient or of all."""
        await self._settled()
        return await self._database.read(lambda tx: self._inbox.newest(tx, to=to, limit=limit))

    async def _settled(self) -> None:
        """Wait until the outbox holds nothing for us, at most `ARRIVAL_S`."""
        never = asyncio.Event()
        for _ in range(int(ARRIVAL_S / LOOK_S)):
            now_ms = self._clock.now_ms()
            if not await self._database.read(
                lambda tx, now_ms=now_ms: self._outbox.has_under_way(  # type: ignore[misc]  # mypy: a lambda's default
                    tx, media=self._media, now_ms=now_ms
                )
            ):
                return
            # Another process may deliver, so we look again rather than be told.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), LOOK_S)


def _context(message_id: str) -> str:
    return f"inbox/{message_id}"
