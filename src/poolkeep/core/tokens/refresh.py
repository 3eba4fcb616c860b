"""Refresh tokens as envelopes, sealed under a key of the pool and bound to it."""

from functools import partial

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens.model import RefreshContents
from poolkeep.crypto.compact import has_compact_shape, open_compact, seal_compact
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose

VERSION = 1

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RefreshContents)


def seal(pool: LoadedPool, contents: RefreshContents, entropy: Entropy) -> str:
    """Return the token that carries `contents`."""
    return seal_compact(
        pool.keys.key(Purpose.REFRESH),
        _encoder.encode(contents),
        _context(pool),
        entropy,
        pool.keys.key_id,
    )


def unseal(pool: LoadedPool, token: str) -> RefreshContents | None:
    """Return what a token carries; None for one that this pool did not make."""
    try:
        plain = open_compact(partial(pool.keys.key, Purpose.REFRESH), token, _context(pool))
        contents = _decoder.decode(plain)
    except (EnvelopeBroken, msgspec.DecodeError):
        return None
    return contents if contents.version == VERSION else None


def looks_like_one(token: str) -> bool:
    """Tell a refresh token's form from any other text."""
    return has_compact_shape(token)


def _context(pool: LoadedPool) -> bytes:
    return f"refresh/{pool.pool.id}".encode()
