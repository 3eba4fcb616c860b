"""What is kept of a value that travels (a code, a cookie): its keyed hash, never itself."""

import hashlib
import hmac
from typing import Final

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto.envelope import Purpose

PURPOSE: Final = Purpose.OAUTH


def hashed(pool: LoadedPool, kind: str, *parts: str) -> bytes:
    """Return the name under which a value of this kind is kept; parts keep their borders."""
    text = "\0".join((kind, *(f"{len(part)}:{part}" for part in parts)))
    return hmac.new(pool.keys.key(PURPOSE), text.encode(), hashlib.sha256).digest()
