"""Session handles: an attempt, sealed, in the caller's keeping.

The envelope is bound to pool and client; who it is for and which challenge it awaits stand inside
and are checked against the answer. Whether a handle was used up stands in the store.

Handles come in few lengths, so that none tells how long what it holds is, nor whether there is
anybody behind it.

A `Session` has 2,048 characters at most. An attempt that is larger, as the functions of custom
authentication may make it, is put into the store, sealed all the same; its handle only names it.
"""

import base64
import binascii
from typing import Final

import msgspec

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import VERSION, Attempt
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose

SEALED_BYTES_MAX: Final = 1500
"""2,000 characters of base64, a little less than a `Session` may have."""

ROOMS: Final = (640, 1400)
"""Lengths of what is sealed: the second has room for the numbers of SRP, and fits a `Session`."""

_LENGTH_BYTES: Final = 4
_USER_ID_BYTES: Final = 37
"""What the id of a user takes more than nobody's."""

_ADDRESSED: Final = 0
"""What a handle begins with where a client's id comes first; no envelope begins so."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Attempt)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt for the store: sealed, by the name that its handle bears."""

    handle: str
    sealed: bytes
    expires_ms: int


def seal(pool: LoadedPool, attempt: Attempt) -> bytes:
    """Return the bytes of a handle."""
    return _seal(pool, attempt, _context(pool, attempt.client_id))


def seal_within(
    pool: LoadedPool, attempt: Attempt, bytes_max: int = SEALED_BYTES_MAX
) -> tuple[bytes, Kept | None]:
    """Return the bytes of a handle, and what must be put into the store lest they be too many."""
    sealed = seal(pool, attempt)
    if len(sealed) <= bytes_max:
        return sealed, None
    name = Attempt(
        handle=attempt.handle,
        kept=True,
        flow=attempt.flow,
        client_id=attempt.client_id,
        name="",
        username=attempt.username,
        user_id=attempt.user_id,
        started_ms=attempt.started_ms,
        expires_ms=attempt.expires_ms,
        event_id=attempt.event_id,
    )
    kept = Kept(
        handle=attempt.handle,
        sealed=_seal(pool, attempt, _kept_context(pool, attempt)),
        expires_ms=attempt.expires_ms,
    )
    return seal(pool, name), kept


def unseal(pool: LoadedPool, client_id: str, sealed: bytes, now_ms: int) -> Attempt:
    """Return the attempt; refuses a handle that is foreign, damaged or too old."""
    return _open(pool, client_id, sealed, context=_context(pool, client_id), now_ms=now_ms)


def unseal_kept(pool: LoadedPool, named: Attempt, sealed: bytes | None, now_ms: int) -> Attempt:
    """Return the attempt that a handle names; refuses one that the store does not have."""
    if sealed is None:
        raise NotAuthorized(wording.SESSION_INVALID)
    context = _kept_context(pool, named)
    return _open(pool, named.client_id, sealed, context=context, now_ms=now_ms)


def to_text(sealed: bytes, client_id: str | None = None) -> str:
    """Return the form of the `Session` member: base64url without padding.

    With a client's id before it, for the operations that take a session and name no client.
    """
    if client_id is not None:
        address = client_id.encode("ascii")
        sealed = bytes((_ADDRESSED, len(address))) + address + sealed
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def from_text(session: str) -> bytes:
    """Return the bytes of a `Session`; refuses every spelling but our own."""
    return _parts(session)[1]


def client_of(session: str) -> str | None:
    """Return the client that a `Session` says it belongs to, unproven; None where it says none."""
    return _parts(session)[0]


def _parts(session: str) -> tuple[str | None, bytes]:
    try:
        whole = base64.urlsafe_b64decode(session + "=" * (-len(session) % 4))
        if to_text(whole) != session:
            raise NotAuthorized(wording.SESSION_INVALID)
        if whole[:1] != bytes((_ADDRESSED,)):
            return None, whole
        end = 2 + whole[1]
        return whole[2:end].decode("ascii"), whole[end:]
    except (binascii.Error, ValueError, IndexError):
        raise NotAuthorized(wording.SESSION_INVALID) from None


def _seal(pool: LoadedPool, attempt: Attempt, context: str) -> bytes:
    return pool.keys.seal_salted(Purpose.SESSION, _filled(attempt), context=context)


def _filled(attempt: Attempt) -> bytes:
    """Return the attempt's bytes, their number before them and zeros after."""
    encoded = _encoder.encode(attempt)
    taken = len(encoded) + (_USER_ID_BYTES if attempt.user_id is None else 0)
    room = next((room for room in ROOMS if taken <= room), taken)
    return len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded.ljust(room, b"\0")


def _open(pool: LoadedPool, client_id: str, sealed: bytes, *, context: str, now_ms: int) -> Attempt:
    try:
        filled = pool.keys.open(Purpose.SESSION, sealed, context=context)
        end = _LENGTH_BYTES + int.from_bytes(filled[:_LENGTH_BYTES], "big")
        attempt = _decoder.decode(memoryview(filled)[_LENGTH_BYTES:end])
    except (EnvelopeBroken, msgspec.DecodeError):
        raise NotAuthorized(wording.SESSION_INVALID) from None
    if attempt.version != VERSION or attempt.client_id != client_id:
        raise NotAuthorized(wording.SESSION_INVALID)
    if attempt.expires_ms <= now_ms:
        raise NotAuthorized(wording.SESSION_EXPIRED)
    return attempt


def _context(pool: LoadedPool, client_id: str) -> str:
    # With the region: a sign-in ends where it began, or a copy of the pool would hear it again.
    return f"session/{pool.pool.region}/{pool.pool.id}/{client_id}"


def _kept_context(pool: LoadedPool, attempt: Attempt) -> str:
    return f"kept_attempts/{pool.pool.id}/{attempt.client_id}/{attempt.handle}"
