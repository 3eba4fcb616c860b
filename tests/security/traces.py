"""Look for secrets where they must not be: as they are, and in every usual spelling."""

import base64
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

EDGE: Final = 2
"""Characters at each end of a base64 text that depend on what stands beside the secret."""


def spellings(secret: bytes | str) -> set[bytes]:
    """Return the forms in which a secret could stand in a file: raw, hexadecimal, base64 …

    In base64 a secret inside something longer has three spellings, by its place.
    """
    raw = secret.encode() if isinstance(secret, str) else secret
    found = {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode()}
    found.add(urllib.parse.quote_from_bytes(raw).encode())
    if isinstance(secret, str):
        found |= {secret.encode("utf-16-le"), secret.encode("utf-16-be")}
        found.add(secret.encode("unicode_escape"))
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw + b"\0" * (-(offset + len(raw)) % 3))
        kept = text[EDGE + offset : len(text) - EDGE - 2]
        if len(kept) >= 8:
            found |= {kept, kept.translate(bytes.maketrans(b"+/", b"-_"))}
    return {form for form in found if len(form) >= 6}


def traces(places: Mapping[str, bytes], secrets: Mapping[str, bytes | str]) -> list[str]:
    """Return which secret stands in which place, in which form."""
    return [
        f"{name} is in {place} at {content.index(form)} as {form[:16]!r}"
        for name, secret in secrets.items()
        for form in spellings(secret)
        for place, content in places.items()
        if form in content
    ]


def contents(files: Iterable[Path]) -> dict[str, bytes]:
    """Return what files hold, by their names."""
    return {path.name: path.read_bytes() for path in files if path.is_file()}
