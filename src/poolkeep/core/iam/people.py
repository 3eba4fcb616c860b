"""Users with their access keys, and groups."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Transaction
from poolkeep.core.iam import wording
from poolkeep.core.iam.desk import Change, Desk
from poolkeep.core.iam.holders import check_boundary
from poolkeep.core.iam.model import Group, User
from poolkeep.core.iam.ports import KeyRow, KeyUse, UserKeys
from poolkeep.core.iam.refusals import (
    DeleteConflict,
    EntityExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
)
from poolkeep.core.iam.roles import check_bare

RESERVED: Final = "root"
USER: Final = "user/"


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair, for the one answer that shows it."""

    user: User
    id: str
    secret: Secret[str]
    created_ms: int


class People:
    """Makes and keeps users, keys and groups."""

    def __init__(self, desk: Desk, keys: UserKeys) -> None:
        """Work at `desk`."""
        self._desk = desk
        self._keys = keys

    async def create_user(
        self,
        change: Change,
        name: str,
        *,
        path: str = "/",
        boundary: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> User:
        """Make a user."""
        _check_name(name)
        desk = self._desk
        user = User(
            account=change.account,
            name=name,
            id=desk.new_id(User),
            created_ms=desk.now_ms(),
            path=path,
            tags=dict(tags or {}),
            boundary=boundary,
        )

        def work(tx: Transaction) -> User:
            if boundary is not None:
                check_boundary(desk, tx, change.account, boundary)
            desk.add(tx, user, most=desk.limits.users, quota="UsersPerAccount")
            return user

        return await desk.write(change, user.arn, work)

    async def update_user(
        self, change: Change, name: str, *, new_name: str | None, new_path: str | None
    ) -> None:
        """Give a user another name or path; the keys stay the user's."""
        if new_name is not None:
            _check_name(new_name)

        def renamed(tx: Transaction, old: User) -> User:
            new = replace(old, name=new_name or old.name, path=new_path or old.path)
            taken = self._desk.rows.get(tx, User, change.account, new.name)
            if taken is not None and taken.id != old.id:
                raise EntityExists(wording.exists(User, new.name))
            self._keys.rename(tx, change.account, old.principal, new=new.principal)
            return new

        await self._desk.change_entity(change, User, name, renamed)

    async def delete_user(self, change: Change, name: str) -> None:
        """Remove a user that has nothing any more."""

        def work(tx: Transaction) -> None:
            user = self._desk.get(tx, User, change.account, name)
            if self._keys.of(tx, change.account, user.principal):
                raise DeleteConflict(wording.KEYS_FIRST)
            check_bare(user)
            if user.groups:
                raise DeleteConflict(wording.GROUPS_FIRST)
            self._desk.rows.delete(tx, user)

        await self._desk.write(change, f"arn:aws:iam::{change.account}:user/{name}", work)

    async def create_key(self, change: Change, name: str) -> NewKey:
        """Make a key pair for a user."""
        desk = self._desk

        def work(tx: Transaction) -> NewKey:
            user = desk.get(tx, User, change.account, name)
            most = desk.limits.keys_of_user
            if len(self._keys.of(tx, change.account, user.principal)) >= most:
                raise LimitExceeded(wording.quota("AccessKeysPerUser", most))
            now_ms = desk.now_ms()
            key_id, secret = self._keys.create(tx, change.account, user.principal, now_ms=now_ms)
            return NewKey(user=user, id=key_id, secret=secret, created_ms=now_ms)

        return await desk.write(change, f"arn:aws:iam::{change.account}:user/{name}", work)

    async def update_key(self, change: Change, name: str, key_id: str, *, active: bool) -> None:
        """Turn a key on or off."""

        def work(tx: Transaction) -> None:
            self._own_key(tx, change.account, name, key_id)
            self._keys.set_active(tx, key_id, active=active)

        await self._desk.write(change, f"arn:aws:iam::{change.account}:user/{name}", work)

    async def delete_key(self, change: Change, name: str, key_id: str) -> None:
        """Remove a key."""

        def work(tx: Transaction) -> None:
            self._own_key(tx, change.account, name, key_id)
            self._keys.delete(tx, key_id)

        await self._desk.write(change, f"arn:aws:iam::{change.account}:user/{name}", work)

    async def keys(self, account: str, name: str) -> tuple[User, list[KeyRow]]:
        """Return a user and its keys."""

        def work(tx: Transaction) -> tuple[User, list[KeyRow]]:
            user = self._desk.get(tx, User, account, name)
            return user, list(self._keys.of(tx, account, user.principal))

        return await self._desk.database.read(work)

    async def last_use(self, account: str, key_id: str) -> tuple[str | None, KeyUse | None]:
        """Return the name of a key's user, and when the key was last used."""

        def work(tx: Transaction) -> tuple[str | None, KeyUse | None]:
            owner = self._keys.owner(tx, key_id)
            if owner is None or owner[0] != account or not owner[1].startswith(USER):
                raise NoSuchEntity(wording.no_key(key_id))
            return owner[1].rpartition("/")[2], self._keys.used(tx, key_id)

        return await self._desk.database.read(work)

    async def note_use(self, key_id: str, use: KeyUse) -> None:
        """Keep when a key was used."""
        await self._desk.database.write(lambda tx: self._keys.note_use(tx, key_id, use))

    async def create_group(self, change: Change, name: str, path: str = "/") -> Group:
        """Make a group."""
        desk = self._desk
        group = Group(
            account=change.account,
            name=name,
            id=desk.new_id(Group),
            created_ms=desk.now_ms(),
            path=path,
        )

        def work(tx: Transaction) -> Group:
            desk.add(tx, group, most=desk.limits.groups, quota="GroupsPerAccount")
            return group

        return await desk.write(change, group.arn, work)

    async def update_group(
        self, change: Change, name: str, *, new_name: str | None, new_path: str | None
    ) -> None:
        """Give a group another name or path."""

        def renamed(tx: Transaction, old: Group) -> Group:
            new = replace(old, name=new_name or old.name, path=new_path or old.path)
            taken = self._desk.rows.get(tx, Group, change.account, new.name)
            if taken is not None and taken.id != old.id:
                raise EntityExists(wording.exists(Group, new.name))
            return new

        await self._desk.change_entity(change, Group, name, renamed)

    async def delete_group(self, change: Change, name: str) -> None:
        """Remove a group that has nobody and nothing any more."""

        def work(tx: Transaction) -> None:
            group = self._desk.get(tx, Group, change.account, name)
            if self._desk.rows.references(tx, "group", group.id):
                raise DeleteConflict(wording.USERS_FIRST)
            check_bare(group)
            self._desk.rows.delete(tx, group)

        await self._desk.write(change, f"arn:aws:iam::{change.account}:group/{name}", work)

    async def join(self, change: Change, group_name: str, user_name: str) -> None:
        """Put a user into a group; one who is there stays."""

        def joined(tx: Transaction, old: User) -> User:
            group = self._desk.get(tx, Group, change.account, group_name)
            if group.id in old.groups:
                return old
            most = self._desk.limits.groups_of_user
            if len(old.groups) >= most:
                raise LimitExceeded(wording.quota("GroupsPerUser", most))
            return replace(old, groups=(*old.groups, group.id))

        await self._desk.change_entity(change, User, user_name, joined)

    async def leave(self, change: Change, group_name: str, user_name: str) -> None:
        """Take a user out of a group."""

        def left(tx: Transaction, old: User) -> User:
            group = self._desk.get(tx, Group, change.account, group_name)
            if group.id not in old.groups:
                raise NoSuchEntity(
                    f"The user with name {old.name} is not in the group {group.name}."
                )
            return replace(old, groups=tuple(each for each in old.groups if each != group.id))

        await self._desk.change_entity(change, User, user_name, left)

    async def group_with_users(self, account: str, name: str) -> tuple[Group, list[User]]:
        """Return a group and who is in it."""

        def work(tx: Transaction) -> tuple[Group, list[User]]:
            group = self._desk.get(tx, Group, account, name)
            return group, self._desk.rows.referring(tx, User, "group", group.id)

        return await self._desk.database.read(work)

    async def groups_of(self, account: str, name: str) -> list[Group]:
        """Return the groups of a user."""

        def work(tx: Transaction) -> list[Group]:
            user = self._desk.get(tx, User, account, name)
            found = (self._desk.rows.by_id(tx, Group, each) for each in user.groups)
            return [group for group in found if group is not None]

        return await self._desk.database.read(work)

    def _own_key(self, tx: Transaction, account: str, name: str, key_id: str) -> None:
        user = self._desk.get(tx, User, account, name)
        if key_id not in {key.id for key in self._keys.of(tx, account, user.principal)}:
            raise NoSuchEntity(wording.no_key(key_id))


def _check_name(name: str) -> None:
    # Sessions name the account itself so.
    if name.lower() == RESERVED:
        raise InvalidInput(wording.RESERVED_USER)
