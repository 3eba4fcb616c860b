"""Quotas by Cognito's categories, for each account and region. Off unless settings turn it on.

A token bucket of one second's worth for each category, in each process; with several workers
each gets its share of the quota.
"""

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import TooManyRequests

MS_PER_S = 1_000
RESPOND_FACTOR = 3
RESPOND = frozenset({"RespondToAuthChallenge", "AdminRespondToAuthChallenge"})
BUCKETS_MAX = 50_000


class Throttle:
    """Counts requests against quotas."""

    def __init__(self, *, per_s: dict[str, int], workers: int, clock: Clock) -> None:
        """Take requests per second by category; an empty mapping allows everything."""
        self._per_s = {name: quota / workers for name, quota in per_s.items()}
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], tuple[float, int]] = {}

    def take(self, account: str, region: str, category: str, operation: str) -> None:
        """Count one request; refuses TooManyRequests when the bucket is empty."""
        if not self._per_s:
            return
        quota = self._per_s.get(category)
        if quota is None:
            return
        key = (account, region, category)
        if operation in RESPOND:  # counted apart from InitiateAuth, at three times the rate
            quota, key = quota * RESPOND_FACTOR, (account, region, "Respond")
        now_ms = self._clock.now_ms()
        level, at_ms = self._buckets.get(key, (max(quota, 1.0), now_ms))
        level = min(max(quota, 1.0), level + quota * max(0, now_ms - at_ms) / MS_PER_S)
        if level < 1:
            self._buckets[key] = (level, now_ms)
            raise TooManyRequests("Rate exceeded")
        if len(self._buckets) >= BUCKETS_MAX:
            self._buckets.clear()
        self._buckets[key] = (level - 1, now_ms)
