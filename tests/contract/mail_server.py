"""A real mail server for tests, which can also misbehave."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
import warnings
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USERNAME, LOGIN_PASSWORD = "poolkeep", "Smtp-Horse-1"
Say = Callable[[str], str | None]


class MailServer:
    """Listens on loopback; `say` may answer RCPT and DATA with a failure."""

    def __init__(
        self,
        *,
        say: Say | None = None,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        login: bool = False,
        port: int = 0,
        data_pause: asyncio.Event | None = None,
    ) -> None:
        self.say: Say = say or (lambda _: None)
        self.received: list[tuple[Envelope, EmailMessage]] = []
        self.tried = 0
        self._tls, self._starttls, self._login = tls, starttls, login
        self._pause = data_pause
        self.port = port
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = listener.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=listener, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def emails(self) -> list[EmailMessage]:
        """What arrived, parsed."""
        return [email for _, email in self.received]

    def _protocol(self) -> SMTP:
        extra: dict[str, Any] = {}
        if self._login:
            extra = {
                "authenticator": _authenticate,
                "auth_required": True,
                "auth_require_tls": False,
            }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a login without TLS, which we test
            return self._smtp(extra)

    def _smtp(self, extra: dict[str, Any]) -> SMTP:
        return SMTP(
            self,
            hostname="mail.test",
            tls_context=self._starttls,
            require_starttls=self._starttls is not None,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
            **extra,
        )

    async def handle_RCPT(  # noqa: N802  the name that the library calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried += 1
        if answer := self.say("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  as above
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self._pause is not None:
            await self._pause.wait()
        if answer := self.say("DATA"):
            return answer
        content = envelope.original_content or b""
        self.received.append((envelope, message_from_bytes(content, policy=policy.default)))
        return "250 OK"


def _authenticate(*arguments: Any) -> AuthResult:
    given = arguments[-1]
    assert isinstance(given, LoginPassword)
    right = (given.login, given.password) == (USERNAME.encode(), LOGIN_PASSWORD.encode())
    return AuthResult(success=right)


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the server's TLS context and one of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=pem)


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
