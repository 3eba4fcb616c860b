"""SMS through Amazon SNS or what speaks its protocol: the Publish action, signed.

Source: the public descriptions of the query protocol and of Signature Version 4.
"""

from typing import Final
from urllib.parse import urlencode

from poolkeep.adapters.outgoing import Outgoing
from poolkeep.adapters.signing import Signer
from poolkeep.adapters.text.http import judge, post
from poolkeep.base.clock import Clock
from poolkeep.core.messages.model import Message
from poolkeep.transport_settings import SnsEndpoint

VERSION: Final = "2010-03-31"
SERVICE: Final = "sns"
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
    signer = Signer(
        access_key=endpoint.access_key,
        secret_key=endpoint.secret_key,
        region=endpoint.region,
        service=SERVICE,
    )
    return signer.post(endpoint.url, {"Content-Type": FORM}, body=body, now_ms=now_ms)
