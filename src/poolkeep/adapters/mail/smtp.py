"""E-mail over SMTP.

Headers are set through the standard library's e-mail policy, which raises for a line end in a
value, so that nothing a user or an administrator chose can become a header of its own.
"""

import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.policy import SMTPUTF8 as WIRE_UTF8
from email.utils import formatdate, parseaddr
from typing import Final

import aiosmtplib

from poolkeep.core.messages.model import Message
from poolkeep.core.messages.ports import MessageRefused, OutcomeUnknown, TransportAway
from poolkeep.transport_settings import Smtp

TIMEOUT_S: Final = 15.0
"""For each step; less than the sweep's own limit, so that we know in which step it was."""
PERMANENT: Final = range(500, 600)


class SmtpPostman:
    """Sends each message over a connection of its own."""

    def __init__(
        self,
        smtp: Smtp,
        *,
        mail_from: str,
        timeout_s: float = TIMEOUT_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Send from `mail_from` where a pool names no sender; certificates are verified."""
        self._smtp = smtp
        self._mail_from = mail_from
        self._timeout_s = timeout_s
        self._tls = tls

    async def send(self, message: Message) -> None:
        """Hand the message to the mail server."""
        email = compose(message, self._mail_from)
        envelope_from = parseaddr(str(email["From"]))[1]
        client = self._client()
        try:
            await self._connect(client)
            await _submit(client, email, envelope_from, message.destination)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        smtp = self._smtp
        return aiosmtplib.SMTP(
            hostname=smtp.host,
            port=smtp.port,
            username=smtp.username,
            password=smtp.password.reveal() if smtp.password else None,
            timeout=self._timeout_s,
            use_tls=smtp.security == "tls",
            # True demands STARTTLS: a server (or somebody between) that hides it is not used.
            start_tls=smtp.security == "starttls",
            tls_context=self._tls,
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        """Connect, secure and log in; whatever goes wrong, no message was sent."""
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as error:
            raise TransportAway(f"{type(error).__name__} {error.code}") from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise TransportAway(type(error).__name__) from error


def compose(message: Message, mail_from: str) -> EmailMessage:
    """Return the e-mail. Raises MessageRefused for addresses and texts that no header can hold.

    The Message-ID is the message's own id, so that a second delivery is known as the same.
    """
    sender = message.sender or mail_from
    plain = message.destination.isascii() and sender.isascii()
    email = EmailMessage(policy=WIRE if plain else WIRE_UTF8)
    try:
        email["From"] = sender
        email["To"] = _address(message.destination)
        if message.reply_to:
            email["Reply-To"] = message.reply_to
        email["Subject"] = message.subject
        domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
        email["Message-ID"] = f"<{message.id}@{domain}>"
        email["Date"] = formatdate(message.created_ms / 1000)
        email["Auto-Submitted"] = "auto-generated"
        if message.text:
            email.set_content(message.text, cte="quoted-printable")
            email.add_alternative(message.body, subtype="html", cte="quoted-printable")
        else:
            email.set_content(message.body, subtype="html", cte="quoted-printable")
    except (ValueError, IndexError, UnicodeError) as error:
        # The parser of addresses raises IndexError for some that are not.
        raise MessageRefused(f"unusable header: {type(error).__name__}", for_good=True) from error
    return email


def _address(destination: str) -> Address:
    """Return the one address that `destination` is; raises ValueError for anything else."""
    if destination.isascii():
        return Address(addr_spec=destination)
    local, _, domain = destination.rpartition("@")
    address = Address(username=local, domain=domain)
    if not local or address.addr_spec != destination:  # it would have to be quoted
        raise ValueError("not an address")
    return address


async def _submit(
    client: aiosmtplib.SMTP, email: EmailMessage, envelope_from: str, recipient: str
) -> None:
    """Send envelope and content, telling apart what the server did not take, or may have."""
    try:
        await client.send_message(email, sender=envelope_from, recipients=[recipient])
    except aiosmtplib.SMTPRecipientsRefused as error:
        code = error.recipients[0].code if error.recipients else 0
        raise MessageRefused(f"recipient refused {code}") from error
    except aiosmtplib.SMTPNotSupported as error:
        raise MessageRefused("the server does not take such addresses") from error
    except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPHeloError) as error:
        raise _busy(error) from error
    except aiosmtplib.SMTPSenderRefused as error:
        raise TransportAway(f"sender refused {error.code}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise _busy(error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown(type(error).__name__) from error
    except (ValueError, UnicodeError) as error:
        raise MessageRefused(f"unusable content: {type(error).__name__}", for_good=True) from error


def _busy(error: aiosmtplib.SMTPResponseException) -> TransportAway | MessageRefused:
    text = f"{type(error).__name__} {error.code}"
    return MessageRefused(text) if error.code in PERMANENT else TransportAway(text)
