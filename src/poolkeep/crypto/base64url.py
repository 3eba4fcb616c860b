"""Base64url without padding, in its one canonical spelling.

A lenient decoder gives one token many spellings, and whatever compares or revokes by text can
then be walked around. So: no padding, no white space, no `+` or `/`, no unused bits.
"""

import binascii
from typing import Final

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


def encode(data: bytes) -> bytes:
    """Return the canonical spelling, as ASCII bytes."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """Return the bytes that `text` canonically spells; ValueError for any other text."""
    # Python's decoder skips what it does not know. Spelling the result again catches all of it.
    data = binascii.a2b_base64(text.translate(_TO_STANDARD) + b"==="[: -len(text) % 4])
    if encode(data) != text:
        raise ValueError("not canonical base64url")
    return data
