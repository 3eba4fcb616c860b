"""Messages as values: in the clear while they are rendered and sent, sealed while they wait."""

import msgspec

EMAIL = "EMAIL"
SMS = "SMS"
FUNCTION = "FUNCTION"
"""The medium of the outbox for what a function of the pool delivers, whatever it delivers by."""

LOGOUT = "LOGOUT"
"""The medium of the outbox for what applications hear when a user signs out."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a code goes: EMAIL or SMS, and the address."""

    medium: str
    destination: str


class FunctionCall(msgspec.Struct, frozen=True, kw_only=True):
    """A function to call with an event, and the KMS key under which the code joins it."""

    arn: str
    key: str
    event: msgspec.Raw

    def __repr__(self) -> str:
        """Never show the event."""
        return f"FunctionCall(arn={self.arn!r})"


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a transport sends. `kind` is the source that caused it, such as SignUp.

    `text` is what an e-mail client shows that shows no HTML, where there is such a text.
    `sender` is the From of an e-mail, or the number or name that an SMS comes from; the India
    members are what carriers there demand of an SMS. `code` and `link` repeat what the body
    holds, for the development inbox. `function` delivers it, where the pool has a custom sender.
    """

    id: str
    account: str
    pool_id: str
    medium: str
    kind: str
    destination: str
    body: str
    created_ms: int
    subject: str = ""
    text: str = ""
    sender: str | None = None
    reply_to: str | None = None
    in_entity_id: str | None = None
    in_template_id: str | None = None
    code: str | None = None
    link: str | None = None
    function: FunctionCall | None = None

    def __repr__(self) -> str:
        """Never show code, text or address."""
        return f"Message(id={self.id!r}, medium={self.medium!r}, kind={self.kind!r})"


class OutboxMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to be stored beside the change that caused it; the content is sealed."""

    id: str
    pool_id: str
    medium: str
    sealed: bytes
    created_ms: int


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A message that one sweep holds until `lease_until_ms`; `attempts` counts this one.

    `last_error` is what the attempt before it said.
    """

    message: OutboxMessage
    attempts: int
    lease_until_ms: int
    last_error: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator sees of an unsent message: when, how often tried, and why it failed."""

    id: str
    pool_id: str
    medium: str
    created_ms: int
    due_at_ms: int
    attempts: int
    parked: bool
    last_error: str


class InboxMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message as the development inbox shows it, with code and link parsed out."""

    id: str
    pool_id: str
    medium: str
    kind: str
    to: str
    subject: str
    body: str
    at_ms: int
    code: str | None = None
    link: str | None = None


def seal_context(pool_id: str, message_id: str) -> str:
    """Return what a sealed outbox row is bound to."""
    return f"outbox/{pool_id}/{message_id}"
