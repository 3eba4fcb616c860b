"""What the factors need from a store. Every method runs inside a transaction."""

from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.factors.model import TokenRow


class TokenRows(Protocol):
    """Authenticator apps: at most one row for each user."""

    def get(self, tx: Transaction, pool_id: str, user_id: str) -> TokenRow | None:
        """Return the user's row."""
        ...

    def put_pending(self, tx: Transaction, pool_id: str, user_id: str, sealed: bytes) -> None:
        """Keep a seed that waits for its first code, in place of the last such seed."""
        ...

    def verify(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        pending: bytes,
        sealed: bytes,
        step: int,
        friendly_name: str | None,
    ) -> bool:
        """Put `sealed` in force if `pending` still waits; False when another request was faster.

        The step that proved it is used.
        """
        ...

    def put_verified(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        sealed: bytes,
        step: int,
        friendly_name: str | None,
    ) -> None:
        """Put a seed in force that never waited here."""
        ...

    def use_step(
        self, tx: Transaction, pool_id: str, user_id: str, *, version: int, step: int
    ) -> bool:
        """Use a time step of this very seed up; False when it, or a later one, was used before."""
        ...

    def delete(self, tx: Transaction, pool_id: str, user_id: str) -> None:
        """Forget the user's app, verified or not."""
        ...
