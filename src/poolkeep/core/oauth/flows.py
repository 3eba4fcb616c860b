"""A sign-in under way on the pages: where it stands, kept here and named by two things.

The browser's cookie and the authorization request together name it, so that two tabs with two
requests do not disturb one another, and a link to somebody else's half-done sign-in is none.
Each step gives the cookie another value: whoever planted or saw the one of an earlier step stands
nowhere.
"""

from typing import Final, NamedTuple

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth.browser_sessions import COOKIE_CHARACTERS, new_cookie
from poolkeep.core.oauth.hashing import PURPOSE, hashed
from poolkeep.core.oauth.ports import FlowRows
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_session_ms
from poolkeep.crypto.envelope import EnvelopeBroken

IDLE_MS: Final = 5 * 60_000
MS_PER_S: Final = 1_000


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


class Kept(NamedTuple):
    """The cookie of a step, and for how long it counts."""

    cookie: str
    life_s: int


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
    ) -> Kept:
        """Store where the browser stands now; where it stood, it stands no more."""
        made = new_cookie(self._entropy)
        left = hashed(pool, "flow", cookie or "", request) if _is_ours(cookie) else None
        await self._put(pool, client, made, request, flow=flow, left=left)
        return Kept(made, _life_ms(client) // MS_PER_S)

    async def amend(
        self, pool: LoadedPool, client: AppClient, cookie: str | None, request: str, *, flow: Flow
    ) -> None:
        """Store other words where the browser stands already; elsewhere do nothing."""
        if cookie is not None and await self.load(pool, cookie, request) is not None:
            await self._put(pool, client, cookie, request, flow=flow, left=None)

    async def _put(
        self,
        pool: LoadedPool,
        client: AppClient,
        cookie: str,
        request: str,
        *,
        flow: Flow,
        left: bytes | None,
    ) -> None:
        pool_id, key = pool.pool.id, hashed(pool, "flow", cookie, request)
        sealed = pool.keys.seal(PURPOSE, _encode(flow), context=_context(pool, key))
        expires_ms = self._clock.now_ms() + _life_ms(client)

        def save(tx: Transaction) -> None:
            if left is not None:
                self._rows.delete(tx, pool_id, left)
            self._rows.put(tx, pool_id, key, sealed=sealed, expires_ms=expires_ms)

        await self._database.write(save)

    async def drop(self, pool: LoadedPool, cookie: str | None, request: str) -> None:
        """Forget where the browser stands."""
        if not _is_ours(cookie):
            return
        key = hashed(pool, "flow", cookie or "", request)
        await self._database.write(lambda tx: self._rows.delete(tx, pool.pool.id, key))


def _life_ms(client: AppClient) -> int:
    return max(IDLE_MS, auth_session_ms(client))


def _is_ours(cookie: str | None) -> bool:
    return cookie is not None and len(cookie) == COOKIE_CHARACTERS


def _context(pool: LoadedPool, key: bytes) -> str:
    return f"hosted_flows/{pool.pool.id}/{key.hex()}"
