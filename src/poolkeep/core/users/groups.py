"""Groups and their members. Source: docs/behaviours/groups.md."""

from typing import Final, NamedTuple, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.limits import GROUPS_PER_POOL, GROUPS_PER_USER
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import (
    GroupExists,
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.users.model import Group, User
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import find_user

NO_GROUP: Final = "Group not found."
GROUP_EXISTS: Final = "A group with the name already exists."
TOO_MANY_GROUPS: Final = "The user pool has reached its limit of groups."
TOO_MANY_OF_USER: Final = "The user is in as many groups as a user may be."
NUL_IN_DESCRIPTION: Final = "Description cannot contain the NUL character."


class GroupRows(Protocol):
    """Groups by pool and name, and who is in them. Every method runs inside a transaction."""

    def insert(self, tx: Transaction, group: Group) -> bool:
        """Store a new group; False when the pool has one of this name."""
        ...

    def get(self, tx: Transaction, pool_id: str, group_name: str) -> Group | None:
        """Return the group."""
        ...

    def update(self, tx: Transaction, group: Group) -> bool:
        """Set what is not None and the time of change; False when there is no such group."""
        ...

    def delete(self, tx: Transaction, pool_id: str, group_name: str) -> bool:
        """Remove the group and its memberships; False when there is no such group."""
        ...

    def count(self, tx: Transaction, pool_id: str) -> int:
        """Return how many groups the pool has."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str], limit: int
    ) -> list[Group]:
        """Return the pool's groups after (created_ms, name), oldest first."""
        ...

    def add_member(
        self, tx: Transaction, pool_id: str, user_id: str, *, group_name: str, now_ms: int
    ) -> bool:
        """Put the user into the group; False when there already, or when there is no such group."""
        ...

    def remove_member(
        self, tx: Transaction, pool_id: str, user_id: str, *, group_name: str
    ) -> bool:
        """Take the user out of the group; False when not in it."""
        ...

    def is_member(self, tx: Transaction, pool_id: str, user_id: str, *, group_name: str) -> bool:
        """Tell whether the user is in the group."""
        ...

    def count_of_user(self, tx: Transaction, pool_id: str, user_id: str) -> int:
        """Return in how many groups the user is."""
        ...


class GroupSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a group; None is not said."""

    group_name: str
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None


class GroupPage(NamedTuple):
    """Groups of one page, and where the next one begins."""

    groups: list[Group]
    next_token: str | None


class MemberPage(NamedTuple):
    """Members of one page, and where the next one begins."""

    users: tuple[User, ...]
    next_token: str | None


class GroupService:
    """Groups of one region's pools."""

    def __init__(
        self,
        *,
        database: Database,
        groups: GroupRows,
        users: Users,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        page_tokens: PageTokens,
    ) -> None:
        """Take what the use cases need."""
        self._database = database
        self._groups = groups
        self._users = users
        self._book = book
        self._audit = audit
        self._clock = clock
        self._page_tokens = page_tokens

    async def create(self, actor: Actor, pool_id: str, settings: GroupSettings) -> Group:
        """Make a group."""
        pool = await self._pool(actor, pool_id)
        _check(settings)
        now_ms = self._clock.now_ms()
        group = Group(
            pool_id=pool_id,
            group_name=settings.group_name,
            description=settings.description,
            role_arn=settings.role_arn,
            precedence=settings.precedence,
            created_ms=now_ms,
            modified_ms=now_ms,
        )

        def save(tx: Transaction) -> None:
            if self._groups.get(tx, pool_id, group.group_name) is None and (
                self._groups.count(tx, pool_id) >= GROUPS_PER_POOL
            ):
                raise LimitExceeded(TOO_MANY_GROUPS)
            if not self._groups.insert(tx, group):
                raise GroupExists(GROUP_EXISTS)
            self._record(tx, actor, "CreateGroup", pool, {"group": group.group_name})

        await self._database.write(save)
        return group

    async def get(self, actor: Actor, pool_id: str, group_name: str) -> Group:
        """Return a group."""
        await self._pool(actor, pool_id)
        return await self._database.read(lambda tx: self._group(tx, pool_id, group_name))

    async def update(self, actor: Actor, pool_id: str, settings: GroupSettings) -> Group:
        """Change what is said and leave the rest."""
        pool = await self._pool(actor, pool_id)
        _check(settings)
        now_ms = self._clock.now_ms()
        change = Group(
            pool_id=pool_id,
            group_name=settings.group_name,
            description=settings.description,
            role_arn=settings.role_arn,
            precedence=settings.precedence,
            created_ms=now_ms,
            modified_ms=now_ms,
        )

        def save(tx: Transaction) -> Group:
            if not self._groups.update(tx, change):
                raise ResourceNotFound(NO_GROUP)
            self._record(tx, actor, "UpdateGroup", pool, {"group": change.group_name})
            return self._group(tx, pool_id, change.group_name)

        return await self._database.write(save)

    async def delete(self, actor: Actor, pool_id: str, group_name: str) -> None:
        """Remove a group; its members lose it."""
        pool = await self._pool(actor, pool_id)

        def remove(tx: Transaction) -> None:
            if not self._groups.delete(tx, pool_id, group_name):
                raise ResourceNotFound(NO_GROUP)
            self._record(tx, actor, "DeleteGroup", pool, {"group": group_name})

        await self._database.write(remove)

    async def list(
        self, actor: Actor, pool_id: str, *, limit: int, next_token: str | None
    ) -> GroupPage:
        """Return a page of the pool's groups, oldest first."""
        await self._pool(actor, pool_id)
        scope = f"ListGroups/{pool_id}"
        position = self._position(next_token, scope)
        time, _, name = (position or "0/").partition("/")
        found = await self._database.read(
            lambda tx: self._groups.page(tx, pool_id, after=(int(time), name), limit=limit + 1)
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._page_tokens.issue(scope, f"{last.created_ms}/{last.group_name}")
        return GroupPage(found[:limit], token)

    async def add_user(self, actor: Actor, pool_id: str, username: str, group_name: str) -> None:
        """Put a user into a group; nothing changes for one who is in it."""
        pool = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            self._group(tx, pool_id, group_name)
            if self._groups.is_member(tx, pool_id, user.id, group_name=group_name):
                return
            if self._groups.count_of_user(tx, pool_id, user.id) >= GROUPS_PER_USER:
                raise InvalidParameter(TOO_MANY_OF_USER)  # LimitExceeded is not modelled here
            self._groups.add_member(tx, pool_id, user.id, group_name=group_name, now_ms=now_ms)
            detail = {"group": group_name, "user": user.id}
            self._record(tx, actor, "AdminAddUserToGroup", pool, detail)

        await self._database.write(save)

    async def remove_user(self, actor: Actor, pool_id: str, username: str, group_name: str) -> None:
        """Take a user out of a group; nothing changes for one who is not in it."""
        pool = await self._pool(actor, pool_id)

        def save(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            self._group(tx, pool_id, group_name)
            if self._groups.remove_member(tx, pool_id, user.id, group_name=group_name):
                detail = {"group": group_name, "user": user.id}
                self._record(tx, actor, "AdminRemoveUserFromGroup", pool, detail)

        await self._database.write(save)

    async def of_user(
        self, actor: Actor, pool_id: str, username: str, *, limit: int, next_token: str | None
    ) -> GroupPage:
        """Return a page of a user's groups: ascending precedence, none last, then by name.

        A user is in few groups, so all are read and the page is cut from them.
        """
        pool = await self._pool(actor, pool_id)

        def load(tx: Transaction) -> tuple[User, list[Group]]:
            user = find_user(tx, self._users, pool, username)
            return user, self._users.groups_of(tx, pool_id, user.id)

        user, groups = await self._database.read(load)
        scope = f"AdminListGroupsForUser/{pool_id}/{user.id}"
        position = self._position(next_token, scope)
        if position is not None:
            groups = [group for group in groups if _order(group) > _parse_order(position)]
        token = None
        if len(groups) > limit:
            token = self._page_tokens.issue(scope, _format_order(groups[limit - 1]))
        return GroupPage(groups[:limit], token)

    async def members(
        self, actor: Actor, pool_id: str, group_name: str, *, limit: int, next_token: str | None
    ) -> MemberPage:
        """Return a page of a group's users."""
        await self._pool(actor, pool_id)
        scope = f"ListUsersInGroup/{pool_id}/{group_name}"
        after = self._position(next_token, scope) or ""

        def load(tx: Transaction) -> tuple[tuple[User, ...], bool]:
            self._group(tx, pool_id, group_name)
            page = self._users.members_of(tx, pool_id, group_name, after=after, limit=limit)
            return page.users, page.next is not None

        users, more = await self._database.read(load)
        token = self._page_tokens.issue(scope, users[-1].id) if more else None
        return MemberPage(users, token)

    # ------------------------------------------------------------------------------ parts

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        return owned_pool(await self._book.pool(pool_id), pool_id, actor.account)

    def _group(self, tx: Transaction, pool_id: str, group_name: str) -> Group:
        group = self._groups.get(tx, pool_id, group_name)
        if group is None:
            raise ResourceNotFound(NO_GROUP)
        return group

    def _position(self, token: str | None, scope: str) -> str | None:
        if token is None:
            return None
        return self._page_tokens.read(token, scope, self._clock.now_ms())

    def _record(
        self,
        tx: Transaction,
        actor: Actor,
        operation: str,
        pool: LoadedPool,
        detail: dict[str, str],
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=pool.pool.arn,
            now_ms=self._clock.now_ms(),
            detail=detail,
        )


def _check(settings: GroupSettings) -> None:
    if "\0" in (settings.description or ""):  # PostgreSQL has no such text
        raise InvalidParameter(NUL_IN_DESCRIPTION)


def _order(group: Group) -> tuple[bool, int, str]:
    return (group.precedence is None, group.precedence or 0, group.group_name)


def _format_order(group: Group) -> str:
    precedence = "" if group.precedence is None else group.precedence
    return f"{precedence}/{group.group_name}"


def _parse_order(position: str) -> tuple[bool, int, str]:
    precedence, _, name = position.partition("/")
    return (not precedence, int(precedence or 0), name)
