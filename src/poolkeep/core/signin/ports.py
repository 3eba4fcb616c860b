"""What sign-in needs from a store."""

from typing import Protocol

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.signin.facts import SignInRow


class Attempts(Protocol):
    """Reads for a sign-in, one statement each, and the marks of used handles."""

    def by_login(self, tx: Transaction, pool_id: str, login_key: str) -> SignInRow:
        """Return what is known about a name, also when nobody has it."""
        ...

    def by_user(self, tx: Transaction, pool_id: str, user_id: str) -> SignInRow:
        """Return what is known about a user by sub."""
        ...

    def spend(self, tx: Transaction, pool_id: str, handle: str, expires_ms: int) -> bool:
        """Use a handle up; False when it already was."""
        ...

    def keep(
        self, tx: Transaction, pool_id: str, handle: str, *, sealed: bytes, expires_ms: int
    ) -> None:
        """Store an attempt that its handle only names."""
        ...

    def kept(self, tx: Transaction, pool_id: str, handle: str) -> bytes | None:
        """Return the sealed attempt that a handle names."""
        ...

    async def spend_if_clean(
        self, database: Database, pool_id: str, handle: str, *, expires_ms: int, subject: str
    ) -> bool:
        """Use a handle up, durably and in one statement, if no failure counts against `subject`.

        False when it was used before or something counts: then the whole rule is to be asked.
        """
        ...
