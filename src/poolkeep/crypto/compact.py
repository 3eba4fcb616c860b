"""Refresh tokens: five segments that look like Cognito's encrypted JWTs and open only for us.

    header . key segment . iv . ciphertext . tag        each canonical base64url

The header is the constant text that Cognito's tokens begin with; it is shape, not instruction,
and nothing of it is interpreted. Where RSA-OAEP would put an encrypted key stands a 32-byte salt,
from which the message's key is derived, followed by the id of the sealing key. Header and key
segment are authenticated with the context. A token of 300 bytes of contents has some 560
characters, where Cognito's have about 1800; clients treat both as opaque.
"""

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag

from poolkeep.base.entropy import Entropy
from poolkeep.crypto import base64url
from poolkeep.crypto.envelope import KEY_ID_CHARS_MAX, EnvelopeBroken, message_cipher

CHARS_MAX: Final = 16 * 1024
"""Longer texts are refused unread."""

_HEADER: Final = base64url.encode(b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}')
_SEGMENTS: Final = 5
_SALT_BYTES: Final = 32
_IV_BYTES: Final = 12
_TAG_BYTES: Final = 16


def seal_compact(
    key: bytes, plaintext: bytes, context: bytes, entropy: Entropy, key_id: str = ""
) -> str:
    """Return `plaintext` as a five-segment token; `key_id` tells the opener which key to take."""
    name = key_id.encode("ascii")
    if len(name) > KEY_ID_CHARS_MAX:
        raise ValueError("a key id has at most 64 characters")
    drawn = entropy.bytes(_SALT_BYTES + _IV_BYTES)
    salt, iv = drawn[:_SALT_BYTES], drawn[_SALT_BYTES:]
    front = _HEADER + b"." + base64url.encode(salt + name)
    cipher, _ = message_cipher(key, salt)
    sealed = cipher.encrypt(iv, plaintext, _associated(front, context))
    token = b".".join(
        (
            front,
            base64url.encode(iv),
            base64url.encode(sealed[:-_TAG_BYTES]),
            base64url.encode(sealed[-_TAG_BYTES:]),
        )
    )
    if len(token) > CHARS_MAX:
        raise ValueError("too much for a compact token")
    return token.decode("ascii")


def open_compact(key_of: Callable[[str], bytes], text: str, context: bytes) -> bytes:
    """Return what was sealed; EnvelopeBroken for every text that `seal_compact` did not make.

    `key_of` finds the key by the id that the token names (not yet proven).
    """
    front, wrapped, iv, sealed = _segments(text)
    cipher, _ = message_cipher(key_of(_key_id(wrapped)), wrapped[:_SALT_BYTES])
    try:
        return cipher.decrypt(iv, sealed, _associated(front, context))
    except InvalidTag:
        raise EnvelopeBroken from None


def has_compact_shape(text: str) -> bool:
    """Say whether `text` is spelled like a token of ours, without opening it."""
    try:
        _segments(text)
    except EnvelopeBroken:
        return False
    return True


def _segments(text: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Return front (header and key segment as spelled), key segment, iv, ciphertext with tag."""
    if len(text) > CHARS_MAX or not text.isascii():
        raise EnvelopeBroken
    parts = text.encode("ascii").split(b".")
    if len(parts) != _SEGMENTS or parts[0] != _HEADER:
        raise EnvelopeBroken
    try:
        wrapped, iv, ciphertext, tag = map(base64url.decode, parts[1:])
    except ValueError:
        raise EnvelopeBroken from None
    if (
        not _SALT_BYTES <= len(wrapped) <= _SALT_BYTES + KEY_ID_CHARS_MAX
        or len(iv) != _IV_BYTES
        or len(tag) != _TAG_BYTES
    ):
        raise EnvelopeBroken
    return b".".join(parts[:2]), wrapped, iv, ciphertext + tag


def _key_id(wrapped: bytes) -> str:
    try:
        return wrapped[_SALT_BYTES:].decode("ascii")
    except UnicodeDecodeError:
        raise EnvelopeBroken from None


def _associated(front: bytes, context: bytes) -> bytes:
    return front + b"." + context  # the front holds exactly one dot, so the seam is unambiguous
