"""Who a user is who does not exist: always the same for the same name, however it is spelled.

Where the pool makes usernames, or lets aliases sign in, a real answer would show an id that the
caller did not type; so does the decoy's. Source: docs/behaviours/sign-in.md.
"""

import hmac
import uuid

from poolkeep.core.passkeys.rules import relying_party_id
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.names import login_key
from poolkeep.crypto.envelope import Purpose


def decoy_username(pool: LoadedPool, name: str) -> str:
    """Return the name that stands in for an unknown user's stored username."""
    login = login_key(pool, name)
    if not pool.username_attributes and not pool.aliases:
        return login
    return str(uuid.UUID(bytes=_digest(pool, b"username:", login)[:16], version=4))


def decoy_has_passkey(pool: LoadedPool, name: str) -> bool:
    """Tell whether an unknown user would have a passkey: half of them, where anybody may."""
    return (
        relying_party_id(pool) is not None
        and _digest(pool, b"passkey:", login_key(pool, name))[0] % 2 == 0
    )


def _digest(pool: LoadedPool, use: bytes, login: str) -> bytes:
    key = pool.keys.key(Purpose.FAKE_USER)
    return hmac.digest(key, use + login.encode("utf-8", "surrogatepass"), "sha256")
