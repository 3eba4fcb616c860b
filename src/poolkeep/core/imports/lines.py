r"""Bytes into lines and lines into values, in memory that does not grow with the file.

    bytes ─▶ Lines.feed ─▶ Line … ─▶ values

A row ends at its line end, whatever it holds: there is no quoting. `\,` is a comma inside a
value; any other backslash is itself. Values are trimmed. Empty lines are no rows.
Source: docs/behaviours/imports.md.
"""

import re
from typing import Final, NamedTuple

from poolkeep.core.imports.model import Place

ROW_CHARACTERS_MAX: Final = 16_000
ROW_BYTES_MAX: Final = 4 * ROW_CHARACTERS_MAX + 1
"""Of a row in UTF-8, and a carriage return."""
MARK: Final = b"\xef\xbb\xbf"

_EMPTY: Final = (b"", b"\r")
_COMMA: Final = re.compile(r"(?<!\\),")


class Line(NamedTuple):
    """A line without its end, and its number; `text` is None where it is too long to be kept."""

    number: int
    text: bytes | None


class Lines:
    """Cuts a stream of bytes into lines, and knows how far it has come."""

    def __init__(self, place: Place) -> None:
        """Begin at `place`, which is the beginning of a line."""
        self._line = place.line
        self._byte = place.byte
        self._begun = b""
        self._dropped = 0  # bytes of a line that is too long already

    @property
    def place(self) -> Place:
        """Where the line begins that has not ended yet."""
        return Place(byte=self._byte, line=self._line)

    def feed(self, data: bytes) -> list[Line]:
        """Return the lines that end in `data`."""
        pieces = data.split(b"\n")
        rest = pieces.pop()
        found: list[Line] = []
        if pieces:
            self._byte += self._dropped + len(self._begun) + len(data) - len(rest)
            texts: list[bytes | None] = [*pieces]
            texts[0] = None if self._dropped else self._begun + pieces[0]
            found = [
                Line(number, text if text is None or len(text) <= ROW_BYTES_MAX else None)
                for number, text in enumerate(texts, self._line)
                if text not in _EMPTY
            ]
            self._line += len(pieces)
            self._begun, self._dropped = b"", 0
        if self._dropped or len(self._begun) + len(rest) > ROW_BYTES_MAX:
            self._dropped += len(self._begun) + len(rest)
            self._begun = b""
        else:
            self._begun += rest
        return found

    def end(self) -> list[Line]:
        """Return the last line, which needs no end."""
        if not self._begun and not self._dropped:
            return []
        found = self.feed(b"\n")
        self._byte -= 1  # the end that was not there
        return found


def values_of(text: str) -> list[str]:
    """Return the values of a CSV row, trimmed."""
    if "\\" in text:
        return [value.replace("\\,", ",").strip() for value in _COMMA.split(text)]
    return [value.strip() for value in text.split(",")]
