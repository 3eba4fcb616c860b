"""What sessions need from a store. Every method runs inside a transaction."""

from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.sessions.model import Session


class SessionRows(Protocol):
    """Records of sessions."""

    def hold_user(self, tx: Transaction, pool_id: str, user_id: str, *, issued_ms: int) -> bool:
        """Keep other writers of the user's sessions waiting until this transaction ends.

        False when the user is gone or disabled, or was signed out since `issued_ms`: then there
        is nothing to record.
        """
        ...

    def insert(self, tx: Transaction, session: Session) -> bool:
        """Store a new session; False when there is one of this id."""
        ...

    def touch(
        self,
        tx: Transaction,
        pool_id: str,
        session_id: str,
        *,
        at_ms: int,
        ip_address: str,
        device_type: str,
    ) -> bool:
        """Note the last activity; False when there is no such session."""
        ...

    def authenticate(
        self, tx: Transaction, pool_id: str, session_id: str, *, at_ms: int, expires_ms: int
    ) -> bool:
        """Note a fresh authentication; False when there is no such session."""
        ...

    def get(self, tx: Transaction, pool_id: str, session_id: str) -> Session | None:
        """Return the session, live or not."""
        ...

    def of_user(self, tx: Transaction, pool_id: str, user_id: str, *, now_ms: int) -> list[Session]:
        """Return the user's live sessions, the last active first.

        Live is what has not expired, was not revoked and not signed out.
        """
        ...

    def delete(self, tx: Transaction, pool_id: str, session_id: str) -> bool:
        """Remove the session; False when there is none."""
        ...

    def delete_token_sessions(self, tx: Transaction, pool_id: str, user_id: str) -> None:
        """Remove the user's token sessions; those of browsers stay."""
        ...

    def delete_some(self, tx: Transaction, pool_id: str, *, limit: int) -> int:
        """Remove at most `limit` sessions of the pool and return how many."""
        ...


class Revocations(Protocol):
    """Sign-ins that were taken back."""

    def revoke(self, tx: Transaction, pool_id: str, origin_jti: str, expires_ms: int) -> None:
        """Remember that a sign-in is revoked until its last token has expired."""
        ...

    def is_revoked(self, tx: Transaction, pool_id: str, origin_jti: str) -> bool:
        """Tell whether a sign-in was taken back."""
        ...
