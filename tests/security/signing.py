"""A caller with a real key pair: every request carries a signature of version 4.

Written from the published algorithm, so that it agrees with the server only if both are right;
and it can sign wrongly on purpose.
"""

import configparser
import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.sdk.support import PREFIX, REGION, Json, RefusedError, Reply, Wire

SERVICE: Final = "cognito-idp"


@dataclasses.dataclass(frozen=True)
class KeyPair:
    """An access key."""

    id: str
    secret: str


def root_key(data: Path) -> KeyPair:
    """Return the root key pair that the first start left in the data directory."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(data / "credentials")
    found = parser["default"]
    return KeyPair(found["aws_access_key_id"], found["aws_secret_access_key"])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scope:
    """For what, and when, a signature is made."""

    region: str = REGION
    service: str = SERVICE
    moment: dt.datetime | None = None

    @property
    def stamp(self) -> str:
        """The time in basic ISO form."""
        return (self.moment or dt.datetime.now(dt.UTC)).strftime("%Y%m%dT%H%M%SZ")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def signature(pair: KeyPair, scope: Scope, *, stamp: str, canonical: str) -> str:
    """Return the hexadecimal signature of a canonical request."""
    place = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{pair.secret}".encode()
    for part in place.split("/"):
        key = _hmac(key, part)
    return _hmac(key, f"AWS4-HMAC-SHA256\n{stamp}\n{place}\n{digest}").hex()


def canonical_request(
    method: str, query: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, str]:
    """Return the canonical request and the list of its headers."""
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    names = ";".join(sorted(lowered))
    lines = "".join(f"{name}:{lowered[name]}\n" for name in sorted(lowered))
    digest = hashlib.sha256(body).hexdigest()
    return f"{method}\n/\n{query}\n{lines}\n{names}\n{digest}", names


def signed_headers(
    pair: KeyPair, scope: Scope, *, host: str, operation: str, body: bytes
) -> dict[str, str]:
    """Return the headers of a signed call."""
    stamp = scope.stamp
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "Host": host,
        "X-Amz-Date": stamp,
        "X-Amz-Target": f"{PREFIX}.{operation}",
    }
    canonical, names = canonical_request("POST", "", headers, body)
    proof = signature(pair, scope, stamp=stamp, canonical=canonical)
    place = f"{pair.id}/{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={place}, SignedHeaders={names}, Signature={proof}"
    )
    return headers


def presigned_query(
    pair: KeyPair, scope: Scope, *, headers: Mapping[str, str], body: bytes, expires_s: int = 60
) -> str:
    """Return the query of a presigned call; `headers` are those that it signs."""
    stamp = scope.stamp
    given = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{pair.id}/{stamp[:8]}/{scope.region}/{scope.service}/aws4_request",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(expires_s),
        "X-Amz-SignedHeaders": ";".join(sorted(name.lower() for name in headers)),
    }
    query = "&".join(
        f"{name}={urllib.parse.quote(value, safe='-_.~')}" for name, value in sorted(given.items())
    )
    canonical, _ = canonical_request("POST", query, headers, body)
    proof = signature(pair, scope, stamp=stamp, canonical=canonical)
    return f"{query}&X-Amz-Signature={proof}"


class SignedWire(Wire):
    """A caller of a server that checks signatures."""

    def __init__(self, base_url: str, pair: KeyPair, scope: Scope | None = None) -> None:
        """Sign with `pair`."""
        super().__init__(base_url)
        self.pair = pair
        self.scope = scope or Scope()

    @property
    def host(self) -> str:
        """The Host header."""
        return urllib.parse.urlsplit(self.base_url).netloc

    def send(
        self,
        operation: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        without: tuple[str, ...] = (),
    ) -> Reply:
        """Post a signed body to an operation; `headers` are added unsigned."""
        signed = signed_headers(
            self.pair, self.scope, host=self.host, operation=operation, body=body
        )
        sent = {**signed, **(headers or {})}
        for name in without:
            sent.pop(name, None)
        return self.exchange("POST", "/", body, sent)


def refusal_of(reply: Reply) -> RefusedError:
    """Return what a reply refuses."""
    told: dict[str, Json] = json.loads(reply.body)
    return RefusedError("", told["__type"], told.get("message", ""), reply.status)
