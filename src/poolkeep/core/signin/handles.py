"""Session handles: an attempt, sealed, in the caller's keeping.

The envelope is bound to pool and client; who it is for and which challenge it awaits stand inside
and are checked against the answer. Whether a handle was used up stands in the store.
"""

import base64
import binascii

import msgspec

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import VERSION, Attempt
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Attempt)


def seal(pool: LoadedPool, attempt: Attempt) -> bytes:
    """Return the bytes of a handle."""
    return pool.keys.seal_salted(
        Purpose.SESSION, _encoder.encode(attempt), context=_context(pool, attempt.client_id)
    )


def unseal(pool: LoadedPool, client_id: str, sealed: bytes, now_ms: int) -> Attempt:
    """Return the attempt; refuses a handle that is foreign, damaged or too old."""
    try:
        attempt = _decoder.decode(
            pool.keys.open(Purpose.SESSION, sealed, context=_context(pool, client_id))
        )
    except (EnvelopeBroken, msgspec.DecodeError):
        raise NotAuthorized(wording.SESSION_INVALID) from None
    if attempt.version != VERSION or attempt.client_id != client_id:
        raise NotAuthorized(wording.SESSION_INVALID)
    if attempt.expires_ms <= now_ms:
        raise NotAuthorized(wording.SESSION_EXPIRED)
    return attempt


def to_text(sealed: bytes) -> str:
    """Return the form of the `Session` member: base64url without padding."""
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def from_text(session: str) -> bytes:
    """Return the bytes of a `Session`; refuses every spelling but our own."""
    try:
        sealed = base64.urlsafe_b64decode(session + "=" * (-len(session) % 4))
    except (binascii.Error, ValueError):
        raise NotAuthorized(wording.SESSION_INVALID) from None
    if to_text(sealed) != session:
        raise NotAuthorized(wording.SESSION_INVALID)
    return sealed


def _context(pool: LoadedPool, client_id: str) -> str:
    return f"session/{pool.pool.id}/{client_id}"
