"""What devices need from a store."""

from typing import Protocol

from poolkeep.base.transaction import Transaction
from poolkeep.core.devices.model import Device, Standing


class DeviceRows(Protocol):
    """Devices by user and key. Every method runs inside a transaction."""

    def insert(self, tx: Transaction, device: Device) -> bool:
        """Store a new device; False when the key was ever taken, or the user is gone."""
        ...

    def get(self, tx: Transaction, pool_id: str, user_id: str, *, key: str) -> Device | None:
        """Return a device of the user."""
        ...

    def standing(self, tx: Transaction, pool_id: str, user_id: str, *, key: str) -> Standing | None:
        """Return what is known of a key, forgotten ones included."""
        ...

    def page(
        self, tx: Transaction, pool_id: str, user_id: str, *, after: tuple[int, str], limit: int
    ) -> list[Device]:
        """Return the user's devices after (created_ms, key), oldest first."""
        ...

    def make_room(
        self, tx: Transaction, pool_id: str, user_id: str, *, keep: int, now_ms: int
    ) -> None:
        """Forget all but `keep` devices: those not remembered first, then those longest unused."""
        ...

    def set_remembered(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        key: str,
        remembered: bool,
        now_ms: int,
    ) -> bool:
        """Say whether a device counts as its user's; False when there is no such device."""
        ...

    def forget(self, tx: Transaction, pool_id: str, user_id: str, *, key: str, now_ms: int) -> bool:
        """Drop a device and keep its key from coming back; False when there is no such device."""
        ...

    def seen(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        key: str,
        at_ms: int,
        ip_address: str,
        tokens_end_ms: int,
        if_remembered: bool,
    ) -> bool:
        """Note a sign-in from a device; False when there is no such device.

        Nor is there one, for `if_remembered`, that does not count as its user's any more.
        """
        ...
