"""Devices, wired."""

from poolkeep.compose.kit import Kit
from poolkeep.core.devices.service import DeviceService
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
