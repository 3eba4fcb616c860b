"""Messages that a function of the pool delivers: CustomEmailSender and CustomSMSSender.

The event is made where the message is, without its code. The code joins it when the message
goes out, encrypted for the function: what waits in the outbox is sealed like any other message.
Source: docs/behaviours/custom-senders.md.
"""

import base64
import html
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.core.kms.refusals import KeyNotFound
from poolkeep.core.kms.service import Kms
from poolkeep.core.messages.model import EMAIL, SMS, FunctionCall, Message
from poolkeep.core.messages.ports import MessageRefused
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.triggers.ports import FunctionError, FunctionUnavailable, Triggers
from poolkeep.core.triggers.service import Subject, event_of
from poolkeep.core.triggers.sources import (
    CUSTOM_EMAIL_SENDER,
    CUSTOM_SMS_SENDER,
    EmptyReply,
    SenderRequest,
    Trigger,
)
from poolkeep.core.triggers.telling import attributes_of
from poolkeep.core.users.model import User
from poolkeep.crypto.encryption_sdk import encrypt

POOL: Final = "userpool-id"
"""The pair of the encryption context that binds a code to its pool."""

ESCAPED: Final = frozenset({"AdminCreateUser"})
"""Sources whose code is a temporary password, which goes out with its HTML escaped."""


class Sender(NamedTuple):
    """A kind of sender: its trigger, and the type that its events name."""

    trigger: Trigger
    type: str


SENDERS: Final = {
    EMAIL: Sender(CUSTOM_EMAIL_SENDER, "customEmailSenderRequestV1"),
    SMS: Sender(CUSTOM_SMS_SENDER, "customSMSSenderRequestV1"),
}
THREW: Final = "the function failed"
_encoder: Final = msgspec.json.Encoder()


def has_sender(pool: LoadedPool, medium: str) -> bool:
    """Tell whether a function of the pool delivers what goes by this medium."""
    config = pool.pool.settings.lambda_config
    return config is not None and getattr(config, SENDERS[medium].trigger.member) is not None


def call_of(
    pool: LoadedPool,
    *,
    source: str,
    user: User,
    client_id: str | None,
    medium: str,
    client_metadata: Mapping[str, str] | None,
) -> FunctionCall | None:
    """Return the call that delivers a message; None where the pool has no sender for it."""
    config = pool.pool.settings.lambda_config
    sender = SENDERS[medium]
    named = getattr(config, sender.trigger.member) if config is not None else None
    if named is None or config is None:
        return None
    event = event_of(
        pool,
        sender.trigger,
        source=source,
        subject=Subject(username=user.username, client_id=client_id),
        request=SenderRequest(
            type=sender.type,
            client_metadata=dict(client_metadata) if client_metadata else None,
            user_attributes=attributes_of(user),
        ),
        response=EmptyReply(),
    )
    return FunctionCall(
        arn=named.lambda_arn, key=config.kms_key_id or "", event=msgspec.Raw(_encoder.encode(event))
    )


class SenderTransport:
    """Hands messages to functions. Implements `Transport`."""

    def __init__(
        self, *, triggers: Triggers, kms: Kms, entropy: Entropy, committing: bool = False
    ) -> None:
        """Run functions through `triggers`; `committing` chooses the suite of the message."""
        self._triggers = triggers
        self._kms = kms
        self._entropy = entropy
        self._committing = committing

    async def send(self, message: Message) -> None:
        """Make one attempt. Raises MessageRefused."""
        call = message.function
        if call is None:
            raise MessageRefused("no function", for_good=True)
        event: dict[str, Any] = msgspec.json.decode(call.event)
        try:
            if message.code is not None:
                event["request"]["code"] = await self._encrypted(message, call, message.code)
            await self._triggers.deliver(call.arn, _encoder.encode(event), request_id=message.id)
        except KeyNotFound as refusal:
            raise MessageRefused(refusal.text) from refusal
        except FunctionError as error:
            raise MessageRefused(THREW) from error  # its words may be anything
        except FunctionUnavailable as error:
            raise MessageRefused(str(error)) from error

    async def _encrypted(self, message: Message, call: FunctionCall, code: str) -> str:
        text = html.escape(code) if message.kind in ESCAPED else code
        sealed = await encrypt(
            text.encode(),
            context={POOL: message.pool_id},
            key_name=call.key,
            data_key=lambda context: self._kms.data_key(message.account, call.key, context),
            entropy=self._entropy,
            committing=self._committing,
        )
        return base64.b64encode(sealed).decode()
