"""What administrators do to the users of a pool; creation stands in `creation.py`.

    load and decide and save in one write     states, deletions, attributes without codes
    load → decide → consult → save            passwords (hashing), attributes with codes

Source: docs/behaviours/users.md, docs/behaviours/list-users.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.limits import PAGE_ENTRIES_MAX
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import InvalidParameter
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.users import wording
from poolkeep.core.users.attributes import changed, without
from poolkeep.core.users.filter import Condition, parse
from poolkeep.core.users.limits import PASSWORD, subject_of
from poolkeep.core.users.model import Status, User
from poolkeep.core.users.passwords import (
    Passwords,
    check_policy,
    history_size,
    temporary_expiry_ms,
)
from poolkeep.core.users.ports import Attempts, Page, Users
from poolkeep.core.users.revision import (
    Proofs,
    find_user,
    redocumented,
    revised,
    save,
    until_saved,
    with_change,
)

PAGE_TOKEN_LIFE_MS: Final = 60 * 60 * 1000
_Position = tuple[int | str, str]
_positions: Final[msgspec.json.Decoder[_Position]] = msgspec.json.Decoder(_Position)


class ListUsers(msgspec.Struct, frozen=True, kw_only=True):
    """Which users to list, and from where to go on."""

    pool_id: str
    filter: str | None = None
    attributes_to_get: Sequence[str] | None = None
    limit: int | None = None
    pagination_token: str | None = None


class UserList(msgspec.Struct, frozen=True, kw_only=True):
    """Some users, the attributes to tell of them (None: all), and the token of the next page."""

    users: tuple[User, ...]
    attributes: frozenset[str] | None = None
    pagination_token: str | None = None


class UserAdmin:
    """Use cases of administrators on users who exist."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        attempts: Attempts,
        book: PoolBook,
        audit: AuditTrail,
        passwords: Passwords,
        proofs: Proofs,
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        """Work on the users of one region."""
        self._database = database
        self._users = users
        self._attempts = attempts
        self._book = book
        self._audit = audit
        self._passwords = passwords
        self._proofs = proofs
        self._page_tokens = page_tokens
        self._clock = clock

    async def get(self, actor: Actor, pool_id: str, username: str) -> User:
        """Return the user whom a username, sub or alias names."""
        pool = await self._pool(actor, pool_id)
        return await self._database.read(lambda tx: find_user(tx, self._users, pool, username))

    async def delete(self, actor: Actor, pool_id: str, username: str) -> None:
        """Remove the user; name and aliases are free at once."""
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def work(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            self._users.delete(tx, pool.pool.id, user.id)
            self._record(tx, actor, "AdminDeleteUser", pool, user, now_ms)

        await self._database.write(work)

    async def enable(self, actor: Actor, pool_id: str, username: str) -> None:
        """Let the user sign in again."""
        now_ms = self._clock.now_ms()
        await self._revise(
            actor,
            "AdminEnableUser",
            pool_id,
            username,
            lambda user: revised(user, now_ms, enabled=True),
        )

    async def disable(self, actor: Actor, pool_id: str, username: str) -> None:
        """Shut the user out; every token issued so far is refused from now on, for good."""
        now_ms = self._clock.now_ms()
        await self._revise(
            actor,
            "AdminDisableUser",
            pool_id,
            username,
            lambda user: revised(
                user, now_ms, enabled=False, signed_out_ms=max(user.signed_out_ms, now_ms)
            ),
        )

    async def set_password(
        self, actor: Actor, pool_id: str, username: str, *, password: str, permanent: bool
    ) -> None:
        """Give the user a password, for good or until the next sign-in; the lock is lifted.

        Outstanding codes that would set or confirm something older die with it.
        """
        pool = await self._pool(actor, pool_id)
        check_policy(pool, password, wording.ADMIN_PREFIX)

        async def attempt() -> None:
            user = await self._database.read(lambda tx: find_user(tx, self._users, pool, username))
            if not await self._makes_permanent(pool, user, password, permanent=permanent):
                await self._passwords.check_history(pool, user, password)
            credential = await self._passwords.replace(pool, user, password)
            now_ms = self._clock.now_ms()
            status = Status.CONFIRMED if permanent else Status.FORCE_CHANGE_PASSWORD
            expiry = None if permanent else temporary_expiry_ms(pool, now_ms)
            after = msgspec.structs.replace(
                redocumented(user, now_ms, temporary_password_expires_ms=expiry),
                status=status,
                credential=credential,
            )

            def work(tx: Transaction) -> None:
                save(tx, self._users, pool, after)
                self._attempts.forgive(tx, pool.pool.id, subject_of(user.id), PASSWORD)
                self._proofs.forget_older_than_password(tx, user)
                self._record(tx, actor, "AdminSetUserPassword", pool, user, now_ms)

            await self._database.write(work)

        await until_saved(attempt)

    async def _makes_permanent(
        self, pool: LoadedPool, user: User, password: str, *, permanent: bool
    ) -> bool:
        """Tell whether this only turns the temporary password into a permanent one.

        Provisioning tools create a user with the password to be and then confirm it; that is no
        return to an earlier password.
        """
        temporary = user.status == Status.FORCE_CHANGE_PASSWORD and user.credential is not None
        if not (permanent and temporary and history_size(pool)):
            return False
        return await self._passwords.check(pool, user, password)

    async def update_attributes(
        self,
        actor: Actor,
        pool_id: str,
        username: str,
        *,
        attributes: Mapping[str, str],
        client_metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Change attributes; an address that nobody vouches for gets a code where the pool asks."""
        pool = await self._pool(actor, pool_id)

        async def attempt() -> None:
            user = await self._database.read(lambda tx: find_user(tx, self._users, pool, username))
            change = changed(pool, user, attributes, by_admin=True)
            now_ms = self._clock.now_ms()
            after = with_change(user, change, now_ms)
            proofs = await self._proofs.prepare(
                pool,
                after,
                change.to_prove,
                source="UpdateUserAttribute",
                client_id=None,
                client_metadata=client_metadata,
            )

            def work(tx: Transaction) -> None:
                if after is not user:
                    save(tx, self._users, pool, after)
                    self._proofs.forget_stale(tx, user, after)
                self._proofs.store(tx, proofs)
                self._record(tx, actor, "AdminUpdateUserAttributes", pool, user, now_ms)

            await self._database.write(work)
            self._proofs.sent(proofs)

        await until_saved(attempt)

    async def delete_attributes(
        self, actor: Actor, pool_id: str, username: str, names: Sequence[str]
    ) -> None:
        """Delete attributes; absent ones are deleted already."""
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def work(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            after = with_change(user, without(pool, user, names), now_ms)
            if after is not user:
                save(tx, self._users, pool, after)
                self._proofs.forget_stale(tx, user, after)
            self._record(tx, actor, "AdminDeleteUserAttributes", pool, user, now_ms)

        await until_saved(lambda: self._database.write(work))

    async def list(self, actor: Actor, query: ListUsers) -> UserList:
        """Return one page of the pool's users: by the filtered attribute, else by creation."""
        pool = await self._pool(actor, query.pool_id)
        condition = parse(query.filter)
        wanted = _attributes_to_get(pool, query.attributes_to_get)
        limit = query.limit or PAGE_ENTRIES_MAX
        scope = f"ListUsers {query.pool_id} {query.filter or ''}"
        after = self._position(query.pagination_token, scope)
        page = await self._database.read(lambda tx: self._page(tx, pool, condition, after, limit))
        token = None
        if page.next is not None:
            position = msgspec.json.encode(page.next).decode()
            expires_ms = self._clock.now_ms() + PAGE_TOKEN_LIFE_MS
            token = self._page_tokens.issue(scope, position, expires_ms)
        return UserList(users=page.users, attributes=wanted, pagination_token=token)

    def _page(
        self,
        tx: Transaction,
        pool: LoadedPool,
        condition: Condition | None,
        after: _Position | None,
        limit: int,
    ) -> Page:
        if condition is None:
            since = (int(after[0]), after[1]) if after else None
            return self._users.by_age(tx, pool.pool.id, after=since, limit=limit)
        return self._users.by_value(
            tx,
            pool.pool.id,
            attribute=condition.attribute,
            value=condition.value,
            prefix=condition.prefix,
            after=(str(after[0]), after[1]) if after else None,
            limit=limit,
        )

    def _position(self, token: str | None, scope: str) -> _Position | None:
        if token is None:
            return None
        position = self._page_tokens.read(token, scope, self._clock.now_ms())
        return _positions.decode(position)

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        return owned_pool(await self._book.pool(pool_id), pool_id, actor.account)

    async def _revise(
        self,
        actor: Actor,
        operation: str,
        pool_id: str,
        username: str,
        change: Callable[[User], User],
    ) -> None:
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def work(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            save(tx, self._users, pool, change(user))
            self._record(tx, actor, operation, pool, user, now_ms)

        await until_saved(lambda: self._database.write(work))

    def _record(  # an entry's parts
        self,
        tx: Transaction,
        actor: Actor,
        operation: str,
        pool: LoadedPool,
        user: User,
        now_ms: int,
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=pool.pool.arn,
            now_ms=now_ms,
            detail={"sub": user.id},
        )


def _attributes_to_get(pool: LoadedPool, names: Sequence[str] | None) -> frozenset[str] | None:
    """Return the attributes to tell, None for all; refuses names outside the schema."""
    if not names:
        return None
    for name in names:
        if name not in pool.schema and name != "identities":  # which no schema declares
            raise InvalidParameter(wording.not_in_schema(name))
    return frozenset(names)
