"""Quotas by Cognito's categories, for each account and region. Off unless settings turn it on.

A token bucket of one second's worth for each category, in each process; with several workers
each gets its share of the quota. Beside them every user has a bucket for reads and one for writes.
"""

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from poolkeep.base.buckets import Buckets
from poolkeep.base.clock import Clock
from poolkeep.base.refusal import TooManyRequests

RESPOND_FACTOR: Final = 3
RESPOND: Final = frozenset({"RespondToAuthChallenge", "AdminRespondToAuthChallenge"})
NEW_PASSWORD: Final = "NEW_PASSWORD_REQUIRED"
PER_USER: Final = 10
"""Reads, and writes, of one user in a second."""
READS: Final = frozenset({"UserRead", "UserResourceRead"})
WRITES: Final = frozenset({"UserUpdate", "UserResourceUpdate"})
SEGMENTS: Final = 3
NOTHING: Final[Mapping[str, int]] = MappingProxyType({})

Key = tuple[str, str, str]


class Counted(NamedTuple):
    """As what a request counts."""

    category: str
    user: str | None


def counted(operation: str, category: str, request: msgspec.Struct | None) -> Counted:
    """Return the category and, where the request is about one, the user whom it claims to be about.

    The first password of an invited user counts as a recovery, not as a sign-in.
    """
    if operation in RESPOND:
        challenge = getattr(request, "challenge_name", None)
        return Counted("UserAccountRecovery" if challenge == NEW_PASSWORD else "Respond", None)
    if category in READS or category in WRITES:
        return Counted(category, _user(request))
    return Counted(category, None)


class Throttle:
    """Counts requests against quotas."""

    def __init__(self, *, per_s: dict[str, int], workers: int, clock: Clock) -> None:
        """Take requests per second by category; an empty mapping allows everything."""
        self._per_s = {name: quota / workers for name, quota in per_s.items()}
        if "UserAuthentication" in per_s:  # answers count apart from InitiateAuth
            self._per_s["Respond"] = self._per_s["UserAuthentication"] * RESPOND_FACTOR
        self._workers = workers
        self._per_user = PER_USER / workers
        self._buckets = Buckets(clock)

    @property
    def is_on(self) -> bool:
        """Whether anything is counted at all."""
        return bool(self._per_s)

    def take(
        self, account: str, region: str, request: Counted, provisioned: Mapping[str, int] = NOTHING
    ) -> None:
        """Count one request; refuses TooManyRequests when a bucket is empty.

        `provisioned` are the rates that the account has set for itself, by category.
        A user's bucket is only looked at: whoever claims to be a user must not empty it.
        """
        if request.user is not None:
            self._demand(_user_key(region, request), self._per_user)
        quota = self._per_s.get(request.category)
        if quota is not None:
            own = RESPOND_FACTOR * provisioned.get("UserAuthentication", 0)
            if request.category != "Respond":
                own = provisioned.get(request.category, 0)
            quota = max(quota, own / self._workers)
            key = (account, region, request.category)
            self._demand(key, quota)
            self._buckets.take(key, quota)

    def charge(self, region: str, request: Counted) -> None:
        """Count a request of a user that was answered, and so was the user's own."""
        if request.user is not None:
            self._buckets.take(_user_key(region, request), self._per_user)

    def _demand(self, key: Key, quota: float) -> None:
        if not self._buckets.has(key, quota):
            raise TooManyRequests("Rate exceeded")


class _Claims(msgspec.Struct):
    iss: str = ""
    sub: str = ""


_claims = msgspec.json.Decoder(_Claims)


def _user(request: msgspec.Struct | None) -> str | None:
    """Return pool and user of an administrator's request, issuer and sub of a token, unproven."""
    username = getattr(request, "username", None)
    pool_id = getattr(request, "user_pool_id", None)
    if username and pool_id:
        return f"{pool_id}/{username}"
    token = getattr(request, "access_token", None) or ""
    parts = token.split(".")
    if len(parts) != SEGMENTS:
        return None
    try:
        said = _claims.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return f"{said.iss}/{said.sub}"


def _user_key(region: str, request: Counted) -> Key:
    return (request.user or "", region, "read" if request.category in READS else "write")
