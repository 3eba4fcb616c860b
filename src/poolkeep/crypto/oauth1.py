"""The header of a request signed by OAuth 1.0a with HMAC-SHA1. Source: RFC 5849, section 3.4."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec

METHOD: Final = "HMAC-SHA1"


class OAuth1Keys(msgspec.Struct, frozen=True):
    """The secrets of an application and of its user."""

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str

    def __repr__(self) -> str:
        """Show no secret."""
        return f"OAuth1Keys(consumer_key={self.consumer_key!r})"


def header(
    method: str,
    url: str,
    keys: OAuth1Keys,
    *,
    nonce: str,
    timestamp_s: int,
    query: Mapping[str, str],
    version: str | None = "1.0",
) -> str:
    """Return the Authorization header for a request to `url` (without query) with `query`."""
    given = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": METHOD,
        "oauth_timestamp": str(timestamp_s),
        "oauth_token": keys.token,
    }
    if version is not None:
        given["oauth_version"] = version
    pairs = sorted((_escaped(key), _escaped(text)) for key, text in {**given, **query}.items())
    parameters = "&".join(f"{key}={text}" for key, text in pairs)
    base = "&".join((method.upper(), _escaped(_base(url)), _escaped(parameters)))
    secret = f"{_escaped(keys.consumer_secret)}&{_escaped(keys.token_secret)}"
    digest = hmac.digest(secret.encode(), base.encode(), hashlib.sha1)
    given["oauth_signature"] = b64encode(digest).decode("ascii")
    told = ", ".join(f'{key}="{_escaped(text)}"' for key, text in sorted(given.items()))
    return f"OAuth {told}"


def _base(url: str) -> str:
    """Return a URL as it is signed: lower-case host, no default port."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}[parts.scheme]
    host = (parts.hostname or "").lower()
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
