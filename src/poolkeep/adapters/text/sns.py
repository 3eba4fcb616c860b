"""SMS through Amazon SNS or what speaks its protocol: the Publish action, signed.

Source: the public descriptions of the query protocol and of Signature Version 4.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from poolkeep.adapters.outgoing import Outgoing
from poolkeep.adapters.text.http import judge, post
from poolkeep.base.clock import Clock
from poolkeep.core.messages.model import Message
from poolkeep.settings import SnsEndpoint

VERSION: Final = "2010-03-31"
SERVICE: Final = "sns"
ALGORITHM: Final = "AWS4-HMAC-SHA256"
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"


class SnsTexter:
    """Sends SMS with one Publish call each."""

    def __init__(
        self,
        endpoint: SnsEndpoint,
        outgoing: Outgoing,
        clock: Clock,
        *,
        sms_from: str | None = None,
    ) -> None:
        """Publish to `endpoint`; `sms_from` is the sender where the pool names none."""
        self._endpoint = endpoint
        self._outgoing = outgoing
        self._clock = clock
        self._from = sms_from

    async def send(self, message: Message) -> None:
        """Publish the message to its number."""
        body = urlencode(self._parameters(message)).encode()
        headers = sign(self._endpoint, body, now_ms=self._clock.now_ms())
        answer = await post(self._outgoing, self._endpoint.url, headers=headers, body=body)
        judge(answer)

    def _parameters(self, message: Message) -> dict[str, str]:
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
        named = message.sender or ""
        # SNS takes a number or a name; what an ARN stands for only its owner knows.
        sender = self._from if named.startswith("arn:") else named or self._from
        if sender and sender.removeprefix("+").isdigit():
            attributes["AWS.MM.SMS.OriginationNumber"] = sender
        elif sender:
            attributes["AWS.SNS.SMS.SenderID"] = sender
        if message.in_entity_id:
            attributes["AWS.MM.SMS.EntityId"] = message.in_entity_id
        if message.in_template_id:
            attributes["AWS.MM.SMS.TemplateId"] = message.in_template_id
        parameters = {
            "Action": "Publish",
            "Version": VERSION,
            "PhoneNumber": message.destination,
            "Message": message.body,
        }
        for number, (name, value) in enumerate(sorted(attributes.items()), start=1):
            entry = f"MessageAttributes.entry.{number}"
            parameters[f"{entry}.Name"] = name
            parameters[f"{entry}.Value.DataType"] = "String"
            parameters[f"{entry}.Value.StringValue"] = value
        return parameters


def sign(endpoint: SnsEndpoint, body: bytes, *, now_ms: int) -> dict[str, str]:
    """Return the headers of a signed POST of `body`."""
    url = urlsplit(endpoint.url)
    stamp = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{endpoint.region}/{SERVICE}/aws4_request"
    signed = {"content-type": FORM, "host": url.netloc, "x-amz-date": stamp}
    names = ";".join(signed)
    canonical = "\n".join(
        (
            "POST",
            quote(url.path or "/", safe="/~"),
            "",
            *(f"{name}:{value}" for name, value in signed.items()),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    to_sign = "\n".join((ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = b"AWS4" + endpoint.secret_key.reveal().encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    credential = f"{endpoint.access_key}/{scope}"
    return {
        "Content-Type": FORM,
        "X-Amz-Date": stamp,
        "Authorization": (
            f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        ),
    }
