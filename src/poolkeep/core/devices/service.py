"""Devices: confirmed, listed, remembered and forgotten, by their users and by administrators."""

from typing import NamedTuple

from poolkeep.base.clock import Clock
from poolkeep.base.limits import DEVICES_PER_USER
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import (
    DeviceKeyExists,
    InvalidParameter,
    InvalidUserPoolConfiguration,
    ResourceNotFound,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.devices import rules, wording
from poolkeep.core.devices.model import Confirmation, Device, Standing
from poolkeep.core.devices.ports import DeviceRows
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.tokens.model import Caller
from poolkeep.core.users.model import User
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import find_user


class DevicePage(NamedTuple):
    """Devices of one page with their pool and user, and where the next page begins."""

    pool: UserPool
    user: User
    devices: list[Device]
    next_token: str | None


class UserDevice(NamedTuple):
    """A device with its pool and user."""

    pool: UserPool
    user: User
    device: Device


class DeviceService:
    """Devices of one region's users."""

    def __init__(
        self,
        *,
        database: Database,
        devices: DeviceRows,
        users: Users,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        page_tokens: PageTokens,
    ) -> None:
        """Take what the use cases need."""
        self._database = database
        self._devices = devices
        self._users = users
        self._book = book
        self._audit = audit
        self._clock = clock
        self._page_tokens = page_tokens

    # ------------------------------------------------------------------ by the user

    async def confirm(self, caller: Caller, command: Confirmation, *, ip_address: str) -> bool:
        """Confirm the device that the caller's sign-in made known; tell whether to ask the user.

        Refuses a key that came with another sign-in, one that was confirmed before, and one that
        was forgotten.
        """
        pool, user = caller.pool, caller.user
        _demand_tracking(pool)
        if "\0" in (command.name or ""):  # PostgreSQL has no such text
            raise InvalidParameter(wording.NUL_IN_NAME)
        verifier = rules.read_verifier(command.salt, command.password_verifier)
        now_ms = self._clock.now_ms()
        waits = rules.waits_for_user(pool)
        device = Device(
            pool_id=pool.pool.id,
            user_id=user.id,
            key=command.key,
            group_key=rules.identity(pool, command.key).group_key,
            name=command.name,
            secret=rules.seal_verifier(pool, user.id, command.key, verifier=verifier),
            remembered=not waits,
            created_ms=now_ms,
            modified_ms=now_ms,
            authenticated_ms=now_ms,
            tokens_end_ms=rules.tokens_end_ms(caller.client, now_ms),
            last_ip=ip_address,
        )

        def save(tx: Transaction) -> None:
            standing = self._devices.standing(tx, pool.pool.id, user.id, key=command.key)
            if standing is Standing.CONFIRMED:
                raise DeviceKeyExists(wording.KEY_EXISTS)
            if standing is Standing.FORGOTTEN or caller.claims.device_key != command.key:
                raise InvalidParameter(wording.INVALID_KEY)
            self._devices.make_room(
                tx, pool.pool.id, user.id, keep=DEVICES_PER_USER - 1, now_ms=now_ms
            )
            if not self._devices.insert(tx, device):  # a race, or the user is gone
                raise DeviceKeyExists(wording.KEY_EXISTS)

        await self._database.write(save)
        return waits

    async def get(self, caller: Caller, key: str) -> UserDevice:
        """Return a device of the caller."""
        return await self._get(caller.pool, caller.user, key)

    async def list(self, caller: Caller, *, limit: int, pagination_token: str | None) -> DevicePage:
        """Return a page of the caller's devices, oldest first."""
        _demand_tracking(caller.pool)
        return await self._page(
            caller.pool, caller.user, limit=limit, pagination_token=pagination_token
        )

    async def forget(self, caller: Caller, key: str) -> None:
        """Drop a device of the caller: it proves nothing any more, and its tokens end."""
        _demand_tracking(caller.pool)
        await self._database.write(
            lambda tx: self._forget(tx, caller.pool, caller.user.id, key=key)
        )

    async def set_status(self, caller: Caller, key: str, status: str | None) -> None:
        """Remember a device of the caller, or not; without a status nothing changes."""
        _demand_tracking(caller.pool)
        await self._database.write(
            lambda tx: self._set_status(tx, caller.pool, caller.user.id, key=key, status=status)
        )

    # ---------------------------------------------------------- by an administrator

    async def admin_get(self, actor: Actor, pool_id: str, *, username: str, key: str) -> UserDevice:
        """Return a device of a user."""
        pool, user = await self._user(actor, pool_id, username)
        return await self._get(pool, user, key)

    async def admin_list(
        self,
        actor: Actor,
        pool_id: str,
        *,
        username: str,
        limit: int,
        pagination_token: str | None,
    ) -> DevicePage:
        """Return a page of a user's devices, oldest first."""
        pool, user = await self._user(actor, pool_id, username)
        return await self._page(pool, user, limit=limit, pagination_token=pagination_token)

    async def admin_forget(self, actor: Actor, pool_id: str, *, username: str, key: str) -> None:
        """Drop a device of a user."""
        pool = await self._pool(actor, pool_id)

        def save(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            self._forget(tx, pool, user.id, key=key)
            self._record(tx, actor, "AdminForgetDevice", pool, {"user": user.id, "device": key})

        await self._database.write(save)

    async def admin_set_status(
        self, actor: Actor, pool_id: str, *, username: str, key: str, status: str | None
    ) -> None:
        """Remember a device of a user, or not."""
        pool = await self._pool(actor, pool_id)

        def save(tx: Transaction) -> None:
            user = find_user(tx, self._users, pool, username)
            self._set_status(tx, pool, user.id, key=key, status=status)
            if status is not None:
                detail = {"user": user.id, "device": key, "status": status}
                self._record(tx, actor, "AdminUpdateDeviceStatus", pool, detail)

        await self._database.write(save)

    # ------------------------------------------------------------------------ parts

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        pool = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
        _demand_tracking(pool)
        return pool

    async def _user(self, actor: Actor, pool_id: str, username: str) -> tuple[LoadedPool, User]:
        pool = await self._pool(actor, pool_id)
        user = await self._database.read(lambda tx: find_user(tx, self._users, pool, username))
        return pool, user

    async def _get(self, pool: LoadedPool, user: User, key: str) -> UserDevice:
        _demand_tracking(pool)
        device = await self._database.read(
            lambda tx: self._devices.get(tx, pool.pool.id, user.id, key=key)
        )
        if device is None:
            raise ResourceNotFound(wording.NO_DEVICE)
        return UserDevice(pool.pool, user, device)

    async def _page(
        self, pool: LoadedPool, user: User, *, limit: int, pagination_token: str | None
    ) -> DevicePage:
        scope = f"ListDevices/{pool.pool.id}/{user.id}"
        position = "0/"
        if pagination_token is not None:
            position = self._page_tokens.read(pagination_token, scope, self._clock.now_ms())
        time, _, key = position.partition("/")
        found = await self._database.read(
            lambda tx: self._devices.page(
                tx, pool.pool.id, user.id, after=(int(time), key), limit=limit + 1
            )
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._page_tokens.issue(scope, f"{last.created_ms}/{last.key}")
        return DevicePage(pool.pool, user, found[:limit], token)

    def _forget(self, tx: Transaction, pool: LoadedPool, user_id: str, *, key: str) -> None:
        now_ms = self._clock.now_ms()
        if not self._devices.forget(tx, pool.pool.id, user_id, key=key, now_ms=now_ms):
            raise ResourceNotFound(wording.NO_DEVICE)

    def _set_status(
        self, tx: Transaction, pool: LoadedPool, user_id: str, *, key: str, status: str | None
    ) -> None:
        if status is None:
            found = self._devices.get(tx, pool.pool.id, user_id, key=key) is not None
        else:
            found = self._devices.set_remembered(
                tx,
                pool.pool.id,
                user_id,
                key=key,
                remembered=status == rules.REMEMBERED,
                now_ms=self._clock.now_ms(),
            )
        if not found:
            raise ResourceNotFound(wording.NO_DEVICE)

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


def _demand_tracking(pool: LoadedPool) -> None:
    if not rules.tracks(pool):
        raise InvalidUserPoolConfiguration(wording.not_tracked(pool.pool.id))
