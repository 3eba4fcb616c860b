"""What time it is, as an argument rather than a global.

Times are integers in milliseconds UTC everywhere in the project; the wire and the tokens
convert at the edge.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """The one source of "now"."""

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch, UTC."""
        ...


class SystemClock:
    """The machine's wall clock."""

    def now_ms(self) -> int:
        """Return the operating system's time."""
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that moves only when told to; for tests and for development's time travel."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        """Start at `now_ms`."""
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return the set time."""
        return self._now_ms

    def advance(self, *, ms: int = 0, s: int = 0) -> None:
        """Move forward (or back, with negative numbers)."""
        self._now_ms += ms + s * 1000


class OffsetClock:
    """Another clock plus an offset that development mode moves."""

    def __init__(self, base: Clock, offset_ms: int = 0) -> None:
        """Follow `base`, shifted by `offset_ms`."""
        self._base = base
        self.offset_ms = offset_ms

    def now_ms(self) -> int:
        """Return the shifted time."""
        return self._base.now_ms() + self.offset_ms
