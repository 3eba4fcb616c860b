"""How a run of a module ends, and what stands against a pass."""

import contextvars
import dataclasses
import enum
from typing import Final


class Result(enum.Enum):
    """The four ends of a run, as the suite calls them."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A result, and in words what stands against a pass."""

    result: Result
    why: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it as the table does."""
        return (
            ": ".join((self.result.value, "; ".join(self.why))) if self.why else (self.result.value)
        )


PASS: Final = Verdict(Result.PASS)


def warns(*why: str) -> Verdict:
    """Expect warnings, exactly these."""
    return Verdict(Result.WARN, why)


def fails(why: str) -> Verdict:
    """Expect a failure, for exactly this reason."""
    return Verdict(Result.FAIL, (why,))


def skips(why: str) -> Verdict:
    """Expect the module to find itself not applicable."""
    return Verdict(Result.SKIP, (why,))


class FailedError(Exception):
    """The provider does not do what the module asks for."""


class NotApplicableError(Exception):
    """The provider does not offer what the module is about."""


_asked: Final = contextvars.ContextVar("asked", default=0)


def asked() -> int:
    """Return how often something has been required here; what never asks cannot pass."""
    return _asked.get()


def require(holds: object, why: str) -> None:
    """Fail unless this holds."""
    _asked.set(_asked.get() + 1)
    if not holds:
        raise FailedError(why)
