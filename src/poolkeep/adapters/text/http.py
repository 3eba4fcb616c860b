"""SMS through an HTTP gateway: one POST a message.

Body and headers are templates. In a JSON body a placeholder stands inside a JSON string and its
value is escaped for one; in a header it must not bring a line end.

    {"to": "{to}", "text": "{text}", "from": "{from}"}

`{from}` is the pool's origination identity, or else the setting; `{in_entity_id}` and
`{in_template_id}` are what India's carriers ask for.
"""

import base64
import re
from typing import Final

import msgspec

from poolkeep.adapters.outgoing import Answer, Outgoing, OutgoingFailed, OutgoingRefused
from poolkeep.core.messages.model import Message
from poolkeep.core.messages.ports import MessageRefused, OutcomeUnknown, TransportAway
from poolkeep.transport_settings import HttpGateway

BODY: Final = '{"id": "{id}", "to": "{to}", "from": "{from}", "text": "{text}"}'
HEADERS: Final = {"Content-Type": "application/json", "Idempotency-Key": "{id}"}
_PLACEHOLDER: Final = re.compile(r"\{(id|to|from|text|in_entity_id|in_template_id)\}")
BUSY: Final = frozenset({401, 403, 404, 407, 408, 425, 429})
"""Answers about us or the moment rather than about this message."""


class HttpTexter:
    """Sends SMS with one HTTP request each."""

    def __init__(
        self,
        gateway: HttpGateway,
        outgoing: Outgoing,
        *,
        sms_from: str | None = None,
        body: str = BODY,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Post `body` and `headers` with their placeholders filled."""
        self._gateway = gateway
        self._outgoing = outgoing
        self._from = sms_from or ""
        self._body = body
        self._headers = {**HEADERS, **(headers or {})}

    async def send(self, message: Message) -> None:
        """Post the message; any status of 2xx means that the gateway has it."""
        values = {
            "id": message.id,
            "to": message.destination,
            "from": message.sender or self._from,
            "text": message.body,
            "in_entity_id": message.in_entity_id or "",
            "in_template_id": message.in_template_id or "",
        }
        headers = {name: _header(text, values) for name, text in self._headers.items()}
        if self._gateway.username is not None:
            headers["Authorization"] = _basic(self._gateway)
        body = _PLACEHOLDER.sub(lambda match: _json_text(values[match[1]]), self._body)
        answer = await post(self._outgoing, self._gateway.url, headers=headers, body=body.encode())
        judge(answer)


async def post(outgoing: Outgoing, url: str, *, headers: dict[str, str], body: bytes) -> Answer:
    """Return the answer to a POST, failures in the terms of the outbox."""
    try:
        return await outgoing.request("POST", url, headers=headers, body=body)
    except OutgoingRefused as error:
        raise TransportAway(str(error)) from error
    except OutgoingFailed as error:
        if error.was_sent:
            raise OutcomeUnknown(str(error)) from error
        raise TransportAway(str(error)) from error


def judge(answer: Answer) -> None:
    """Refuse any status but 2xx, telling a busy service from an unwanted message."""
    if 200 <= answer.status < 300:
        return
    text = f"status {answer.status}"
    if answer.status in BUSY or answer.status >= 500:
        raise TransportAway(text)
    raise MessageRefused(text)


def _json_text(value: str) -> str:
    return msgspec.json.encode(value).decode()[1:-1]


def _header(template: str, values: dict[str, str]) -> str:
    text = _PLACEHOLDER.sub(lambda match: values[match[1]], template)
    if not text.isprintable() or not text.isascii():
        raise MessageRefused("unusable header", for_good=True)
    return text


def _basic(gateway: HttpGateway) -> str:
    password = gateway.password.reveal() if gateway.password else ""
    pair = f"{gateway.username}:{password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
