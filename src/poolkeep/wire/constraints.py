"""The walker: every violated constraint of a request, in AWS's words.

    decoded JSON ──▶ check(operation, value) ──▶ nothing, or one refusal that lists all violations

The table of a service is compiled, structure by structure and on first use, into closures that
cost nothing for a valid value beyond the tests themselves. A value of the wrong JSON type ends
the walk at once with SerializationException; everything else is collected in model order.
Nulls in maps count as absent and are dropped from the value, as are null members by the struct.
Source: docs/behaviours/wire.md.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from poolkeep.wire.leaves import INTEGER_BITS, Leaf, bounds, leaf_of
from poolkeep.wire.service import Operation
from poolkeep.wire.tables import Table
from poolkeep.wire.violations import (
    IdentityValidationRefused,
    QueryValidationRefused,
    SerializationRefused,
    ValidationRefused,
    member_path,
    mismatch,
    summary,
    violation,
)

__all__ = ["VIOLATIONS_MAX", "SerializationRefused", "ValidationRefused", "check"]

# (value, its full path, violations found)
Check: TypeAlias = Callable[[object, str, list[str]], None]

# A request cannot make the answer grow without bound; the live limit is unknown.
VIOLATIONS_MAX: Final = 1000
_NOT_NULL: Final = "Member must not be null"


_REFUSALS: Final[dict[str, type[ValidationRefused]]] = {
    "cognito-identity": IdentityValidationRefused,
    "sts": QueryValidationRefused,
    "iam": QueryValidationRefused,
}
_compiled: dict[tuple[str, str, bool], Check] = {}


def check(operation: Operation, value: dict[str, object]) -> None:
    """Refuse a decoded request that violates its operation's input shape.

    Raises SerializationRefused for a wrong JSON type, else ValidationRefused with every violation.
    May change `value`: nulls inside maps go, and `1.0` becomes 1 where an integer is wanted.
    """
    if not operation.input_shape:
        return
    found: list[str] = []
    _check_of(operation.table, operation.input_shape, hidden=False)(value, "", found)
    if found:
        raise _REFUSALS.get(operation.service, ValidationRefused)(summary(found))


def _check_of(table: Table, shape: str, *, hidden: bool) -> Check:
    """Return the check of a structure, list or map, compiled once."""
    key = (table.service, shape, hidden)
    found = _compiled.get(key)
    if found is None:
        # A shape that contains itself finds this while it is being compiled.
        _compiled[key] = _later(key)
        if shape in table.structures:
            found = _structure(table, shape, hidden=hidden)
        elif shape in table.lists:
            found = _list(table, shape, hidden=hidden)
        else:
            found = _map(table, shape, hidden=hidden)
        _compiled[key] = found
    return found


def _later(key: tuple[str, str, bool]) -> Check:
    """Return a check that looks itself up when called."""

    def check_later(value: object, path: str, found: list[str]) -> None:
        _compiled[key](value, path, found)

    return check_later


def _structure(table: Table, shape: str, *, hidden: bool) -> Check:
    """Compile a structure."""
    members, sensitive = table.structures[shape]
    hidden = hidden or sensitive
    rows = []
    integers = []
    for wire_name, target, required in members:
        leaf = leaf_of(table, target, hidden=hidden)
        nested = None if leaf else _check_of(table, target, hidden=hidden)
        rows.append(
            (wire_name, member_path(wire_name), required, leaf.fine if leaf else None, leaf, nested)
        )
        if target in table.scalars and table.scalars[target][0] in INTEGER_BITS:
            integers.append(wire_name)

    def check_structure(value: object, path: str, found: list[str]) -> None:
        if type(value) is not dict:
            raise mismatch(value, "structure")
        for wire_name in integers:
            number = value.get(wire_name)
            if type(number) is float and number.is_integer():
                value[wire_name] = int(number)
        prefix = f"{path}." if path else ""
        get = value.get
        for wire_name, label, required, fine, leaf, nested in rows:
            item = get(wire_name)
            if item is None:
                if required:
                    found.append(violation(prefix + label, None, _NOT_NULL))
            elif nested is not None:
                nested(item, prefix + label, found)
            elif fine is not None and leaf is not None and not fine(item):
                found += [
                    violation(prefix + label, item, tail, hidden=leaf.hidden)
                    for tail in leaf.broken(item)
                ]

    return check_structure


def _list(table: Table, shape: str, *, hidden: bool) -> Check:
    """Compile a list. Plain elements are reported as one violation of the list, as AWS does."""
    element, low, high, sensitive = table.lists[shape]
    leaf = leaf_of(table, element, hidden=hidden or sensitive)
    nested = None if leaf else _check_of(table, element, hidden=hidden or sensitive)
    shown_hidden = hidden or _conceals(table, shape)
    fits, lengths = bounds(low, high, "length")

    def check_list(value: object, path: str, found: list[str]) -> None:
        if type(value) is not list:
            raise mismatch(value, "list")
        if leaf is not None:
            fine = leaf.fine
            # Every element is looked at, so that a wrong type anywhere ends the walk.
            bad = [item for item in value if item is None or not fine(item)]
            if bad:
                tails = leaf.tails if None not in bad else (*leaf.tails, _NOT_NULL)
                tail = f"Member must satisfy constraint: [{', '.join(tails)}]"
                found.append(violation(path, value, tail, hidden=shown_hidden))
        elif nested is not None:
            for number, item in enumerate(value, 1):
                if len(found) >= VIOLATIONS_MAX:
                    break
                if item is None:
                    found.append(violation(f"{path}.{number}.member", None, _NOT_NULL))
                else:
                    nested(item, f"{path}.{number}.member", found)
        if not fits(len(value)):
            found += [
                violation(path, value, tail, hidden=shown_hidden) for tail in lengths(len(value))
            ]

    return check_list


def _map(table: Table, shape: str, *, hidden: bool) -> Check:
    """Compile a map; entries whose value is null are dropped first."""
    key_shape, value_shape, low, high, sensitive = table.maps[shape]
    hidden = hidden or sensitive
    key_leaf = leaf_of(table, key_shape, hidden=hidden)
    leaf = leaf_of(table, value_shape, hidden=hidden)
    nested = None if leaf else _check_of(table, value_shape, hidden=hidden)
    shown_hidden = hidden or _conceals(table, shape)
    fits, lengths = bounds(low, high, "length")
    keys_fine = _all_fine(key_leaf)
    values_fine = _all_fine(leaf)
    key_tail = _part_tail("Map keys", key_leaf)
    value_tail = _part_tail("Map value", leaf)

    def check_map(value: object, path: str, found: list[str]) -> None:
        if type(value) is not dict:
            raise mismatch(value, "map")
        if None in value.values():
            for key in [key for key, item in value.items() if item is None]:
                del value[key]
        tails = [] if keys_fine(value) else [key_tail]
        if nested is not None:
            for key, item in value.items():
                if len(found) >= VIOLATIONS_MAX:
                    break
                nested(item, f"{path}.{key}.member", found)
        elif not values_fine(value.values()):
            tails.append(value_tail)
        if not fits(len(value)):
            tails += lengths(len(value))
        if tails:
            found += [violation(path, value, tail, hidden=shown_hidden) for tail in tails]

    return check_map


def _all_fine(leaf: Leaf | None) -> Callable[[Iterable[object]], bool]:
    """Return a test of many values that looks at each: a wrong type anywhere ends the walk."""
    if leaf is None:
        return lambda _: True
    fine = leaf.fine
    if leaf.lengths is None:
        return lambda values: False not in [fine(value) for value in values]
    least, most = leaf.lengths

    def all_strings_fit(values: Iterable[object]) -> bool:
        fit = True
        for value in values:
            if type(value) is not str:
                raise mismatch(value, "String")
            if not least <= len(value) <= most:
                fit = False
        return fit

    return all_strings_fit


def _part_tail(subject: str, leaf: Leaf | None) -> str:
    """Return what AWS says of a map with a wrong key or value."""
    tails = leaf.tails if leaf else ()
    return f"{subject} must satisfy constraint: [{', '.join(tails)}]"


def _conceals(table: Table, shape: str, outer: frozenset[str] = frozenset()) -> bool:
    """Tell whether a shape, or anything in it, is sensitive."""
    if shape in outer:
        return False
    inner = outer | {shape}
    if shape in table.strings:
        return table.strings[shape][-1]
    if shape in table.scalars:
        return table.scalars[shape][-1]
    if shape in table.lists:
        element, _, _, sensitive = table.lists[shape]
        return sensitive or _conceals(table, element, inner)
    if shape in table.maps:
        key, value, _, _, sensitive = table.maps[shape]
        return sensitive or _conceals(table, key, inner) or _conceals(table, value, inner)
    members, sensitive = table.structures[shape]
    return sensitive or any(_conceals(table, target, inner) for _, target, _ in members)
