"""Invocations as values."""

from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """How an attempt ended: with an answer, with an error of the function, or with none."""

    ANSWERED = "answered"
    THREW = "threw"
    UNAVAILABLE = "unavailable"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt as it went over the wire; it still holds every secret, and is kept nowhere.

    `arn` is the function, `answer` is None where there was none, `error` is what it threw, or why
    it could not be run.
    """

    arn: str
    event: bytes
    began_ms: int
    took_us: int
    request_id: str = ""
    attempt: int = 1
    answer: bytes | None = None
    error: str | None = None
    thrown: bool = False

    def __repr__(self) -> str:
        """Never show an event."""
        return f"Seen({self.arn})"

    @property
    def outcome(self) -> Outcome:
        """How the attempt ended."""
        if self.error is None:
            return Outcome.ANSWERED
        return Outcome.THREW if self.thrown else Outcome.UNAVAILABLE


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt as it is kept: masked. `event` and `reply` are JSON.

    `user_id` is whom the event was about, "" where it names nobody that exists.
    """

    id: str
    pool_id: str
    function: str
    source: str
    user_id: str
    began_ms: int
    took_us: int
    attempt: int
    request_id: str
    outcome: Outcome
    event: bytes
    reply: bytes | None = None
    error: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list: what is known of a record without opening it."""

    id: str
    pool_id: str
    function: str
    source: str
    began_ms: int
    took_us: int
    attempt: int
    outcome: Outcome


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one function of a pool."""

    function: str
    count: int
    failed: int
    last_ms: int
    mean_us: int
