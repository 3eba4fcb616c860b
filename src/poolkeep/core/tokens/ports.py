"""What the token package needs from stores."""

from collections.abc import Mapping
from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.tokens.model import RefreshFacts
from poolkeep.core.users.model import User


class TokenRows(Protocol):
    """Revocations, rotations, and the owner of a token, each in one statement."""

    def owner(
        self, tx: Transaction, pool_id: str, user_id: str, origin_jti: str
    ) -> tuple[User, bool] | None:
        """Return the user and whether the sign-in `origin_jti` was revoked."""
        ...

    def refresh_facts(
        self, tx: Transaction, pool_id: str, user_id: str, *, origin_jti: str, token_id: str
    ) -> RefreshFacts | None:
        """Return everything that decides about a refresh; None when the user is gone."""
        ...

    def revoke(self, tx: Transaction, pool_id: str, origin_jti: str, expires_ms: int) -> None:
        """Remember that a sign-in is revoked until its last token has expired."""
        ...

    def is_revoked(self, tx: Transaction, pool_id: str, origin_jti: str) -> bool:
        """Tell whether a sign-in was taken back."""
        ...

    def rotate(
        self, tx: Transaction, pool_id: str, token_id: str, *, grace_ends_ms: int, expires_ms: int
    ) -> bool:
        """Mark a refresh token as replaced; False when it already was."""
        ...

    def sign_out(self, tx: Transaction, pool_id: str, user_id: str, at_ms: int) -> bool:
        """Refuse whatever was issued to the user up to `at_ms`; False when the user is gone."""
        ...


class ResourceServers(Protocol):
    """The APIs that a pool's access tokens are for."""

    def scopes_of(self, tx: Transaction, pool_id: str) -> Mapping[str, frozenset[str]]:
        """Return the scopes of each server, as tokens name them, by the server's identifier."""
        ...


class Providers(Protocol):
    """The identity providers of a pool."""

    def providers(self, tx: Transaction, pool_id: str) -> Mapping[str, object]:
        """Return the providers by name."""
        ...
