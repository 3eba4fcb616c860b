"""What identity pools need from stores and other services."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.identities.model import Described, Identity, IdentityPool, Login
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.sts.model import IssuedSession, WebIdentity
from poolkeep.core.users.model import User


class PoolRows(Protocol):
    """Identity pools of a region."""

    def get(self, tx: Transaction, pool_id: str) -> IdentityPool | None:
        """Return a pool."""
        ...

    def add(self, tx: Transaction, pool: IdentityPool) -> None:
        """Store a new pool."""
        ...

    def save(self, tx: Transaction, pool: IdentityPool) -> bool:
        """Store the next version of a pool; False when somebody else has changed it."""
        ...

    def delete(self, tx: Transaction, pool_id: str, now_ms: int) -> None:
        """Remove a pool, and leave its identities to the sweep."""
        ...

    def count(self, tx: Transaction, account: str) -> int:
        """Return how many pools an account has."""
        ...

    def page(
        self, tx: Transaction, account: str, *, after: str, limit: int
    ) -> Sequence[IdentityPool]:
        """Return pools of an account by id, after an id."""
        ...


class IdentityRows(Protocol):
    """Identities and their logins."""

    def get(self, tx: Transaction, identity_id: str) -> Identity | None:
        """Return an identity."""
        ...

    def placed(self, tx: Transaction, identity_id: str) -> tuple[IdentityPool, Identity] | None:
        """Return an identity and its pool, None where either is not there."""
        ...

    def concerned(
        self, tx: Transaction, pool_id: str, identity_id: str | None, logins: Sequence[Login]
    ) -> Sequence[Described]:
        """Return a named identity, of whatever pool, and those of the pool that have the logins.

        All as they were at one moment.
        """
        ...

    def described(self, tx: Transaction, identity_id: str) -> Described | None:
        """Return an identity with its logins."""
        ...

    def logins(self, tx: Transaction, identity_id: str) -> tuple[Login, ...]:
        """Return the logins of an identity."""
        ...

    def owner(self, tx: Transaction, pool_id: str, login: Login) -> Identity | None:
        """Return the identity that has a login."""
        ...

    def add(self, tx: Transaction, identity: Identity) -> None:
        """Store a new identity."""
        ...

    def save(self, tx: Transaction, identity: Identity) -> bool:
        """Store the next version of an identity; False when somebody else has changed it."""
        ...

    def link(self, tx: Transaction, identity: Identity, login: Login) -> bool:
        """Give an identity a login; False when one has it already."""
        ...

    def move(self, tx: Transaction, source: str, target: str) -> None:
        """Give all logins of one identity to another."""
        ...

    def unlink(self, tx: Transaction, pool_id: str, login: Login) -> None:
        """Take a login from whoever has it."""
        ...

    def delete(self, tx: Transaction, identity_id: str) -> None:
        """Remove an identity with its logins."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, *, after: str, limit: int, hide_disabled: bool
    ) -> Sequence[Described]:
        """Return identities by id, after an id."""
        ...

    def subjects(
        self, tx: Transaction, identity_id: str, provider: str, *, after: str, limit: int
    ) -> Sequence[tuple[str, str]]:
        """Return positions and subjects of an identity's logins at one provider."""
        ...


class UserPools(Protocol):
    """The user pools of this installation."""

    async def pool(self, pool_id: str) -> LoadedPool | None:
        """Return a pool of any region."""
        ...

    def accepts(self, pool: LoadedPool, issuer: str) -> bool:
        """Tell whether a pool's tokens may name this issuer."""
        ...

    def addresses(self, pool_id: str) -> tuple[str, ...]:
        """Return the keys under which logins of a pool may come, Cognito's own aside."""
        ...

    async def owner(self, pool: LoadedPool, sub: str, origin_jti: str) -> tuple[User, bool] | None:
        """Return a user, and whether the sign-in was revoked."""
        ...


class Sessions(Protocol):
    """Gives temporary credentials."""

    async def for_web_identity(
        self,
        *,
        account: str,
        role_arn: str,
        session_name: str,
        who: WebIdentity,
        duration_s: int,
        is_guest: bool = False,
        facts: Mapping[str, str],
    ) -> IssuedSession:
        """Return a session of a role, as far as its trust policy allows."""
        ...
