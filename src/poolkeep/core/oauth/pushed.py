"""Authorization requests that a client pushes ahead (RFC 9126). Strict profile only.

The request travels from the client's server to ours, where nobody in the browser can change it;
the browser brings only its name.
"""

import hashlib
from typing import Final, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth.model import Params
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto import base64url
from poolkeep.crypto.envelope import EnvelopeBroken

URN: Final = "urn:ietf:params:oauth:request_uri:"
OURS: Final = "urn:poolkeep:request:"
"""Begins the names of requests that we make ourselves, such as a device's: they lead back to us,
where a client's may only lead to the client."""
LIFE_S: Final = 300
"""As long as a sign-in on the pages may take: every page reads the request again."""
NAME_BYTES: Final = 32
MS_PER_S: Final = 1_000
PURPOSE: Final = "oauth"

Pairs = list[tuple[str, str]]


class PushedRows(Protocol):
    """Pushed requests, by the hash of their names."""

    def insert(
        self,
        tx: Transaction,
        pool_id: str,
        request_hash: bytes,
        *,
        client_id: str,
        sealed: bytes,
        expires_ms: int,
    ) -> None:
        """Keep a request."""
        ...

    def get(
        self, tx: Transaction, pool_id: str, request_hash: bytes, *, client_id: str, now_ms: int
    ) -> bytes | None:
        """Return what this client pushed, while it lives."""
        ...

    def delete(self, tx: Transaction, pool_id: str, request_hash: bytes) -> bool:
        """Forget a request; False when it is gone already."""
        ...


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """A request that waits for its browser."""

    request_uri: str
    expires_in_s: int


class PushedRequests:
    """Pushed requests of every pool of a region."""

    def __init__(
        self, *, database: Database, rows: PushedRows, clock: Clock, entropy: Entropy
    ) -> None:
        """Keep them in `database`."""
        self._database = database
        self._rows = rows
        self._clock = clock
        self._entropy = entropy

    async def push(
        self, pool: LoadedPool, client_id: str, params: Params, *, ours: bool = False
    ) -> Pushed:
        """Keep the parameters of a request that was judged already, under a name nobody guesses."""
        secret = base64url.encode(self._entropy.bytes(NAME_BYTES)).decode()
        name = (OURS if ours else URN) + secret
        found = _hash(name)
        pairs = [(key, value) for key, value in params.pairs if key != "client_secret"]
        sealed = pool.keys.seal(PURPOSE, msgspec.json.encode(pairs), context=_context(pool, found))
        expires_ms = self._clock.now_ms() + LIFE_S * MS_PER_S
        await self._database.write(
            lambda tx: self._rows.insert(
                tx,
                pool.pool.id,
                found,
                client_id=client_id,
                sealed=sealed,
                expires_ms=expires_ms,
            )
        )
        return Pushed(request_uri=name, expires_in_s=LIFE_S)

    async def find(self, pool: LoadedPool, client_id: str, request_uri: str) -> Params | None:
        """Return the parameters that this client pushed; None once they are gone or were used."""
        if not request_uri.startswith((URN, OURS)):
            return None
        found = _hash(request_uri)
        now_ms = self._clock.now_ms()
        sealed = await self._database.read(
            lambda tx: self._rows.get(tx, pool.pool.id, found, client_id=client_id, now_ms=now_ms)
        )
        if sealed is None:
            return None
        try:
            plain = pool.keys.open(PURPOSE, sealed, context=_context(pool, found))
        except EnvelopeBroken:
            return None
        return Params(msgspec.json.decode(plain, type=Pairs))

    async def use(self, pool: LoadedPool, request_uri: str) -> bool:
        """Use a request up as it is answered; False when another answer was faster."""
        found = _hash(request_uri)
        return await self._database.write(lambda tx: self._rows.delete(tx, pool.pool.id, found))


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _context(pool: LoadedPool, found: bytes) -> str:
    return f"pushed_requests/{pool.pool.id}/{found.hex()}"
