"""Tell a user's sessions, and end one. Source: docs/behaviours/sessions.md."""

from typing import NamedTuple

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import InvalidParameter, OperationNotEnabled, ResourceNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.sessions import wording
from poolkeep.core.sessions.model import Session
from poolkeep.core.sessions.ports import SessionRows
from poolkeep.core.sessions.rules import LISTED_MAX, session_id_of
from poolkeep.core.sessions.tracking import Tracker
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import find_user


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A user whose access token was verified, and the sign-in that it descends from."""

    pool: LoadedPool
    user_id: str
    origin_jti: str | None

    @property
    def session_id(self) -> str | None:
        """The holder's own token session."""
        return None if self.origin_jti is None else session_id_of(self.origin_jti)


class SessionPage(NamedTuple):
    """Sessions of one page, the caller's own, and where the next page begins."""

    sessions: list[Session]
    current: str | None
    next_token: str | None


class Sessions:
    """The sessions of the users of one region."""

    def __init__(
        self,
        *,
        database: Database,
        sessions: SessionRows,
        tracker: Tracker,
        users: Users,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        page_tokens: PageTokens,
    ) -> None:
        """Take what the use cases need."""
        self._database = database
        self._sessions = sessions
        self._tracker = tracker
        self._users = users
        self._book = book
        self._audit = audit
        self._clock = clock
        self._page_tokens = page_tokens

    async def own(self, holder: Holder, *, next_token: str | None) -> SessionPage:
        """Return the holder's sessions, the last active first (ListUserSessions)."""
        _check_tracked(holder.pool)
        pool_id, user_id = holder.pool.pool.id, holder.user_id
        now_ms = self._clock.now_ms()
        found = await self._database.read(
            lambda tx: self._sessions.of_user(tx, pool_id, user_id, now_ms=now_ms)
        )
        return await self._page(found, user_id, next_token, current=holder.session_id)

    async def of_user(
        self, actor: Actor, pool_id: str, username: str, *, next_token: str | None
    ) -> SessionPage:
        """Return a user's sessions, the last active first (AdminListUserSessions)."""
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def load(tx: Transaction) -> tuple[str, list[Session]]:
            user = find_user(tx, self._users, pool, username)
            return user.id, self._sessions.of_user(tx, pool_id, user.id, now_ms=now_ms)

        user_id, found = await self._database.read(load)
        return await self._page(found, user_id, next_token, current=None)

    async def revoke_own(self, holder: Holder, session_id: str, *, linked: bool) -> None:
        """End another session of the holder's (RevokeUserSession).

        `linked` also ends what belongs to it. The calling session cannot be ended here, and is
        spared where it is only linked.
        """
        _check_tracked(holder.pool)
        if session_id == holder.session_id:
            raise InvalidParameter(wording.CURRENT_SESSION)
        pool_id = holder.pool.pool.id
        now_ms = self._clock.now_ms()
        await self._database.write(
            lambda tx: self._end(
                tx, pool_id, holder.user_id, session_id=session_id, linked=linked,
                spared=holder.session_id, now_ms=now_ms,
            )
        )  # fmt: skip

    async def revoke(
        self, actor: Actor, pool_id: str, username: str, *, session_id: str, linked: bool
    ) -> None:
        """End a session of a user; `linked` ends what belongs to it (AdminRevokeUserSession)."""
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            self._end(
                tx, pool_id, user.id, session_id=session_id, linked=linked, spared=None,
                now_ms=now_ms,
            )  # fmt: skip
            self._audit.record(
                tx,
                actor,
                operation="AdminRevokeUserSession",
                resource=f"{pool.pool.arn}/{user.id}",
                now_ms=now_ms,
                detail={"session_id": session_id},
            )

        await self._database.write(save)

    def _end(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        session_id: str,
        linked: bool,
        spared: str | None,
        now_ms: int,
    ) -> None:
        """End one session and, one hop further, its parent or its children."""
        live = {
            session.id: session
            for session in self._sessions.of_user(tx, pool_id, user_id, now_ms=now_ms)
        }
        found = live.get(session_id)
        if found is None:
            raise ResourceNotFound(wording.NO_SESSION)
        if linked and found.is_sso:
            for session in live.values():
                if session.origin_session_id == session_id and session.id != spared:
                    self._tracker.end(tx, session)
        if not self._tracker.end(tx, found):
            raise ResourceNotFound(wording.NO_SESSION)  # another request was faster
        if linked and found.origin_session_id is not None:
            self._tracker.end_sso(tx, pool_id, found.origin_session_id)

    async def _page(
        self, found: list[Session], user_id: str, next_token: str | None, *, current: str | None
    ) -> SessionPage:
        """Cut a page from a user's sessions, of which there are rarely more than one page.

        Token sessions of clients that are no more have no tokens that anybody accepts.
        """
        kept = [
            session for session in found
            if session.is_sso or await self._book.client(session.client_id) is not None
        ]  # fmt: skip
        scope = f"sessions/{user_id}"
        if next_token is not None:
            position = self._page_tokens.read(next_token, scope, self._clock.now_ms())
            last_ms, _, last_id = position.partition("/")
            after = (-int(last_ms), last_id)
            kept = [session for session in kept if (-session.last_active_ms, session.id) > after]
        token = None
        if len(kept) > LISTED_MAX:
            last = kept[LISTED_MAX - 1]
            token = self._page_tokens.issue(scope, f"{last.last_active_ms}/{last.id}")
        return SessionPage(kept[:LISTED_MAX], current, token)

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        pool = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
        _check_tracked(pool)
        return pool


def _check_tracked(pool: LoadedPool) -> None:
    if not pool.pool.session_tracking:
        raise OperationNotEnabled(wording.NOT_TRACKED)
