"""Sign-ins that wait for a device whose client sends no Session.

DEVICE_SRP_AUTH may be answered with nothing but user, device and A; several clients do so. The
handle is then found by user, client and device, and only for the address that was asked. It is
no less a handle for that: it is good once, and leads nowhere without the device's password.
Source: docs/behaviours/devices.md.
"""

from typing import Protocol

from poolkeep.base.refusal import InvalidParameter
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges import device_srp_auth
from poolkeep.core.signin.commands import Respond
from poolkeep.core.signin.course import Course
from poolkeep.core.signin.entrance import handle_of
from poolkeep.core.signin.marks import Mark
from poolkeep.core.users.names import login_key
from poolkeep.crypto.envelope import Purpose


class DeviceAwaited(Mark, frozen=True, kw_only=True):
    """A handle that a device may ask for; the newest of each device is kept."""

    client_id: str
    device_key: str
    source_ip: str
    handle: bytes
    expires_ms: int


class WaitingRows(Protocol):
    """Waiting sign-ins by user, client and device."""

    def wait(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        client_id: str,
        device_key: str,
        source_ip: str,
        handle: bytes,
        expires_ms: int,
    ) -> None:
        """Keep the newest sign-in that waits for a device."""
        ...

    def waiting(
        self,
        tx: Transaction,
        pool_id: str,
        login_key: str,
        *,
        client_id: str,
        device_key: str,
        source_ip: str,
    ) -> tuple[str, bytes] | None:
        """Return the sub of the user and the handle of the sign-in that waits for a device."""
        ...


class Waiting:
    """Keeps handles for devices, sealed: who reads the store must not be able to answer."""

    def __init__(self, *, database: Database, rows: WaitingRows) -> None:
        """Keep them in `rows`."""
        self._database = database
        self._rows = rows

    async def handle(self, pool: LoadedPool, client_id: str, command: Respond) -> bytes:
        """Return the sealed handle that an answer is to, also where it brings none."""
        if command.challenge != device_srp_auth.NAME or command.session is not None:
            return handle_of(command)
        answers = command.answers
        device_key = answers.get("DEVICE_KEY")
        if not device_key:
            raise InvalidParameter(wording.missing("DEVICE_KEY"))
        key = login_key(pool, answers["USERNAME"])
        found = await self._database.read(
            lambda tx: self._rows.waiting(
                tx,
                pool.pool.id,
                key,
                client_id=client_id,
                device_key=device_key,
                source_ip=command.origin.ip_address,
            )
        )
        if found is None:
            raise InvalidParameter(wording.missing("Session"))
        user_id, sealed = found
        place = _place(pool, user_id, client_id, device_key=device_key)
        return pool.keys.open(Purpose.DEVICE, sealed, context=place)

    def write(self, tx: Transaction, pool: LoadedPool, user_id: str, mark: DeviceAwaited) -> None:
        """Keep a handle."""
        place = _place(pool, user_id, mark.client_id, device_key=mark.device_key)
        self._rows.wait(
            tx,
            pool.pool.id,
            user_id,
            client_id=mark.client_id,
            device_key=mark.device_key,
            source_ip=mark.source_ip,
            handle=pool.keys.seal(Purpose.DEVICE, mark.handle, context=place),
            expires_ms=mark.expires_ms,
        )


def awaited(attempt: Attempt, course: Course, sealed: bytes) -> DeviceAwaited:
    """Return the mark of a question to a device, whose sealed handle this is."""
    return DeviceAwaited(
        client_id=attempt.client_id,
        device_key=attempt.named_device or "",
        source_ip=course.origin.ip_address,
        handle=sealed,
        expires_ms=attempt.expires_ms,
    )


def _place(pool: LoadedPool, user_id: str, client_id: str, *, device_key: str) -> str:
    return f"device_sign_ins/{pool.pool.id}/{user_id}/{client_id}/{device_key}"
