"""Browsers of the hosted pages as devices: they keep key and password in a cookie.

    register   a browser from which somebody has just signed in becomes a device of theirs
    find       the device that a browser is to whoever signs in now
    begin      its A
    prove      its claim, which the sign-in machine judges like that of any other device

One browser may be a device of several people; the newest few are kept.
Source: docs/behaviours/pages.md.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import region_of_pool, uuid4
from poolkeep.base.limits import DEVICES_PER_USER
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.devices import rules
from poolkeep.core.devices.model import Device
from poolkeep.core.devices.ports import DeviceRows
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.users.model import User
from poolkeep.core.users.names import login_key
from poolkeep.core.users.ports import Users
from poolkeep.crypto import base64url, srp, srp_client
from poolkeep.crypto.passwords import StoredVerifier

PASSWORD_BYTES: Final = 32
SALT_BYTES: Final = 16
KEPT_MAX: Final = 4
"""Devices that one browser remembers to be."""
NAME_CHARACTERS_MAX: Final = 128

_KEY: Final = re.compile(r"[a-z]{2}[a-z0-9-]{1,30}_[0-9a-f-]{36}", re.ASCII)
_PASSWORD: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class BrowserDevice(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser keeps of itself as one person's device."""

    key: str
    password: str

    def __repr__(self) -> str:
        """Never show the password."""
        return f"BrowserDevice(key={self.key!r})"


def read(cookie: str | None) -> tuple[BrowserDevice, ...]:
    """Return the devices that a browser says it is, newest first; what is malformed is not."""
    found = []
    for part in (cookie or "").split("~")[:KEPT_MAX]:
        key, _, password = part.partition(".")
        if _KEY.fullmatch(key) and _PASSWORD.fullmatch(password):
            found.append(BrowserDevice(key=key, password=password))
    return tuple(found)


def written(devices: Iterable[BrowserDevice]) -> str:
    """Return what a browser keeps: the newest few."""
    return "~".join(f"{one.key}.{one.password}" for one in [*devices][:KEPT_MAX])


class BrowserDevices:
    """Browsers of one region's users."""

    def __init__(
        self,
        *,
        database: Database,
        devices: DeviceRows,
        users: Users,
        clock: Clock,
        wall_clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Keep them with the other devices; proofs are dated by the machine's own clock."""
        self._database = database
        self._devices = devices
        self._users = users
        self._clock = clock
        self._wall_clock = wall_clock
        self._entropy = entropy

    async def find(
        self, pool: LoadedPool, name: str, known: tuple[BrowserDevice, ...]
    ) -> BrowserDevice | None:
        """Return which of a browser's devices is one of this user's; None for none."""
        if not known or not rules.tracks(pool):
            return None

        def work(tx: Transaction) -> BrowserDevice | None:
            user = self._users.find(tx, pool.pool.id, login_key(pool, name))
            if user is None:
                return None
            for one in known:
                if self._devices.get(tx, pool.pool.id, user.id, key=one.key) is not None:
                    return one
            return None

        return await self._database.read(work)

    async def register(
        self, pool: LoadedPool, client: AppClient, user: User, *, name: str, ip_address: str
    ) -> BrowserDevice | None:
        """Make a browser a remembered device of the user; None where that cannot be."""
        if not rules.tracks(pool):
            return None
        key = f"{region_of_pool(pool.pool.id)}_{uuid4(self._entropy)}"
        password = base64url.encode(self._entropy.bytes(PASSWORD_BYTES)).decode()
        group_key = rules.identity(pool, key).group_key
        salt = int.from_bytes(self._entropy.bytes(SALT_BYTES), "big")
        proof = srp.verifier(srp.private_value(group_key, key, password, salt))
        now_ms = self._clock.now_ms()
        device = Device(
            pool_id=pool.pool.id,
            user_id=user.id,
            key=key,
            group_key=group_key,
            name=name[:NAME_CHARACTERS_MAX].replace("\0", "") or None,
            secret=rules.seal_verifier(pool, user.id, key, verifier=StoredVerifier(salt, v=proof)),
            remembered=True,
            created_ms=now_ms,
            modified_ms=now_ms,
            authenticated_ms=now_ms,
            tokens_end_ms=rules.tokens_end_ms(client, now_ms),
            last_ip=ip_address,
        )

        def save(tx: Transaction) -> bool:
            self._devices.make_room(
                tx, pool.pool.id, user.id, keep=DEVICES_PER_USER - 1, now_ms=now_ms
            )
            return self._devices.insert(tx, device)

        saved = await self._database.write(save)
        return BrowserDevice(key=key, password=password) if saved else None

    def begin(self) -> srp_client.ClientStep:
        """Return the first move of a proof."""
        return srp_client.start(self._entropy)

    def prove(
        self,
        pool: LoadedPool,
        device: BrowserDevice,
        step: srp_client.ClientStep,
        *,
        told: Mapping[str, str],
    ) -> dict[str, str]:
        """Return the device's answer to what the machine has told it."""
        return srp_client.answers(
            step,
            told,
            place=rules.identity(pool, device.key).group_key,
            name=device.key,
            password=device.password,
            now_ms=self._wall_clock.now_ms(),
        )
