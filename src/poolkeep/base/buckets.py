"""Token buckets of one second's worth, in this process: who asks more often waits."""

from collections.abc import Hashable
from typing import Final

from poolkeep.base.clock import Clock

MS_PER_S: Final = 1_000
BUCKETS_MAX: Final = 50_000
STALE_MS: Final = 10_000
"""By then a bucket is full again, unless it gets less than one in ten seconds."""


class Buckets:
    """A bucket for each key; a rate may differ from one look to the next."""

    def __init__(self, clock: Clock) -> None:
        """Begin with full buckets."""
        self._clock = clock
        self._levels: dict[Hashable, tuple[float, int]] = {}

    def __len__(self) -> int:
        """Return how many are counted."""
        return len(self._levels)

    def has(self, key: Hashable, per_s: float) -> bool:
        """Tell whether there is something left."""
        return self._level(key, per_s)[0] >= 1

    def take(self, key: Hashable, per_s: float) -> None:
        """Take one; an empty bucket stays empty."""
        level, now_ms = self._level(key, per_s)
        if key not in self._levels and len(self._levels) >= BUCKETS_MAX:
            self._make_room(now_ms)
        self._levels[key] = (max(level - 1, 0.0), now_ms)

    def _make_room(self, now_ms: int) -> None:
        """Forget what is full again, so that many new names empty nobody's count; else all."""
        kept = {key: one for key, one in self._levels.items() if now_ms - one[1] < STALE_MS}
        self._levels = kept if len(kept) < BUCKETS_MAX else {}

    def _level(self, key: Hashable, per_s: float) -> tuple[float, int]:
        now_ms = self._clock.now_ms()
        full = max(per_s, 1.0)
        level, at_ms = self._levels.get(key, (full, now_ms))
        return min(full, level + per_s * max(0, now_ms - at_ms) / MS_PER_S), now_ms
