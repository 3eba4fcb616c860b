"""Functions at an HTTP address: one signed POST an event.

The signature is that of Standard Webhooks, so that the libraries for it can check it: the headers
`webhook-id`, `webhook-timestamp` and `webhook-signature`, an HMAC-SHA256 over id, time and body.
The id stays the same over the attempts at one event.

An answer of 2xx has the function's answer as its body. A function fails with the header
`X-Amz-Function-Error` or status 400, and a body that has an `errorMessage`.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from poolkeep.adapters.outgoing import Answer
from poolkeep.adapters.triggers.model import Invocation, Thrown
from poolkeep.adapters.triggers.remote import Lane, Lanes, judge
from poolkeep.base.secret import Secret
from poolkeep.function_settings import ANY, HttpTarget

KEY_PREFIX: Final = "whsec_"
VERSION: Final = "v1"


class HttpFunctions:
    """Posts events."""

    def __init__(
        self, lane: Callable[[], Lane], keys: Mapping[str, Secret[str]], now_ms: Callable[[], int]
    ) -> None:
        """Sign with the key of the function's name, or of `*`; without either, not at all."""
        self._lanes = Lanes(lane)
        self._keys = keys
        self._now_ms = now_ms

    async def run(self, invocation: Invocation) -> bytes:
        """Post the event, return the answer."""
        function = invocation.function
        target = function.target
        if not isinstance(target, HttpTarget):
            raise TypeError(function.name)
        headers = {
            "Content-Type": "application/json",
            "X-Amz-Invoked-Function-Arn": invocation.arn,
            "webhook-id": invocation.request_id,
            "webhook-timestamp": str(self._now_ms() // 1000),
        }
        key = self._keys.get(function.key) or self._keys.get(ANY)
        if key is not None:
            headers["webhook-signature"] = signature(
                key,
                invocation.event,
                request_id=invocation.request_id,
                timestamp=headers["webhook-timestamp"],
            )
        answer = await self._lanes.to(function).post(
            target.url, headers, body=invocation.event, within_s=invocation.within_s
        )
        if answer.status == 400 and _has_message(answer):
            raise Thrown(answer.body)
        return judge(answer)

    async def hand_over(self, invocation: Invocation) -> None:
        """Post the event; its answer is of no interest."""
        await self.run(invocation)

    async def close(self) -> None:
        """Close every connection."""
        await self._lanes.close()


def signature(key: Secret[str], body: bytes, *, request_id: str, timestamp: str) -> str:
    """Return the signature of a body, as Standard Webhooks spell it."""
    signed = f"{request_id}.{timestamp}.".encode() + body
    digest = hmac.digest(_key_bytes(key.reveal()), signed, "sha256")
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def _key_bytes(key: str) -> bytes:
    """Return the key: base64 behind `whsec_`, any other text as it stands."""
    if key.startswith(KEY_PREFIX):
        try:
            return base64.b64decode(key.removeprefix(KEY_PREFIX), validate=True)
        except binascii.Error:
            pass
    return key.encode()


def _has_message(answer: Answer) -> bool:
    try:
        document = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return isinstance(document, dict) and isinstance(document.get("errorMessage"), str)
