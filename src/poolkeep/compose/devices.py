"""Devices, wired: their service, and what sign-in looks up and leaves behind of them."""

from poolkeep.base.refusal import ResourceNotFound
from poolkeep.base.transaction import Transaction
from poolkeep.compose.kit import Kit
from poolkeep.core.devices import wording
from poolkeep.core.devices.browsers import BrowserDevices
from poolkeep.core.devices.model import Device
from poolkeep.core.devices.service import DeviceService
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin.challenges.device_password_verifier import DeviceSeen
from poolkeep.storage.stores.devices import SqlDevices


def build_devices(kit: Kit) -> DeviceService:
    """Wire devices over the kit."""
    return DeviceService(
        database=kit.database,
        devices=SqlDevices(),
        users=kit.users,
        book=kit.book,
        audit=kit.audit,
        clock=kit.clock,
        page_tokens=kit.page_tokens,
    )


def build_browser_devices(kit: Kit) -> BrowserDevices:
    """Wire the browsers of the hosted pages."""
    return BrowserDevices(
        database=kit.database,
        devices=SqlDevices(),
        users=kit.users,
        clock=kit.clock,
        wall_clock=kit.wall_clock,
        entropy=kit.entropy,
    )


def load_device(
    tx: Transaction, *, pool: LoadedPool, user_id: str, device_key: str | None
) -> Device | None:
    """Return the device that the caller of a sign-in names, if the user has it."""
    if device_key is None or "\0" in device_key:  # PostgreSQL's text has no NUL
        return None
    return SqlDevices().get(tx, pool.pool.id, user_id, key=device_key)


def write_seen(tx: Transaction, pool: LoadedPool, user_id: str, mark: DeviceSeen) -> None:
    """Note a sign-in from a device; refuses where the sign-in rests on what has changed."""
    stands = SqlDevices().seen(
        tx,
        pool.pool.id,
        user_id,
        key=mark.key,
        at_ms=mark.at_ms,
        ip_address=mark.ip_address,
        tokens_end_ms=mark.tokens_end_ms,
        if_remembered=mark.remembered,
    )
    if mark.must_stand and not stands:
        raise ResourceNotFound(wording.NO_DEVICE)
