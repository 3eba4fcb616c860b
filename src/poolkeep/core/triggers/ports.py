"""How a function is run, seen from the core."""

from typing import Protocol, Self


class FunctionError(Exception):
    """The function ran and threw; the text is what it said."""


class FunctionUnavailable(Exception):
    """The function could not be run; the text names the cause as Lambda does."""


class Vouched(bytes):
    """The answer of a migration function of ours, which may say more than a reply can.

    `sub` is who the user was elsewhere, `factors` are second factors that the user had and can
    have here. No function of others can make an answer of this type, whatever it writes.
    """

    sub: str | None
    factors: tuple[str, ...]

    def __new__(cls, answer: bytes, *, sub: str | None, factors: tuple[str, ...] = ()) -> Self:
        """Return `answer` with what is vouched for."""
        made = super().__new__(cls, answer)
        made.sub = sub
        made.factors = factors
        return made


class Triggers(Protocol):
    """Runs functions."""

    async def call(self, arn: str, event: bytes) -> bytes:
        """Return the function's JSON answer to a JSON event.

        Raises FunctionError or FunctionUnavailable.
        """
        ...

    async def deliver(self, arn: str, event: bytes, *, request_id: str | None = None) -> None:
        """Make one attempt at an event whose answer nobody waits for; for queues that try again.

        All attempts at an event have the same `request_id`. Raises FunctionError or
        FunctionUnavailable.
        """
        ...

    async def submit(self, arn: str, event: bytes) -> None:
        """Take an event for a function whose answer nobody waits for.

        It is run soon, up to three times. Raises FunctionUnavailable when it cannot be taken.
        """
        ...
