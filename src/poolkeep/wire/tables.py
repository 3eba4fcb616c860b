"""The form of the generated constraint tables.

A table mirrors the service model: one entry per shape, by kind. The generated modules hold plain
tuples, which Python stores as constants, so importing one costs next to nothing; the walker
compiles what an operation needs on first use.
"""

from typing import TypeAlias

import msgspec

# (minimum length, maximum length, Java pattern, enum values, sensitive)
StringRow: TypeAlias = tuple[int | None, int | None, str | None, tuple[str, ...], bool]
# (kind, minimum, maximum, sensitive), where kind is one of:
# integer, long, float, double, boolean, timestamp, blob, document
ScalarRow: TypeAlias = tuple[str, int | None, int | None, bool]
# (element shape, minimum length, maximum length, sensitive)
ListRow: TypeAlias = tuple[str, int | None, int | None, bool]
# (key shape, value shape, minimum length, maximum length, sensitive)
MapRow: TypeAlias = tuple[str, str, int | None, int | None, bool]
# (wire name, shape, required)
MemberRow: TypeAlias = tuple[str, str, bool]
# (members in model order, sensitive)
StructureRow: TypeAlias = tuple[tuple[MemberRow, ...], bool]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Every shape that a service's operations use."""

    service: str
    strings: dict[str, StringRow]
    scalars: dict[str, ScalarRow]
    lists: dict[str, ListRow]
    maps: dict[str, MapRow]
    structures: dict[str, StructureRow]
