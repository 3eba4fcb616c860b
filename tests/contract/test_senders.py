"""What transports promise, against servers that speak over real sockets."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qs

import msgspec
import pytest

from poolkeep.adapters.mail.console import ConsoleTransport
from poolkeep.adapters.mail.smtp import SmtpPostman
from poolkeep.adapters.outgoing import Outgoing
from poolkeep.adapters.text.http import HttpTexter
from poolkeep.adapters.text.sns import SnsTexter
from poolkeep.base.clock import ManualClock
from poolkeep.base.secret import Secret
from poolkeep.core.messages.model import EMAIL, SMS, Message
from poolkeep.core.messages.ports import MessageRefused, OutcomeUnknown, TransportAway
from poolkeep.transport_settings import HttpGateway, Smtp, SnsEndpoint
from tests.contract.mail_server import (
    LOGIN_PASSWORD,
    USERNAME,
    MailServer,
    certificate,
    closed_port,
)

FROM = "Our Pools <no-reply@pools.test>"


def mail(**members: Any) -> Message:
    defaults: dict[str, Any] = {
        "id": "0198-message",
        "account": "123456789012",
        "pool_id": "p",
        "medium": EMAIL,
        "kind": "SignUp",
        "destination": "mary@example.com",
        "subject": "Your verification code",
        "body": "Your verification code is 012345. ",
        "created_ms": 1_800_000_000_000,
    }
    return Message(**{**defaults, **members})


def sms(**members: Any) -> Message:
    return mail(medium=SMS, destination="+15551239934", subject="", **members)


def postman(
    port: int,
    security: Literal["starttls", "tls", "none"] = "none",
    *,
    password: str | None = None,
    **members: Any,
) -> SmtpPostman:
    smtp = Smtp(
        host="127.0.0.1",
        port=port,
        security=security,
        username=USERNAME if password else None,
        password=Secret(password) if password else None,
    )
    return SmtpPostman(smtp, mail_from=FROM, **{"timeout_s": 2.0, **members})


class TestSmtp:
    """E-mail."""

    async def test_a_message_arrives_as_written(self) -> None:
        text = "Gr\u00fc\u00dfe, <b>012345</b>\n.\nafter a lone dot\n" + "x" * 3_000
        async with MailServer() as server:
            await postman(server.port).send(mail(subject="C\u00f3digo \u2709", body=text))
        ((envelope, email),) = server.received
        assert (envelope.mail_from, envelope.rcpt_tos) == (
            "no-reply@pools.test",
            ["mary@example.com"],
        )
        assert (email["From"], email["To"]) == (FROM, "mary@example.com")
        assert email["Subject"] == "C\u00f3digo \u2709"
        assert email["Message-ID"] == "<0198-message@pools.test>"
        assert email["Date"].startswith("Fri, 15 Jan 2027 08:00:00")
        assert email["Auto-Submitted"] == "auto-generated"
        assert email.get_content_type() == "text/html"
        assert email.get_content().replace("\r\n", "\n").rstrip("\n") == text

    async def test_the_pool_names_sender_and_reply(self) -> None:
        async with MailServer() as server:
            sender = "Shop <shop@shop.test>"
            await postman(server.port).send(mail(sender=sender, reply_to="help@shop.test"))
        ((envelope, email),) = server.received
        assert envelope.mail_from == "shop@shop.test"
        assert (email["From"], email["Reply-To"]) == (sender, "help@shop.test")
        assert email["Message-ID"] == "<0198-message@shop.test>"

    @pytest.mark.parametrize(
        "members",
        [
            {"subject": "a\r\nBcc: eve@evil.test"},
            {"subject": "a\nb"},
            {"sender": "a@x.test\r\nBcc: eve@evil.test"},
            {"reply_to": "a@x.test\nBcc: eve@evil.test"},
            {"destination": "mary@example.com\r\nBcc: eve@evil.test"},
            {"destination": "mary@example.com, eve@evil.test"},
            {"destination": "mary@example.com>\r\nRCPT TO:<eve@evil.test"},
            {"destination": ""},
        ],
    )
    async def test_nothing_becomes_a_header_of_its_own(self, members: dict[str, str]) -> None:
        async with MailServer() as server:
            with pytest.raises(MessageRefused) as caught:
                await postman(server.port).send(mail(**members))
        assert caught.value.for_good
        assert server.received == []
        assert server.tried == 0

    async def test_international_addresses_are_sent(self) -> None:
        async with MailServer() as server:
            await postman(server.port).send(mail(destination="m\u00e1ry@example.com"))
        assert server.received[0][0].rcpt_tos == ["m\u00e1ry@example.com"]

    async def test_tls_and_login(self, tmp_path: Path) -> None:
        theirs, ours = certificate(tmp_path)
        async with MailServer(tls=theirs, login=True) as server:
            await postman(server.port, "tls", password=LOGIN_PASSWORD, tls=ours).send(mail())
        assert len(server.received) == 1

    async def test_starttls(self, tmp_path: Path) -> None:
        theirs, ours = certificate(tmp_path)
        async with MailServer(starttls=theirs) as server:
            await postman(server.port, "starttls", tls=ours).send(mail())
        assert len(server.received) == 1

    async def test_a_server_without_starttls_gets_nothing(self) -> None:
        async with MailServer() as server:
            with pytest.raises(TransportAway):
                await postman(server.port, "starttls").send(mail())
        assert server.tried == 0

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    async def test_an_unknown_certificate_gets_nothing(
        self, tmp_path: Path, security: Literal["tls", "starttls"]
    ) -> None:
        theirs, _ = certificate(tmp_path)
        options: dict[str, Any] = {security: theirs}
        async with MailServer(**options) as server:
            with pytest.raises(TransportAway):
                await postman(server.port, security).send(mail())
        assert server.tried == 0

    async def test_a_wrong_password_is_our_trouble_not_the_messages(self) -> None:
        async with MailServer(login=True) as server:
            with pytest.raises(TransportAway) as caught:
                await postman(server.port, password="wrong").send(mail())
        assert "wrong" not in str(caught.value)

    async def test_nobody_there(self) -> None:
        with pytest.raises(TransportAway):
            await postman(closed_port()).send(mail())

    @pytest.mark.parametrize("step", ["RCPT", "DATA"])
    @pytest.mark.parametrize("code", [451, 550])
    async def test_a_refusal_is_told_from_a_busy_server(self, step: str, code: int) -> None:
        expected = MessageRefused if step == "RCPT" or code == 550 else TransportAway
        answer = f"{code} mary@example.com may not"
        async with MailServer(say=lambda at: answer if at == step else None) as server:
            with pytest.raises(expected) as caught:
                await postman(server.port).send(mail())
        assert "mary" not in str(caught.value)
        assert str(code) in str(caught.value)

    async def test_no_answer_to_the_content_is_an_unknown_outcome(self) -> None:
        pause = asyncio.Event()
        async with MailServer(data_pause=pause) as server:
            with pytest.raises(OutcomeUnknown):
                await postman(server.port, timeout_s=0.3).send(mail())
            pause.set()


Reply = tuple[int, dict[str, str], bytes]


class HttpServer:
    """Answers every request with `reply` and keeps what was asked."""

    def __init__(self, reply: Reply | Callable[[], Reply | None]) -> None:
        self.reply = reply if callable(reply) else (lambda: reply)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.split("\r\n")
        pairs = (field.partition(":") for field in rest if field)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.asked.append((line, headers, body))
        reply = self.reply()
        if reply is not None:
            status, extra, content = reply
            told = {"Content-Length": str(len(content)), "Connection": "close", **extra}
            lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
            writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + content)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def http_server(reply: Reply | Callable[[], Reply | None]) -> AsyncIterator[HttpServer]:
    here = HttpServer(reply)
    server = await asyncio.start_server(here.handle, "127.0.0.1", 0)
    here.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield here
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    client = Outgoing(private_allowed=True, timeout_s=2.0)
    yield client
    await client.close()


OK: Reply = (200, {}, b"{}")
HOSTILE = 'quote " backslash \\ newline \n {to} \u2028 \U0001f40e'


class TestHttpGateway:
    """SMS through an HTTP gateway."""

    def texter(self, url: str, outgoing: Outgoing, **members: Any) -> HttpTexter:
        gateway = HttpGateway(url=url, username="key", password=Secret("s\u00e9cret"))
        return HttpTexter(gateway, outgoing, **members)

    async def test_it_posts_json(self, outgoing: Outgoing) -> None:
        async with http_server(OK) as server:
            texter = self.texter(f"{server.url}/sms?x=1", outgoing, sms_from="Pools")
            await texter.send(sms(body=HOSTILE))
        ((line, headers, body),) = server.asked
        assert line == "POST /sms?x=1 HTTP/1.1"
        assert headers["content-type"] == "application/json"
        assert headers["idempotency-key"] == "0198-message"
        assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == (
            "key:s\u00e9cret".encode()
        )
        assert json.loads(body) == {
            "id": "0198-message",
            "to": "+15551239934",
            "from": "Pools",
            "text": HOSTILE,
        }

    async def test_what_the_pool_says_of_the_sender_comes_first(self, outgoing: Outgoing) -> None:
        async with http_server(OK) as server:
            template = '{"from": "{from}", "entity": "{in_entity_id}", "t": "{in_template_id}"}'
            texter = self.texter(server.url, outgoing, sms_from="Pools", body=template)
            await texter.send(sms(sender="+15005550006", in_entity_id="11", in_template_id="12"))
        ((_, _, body),) = server.asked
        assert json.loads(body) == {"from": "+15005550006", "entity": "11", "t": "12"}

    async def test_body_and_headers_are_templates(self, outgoing: Outgoing) -> None:
        async with http_server(OK) as server:
            texter = self.texter(
                server.url,
                outgoing,
                body='{"message": {"recipients": ["{to}"], "body": "{text}"}}',
                headers={"X-To": "tel:{to}"},
            )
            await texter.send(sms(body="{to}"))
        ((_, headers, body),) = server.asked
        assert headers["x-to"] == "tel:+15551239934"
        assert json.loads(body) == {"message": {"recipients": ["+15551239934"], "body": "{to}"}}

    async def test_a_header_takes_no_line_end(self, outgoing: Outgoing) -> None:
        async with http_server(OK) as server:
            texter = self.texter(server.url, outgoing, headers={"X-Text": "{text}"})
            with pytest.raises(MessageRefused):
                await texter.send(sms(body="a\r\nX-Evil: 1"))
        assert server.asked == []

    @pytest.mark.parametrize(
        "status, expected",
        [
            (202, None),
            (400, MessageRefused),
            (422, MessageRefused),
            (401, TransportAway),
            (429, TransportAway),
            (500, TransportAway),
            (503, TransportAway),
            (302, MessageRefused),
        ],
    )
    async def test_the_status_decides(
        self, outgoing: Outgoing, status: int, expected: type[Exception] | None
    ) -> None:
        async with http_server((status, {"Location": "http://127.0.0.1:9/"}, b"x")) as server:
            texter = self.texter(server.url, outgoing)
            if expected is None:
                await texter.send(sms())
            else:
                with pytest.raises(expected, match=str(status)):
                    await texter.send(sms())
        assert len(server.asked) == 1

    async def test_a_lost_answer_is_an_unknown_outcome(self, outgoing: Outgoing) -> None:
        async with http_server(lambda: None) as server:
            with pytest.raises(OutcomeUnknown):
                await self.texter(server.url, outgoing).send(sms())

    async def test_nobody_there(self, outgoing: Outgoing) -> None:
        url = f"http://127.0.0.1:{closed_port()}/"
        with pytest.raises(TransportAway):
            await self.texter(url, outgoing).send(sms())


class TestSns:
    """SMS through SNS."""

    endpoint: ClassVar = SnsEndpoint(
        url="", region="eu-west-1", access_key="AKIAEXAMPLE", secret_key=Secret("sns-secret")
    )

    async def test_it_publishes_and_signs(self, outgoing: Outgoing) -> None:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        clock = ManualClock(1_800_000_000_000)
        async with http_server((200, {}, b"<PublishResponse/>")) as server:
            endpoint = msgspec.structs.replace(self.endpoint, url=f"{server.url}/")
            await SnsTexter(endpoint, outgoing, clock, sms_from="Pools").send(
                sms(body="caf\u00e9 & 1")
            )
        ((line, headers, body),) = server.asked
        assert line == "POST / HTTP/1.1"
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        assert sent["Action"] == "Publish"
        assert sent["PhoneNumber"] == "+15551239934"
        assert sent["Message"] == "caf\u00e9 & 1"
        assert sent["MessageAttributes.entry.1.Name"] == "AWS.SNS.SMS.SMSType"
        assert sent["MessageAttributes.entry.2.Value.StringValue"] == "Pools"
        # Another implementation of the signature, over what really arrived.
        signed = AWSRequest(
            "POST",
            f"http://{headers['host']}/",
            data=body,
            headers={name: headers[name] for name in ("content-type", "host", "x-amz-date")},
        )
        signed.context["timestamp"] = headers["x-amz-date"]
        signer = SigV4Auth(Credentials("AKIAEXAMPLE", "sns-secret"), "sns", "eu-west-1")
        signature = signer.signature(
            signer.string_to_sign(signed, signer.canonical_request(signed)), signed
        )
        assert headers["authorization"].endswith(f"Signature={signature}")
        assert (
            "Credential=AKIAEXAMPLE/20270115/eu-west-1/sns/aws4_request" in headers["authorization"]
        )

    @pytest.mark.parametrize(
        "sender, expected",
        [
            ("+15005550006", {"AWS.MM.SMS.OriginationNumber": "+15005550006"}),
            ("38383", {"AWS.MM.SMS.OriginationNumber": "38383"}),
            ("Shop", {"AWS.SNS.SMS.SenderID": "Shop"}),
            ("arn:aws:sms-voice:eu-west-1:1:pool/p", {"AWS.SNS.SMS.SenderID": "Pools"}),
            (None, {"AWS.SNS.SMS.SenderID": "Pools"}),
        ],
    )
    async def test_what_the_pool_says_of_the_sender_comes_first(
        self, outgoing: Outgoing, sender: str | None, expected: dict[str, str]
    ) -> None:
        async with http_server((200, {}, b"<PublishResponse/>")) as server:
            endpoint = msgspec.structs.replace(self.endpoint, url=f"{server.url}/")
            texter = SnsTexter(endpoint, outgoing, ManualClock(), sms_from="Pools")
            await texter.send(sms(sender=sender, in_entity_id="11", in_template_id="12"))
        ((_, _, body),) = server.asked
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        told = {
            sent[f"MessageAttributes.entry.{number}.Name"]: sent[
                f"MessageAttributes.entry.{number}.Value.StringValue"
            ]
            for number in range(1, 5)
        }
        assert told == {
            "AWS.SNS.SMS.SMSType": "Transactional",
            "AWS.MM.SMS.EntityId": "11",
            "AWS.MM.SMS.TemplateId": "12",
            **expected,
        }

    async def test_a_throttled_call_is_tried_again(self, outgoing: Outgoing) -> None:
        async with http_server((429, {}, b"")) as server:
            endpoint = msgspec.structs.replace(self.endpoint, url=f"{server.url}/")
            with pytest.raises(TransportAway):
                await SnsTexter(endpoint, outgoing, ManualClock()).send(sms())


async def test_the_console_shows_control_characters() -> None:
    lines: list[str] = []
    await ConsoleTransport(lines.append).send(mail(body="a\x1b[2Jb\nc"))
    assert lines == [
        "--- EMAIL to mary@example.com (SignUp)",
        "Subject: Your verification code",
        "a\\x1b[2Jb",
        "c",
    ]
