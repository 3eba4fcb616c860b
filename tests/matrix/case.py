"""What a case is, and where cases are registered."""

import dataclasses
from collections.abc import Callable
from typing import Final, TypeAlias

from tests.matrix.world import World
from tests.sdk.support import Json

Members: TypeAlias = dict[str, Json]
Build: TypeAlias = Callable[[World], Members]


@dataclasses.dataclass(frozen=True)
class Case:
    """One operation.

    `valid` builds a call that succeeds, and `shows` what its answer must hold; `invalid` builds
    one that is refused with `error`. Who may not call follows from the kind of the operation
    (see test_operations.py); where it does not, `denied` builds the call, refused with `denial`.
    """

    valid: Build
    invalid: Build
    error: str
    shows: Callable[[Members], bool]
    denied: Build | None = None
    denial: str = "NotAuthorizedException"


CASES: Final[dict[str, Case]] = {}


def case(
    operation: str,
    valid: Build,
    invalid: Build,
    error: str,
    shows: Callable[[Members], bool],
    *,
    denied: Build | None = None,
    denial: str = "NotAuthorizedException",
) -> None:
    """Register the case of an operation, once."""
    assert operation not in CASES, operation
    CASES[operation] = Case(valid, invalid, error, shows, denied, denial)


def has(*names: str) -> Callable[[Members], bool]:
    """Expect these members in the answer."""
    return lambda answer: all(name in answer for name in names)


def nothing(answer: Members) -> bool:
    """Expect an answer without members."""
    return not answer


NO_POOL: Final = "us-east-1_NotThere1"
