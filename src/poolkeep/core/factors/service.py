"""What users and administrators say about second factors, and what they are told.

Every change is decided on the user as stored and saved only if nobody else saved in between.
Source: docs/behaviours/mfa.md.
"""

from collections.abc import Callable, Sequence

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import UserNotConfirmed
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.factors import rules, wording
from poolkeep.core.factors.model import AuthFactors, MfaOption, PreferenceChange
from poolkeep.core.factors.ports import TokenRows
from poolkeep.core.factors.preferences import with_preferences, without_software_token
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.tokens.model import Caller
from poolkeep.core.users.model import Status, User
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import find_user, get_user, save, until_saved


class Factors:
    """Preferences of users, by themselves and by administrators."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        tokens: TokenRows,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        """Work on the users of one region."""
        self._database = database
        self._users = users
        self._tokens = tokens
        self._book = book
        self._audit = audit
        self._clock = clock

    async def prefer(self, caller: Caller, change: PreferenceChange) -> None:
        """Turn the caller's factors on or off, and prefer one."""
        await self._revise(caller, lambda user: self._chosen(caller.pool, user, change))

    async def prefer_for(
        self, actor: Actor, pool_id: str, username: str, change: PreferenceChange
    ) -> None:
        """Turn a user's factors on or off, and prefer one."""
        operation = "AdminSetUserMFAPreference"
        await self._revise_for(
            actor, operation, pool_id, username, lambda pool, user: self._chosen(pool, user, change)
        )

    async def set_options(self, caller: Caller, options: Sequence[MfaOption]) -> None:
        """Turn the caller's codes by SMS on or off, the older way."""
        await self._revise(caller, lambda user: self._with_options(caller.pool, user, options))

    async def set_options_for(
        self, actor: Actor, pool_id: str, username: str, options: Sequence[MfaOption]
    ) -> None:
        """Turn a user's codes by SMS on or off, the older way."""
        await self._revise_for(
            actor,
            "AdminSetUserSettings",
            pool_id,
            username,
            lambda pool, user: self._with_options(pool, user, options),
        )

    async def of_user(self, actor: Actor, pool_id: str, username: str) -> AuthFactors:
        """Return what a user can sign in with."""
        pool = await self._pool(actor, pool_id)
        user = await self._database.read(lambda tx: find_user(tx, self._users, pool, username))
        return rules.auth_factors(pool, user)

    async def forget_software_token(self, actor: Actor, pool_id: str, username: str) -> None:
        """Forget a user's authenticator app, verified or not; one that is not there is forgotten.

        Sessions stay. Refuses UserNotConfirmed.
        """
        pool = await self._pool(actor, pool_id)

        def work(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            if user.status == Status.UNCONFIRMED:
                raise UserNotConfirmed(wording.NOT_CONFIRMED)
            self._tokens.delete(tx, pool.pool.id, user.id)
            self._save(tx, pool, user, without_software_token(user, self._clock.now_ms()))
            self._record(tx, actor, "AdminDeleteSoftwareToken", pool, user)

        await until_saved(lambda: self._database.write(work))

    def _chosen(self, pool: LoadedPool, user: User, change: PreferenceChange) -> User:
        enabled, preferred = rules.chosen(pool, user, change)
        now_ms = self._clock.now_ms()
        return with_preferences(user, now_ms, enabled=enabled, preferred=preferred)

    def _with_options(self, pool: LoadedPool, user: User, options: Sequence[MfaOption]) -> User:
        enabled, preferred = rules.with_settings(pool, user, options)
        now_ms = self._clock.now_ms()
        return with_preferences(user, now_ms, enabled=enabled, preferred=preferred)

    async def _revise(self, caller: Caller, change: Callable[[User], User]) -> None:
        def work(tx: Transaction) -> None:
            user = get_user(tx, self._users, caller.pool, caller.user.id)
            self._save(tx, caller.pool, user, change(user))

        await until_saved(lambda: self._database.write(work))

    async def _revise_for(
        self,
        actor: Actor,
        operation: str,
        pool_id: str,
        username: str,
        change: Callable[[LoadedPool, User], User],
    ) -> None:
        pool = await self._pool(actor, pool_id)

        def work(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            self._save(tx, pool, user, change(pool, user))
            self._record(tx, actor, operation, pool, user)

        await until_saved(lambda: self._database.write(work))

    def _save(self, tx: Transaction, pool: LoadedPool, before: User, after: User) -> None:
        if after is not before:
            save(tx, self._users, pool, after)

    def _record(
        self, tx: Transaction, actor: Actor, operation: str, pool: LoadedPool, user: User
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=pool.pool.arn,
            now_ms=self._clock.now_ms(),
            detail={"sub": user.id},
        )

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        return owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
