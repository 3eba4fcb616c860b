"""A reply, ready for any HTTP server."""

from typing import Final

import msgspec

# A longer text goes in the body alone; header lines are for logs and old SDKs.
HEADER_TEXT_MAX: Final = 1024


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Status, headers and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def fits_header(text: str) -> bool:
    """Tell whether `text` may stand in a header: printable ASCII, not long, no line end."""
    return 0 < len(text) <= HEADER_TEXT_MAX and text.isascii() and text.isprintable()
