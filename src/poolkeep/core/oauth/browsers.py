"""Browsers that sign in and out: their sessions as use cases, tracked ones included.

Where a pool tracks sessions, a browser's session belongs to a record that lists show and that
can be revoked; the record and the cookie's row end together.
"""

from typing import Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotAuthorized
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth import browser_sessions, wording
from poolkeep.core.oauth.browser_sessions import MS_PER_MINUTE, Known
from poolkeep.core.oauth.model import BrowserSession
from poolkeep.core.oauth.ports import BrowserSessionRows
from poolkeep.core.oauth.reading import Catalogue
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.sessions import Activity, Tracker
from poolkeep.core.sessions.ports import SessionRows
from poolkeep.core.sessions.rules import sso_life_ms


class SignOutNotices(Protocol):
    """Who else hears that a user has signed out."""

    def enqueue(self, tx: Transaction, pool: LoadedPool, user_id: str) -> bool:
        """Leave notices in the write that ends the session; False where nobody is to hear."""
        ...

    def wake(self) -> None:
        """Have them sent, after the commit."""
        ...


class Browsers:
    """The browsers that are signed in to the pools of a region."""

    def __init__(
        self,
        *,
        database: Database,
        rows: BrowserSessionRows,
        tracked: SessionRows,
        tracker: Tracker,
        catalogue: Catalogue,
        clock: Clock,
        entropy: Entropy,
        notices: SignOutNotices | None = None,
    ) -> None:
        """Keep sessions in `database`."""
        self._database = database
        self._rows = rows
        self._tracked = tracked
        self._tracker = tracker
        self._catalogue = catalogue
        self._clock = clock
        self._entropy = entropy
        self._notices = notices

    async def known(self, pool: LoadedPool, cookie: str | None) -> Known | None:
        """Return the session of a browser with its user, while both count."""
        if cookie is None:
            return None
        now_ms = self._clock.now_ms()
        return await self._database.read(
            lambda tx: browser_sessions.find(
                tx, self._rows, self._tracked, pool=pool, cookie=cookie, now_ms=now_ms
            )
        )

    async def session_of(self, pool: LoadedPool, cookie: str | None) -> BrowserSession | None:
        """Return the session of a browser, while it and its user count."""
        found = await self.known(pool, cookie)
        return None if found is None else found.session

    async def end_session(self, pool: LoadedPool, cookie: str | None) -> BrowserSession | None:
        """Sign the browser out and return the session that it had; tokens live on."""
        found = await self.session_of(pool, cookie)
        if cookie is None:
            return None
        key = browser_sessions.key_of(pool, cookie)

        def save(tx: Transaction) -> bool:
            ended = self._rows.delete(tx, pool.pool.id, key)
            if not ended or found is None:
                return False
            if found.sso_session_id is not None:
                self._tracker.end_sso(tx, pool.pool.id, found.sso_session_id)
            return self._notices is not None and self._notices.enqueue(tx, pool, found.user_id)

        if await self._database.write(save) and self._notices is not None:
            self._notices.wake()
        return found

    async def life_ms(self, pool: LoadedPool) -> int:
        """Return how long a session is kept: where sessions are tracked, for every client."""
        if not pool.pool.session_tracking:
            return browser_sessions.minutes_of(pool) * MS_PER_MINUTE
        pool_id = pool.pool.id
        return sso_life_ms(
            await self._database.read(lambda tx: self._catalogue.sso_minutes(tx, pool_id))
        )

    def begin(
        self,
        tx: Transaction,
        pool: LoadedPool,
        made: BrowserSession,
        *,
        cookie: str | None,
        before: Known | None,
        activity: Activity,
    ) -> BrowserSession:
        """Store the session of a fresh sign-in, in place of the one that the browser had.

        The old cookie dies, whoever's it was: nobody goes on in a session planted before.
        """
        if cookie is not None:
            self._rows.delete(tx, pool.pool.id, browser_sessions.key_of(pool, cookie))
        sso_id = self._sso(tx, pool, made, before, activity=activity)
        session = msgspec.structs.replace(made, sso_session_id=sso_id)
        browser_sessions.put(tx, self._rows, pool, session)
        return session

    def _sso(
        self,
        tx: Transaction,
        pool: LoadedPool,
        made: BrowserSession,
        before: Known | None,
        *,
        activity: Activity,
    ) -> str | None:
        """Return the tracked session that the browser's new one belongs to.

        A fresh sign-in of the same user stays in the tracked session that the browser had.
        """
        had = None if before is None else before.session.sso_session_id
        pool_id, now_ms = pool.pool.id, made.authenticated_ms
        life_ms = made.expires_ms - now_ms
        if not pool.pool.session_tracking:
            return None
        if had is not None and before is not None:
            if before.user.id == made.user_id and self._tracker.renew_sso(
                tx, pool_id, had, activity=activity, now_ms=now_ms, life_ms=life_ms
            ):
                return had
            self._tracker.end_sso(tx, pool_id, had)
        begun = self._tracker.begin_sso(
            tx,
            self._entropy,
            pool_id=pool_id,
            user_id=made.user_id,
            client_id=made.client_id,
            activity=activity,
            now_ms=now_ms,
            life_ms=life_ms,
        )
        if begun is None:
            raise NotAuthorized(wording.USER_GONE)
        return begun.id
