"""Valid and invalid values for any shape of a constraint table."""

from collections.abc import Iterator

import msgspec

from poolkeep.wire.patterns import matcher
from poolkeep.wire.service import Operation
from poolkeep.wire.tables import Table

_UUID4 = "12345678-1234-4234-8234-123456789abc"
# The first of these that fits a string shape's pattern and length is its sample.
CANDIDATES = (
    "sample",
    "us-east-1_aB3dE6gH9",
    "us-east-1:12345678-1234-4234-8234-123456789abc",
    "arn:aws:iam::123456789012:role/sample",
    "arn:aws:sns:us-east-1:123456789012:app/GCM/sample",
    "arn:aws:s3:::sample",
    "123456789012",
    "123456",
    "Level1",
    "cognito:default",
    "sample@example.com",
    "your code is {####}.",
    "follow {##this link##} please",
    _UUID4,
    "privacy-policy",
    "import-sample12345",
    "us-east-1_" + _UUID4,
    "tkn" + "a1" * 12 + "b",
    "authenticated",
    "1",
    "/",
    "/sample/",
    "v1",
    "AKIAIOSFODNN7EXAMPLE",
    "ABCDEFGHIJKLMNOPQRSTUVWX",
    "a" * 24,
    "a" * 64,
    "cluster-" + "a" * 11,
    "us-east-1",
    "a" * 1000,
)


def text(table: Table, shape: str) -> str:
    """Return a string that fits a string shape."""
    low, high, pattern, enum, _ = table.strings[shape]
    if enum:
        return enum[0]
    for candidate in CANDIDATES:
        fits = (low or 0) <= len(candidate) <= (high if high is not None else 10**9)
        if fits and (pattern is None or matcher(pattern)(candidate)):
            return candidate
    if pattern is None and low is not None:
        return "x" * low
    raise LookupError(f"no sample for {shape}: {table.strings[shape]}")


def value(table: Table, shape: str, *, full: bool) -> object:
    """Return a valid value; `full` sets every member, otherwise only the required ones."""
    if shape in table.strings:
        return text(table, shape)
    if shape in table.scalars:
        kind, low, high, _ = table.scalars[shape]
        if kind in {"integer", "long"}:
            return max(low or 0, min(high if high is not None else 7, 7))
        return {
            "boolean": True,
            "timestamp": 1700000000.125,
            "float": 1.5,
            "double": 1.5,
            "blob": b"\x00\xffblob",
            "document": {"key": [1, None, {"deep": "value"}]},
        }[kind]
    if shape in table.lists:
        element, low, _, _ = table.lists[shape]
        return [value(table, element, full=full) for _ in range(max(low or 0, 1 if full else 0))]
    if shape in table.maps:
        key, item, low, _, _ = table.maps[shape]
        if not full and not low:
            return {}
        return {text(table, key): value(table, item, full=full)}
    # The query protocol cannot say that an empty structure is there.
    return members(table, shape, full=full) or members(table, shape, full=True)


def members(table: Table, shape: str, *, full: bool) -> dict[str, object]:
    """Return a valid structure."""
    return {
        name: value(table, target, full=full)
        for name, target, required in table.structures[shape][0]
        if full or required
    }


def wrong_texts(table: Table, shape: str) -> Iterator[tuple[object, str]]:
    """Yield values that break exactly one kind of constraint of a string, with its sentence."""
    low, high, pattern, enum, _ = table.strings[shape]
    if enum:
        values = ", ".join(enum)
        yield "NOT_A_VALUE", f"Member must satisfy enum value set: [{values}]"
        return
    matches = matcher(pattern) if pattern is not None else None
    if low:
        yield "", f"Member must have length greater than or equal to {low}"
    if high is not None:
        filler = text(table, shape)
        yield (
            (filler * (high // max(len(filler), 1) + 2)),
            (f"Member must have length less than or equal to {high}"),
        )
    if matches is not None:
        for bad in ("\x00", "a b\x01", "\ud7ff \x00"):
            if not matches(bad):
                yield bad, f"Member must satisfy regular expression pattern: {pattern}"
                break
        else:
            if pattern != "(?s).*":
                raise LookupError(f"nothing breaks {pattern}")


def wrong_numbers(table: Table, shape: str) -> Iterator[tuple[object, str]]:
    """Yield numbers outside the bounds of a scalar shape, with the sentence."""
    kind, low, high, _ = table.scalars[shape]
    if kind in {"integer", "long"}:
        if low is not None:
            yield low - 1, f"Member must have value greater than or equal to {low}"
        if high is not None and high < 2**31 - 1:
            yield high + 1, f"Member must have value less than or equal to {high}"


def mutations(operation: Operation) -> list[tuple[dict[str, object], str]]:
    """Return every way to break one member of the operation's full request, and what is said."""
    table, shape = operation.table, operation.input_shape
    found: list[tuple[dict[str, object], str]] = []

    def full() -> dict[str, object]:
        document: dict[str, object] = msgspec.to_builtins(members(table, shape, full=True))
        return document

    def descend(target: str, steps: tuple[str | int, ...], label: str) -> None:
        if target in table.strings:
            wrong = list(wrong_texts(table, target))
        elif target in table.scalars:
            wrong = list(wrong_numbers(table, target))
        elif target in table.lists:
            element = table.lists[target][0]
            plain = element in table.strings or element in table.scalars
            if not plain:
                descend(element, (*steps, 0), f"{label}.1.member")
                return
            wrong = [([value], said) for value, said in wrong_texts(table, element)]
        elif target in table.maps:
            item = table.maps[target][1]
            if item not in table.strings:
                return
            key = text(table, table.maps[target][0])
            wrong = [({key: value}, said) for value, said in wrong_texts(table, item)]
        else:
            for name, inner, required in table.structures[target][0]:
                inner_label = f"{label}.{name[:1].lower()}{name[1:]}".lstrip(".")
                if required:
                    broken = full()
                    del holder(broken, steps)[name]
                    found.append((broken, f"Value null at '{inner_label}' failed"))
                descend(inner, (*steps, name), inner_label)
            return
        for value, said in wrong:
            broken = full()
            holder(broken, steps[:-1])[steps[-1]] = value
            found.append((broken, said))

    descend(shape, (), "")
    return found


def holder(document: object, steps: tuple[str | int, ...]) -> dict[str | int, object]:
    for step in steps:
        document = document[step]  # type: ignore[index]  # a sample's own parts
    return document  # type: ignore[return-value]
