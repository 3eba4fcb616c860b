"""The files of an import: what is read, and where rows that fail go."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from poolkeep.core.imports.stream import Failed

PRIVATE_MODE: Final = 0o600
_encode = msgspec.json.Encoder().encode


class FileSource:
    """An open file, or standard input."""

    def __init__(self, opened: BinaryIO) -> None:
        """Read from `opened`."""
        self._opened = opened

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        return self._opened.read(size)

    def rewind(self) -> bool:
        """Go back to the beginning; False where that is impossible."""
        if not self._opened.seekable():
            return False
        self._opened.seek(0)
        return True


class FailedRows:
    """A file of failed rows, one JSON object a line; made when there is something to write."""

    def __init__(self, path: Path) -> None:
        """Write to `path`, for its owner's eyes only: rows hold what is known of people."""
        self._path = path

    def put(self, at: int, rows: Sequence[Failed]) -> int:
        """Write rows durably at a place, dropping whatever stood there; return the new end."""
        if not rows and not self._path.exists():
            return 0
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_MODE)
        with os.fdopen(descriptor, "r+b") as file:
            end = min(at, file.seek(0, os.SEEK_END))  # somebody may have moved the file away
            file.truncate(end)
            file.seek(end)
            file.write(b"".join(_encode(row) + b"\n" for row in rows))
            file.flush()
            os.fsync(file.fileno())
            return file.tell()
