"""Sign-in for devices without a browser (RFC 8628). Strict profile only.

    the device asks ─▶ pending ─▶ its user signs in elsewhere and agrees ─▶ granted ─▶ used
                          └─▶ denied

The device polls with a long code that nobody guesses. The short code that its user types is
guessed against: wrong ones are counted by address, and a grant lives ten minutes.
"""

import hashlib
from typing import Final, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy, text
from poolkeep.base.refusal import TooManyRequests
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth.model import AuthorizationRequest, Code
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto import base64url

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:device_code"
LIFE_S: Final = 600
INTERVAL_S: Final = 5
SLOWER_S: Final = 5
"""What `slow_down` adds (RFC 8628, 3.5)."""
ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words, and no digits that look like letters (RFC 8628, 6.1)."""
USER_CODE_CHARACTERS: Final = 8
HALF: Final = 4
MS_PER_S: Final = 1_000
DEVICE_BYTES: Final = 32
INSERTS_MAX: Final = 5
TRIES_MAX: Final = 10
"""Wrong user codes from one address in a minute; 20^8 codes leave a guesser nothing."""
WINDOW_MS: Final = 60_000
COUNTED_MAX: Final = 10_000
PURPOSE: Final = "oauth"

PENDING: Final = "pending"
GRANTED: Final = "granted"
DENIED: Final = "denied"


class DeviceGrant(msgspec.Struct, frozen=True):
    """A device that waits. `sealed` is the request, or once granted the code's contents."""

    device_hash: bytes
    user_code_hash: bytes
    client_id: str
    state: str
    sealed: bytes
    polled_ms: int
    interval_s: int
    expires_ms: int


class DeviceGrants(Protocol):
    """Grants, by the hashes of their two codes."""

    def insert(self, tx: Transaction, pool_id: str, grant: DeviceGrant) -> bool:
        """Add a grant; False when its user code is taken."""
        ...

    def by_device(self, tx: Transaction, pool_id: str, device_hash: bytes) -> DeviceGrant | None:
        """Return a grant by the device's code."""
        ...

    def by_user_code(
        self, tx: Transaction, pool_id: str, user_code_hash: bytes
    ) -> DeviceGrant | None:
        """Return a grant by the code that its user reads."""
        ...

    def decide(
        self,
        tx: Transaction,
        pool_id: str,
        device_hash: bytes,
        *,
        state: str,
        sealed: bytes,
        now_ms: int,
    ) -> bool:
        """Grant or deny what is pending; False when it is not, or is too old."""
        ...

    def use(self, tx: Transaction, pool_id: str, device_hash: bytes, *, now_ms: int) -> bool:
        """Use up what was granted; False when it was not, or was used."""
        ...

    def polled(
        self, tx: Transaction, pool_id: str, device_hash: bytes, *, at_ms: int, interval_s: int
    ) -> None:
        """Note that the device asked, and how long it is to wait from now on."""
        ...


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is told: its own code, and the one for its user."""

    device_code: str
    user_code: str
    expires_in_s: int = LIFE_S
    interval_s: int = INTERVAL_S

    def __repr__(self) -> str:
        """Never show a code."""
        return "Opened(***)"


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A grant that waits for its user's word since `opened_ms`."""

    device_hash: bytes
    request: AuthorizationRequest
    opened_ms: int


class DeviceAuthorizations:
    """Devices of every pool of a region."""

    def __init__(
        self, *, database: Database, rows: DeviceGrants, clock: Clock, entropy: Entropy
    ) -> None:
        """Keep grants in `database`."""
        self._database = database
        self._rows = rows
        self._clock = clock
        self._entropy = entropy
        self._tries: dict[str, tuple[int, int]] = {}

    async def open(self, pool: LoadedPool, request: AuthorizationRequest) -> Opened:
        """Begin: `request` holds the client and the scopes that were judged already."""
        for _ in range(INSERTS_MAX):
            device_code = base64url.encode(self._entropy.bytes(DEVICE_BYTES)).decode()
            letters = text(self._entropy, ALPHABET, USER_CODE_CHARACTERS)
            device_hash = _hash(device_code)
            grant = DeviceGrant(
                device_hash,
                _hash(letters),
                request.client_id,
                PENDING,
                _seal(pool, device_hash, msgspec.json.encode(request)),
                0,
                INTERVAL_S,
                self._clock.now_ms() + LIFE_S * MS_PER_S,
            )
            if await self._inserted(pool, grant):
                return Opened(device_code=device_code, user_code=spelled(letters))
        raise TooManyRequests("No user code is free.")

    async def _inserted(self, pool: LoadedPool, grant: DeviceGrant) -> bool:
        return await self._database.write(lambda tx: self._rows.insert(tx, pool.pool.id, grant))

    async def pending(self, pool: LoadedPool, user_code: str, *, ip_address: str) -> Pending | None:
        """Return what a user code asks for; None for a wrong, decided or old one.

        Refuses TooManyRequests after too many wrong ones from an address.
        """
        now_ms = self._clock.now_ms()
        count, ends_ms = self._tries.get(ip_address, (0, 0))
        if ends_ms <= now_ms:
            count, ends_ms = 0, now_ms + WINDOW_MS
        if count >= TRIES_MAX:
            raise TooManyRequests("Too many codes were tried. Wait a minute.")
        # Counted before anybody looks: guesses may come at one moment. A right one is none.
        if len(self._tries) >= COUNTED_MAX:
            self._tries.clear()
        self._tries[ip_address] = (count + 1, ends_ms)
        code = spelled(user_code).replace("-", "")
        grant = await self._database.read(
            lambda tx: self._rows.by_user_code(tx, pool.pool.id, _hash(code))
        )
        if grant is None or grant.state != PENDING or grant.expires_ms <= now_ms:
            return None
        counted, until_ms = self._tries.get(ip_address, (1, ends_ms))
        self._tries[ip_address] = (max(0, counted - 1), until_ms)
        plain = _open(pool, grant)
        request = msgspec.json.decode(plain, type=AuthorizationRequest)
        opened_ms = grant.expires_ms - LIFE_S * MS_PER_S
        return Pending(device_hash=grant.device_hash, request=request, opened_ms=opened_ms)

    async def grant(self, pool: LoadedPool, pending: Pending, code: Code) -> bool:
        """Let the device have what its user agreed to; False when it was decided already."""
        return await self._decide(pool, pending, GRANTED, msgspec.json.encode(code))

    async def deny(self, pool: LoadedPool, pending: Pending) -> bool:
        """Let the device have nothing; False when it was decided already."""
        return await self._decide(pool, pending, DENIED, b"{}")

    async def _decide(
        self, pool: LoadedPool, pending: Pending, state: str, contents: bytes
    ) -> bool:
        sealed = _seal(pool, pending.device_hash, contents)
        now_ms = self._clock.now_ms()
        return await self._database.write(
            lambda tx: self._rows.decide(
                tx,
                pool.pool.id,
                pending.device_hash,
                state=state,
                sealed=sealed,
                now_ms=now_ms,
            )
        )

    async def redeem(self, pool: LoadedPool, client_id: str, device_code: str) -> Code:
        """Answer a device that polls: what its user agreed to, once.

        Refuses `authorization_pending`, `slow_down`, `access_denied`, `expired_token`, and
        `invalid_grant` for a code that is unknown, used or another client's.
        """
        device_hash = _hash(device_code)
        now_ms = self._clock.now_ms()
        grant = await self._database.read(
            lambda tx: self._rows.by_device(tx, pool.pool.id, device_hash)
        )
        if grant is None or grant.client_id != client_id:
            raise OAuthRefusal("invalid_grant", "The device code is not known.")
        if grant.expires_ms <= now_ms:
            raise OAuthRefusal("expired_token", "The device code has expired.")
        if grant.state == PENDING:
            await self._wait(pool, grant, now_ms)
        if grant.state == DENIED:
            raise OAuthRefusal("access_denied", "The user did not agree.")
        used = await self._database.write(
            lambda tx: self._rows.use(tx, pool.pool.id, device_hash, now_ms=now_ms)
        )
        if not used:
            raise OAuthRefusal("invalid_grant", "The device code was used before.")
        return msgspec.json.decode(_open(pool, grant), type=Code)

    async def _wait(self, pool: LoadedPool, grant: DeviceGrant, now_ms: int) -> None:
        """Tell the device to ask again, and more slowly if it asks too often."""
        too_soon = now_ms - grant.polled_ms < grant.interval_s * MS_PER_S
        interval_s = grant.interval_s + (SLOWER_S if too_soon else 0)
        await self._database.write(
            lambda tx: self._rows.polled(
                tx, pool.pool.id, grant.device_hash, at_ms=now_ms, interval_s=interval_s
            )
        )
        if too_soon:
            raise OAuthRefusal("slow_down", f"Ask every {interval_s} seconds.")
        raise OAuthRefusal("authorization_pending", "The user has not agreed yet.")


def spelled(user_code: str) -> str:
    """Return a user code as devices show it, whatever case and blanks it was typed with."""
    letters = "".join(letter for letter in user_code.upper() if letter in ALPHABET)
    return f"{letters[:HALF]}-{letters[HALF:]}" if len(letters) > HALF else letters


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def _context(pool: LoadedPool, device_hash: bytes) -> str:
    return f"device_grants/{pool.pool.id}/{device_hash.hex()}"


def _seal(pool: LoadedPool, device_hash: bytes, plain: bytes) -> bytes:
    return pool.keys.seal(PURPOSE, plain, context=_context(pool, device_hash))


def _open(pool: LoadedPool, grant: DeviceGrant) -> bytes:
    return pool.keys.open(PURPOSE, grant.sealed, context=_context(pool, grant.device_hash))
