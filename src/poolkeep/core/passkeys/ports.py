"""What passkeys need from a store. Every method runs inside a transaction."""

from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.passkeys.model import Passkey, PasskeyPosition, Registration
from poolkeep.core.pools.loaded import LoadedPool


class PasskeyRows(Protocol):
    """Users' passkeys, and the challenges of registrations under way."""

    def ask(self, tx: Transaction, pool_id: str, user_id: str, registration: Registration) -> None:
        """Store the challenge of a registration; it takes the place of an earlier one."""
        ...

    def asked(self, tx: Transaction, pool_id: str, user_id: str) -> Registration | None:
        """Return the registration under way."""
        ...

    def answer(self, tx: Transaction, pool_id: str, user_id: str, challenge: bytes) -> bool:
        """Use a challenge up; False when it is not the latest, or used up already."""
        ...

    def insert(self, tx: Transaction, pool: LoadedPool, user_id: str, passkey: Passkey) -> bool:
        """Store a new passkey; False when somebody in the pool has it."""
        ...

    def of_user(self, tx: Transaction, pool: LoadedPool, user_id: str) -> tuple[Passkey, ...]:
        """Return the user's passkeys, oldest first."""
        ...

    def page(
        self,
        tx: Transaction,
        pool: LoadedPool,
        user_id: str,
        *,
        after: PasskeyPosition,
        limit: int,
    ) -> list[Passkey]:
        """Return some of the user's passkeys, oldest first."""
        ...

    def use(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        credential_id: bytes,
        sign_count: int,
        backed_up: bool,
        now_ms: int,
    ) -> bool:
        """Note a use; False when the passkey is gone, or its count did not grow though it counts.

        Of uses with the same count at most one succeeds.
        """
        ...

    def delete(self, tx: Transaction, pool_id: str, user_id: str, credential_id: bytes) -> bool:
        """Remove a passkey; False when the user has none of this id."""
        ...

    def count(self, tx: Transaction, pool_id: str, user_id: str) -> int:
        """Return how many passkeys the user has."""
        ...
