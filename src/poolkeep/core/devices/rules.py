"""When a device is new, known, or enough. Pure. Source: docs/behaviours/devices.md.

A new device costs no row. Its key is in the claims of the access token that came with it, which
is what ConfirmDevice asks for; its group key follows from pool and key. The group key is no
secret: it is a part of the name under which the device proves its password.
"""

import base64
import binascii
import hashlib
from typing import Final

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import BASE62, region_of_pool, uuid4
from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.devices import wording
from poolkeep.core.devices.model import Device, NewDevice, Standing
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import token_validity_s
from poolkeep.crypto.envelope import Purpose
from poolkeep.crypto.group import N
from poolkeep.crypto.passwords import StoredVerifier

REMEMBERED: Final = "remembered"
NOT_REMEMBERED: Final = "not_remembered"
GROUP_CHARACTERS: Final = 8
SALT_BYTES_MAX: Final = 64
VERIFIER_BYTES_MAX: Final = 1 + 384
"""N has 384 bytes; clients put a zero byte before a first bit of 1."""

MS_PER_S: Final = 1_000


def tracks(pool: LoadedPool) -> bool:
    """Tell whether the pool tracks devices at all."""
    return pool.pool.settings.device_configuration is not None


def waits_for_user(pool: LoadedPool) -> bool:
    """Tell whether a confirmed device is remembered only once its user says so."""
    settings = pool.pool.settings.device_configuration
    return settings is not None and settings.device_only_remembered_on_user_prompt is True


def replaces_second_factor(pool: LoadedPool) -> bool:
    """Tell whether only new devices are asked for a second factor."""
    settings = pool.pool.settings.device_configuration
    return settings is not None and settings.challenge_required_on_new_device is True


def new_device(pool: LoadedPool, known_key: str | None, entropy: Entropy) -> NewDevice | None:
    """Return the identity for a device that the pool does not know; None where none is tracked."""
    if known_key is not None or not tracks(pool):
        return None
    return identity(pool, f"{region_of_pool(pool.pool.id)}_{uuid4(entropy)}")


def identity(pool: LoadedPool, key: str) -> NewDevice:
    """Return a key with its group key, which is always the same."""
    number = int.from_bytes(hashlib.sha256(f"{pool.pool.id}/{key}".encode()).digest(), "big")
    characters = []
    for _ in range(GROUP_CHARACTERS):
        number, place = divmod(number, len(BASE62))
        characters.append(BASE62[place])
    return NewDevice(key=key, group_key="-" + "".join(characters))


def may_refresh(bound: str | None, named: str | None, standing: Standing | None) -> bool:
    """Tell whether a refresh token bound to one device may be used by who names another, or none.

    `standing` is that of the bound device, else of the named one. Clients that never confirm
    their device never name it.
    """
    if standing is Standing.FORGOTTEN:
        return False
    if bound is None or named == bound:
        return True
    return named is None and standing is None


def tokens_end_ms(client: AppClient, now_ms: int) -> int:
    """Return when the last token ends that a sign-in of now can lead to."""
    access_s, _, refresh_s = token_validity_s(client)
    return now_ms + (access_s + refresh_s) * MS_PER_S


def read_verifier(salt: str | None, verifier: str | None) -> StoredVerifier | None:
    """Return what the client made of its device's password; None when it sent nothing.

    Refuses what is no number of the group, and 1 and N - 1, which everybody can prove.
    """
    if salt is None and verifier is None:
        return None
    found = StoredVerifier(_number(salt, SALT_BYTES_MAX), v=_number(verifier, VERIFIER_BYTES_MAX))
    if not 1 < found.v < N - 1:
        raise InvalidParameter(wording.INVALID_VERIFIER)
    return found


def seal_verifier(
    pool: LoadedPool, user_id: str, key: str, *, verifier: StoredVerifier | None
) -> bytes | None:
    """Return a verifier as it is stored."""
    if verifier is None:
        return None
    return pool.keys.seal(Purpose.DEVICE, verifier.encode(), context=_place(pool, user_id, key))


def stored_verifier(pool: LoadedPool, device: Device) -> StoredVerifier | None:
    """Return a device's verifier; None for a device without a password."""
    if device.secret is None:
        return None
    place = _place(pool, device.user_id, device.key)
    return StoredVerifier.decode(pool.keys.open(Purpose.DEVICE, device.secret, context=place))


def _number(text: str | None, bytes_max: int) -> int:
    try:
        data = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidParameter(wording.INVALID_VERIFIER) from None
    if not 0 < len(data) <= bytes_max:
        raise InvalidParameter(wording.INVALID_VERIFIER)
    return int.from_bytes(data, "big")


def _place(pool: LoadedPool, user_id: str, key: str) -> str:
    return f"devices/{pool.pool.id}/{user_id}/{key}"
