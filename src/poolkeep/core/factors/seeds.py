"""Seeds of authenticator apps at rest: sealed under the pool's keys, bound to user and use."""

from typing import Final

from poolkeep.core.factors.model import SoftwareToken, TokenRow
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto.envelope import Purpose

IN_FORCE: Final = "seed"
PENDING: Final = "pending"


def seal(pool: LoadedPool, user_id: str, seed: bytes, use: str) -> bytes:
    """Return the sealed form for one of the two columns."""
    return pool.keys.seal(Purpose.TOTP, seed, context=_context(pool, user_id, use))


def unseal(pool: LoadedPool, user_id: str, sealed: bytes, use: str) -> bytes:
    """Return the seed of one of the two columns."""
    return pool.keys.open(Purpose.TOTP, sealed, context=_context(pool, user_id, use))


def token_of(pool: LoadedPool, user_id: str, row: TokenRow | None) -> SoftwareToken | None:
    """Return the app that is in force."""
    if row is None or row.seed is None:
        return None
    return SoftwareToken(
        seed=unseal(pool, user_id, row.seed, IN_FORCE),
        used_step=row.used_step,
        friendly_name=row.friendly_name,
        version=row.version,
    )


def _context(pool: LoadedPool, user_id: str, use: str) -> str:
    return f"software_tokens/{pool.pool.id}/{user_id}/{use}"
