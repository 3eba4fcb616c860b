"""What is known of a user's factors, loaded only when a step asks for it.

A member is UNSET while nobody has looked; then None, or what was found. A sign-in by password
alone loads nothing here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.devices.model import Device
from poolkeep.core.factors.model import SoftwareToken
from poolkeep.core.passkeys.model import Passkey
from poolkeep.core.pools.loaded import LoadedPool


class Need(StrEnum):
    """Members of `Evidence`, by name."""

    SOFTWARE_TOKEN = "software_token"
    DEVICE = "device"
    PASSKEYS = "passkeys"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Factors as stored; `device` is the one that the caller named."""

    software_token: SoftwareToken | msgspec.UnsetType | None = msgspec.UNSET
    device: Device | msgspec.UnsetType | None = msgspec.UNSET
    passkeys: tuple[Passkey, ...] | msgspec.UnsetType = msgspec.UNSET

    def lacks(self, need: Need) -> bool:
        """Tell whether nobody has looked yet."""
        return getattr(self, need) is msgspec.UNSET

    def with_found(self, need: Need, found: object) -> "Evidence":
        """Return the evidence after somebody has looked."""
        return msgspec.structs.replace(self, **{need.value: found})


class Loader(Protocol):
    """Looks up one need of one user."""

    def __call__(
        self, tx: Transaction, *, pool: LoadedPool, user_id: str, device_key: str | None
    ) -> object:
        """Return what is stored; `device_key` is the device that the caller named."""
        ...


Loaders: TypeAlias = Mapping[Need, Loader]
