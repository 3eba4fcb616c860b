"""Replicas as values."""

from typing import Any, Literal

import msgspec

Role = Literal["PRIMARY", "SECONDARY"]
Status = Literal["CREATING", "INACTIVE", "ACTIVE", "DELETING"]


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """A pool or its copy, as the API tells of it."""

    region_name: str
    status: Status
    role: Role
    user_pool_arn: str


class FirstCopy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the first copy has come: the table under way, and the key of its last row."""

    tags: dict[str, str] | None = None
    table: str = ""
    after: list[Any] | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What one database knows of a pool and its copy. `role` is that of its own side."""

    pool_id: str
    role: Role
    region: str
    status: Status
    created_ms: int
    document: FirstCopy = FirstCopy()
    fence: int = 0


class Change(msgspec.Struct, frozen=True):
    """Rows that the other side has not seen: those of `unit` in `table`, as often as `changes`."""

    table: str
    unit: str
    changes: int
