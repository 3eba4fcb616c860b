"""Tokens bound to a key that the client holds (RFC 9449). Strict profile only.

A proof is a small token that the client signs for one request. It is judged here by the rules of
section 4.3; that it is used once is a row in the store.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto import base64url
from poolkeep.crypto.foreign_jws import ALGORITHMS, JwsRefused, public_key, read, thumbprint, verify

TYPE: Final = "dpop+jwt"
AGE_MS: Final = 60_000
"""How far a proof's `iat` may lie from now, either way."""
JTI_CHARACTERS_MAX: Final = 256
MS_PER_S: Final = 1_000
SIGNING_ALGORITHMS: Final = ALGORITHMS

INVALID: Final = "invalid_dpop_proof"


class ProofRows(Protocol):
    """Proofs that were used."""

    def use(self, tx: Transaction, pool_id: str, proof_hash: bytes, *, expires_ms: int) -> bool:
        """Note a proof; False when it was noted before."""
        ...


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A request with its proofs: every `DPoP` header, the method, and the URL without query."""

    proofs: Sequence[str]
    method: str
    url: str
    access_token: str | None = None


class DpopProofs:
    """Judges proofs for every pool of a region."""

    def __init__(self, *, database: Database, rows: ProofRows, clock: Clock) -> None:
        """Note used proofs in `database`."""
        self._database = database
        self._rows = rows
        self._clock = clock

    async def key_of(self, pool: LoadedPool, presented: Presented) -> str | None:
        """Return the thumbprint of the key that made the proof, None for a request without one.

        Refuses `invalid_dpop_proof` for a proof that is wrong, stale, for another request or
        token, or used before.
        """
        if not presented.proofs:
            return None
        if len(presented.proofs) > 1:
            raise OAuthRefusal(INVALID, "More than one DPoP header.")
        now_ms = self._clock.now_ms()
        jkt, jti = judged(presented, now_ms=now_ms)
        used = hashlib.sha256(f"{jkt}/{jti}".encode()).digest()
        fresh = await self._database.write(
            lambda tx: self._rows.use(
                tx, pool.pool.id, used, expires_ms=now_ms + 2 * AGE_MS + MS_PER_S
            )
        )
        if not fresh:
            raise OAuthRefusal(INVALID, "The DPoP proof was used before.")
        return jkt


def judged(presented: Presented, *, now_ms: int) -> tuple[str, str]:
    """Return the key's thumbprint and the `jti` of a right proof (RFC 9449, 4.3)."""
    try:
        unproven = read(presented.proofs[0])
        header = unproven.header
        if header.get("typ") != TYPE:
            raise JwsRefused("typ")
        jwk = header.get("jwk")
        claims = verify(unproven, public_key(jwk))
        jkt = thumbprint(jwk if isinstance(jwk, dict) else {})
    except JwsRefused as error:
        raise OAuthRefusal(INVALID, "The DPoP proof is not valid.") from error
    jti, issued = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 0 < len(jti) <= JTI_CHARACTERS_MAX:
        raise OAuthRefusal(INVALID, "The DPoP proof has no jti.")
    if (
        isinstance(issued, bool)
        or not isinstance(issued, int | float)
        or abs(issued * MS_PER_S - now_ms) > AGE_MS
    ):
        raise OAuthRefusal(INVALID, "The DPoP proof is not of now.")
    if claims.get("htm") != presented.method:
        raise OAuthRefusal(INVALID, "The DPoP proof is for another method.")
    if _place(claims.get("htu")) != _place(presented.url):
        raise OAuthRefusal(INVALID, "The DPoP proof is for another address.")
    if presented.access_token is not None:
        digest = hashlib.sha256(presented.access_token.encode()).digest()
        if claims.get("ath") != base64url.encode(digest).decode():
            raise OAuthRefusal(INVALID, "The DPoP proof is for another access token.")
    return jkt, jti


def _place(url: object) -> tuple[str, str, int | None, str] | None:
    """Return what is compared of an address: query and fragment do not count (RFC 9449, 4.3)."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port or usual, parts.path
