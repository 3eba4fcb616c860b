"""Where e-mail and SMS go, as the settings `mail` and `sms` say it in one address."""

from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from poolkeep.base.secret import Secret

REGION: Final = "us-east-1"
"""Of an SNS address that names none."""


class Inbox(msgspec.Struct, frozen=True):
    """Messages stay here, to be read at `/_poolkeep/inbox`."""


class Console(msgspec.Struct, frozen=True):
    """Messages are printed to standard error."""


class Nowhere(msgspec.Struct, frozen=True):
    """There is no transport; pools that need one get CodeDeliveryFailureException."""


class Smtp(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str | None
    password: Secret[str] | None


class HttpGateway(msgspec.Struct, frozen=True, kw_only=True):
    """An SMS gateway that takes one POST a message."""

    url: str
    username: str | None
    password: Secret[str] | None


class SnsEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A service that takes SNS Publish calls."""

    url: str
    region: str
    access_key: str
    secret_key: Secret[str]


_PLACES: Final[dict[str, Inbox | Console | Nowhere]] = {
    "inbox": Inbox(),
    "console": Console(),
    "none": Nowhere(),
}
_SMTP_SECURITY: Final[dict[str, Literal["starttls", "tls", "none"]]] = {
    "smtp": "starttls",
    "smtps": "tls",
    "smtp+insecure": "none",
}


def mail_transport(value: str) -> Smtp | Inbox | Console | Nowhere:
    """Return the setting `mail` taken apart. Raises ValueError for what it is not."""
    place = _PLACES.get(value)
    if place is not None:
        return place
    url = urlsplit(value)
    security = _SMTP_SECURITY.get(url.scheme)
    if security is None or not url.hostname:
        raise ValueError("use inbox, console, none, smtp://…, smtps://… or smtp+insecure://…")
    username, password = _user(url)
    port = url.port or (465 if security == "tls" else 587 if security == "starttls" else 25)
    return Smtp(
        host=url.hostname, port=port, security=security, username=username, password=password
    )


def sms_transport(value: str) -> HttpGateway | SnsEndpoint | Inbox | Console | Nowhere:
    """Return the setting `sms` taken apart. Raises ValueError for what it is not."""
    place = _PLACES.get(value)
    if place is not None:
        return place
    url = urlsplit(value)
    scheme = url.scheme.removeprefix("sns+")
    if scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("use inbox, console, none, https://… or sns+https://…")
    username, password = _user(url)
    host = url.netloc.rpartition("@")[2]
    if url.scheme == scheme:
        return HttpGateway(
            url=url._replace(netloc=host).geturl(), username=username, password=password
        )
    if username is None or password is None:
        raise ValueError("an sns+https:// address needs KEY:SECRET@ before the host")
    region = dict(part.partition("=")[::2] for part in url.query.split("&")).get("region")
    return SnsEndpoint(
        url=f"{scheme}://{host}{url.path or '/'}",
        region=region or REGION,
        access_key=username,
        secret_key=password,
    )


def _user(url: SplitResult) -> tuple[str | None, Secret[str] | None]:
    username = unquote(url.username) if url.username else None
    password = Secret(unquote(url.password)) if url.password else None
    return username, password
