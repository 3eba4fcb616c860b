"""Checks of single values: strings, numbers, booleans, blobs, documents.

A leaf is compiled from a row of the constraint table; `constraints.py` puts leaves together.
"""

import binascii
import sys
from collections.abc import Callable
from typing import Final, TypeAlias, cast

import msgspec

from poolkeep.wire.patterns import matcher
from poolkeep.wire.tables import Table
from poolkeep.wire.violations import SerializationRefused, mismatch

Test: TypeAlias = Callable[[object], bool]

DOCUMENT_DEPTH_MAX: Final = 100
INTEGER_BITS: Final = {"integer": 31, "long": 63}


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """A shape without members: how to test it, and what to say when the test fails.

    `fine` raises for a wrong JSON type; `broken` names what a value violates, `tails` everything
    that the shape demands. `lengths` is set when a length is all that a string must have.
    """

    fine: Test
    broken: Callable[[object], list[str]]
    tails: tuple[str, ...]
    hidden: bool
    lengths: tuple[int, int] | None = None


def leaf_of(table: Table, shape: str, *, hidden: bool) -> Leaf | None:
    """Compile a string or scalar; None for shapes that have parts."""
    if shape in table.strings:
        return _string(table, shape, hidden=hidden)
    if shape not in table.scalars:
        return None
    kind, low, high, sensitive = table.scalars[shape]
    hidden = hidden or sensitive
    if kind in INTEGER_BITS:
        return _integer(kind, low, high, hidden=hidden)
    if kind == "blob":
        fits, lengths = bounds(low, high, "length")
        return Leaf(
            fine=lambda value: fits(_blob_length(value)),
            broken=lambda value: lengths(_blob_length(value)),
            tails=tuple(_demands(low, high, "length")),
            hidden=True,
        )
    test = {
        "boolean": _is_boolean,
        "timestamp": _is_number,
        "float": _is_number,
        "double": _is_number,
        "document": _is_shallow,
    }[kind]
    return Leaf(fine=test, broken=lambda _: [], tails=(), hidden=hidden)


def _string(table: Table, shape: str, *, hidden: bool) -> Leaf:
    """Compile a string: enum, or pattern and then length."""
    low, high, pattern, enum, sensitive = table.strings[shape]
    least, most = low or 0, sys.maxsize if high is None else high
    values = frozenset(enum)
    _, lengths = bounds(low, high, "length")
    tails = _demands(low, high, "length")
    of_pattern = f"Member must satisfy regular expression pattern: {pattern}"
    of_enum = f"Member must satisfy enum value set: [{', '.join(enum)}]"
    tails += [of_pattern] if pattern is not None else []
    tails += [of_enum] if enum else []
    # Compiled when the first such text arrives: most operations are never called.
    matches = _lazy(pattern) if pattern is not None else None

    def broken(value: object) -> list[str]:
        text = cast("str", value)
        if values:
            return [of_enum]
        wrong = [of_pattern] if matches is not None and not matches(text) else []
        return wrong + lengths(len(text))

    def is_one(value: object) -> bool:
        if type(value) is not str:
            raise mismatch(value, "String")
        return value in values

    def has_length(value: object) -> bool:
        if type(value) is not str:
            raise mismatch(value, "String")
        return least <= len(value) <= most

    def has_form(value: object) -> bool:
        return has_length(value) and (matches is None or matches(cast("str", value)))

    return Leaf(
        fine=is_one if values else has_length if matches is None else has_form,
        broken=broken,
        tails=tuple(tails),
        hidden=hidden or sensitive,
        lengths=(least, most) if not values and matches is None else None,
    )


def _lazy(pattern: str) -> Callable[[str], bool]:
    """Return a matcher that is compiled on first use."""
    compiled: list[Callable[[str], bool]] = []

    def matches(text: str) -> bool:
        if not compiled:
            compiled.append(matcher(pattern))
        return compiled[0](text)

    return matches


def _integer(kind: str, low: int | None, high: int | None, *, hidden: bool) -> Leaf:
    """Compile an integer or long."""
    bound = 2 ** INTEGER_BITS[kind]
    fits, wrong = bounds(low, high, "value")
    name = kind.capitalize()

    def fine(value: object) -> bool:
        if type(value) is not int or not -bound <= value < bound:
            raise mismatch(value, name)
        return fits(value)

    return Leaf(
        fine=fine,
        broken=lambda value: wrong(cast("int", value)),
        tails=tuple(_demands(low, high, "value")),
        hidden=hidden,
    )


def _blob_length(value: object) -> int:
    """Return how many bytes a base64 text stands for."""
    if type(value) is not str:
        raise mismatch(value, "Blob")
    try:
        return len(binascii.a2b_base64(value, strict_mode=True))
    except ValueError as error:
        raise SerializationRefused from error


def _is_boolean(value: object) -> bool:
    """Accept true and false alone."""
    if type(value) is not bool:
        raise mismatch(value, "Boolean")
    return True


def _is_number(value: object) -> bool:
    """Accept any number."""
    if type(value) not in {int, float}:
        raise mismatch(value, "Double")
    return True


def _is_shallow(value: object) -> bool:
    """Accept any JSON that is not nested absurdly deep."""
    level = [value]
    for _ in range(DOCUMENT_DEPTH_MAX):
        parts = [item for item in level if isinstance(item, dict | list)]
        if not parts:
            return True
        level = [i for p in parts for i in (p.values() if isinstance(p, dict) else p)]
    raise SerializationRefused


def bounds(
    low: int | None, high: int | None, noun: str
) -> tuple[Callable[[int], bool], Callable[[int], list[str]]]:
    """Return a test of a size against its bounds, and what a wrong size violates."""
    too_low = f"Member must have {noun} greater than or equal to {low}"
    too_high = f"Member must have {noun} less than or equal to {high}"

    def fits(size: int) -> bool:
        return (low is None or size >= low) and (high is None or size <= high)

    def broken(size: int) -> list[str]:
        if low is not None and size < low:
            return [too_low]
        return [too_high] if high is not None and size > high else []

    return fits, broken


def _demands(low: int | None, high: int | None, noun: str) -> list[str]:
    """Return the sentences of both bounds, the upper first, as captured lists have them."""
    ends = [("less", high), ("greater", low)]
    return [
        f"Member must have {noun} {way} than or equal to {n}" for way, n in ends if n is not None
    ]
