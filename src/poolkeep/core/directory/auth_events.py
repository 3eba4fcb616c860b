"""Users' sign-in events as told, and what people say of them.

A user's own word comes with a token from the message about the event. It is sealed, good for
this one event, and for one answer. Source: docs/behaviours/auth-events.md.
"""

from typing import Final, NamedTuple, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import ConcurrentModification, NotAuthorized, ResourceNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.audit.events import EVENTS_KEPT_MS, AuthEvent, EventFeedback
from poolkeep.core.directory import wording
from poolkeep.core.directory.risk_rules import demand_protection
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.pools.wording import no_pool
from poolkeep.core.users.names import login_key
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import find_user, until_saved
from poolkeep.crypto import base64url
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose

BY_ADMIN: Final = "Admin"
BY_USER: Final = "User"
TOKEN_LIFE_MS: Final = 30 * 86_400_000
_FOREVER: Final = 2**62
_TOKEN_CHARACTERS_MAX: Final = 1_024


class EventHistory(Protocol):
    """Events as kept."""

    def get(self, tx: Transaction, pool_id: str, user_id: str, event_id: str) -> AuthEvent | None:
        """Return an event of a user."""
        ...

    def judge(self, tx: Transaction, event: AuthEvent, feedback: EventFeedback) -> bool:
        """Keep what was said of an event; False when the event is another one by now."""
        ...

    def page(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        since_ms: int,
        before: tuple[int, str],
        limit: int,
    ) -> list[AuthEvent]:
        """Return a user's events after `since_ms` and before (created_ms, id), newest first."""
        ...


class EventPage(NamedTuple):
    """Events of one page, and where the next one begins."""

    events: list[AuthEvent]
    next_token: str | None


class _FeedbackToken(msgspec.Struct, frozen=True):
    expires_ms: int


class UserEvents:
    """Sign-in events of one region's users."""

    def __init__(
        self,
        *,
        database: Database,
        history: EventHistory,
        users: Users,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        page_tokens: PageTokens,
    ) -> None:
        """Read them from `history`."""
        self._database = database
        self._history = history
        self._users = users
        self._book = book
        self._audit = audit
        self._clock = clock
        self._page_tokens = page_tokens

    async def list(
        self, actor: Actor, pool_id: str, username: str, *, limit: int, next_token: str | None
    ) -> EventPage:
        """Return a page of a user's events of two years, newest first."""
        pool = await self._pool(actor, pool_id)
        user = await self._database.read(lambda tx: find_user(tx, self._users, pool, username))
        now_ms = self._clock.now_ms()
        scope = f"AdminListUserAuthEvents/{pool_id}/{user.id}"
        before = (_FOREVER, "")
        if next_token is not None:
            time, _, name = self._page_tokens.read(next_token, scope, now_ms).partition("/")
            before = (int(time), name)
        found = await self._database.read(
            lambda tx: self._history.page(
                tx,
                pool_id,
                user.id,
                since_ms=now_ms - EVENTS_KEPT_MS,
                before=before,
                limit=limit + 1,
            )
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._page_tokens.issue(scope, f"{last.at_ms}/{last.id}")
        return EventPage(found[:limit], token)

    async def judge(
        self, actor: Actor, pool_id: str, username: str, *, event_id: str, value: str
    ) -> None:
        """Keep an administrator's word on an event; the last word counts."""
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()
        feedback = EventFeedback(feedback_value=value, provider=BY_ADMIN, at_ms=now_ms)

        def work(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            event = self._history.get(tx, pool_id, user.id, event_id)
            if event is None:
                raise ResourceNotFound(wording.NO_EVENT)
            if not self._history.judge(tx, event, feedback):
                raise ConcurrentModification
            self._audit.record(
                tx,
                actor,
                operation="AdminUpdateAuthEventFeedback",
                resource=pool.pool.arn,
                now_ms=now_ms,
                detail={"sub": user.id, "event": event_id, "value": value},
            )

        await until_saved(lambda: self._database.write(work))

    async def judge_own(
        self, pool_id: str, username: str, *, event_id: str, token: str, value: str
    ) -> None:
        """Keep a user's word on an event, given the token of the message about it, once.

        Whatever is wrong, the answer is one: who the user is, and what happened, is not told.
        """
        pool = await self._book.pool(pool_id)
        if pool is None:
            raise ResourceNotFound(no_pool(pool_id))
        demand_protection(pool.pool)
        now_ms = self._clock.now_ms()
        feedback = EventFeedback(feedback_value=value, provider=BY_USER, at_ms=now_ms)

        def work(tx: Transaction) -> None:
            user = self._users.find(tx, pool_id, login_key(pool, username))
            if user is None or not _is_for(pool, token, user.id, event_id=event_id, now_ms=now_ms):
                raise NotAuthorized(wording.BAD_FEEDBACK_TOKEN)
            event = self._history.get(tx, pool_id, user.id, event_id)
            if event is None or (event.feedback and event.feedback.provider == BY_USER):
                raise NotAuthorized(wording.BAD_FEEDBACK_TOKEN)
            if not self._history.judge(tx, event, feedback):
                raise ConcurrentModification

        await until_saved(lambda: self._database.write(work))

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        pool = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
        demand_protection(pool.pool)
        return pool


def feedback_token(pool: LoadedPool, user_id: str, event_id: str, now_ms: int) -> str:
    """Return the token for the message about an event; good for a month and one answer."""
    contents = msgspec.json.encode(_FeedbackToken(now_ms + TOKEN_LIFE_MS))
    context = _context(pool, user_id, event_id)
    sealed = pool.keys.seal_salted(Purpose.FEEDBACK, contents, context=context)
    return base64url.encode(sealed).decode()


def _is_for(pool: LoadedPool, token: str, user_id: str, *, event_id: str, now_ms: int) -> bool:
    """Tell whether a token is good for an event now."""
    if len(token) > _TOKEN_CHARACTERS_MAX:
        return False
    try:
        sealed = base64url.decode(token.encode())
        context = _context(pool, user_id, event_id)
        opened = pool.keys.open(Purpose.FEEDBACK, sealed, context=context)
    except (ValueError, EnvelopeBroken):
        return False
    return msgspec.json.decode(opened, type=_FeedbackToken).expires_ms > now_ms


def _context(pool: LoadedPool, user_id: str, event_id: str) -> str:
    return f"feedback/{pool.pool.id}/{user_id}/{event_id}"
