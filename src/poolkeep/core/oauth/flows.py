"""A sign-in under way on the pages: where it stands, kept here and named by two things.

The browser's cookie and the authorization request together name it, so that two tabs with two
requests do not disturb one another, and a link to somebody else's half-done sign-in is none.
"""

from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Database
from poolkeep.core.oauth.browser_sessions import COOKIE_CHARACTERS, new_cookie
from poolkeep.core.oauth.hashing import PURPOSE, hashed
from poolkeep.core.oauth.ports import FlowRows
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_session_ms
from poolkeep.crypto.envelope import EnvelopeBroken

IDLE_MS: Final = 5 * 60_000


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a sign-in, a sign-up or a recovery stands.

    `challenge`, `session`, `parameters` and `available` are what the sign-in machine asked last.
    `username` is who it is about, as typed. `note` is what the next page says once (a key of the
    catalogue of texts), `extra` whatever else a page wants to find again.
    """

    challenge: str | None = None
    session: str | None = None
    parameters: dict[str, str] = {}
    available: tuple[str, ...] | None = None
    username: str | None = None
    note: str | None = None
    extra: dict[str, str] = {}

    def __repr__(self) -> str:
        """Never show a handle."""
        return f"Flow(challenge={self.challenge!r})"


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Flow).decode


class Flows:
    """Sign-ins under way at every pool of a region."""

    def __init__(
        self, *, database: Database, rows: FlowRows, clock: Clock, entropy: Entropy
    ) -> None:
        """Keep them in `database`."""
        self._database = database
        self._rows = rows
        self._clock = clock
        self._entropy = entropy

    async def load(self, pool: LoadedPool, cookie: str | None, request: str) -> Flow | None:
        """Return where this browser stands with a request (by its digest), if it began one."""
        if not _is_ours(cookie):
            return None
        key, now_ms = hashed(pool, "flow", cookie or "", request), self._clock.now_ms()
        sealed = await self._database.read(
            lambda tx: self._rows.get(tx, pool.pool.id, key, now_ms=now_ms)
        )
        if sealed is None:
            return None
        try:
            return _decode(pool.keys.open(PURPOSE, sealed, context=_context(pool, key)))
        except EnvelopeBroken:
            return None

    async def keep(
        self, pool: LoadedPool, client: AppClient, cookie: str | None, request: str, *, flow: Flow
    ) -> str:
        """Store where the browser stands; return the cookie's value, new where it has none."""
        value = cookie if cookie is not None and _is_ours(cookie) else new_cookie(self._entropy)
        key = hashed(pool, "flow", value, request)
        sealed = pool.keys.seal(PURPOSE, _encode(flow), context=_context(pool, key))
        expires_ms = self._clock.now_ms() + max(IDLE_MS, auth_session_ms(client))
        await self._database.write(
            lambda tx: self._rows.put(tx, pool.pool.id, key, sealed=sealed, expires_ms=expires_ms)
        )
        return value

    async def drop(self, pool: LoadedPool, cookie: str | None, request: str) -> None:
        """Forget where the browser stands."""
        if not _is_ours(cookie):
            return
        key = hashed(pool, "flow", cookie or "", request)
        await self._database.write(lambda tx: self._rows.delete(tx, pool.pool.id, key))


def _is_ours(cookie: str | None) -> bool:
    return cookie is not None and len(cookie) == COOKIE_CHARACTERS


def _context(pool: LoadedPool, key: bytes) -> str:
    return f"hosted_flows/{pool.pool.id}/{key.hex()}"
