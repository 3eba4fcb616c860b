"""What authorization keeps: codes, browsers that are signed in, sign-ins under way.

Values that travel (codes, cookies) are kept as keyed hashes, and what they stand for is sealed.
Every method runs inside a transaction. Times in ms.
"""

from typing import Protocol

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.users.model import User


class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization code as stored; a used one tells which sign-in its tokens are of."""

    pool_id: str
    key: bytes
    client_id: str
    user_id: str
    sealed: bytes
    expires_ms: int
    origin_jti: str | None = None
    used_ms: int | None = None


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A browser's session as stored."""

    pool_id: str
    key: bytes
    user_id: str
    client_id: str
    provider: str
    sealed: bytes
    authenticated_ms: int
    expires_ms: int


class CodeRows(Protocol):
    """Authorization codes by the hash of their text."""

    def insert(self, tx: Transaction, row: CodeRow) -> None:
        """Store a new code."""
        ...

    def get(self, tx: Transaction, pool_id: str, key: bytes) -> CodeRow | None:
        """Return the code, used or not, expired or not."""
        ...

    def spend(
        self, tx: Transaction, pool_id: str, key: bytes, *, origin_jti: str, now_ms: int
    ) -> bool:
        """Use the code up for the sign-in `origin_jti`; False when it was used before."""
        ...


class BrowserSessionRows(Protocol):
    """Browsers' sessions by the hash of their cookie."""

    def insert(self, tx: Transaction, row: SessionRow) -> None:
        """Store a new session."""
        ...

    def get(self, tx: Transaction, pool_id: str, key: bytes) -> tuple[SessionRow, User] | None:
        """Return the session, expired or not, and its user; None where one of them is gone."""
        ...

    def delete(self, tx: Transaction, pool_id: str, key: bytes) -> bool:
        """Remove the session; False when there is none."""
        ...


class FlowRows(Protocol):
    """Sign-ins under way on the pages, by the hash of the browser's cookie and the request."""

    def put(
        self, tx: Transaction, pool_id: str, key: bytes, *, sealed: bytes, expires_ms: int
    ) -> None:
        """Store where the sign-in stands, in place of where it stood."""
        ...

    def get(self, tx: Transaction, pool_id: str, key: bytes, *, now_ms: int) -> bytes | None:
        """Return where the sign-in stands, unless that is too long ago."""
        ...

    def delete(self, tx: Transaction, pool_id: str, key: bytes) -> None:
        """Forget the sign-in."""
        ...
