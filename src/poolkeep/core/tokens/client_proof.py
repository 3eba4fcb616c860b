"""A confidential client proves itself by its secret, not by a hash of it."""

from typing import Final

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import NotAuthorized, TooManyRequests
from poolkeep.core.pools.model import AppClient
from poolkeep.core.tokens import wording

WRONG_SECRETS_MAX: Final = 10
"""Wrong secrets of one client that one address may send in a minute."""
WINDOW_MS: Final = 60_000
COUNTED_MAX: Final = 10_000
"""Clients and addresses counted at once; beyond them all counts begin anew."""


def is_secret_of(client: AppClient, claimed: str) -> bool:
    """Compare with every active secret, always all of them."""
    verdicts = [secret.secret().equals(claimed) for secret in client.secrets]
    return any(verdicts)


def demand_secret(client: AppClient, claimed: str | None) -> None:
    """Refuse a missing or wrong secret of a client that has one."""
    if not client.secrets:
        return
    if not claimed:
        raise NotAuthorized(wording.secret_missing(client.id))
    if not is_secret_of(client, claimed):
        raise NotAuthorized(wording.secret_wrong(client.id))


class SecretTries:
    """Counts wrong secrets by client and address, in this process.

    Where a secret alone is asked for, somebody may try many; once a minute's tries are used up,
    the right one is refused too.
    """

    def __init__(self, clock: Clock) -> None:
        """Count from nothing."""
        self._clock = clock
        self._counted: dict[tuple[str, str], tuple[int, int]] = {}

    def demand(self, client: AppClient, claimed: str | None, *, ip_address: str) -> None:
        """Refuse as `demand_secret` does, and TooManyRequests after too many wrong ones."""
        if not client.secrets:
            return
        key = (client.id, ip_address)
        now_ms = self._clock.now_ms()
        count, ends_ms = self._counted.get(key, (0, 0))
        if ends_ms <= now_ms:
            count, ends_ms = 0, now_ms + WINDOW_MS
        if count >= WRONG_SECRETS_MAX:
            raise TooManyRequests(wording.TOO_MANY_SECRETS_TRIED)
        try:
            demand_secret(client, claimed)
        except NotAuthorized:
            if len(self._counted) >= COUNTED_MAX:
                self._counted.clear()
            self._counted[key] = (count + 1, ends_ms)
            raise
