"""Codes and the messages that carry them.

This package owns the texts, the code's life (made, kept as a keyed hash, superseded, spent) and
the outbox row that waits beside the change that caused it. It does not send: the outbox sweep
hands messages to a transport, after the commit.

    use case ── render ──> OutboxMessage ── enqueue(tx) ──> outbox row ── sweep ──> transport
"""

from poolkeep.core.messages.codes import CodeRow, Purpose, code_row, digest_of, new_code
from poolkeep.core.messages.masks import mask
from poolkeep.core.messages.model import EMAIL, SMS, Message, OutboxMessage
from poolkeep.core.messages.service import Messenger

__all__ = [
    "EMAIL",
    "SMS",
    "CodeRow",
    "Message",
    "Messenger",
    "OutboxMessage",
    "Purpose",
    "code_row",
    "digest_of",
    "mask",
    "new_code",
]
