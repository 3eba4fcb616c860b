"""A request's parameters and cookies, read strictly: what is not well-formed is refused.

Nothing here guesses. Two readers that repair the same broken text in two ways are how one of
them is led astray, so there is one reading, and everything else is an error.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from poolkeep.core.oauth.model import Params

PAIRS_MAX: Final = 256
COOKIES_MAX: Final = 100
FORM: Final = "application/x-www-form-urlencoded"
SINGLE: Final = ("authorization", "content-type", "origin", "sec-fetch-site")
"""Headers of which a second one would mean something else to another reader."""

_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f]")


class Malformed(ValueError):
    """A query, a form, a path or a head that has no one meaning."""


def params(raw: bytes) -> Params:
    """Return the pairs of a query or a form. Raises Malformed."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as error:
        message = "Parameters must be percent-encoded."
        raise Malformed(message) from error
    pieces = [piece for piece in text.split("&", PAIRS_MAX) if piece] if text else []
    if len(pieces) > PAIRS_MAX or (pieces and "&" in pieces[-1]):
        message = f"There are more than {PAIRS_MAX} parameters."
        raise Malformed(message)
    pairs = []
    for piece in pieces:
        name, _, value = piece.partition("=")
        pairs.append((_decoded(name.replace("+", " ")), _decoded(value.replace("+", " "))))
    return Params(pairs, text)


def repeated(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[str]:
    """Return the names of headers that come more than once. Raises Malformed where none may."""
    names = Counter(name.decode("latin-1") for name, _ in headers)
    for name in SINGLE:
        if names[name] > 1:
            message = f"The header {name} must come once."
            raise Malformed(message)
    return frozenset(name for name, count in names.items() if count > 1)


def path(raw: str) -> str | None:
    """Return a path with its escapes undone; None for one that hides a slash or a control."""
    if "%" not in raw:
        return None if _CONTROLS.search(raw) else raw
    try:
        plain = _decoded(raw)
    except Malformed:
        return None
    hides = plain.count("/") != raw.count("/") or "\\" in plain
    return None if hides or _CONTROLS.search(plain) else plain


def cookies(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the cookies by name; of two with one name the first, whose path is the longest."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name != b"cookie":
            continue
        for piece in value.decode("latin-1").split(";", COOKIES_MAX)[:COOKIES_MAX]:
            key, equals, text = piece.strip().partition("=")
            if equals and key:
                found.setdefault(key, text)
    return found


def is_form(content_type: str) -> bool:
    """Tell whether a body is a form."""
    return content_type.partition(";")[0].strip().lower() == FORM


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text):
        message = "A percent sign must begin an escape of two hexadecimal digits."
        raise Malformed(message)
    try:
        plain = unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        message = "Escapes must stand for UTF-8."
        raise Malformed(message) from error
    if "\0" in plain:
        message = "No parameter may hold a NUL."
        raise Malformed(message)
    return plain
