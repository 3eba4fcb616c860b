"""What a right answer leaves behind, written in the transaction that uses its handle up.

A mark is a value; who stores it registers a writer for its type. A writer refuses when the world
has moved on (the code of this time step was used by a faster request, say), and then nothing of
the answer counts.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.loaded import LoadedPool


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every mark."""


Writer: TypeAlias = Callable[[Transaction, LoadedPool, str, Any], None]
"""Writes one mark of one user: (transaction, pool, user id, mark)."""

Writers: TypeAlias = Mapping[type[Mark], Writer]
