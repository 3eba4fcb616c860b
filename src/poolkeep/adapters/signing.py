"""Sign a request that we send, with Signature Version 4.

Source: the public description of Signature Version 4.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec

from poolkeep.base.secret import Secret

ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key signs, and for what."""

    access_key: str
    secret_key: Secret[str]
    region: str
    service: str

    def post(
        self, url: str, headers: Mapping[str, str], *, body: bytes, now_ms: int
    ) -> dict[str, str]:
        """Return all headers of a POST: those given, the date and the signature over them."""
        parts = urlsplit(url)
        stamp = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        sent = {**headers, "X-Amz-Date": stamp}
        signed = {name.lower(): value for name, value in sent.items()} | {"host": parts.netloc}
        names = ";".join(sorted(signed))
        canonical = "\n".join(
            (
                "POST",
                quote(parts.path or "/", safe="/~"),
                parts.query,
                *(f"{name}:{signed[name]}" for name in sorted(signed)),
                "",
                names,
                hashlib.sha256(body).hexdigest(),
            )
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}"
        key = b"AWS4" + self.secret_key.reveal().encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
        credential = f"{self.access_key}/{scope}"
        return sent | {
            "Authorization": (
                f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
            )
        }
