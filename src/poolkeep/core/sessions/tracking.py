"""What token issue does to sessions, inside its transactions.

A user's row is held while sessions of the user are counted and added, so that two sign-ins at
the cap do not both find room.
"""

from typing import Final

from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.signing import NEVER_MS
from poolkeep.core.sessions.model import Activity, Lineage, Session
from poolkeep.core.sessions.ports import Revocations, SessionRows
from poolkeep.core.sessions.rules import (
    ADDRESS_CHARACTERS_MAX,
    SSO_PER_USER,
    device_type,
    evicted,
    new_sso_id,
    session_id_of,
)

TOKEN_LIFE_MAX_MS: Final = 24 * 60 * 60 * 1000
"""The longest life of an access token; one may have been issued as its refresh token expired."""


def revoked_until_ms(refresh_expires_ms: int) -> int:
    """Return until when a revocation must be remembered: the end of the last access token."""
    return refresh_expires_ms + TOKEN_LIFE_MAX_MS


class Tracker:
    """Creates, touches and ends sessions of one region."""

    def __init__(self, *, sessions: SessionRows, revocations: Revocations) -> None:
        """Write through these stores."""
        self._sessions = sessions
        self._revocations = revocations

    def begin(
        self,
        tx: Transaction,
        pool: LoadedPool,
        lineage: Lineage,
        *,
        activity: Activity,
        now_ms: int,
    ) -> None:
        """Record a finished sign-in; at the cap the least recently used sessions end first."""
        if not self._sessions.hold_user(
            tx, lineage.pool_id, lineage.user_id, issued_ms=lineage.issued_ms
        ):
            return
        live = self._sessions.of_user(tx, lineage.pool_id, lineage.user_id, now_ms=now_ms)
        held = [session for session in live if not session.is_sso]
        for session in evicted(held, pool.pool.token_sessions_per_user - 1):
            self.end(tx, session)
        self._record(tx, lineage, activity=activity, now_ms=now_ms)

    def touch(self, tx: Transaction, lineage: Lineage, *, activity: Activity, now_ms: int) -> bool:
        """Note the activity of a refresh; False when the sign-in was revoked in the meantime.

        A sign-in from before tracking gets its session here. A refresh evicts nothing.
        """
        parent = lineage.sso_session_id
        if not self._note(tx, lineage.pool_id, session_id_of(lineage.origin_jti), activity, now_ms):
            held = self._sessions.hold_user(
                tx, lineage.pool_id, lineage.user_id, issued_ms=lineage.issued_ms
            )
            if self._revocations.is_revoked(tx, lineage.pool_id, lineage.origin_jti):
                return False
            if not held:
                return True
            self._record(tx, lineage, activity=activity, now_ms=now_ms)
        elif parent is not None:
            self._note(tx, lineage.pool_id, parent, activity, now_ms)
        return True

    def end(self, tx: Transaction, session: Session) -> bool:
        """End a session, and with a token session its tokens; False when it had ended."""
        if session.origin_jti is not None:
            self._revocations.revoke(
                tx, session.pool_id, session.origin_jti, revoked_until_ms(session.expires_ms)
            )
        return self._sessions.delete(tx, session.pool_id, session.id)

    def forget(self, tx: Transaction, pool_id: str, origin_jti: str) -> None:
        """Remove the record of a sign-in that was revoked."""
        self._sessions.delete(tx, pool_id, session_id_of(origin_jti))

    def end_sso(self, tx: Transaction, pool_id: str, session_id: str) -> None:
        """Remove a browser's session; its token sessions live on."""
        self._sessions.delete(tx, pool_id, session_id)

    def sign_out(self, tx: Transaction, pool_id: str, user_id: str) -> None:
        """Remove the token sessions of a user who was signed out everywhere."""
        self._sessions.delete_token_sessions(tx, pool_id, user_id)

    def begin_sso(
        self,
        tx: Transaction,
        entropy: Entropy,
        *,
        pool_id: str,
        user_id: str,
        client_id: str,
        activity: Activity,
        now_ms: int,
        life_ms: int,
    ) -> Session | None:
        """Record a browser's fresh sign-in; the least recently used of more than 25 end first.

        None when the user is gone or disabled. `life_ms` is `rules.sso_life_ms`.
        """
        # A sign-out ends tokens, not the sessions of browsers, so none of any time matters here.
        if not self._sessions.hold_user(tx, pool_id, user_id, issued_ms=NEVER_MS):
            return None
        live = self._sessions.of_user(tx, pool_id, user_id, now_ms=now_ms)
        for session in evicted((each for each in live if each.is_sso), SSO_PER_USER - 1):
            self._sessions.delete(tx, pool_id, session.id)
        made = Session(
            id=new_sso_id(entropy),
            pool_id=pool_id,
            user_id=user_id,
            client_id=client_id,
            created_ms=now_ms,
            authenticated_ms=now_ms,
            last_active_ms=now_ms,
            expires_ms=now_ms + life_ms,
            ip_address=activity.ip_address[:ADDRESS_CHARACTERS_MAX],
            device_type=device_type(activity.user_agent),
        )
        self._sessions.insert(tx, made)
        return made

    def renew_sso(
        self,
        tx: Transaction,
        pool_id: str,
        session_id: str,
        *,
        activity: Activity,
        now_ms: int,
        life_ms: int,
    ) -> bool:
        """Note a fresh authentication in the same browser; False when the session has ended."""
        self._note(tx, pool_id, session_id, activity, now_ms)
        return self._sessions.authenticate(
            tx, pool_id, session_id, at_ms=now_ms, expires_ms=now_ms + life_ms
        )

    def _record(
        self, tx: Transaction, lineage: Lineage, *, activity: Activity, now_ms: int
    ) -> None:
        parent = lineage.sso_session_id
        if parent is not None:
            self._note(tx, lineage.pool_id, parent, activity, now_ms)
        self._sessions.insert(
            tx,
            Session(
                id=session_id_of(lineage.origin_jti),
                pool_id=lineage.pool_id,
                user_id=lineage.user_id,
                client_id=lineage.client_id,
                origin_jti=lineage.origin_jti,
                origin_session_id=parent,
                created_ms=lineage.issued_ms,
                authenticated_ms=lineage.issued_ms,
                last_active_ms=now_ms,
                expires_ms=lineage.expires_ms,
                ip_address=activity.ip_address[:ADDRESS_CHARACTERS_MAX],
                device_type=device_type(activity.user_agent),
            ),
        )

    def _note(
        self, tx: Transaction, pool_id: str, session_id: str, activity: Activity, now_ms: int
    ) -> bool:
        return self._sessions.touch(
            tx,
            pool_id,
            session_id,
            at_ms=now_ms,
            ip_address=activity.ip_address[:ADDRESS_CHARACTERS_MAX],
            device_type=device_type(activity.user_agent),
        )
