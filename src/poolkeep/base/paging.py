"""Opaque page tokens: where a list goes on, signed, and good for that one list only.

    expires (8 bytes, 0 for never) | position (UTF-8) | HMAC-SHA256 (first 16 bytes)

The scope (operation, pool, filter …) is part of what is signed, so a token of one list is no
token of another. A position is not secret: the caller has just been shown what it points at.
"""

import hashlib
import hmac
from base64 import b64decode, urlsafe_b64encode
from typing import Final

from poolkeep.base.refusal import InvalidParameter

INVALID_TOKEN: Final = "Invalid pagination token given."
_EXPIRY_BYTES: Final = 8
_MAC_BYTES: Final = 16
_LABEL: Final = b"poolkeep page token 1"


class PageTokens:
    """Issues and reads page tokens."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Sign with `key`; every node that serves the list needs the same one."""
        self._key = key

    def issue(self, scope: str, position: str, expires_ms: int | None = None) -> str:
        """Return a token for `position` in the list that `scope` names."""
        body = (expires_ms or 0).to_bytes(_EXPIRY_BYTES, "big")
        body += position.encode("utf-8", "surrogatepass")
        return urlsafe_b64encode(body + self._mac(scope, body)).rstrip(b"=").decode()

    def read(self, token: str, scope: str, now_ms: int) -> str:
        """Return the position; refuse a token that is forged, of another list, or expired."""
        try:
            padded = token.encode("ascii") + b"=" * (-len(token) % 4)
            signed = b64decode(padded, altchars=b"-_", validate=True)
        except ValueError:  # also UnicodeEncodeError and binascii.Error
            raise InvalidParameter(INVALID_TOKEN) from None
        body, mac = signed[:-_MAC_BYTES], signed[-_MAC_BYTES:]
        if len(body) < _EXPIRY_BYTES or not hmac.compare_digest(mac, self._mac(scope, body)):
            raise InvalidParameter(INVALID_TOKEN)
        expires_ms = int.from_bytes(body[:_EXPIRY_BYTES], "big")
        if expires_ms and expires_ms <= now_ms:
            raise InvalidParameter(INVALID_TOKEN)
        return body[_EXPIRY_BYTES:].decode("utf-8", "surrogatepass")

    def _mac(self, scope: str, body: bytes) -> bytes:
        named = scope.encode("utf-8", "surrogatepass")
        message = _LABEL + len(named).to_bytes(4, "big") + named + body
        return hmac.digest(self._key, message, hashlib.sha256)[:_MAC_BYTES]
