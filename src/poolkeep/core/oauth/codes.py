"""Authorization codes: issued for one request, spent once, and taken back when spent twice.

    sign-in ─▶ code (5 min) ─▶ spent for a named sign-in ─▶ tokens
                                      └── again ─▶ that sign-in is revoked, whoever came second

A code is spent before its tokens are made, and names the sign-in that they will belong to; so a
second use finds what to revoke even while the first is still being answered.
Source: docs/behaviours/oauth.md; RFC 6749, 4.1.2; RFC 7636; RFC 9700, 2.1.
"""

import hashlib
import hmac
import re
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth.hashing import PURPOSE, hashed
from poolkeep.core.oauth.model import CODE_LIFE_MS, Code
from poolkeep.core.oauth.ports import CodeRow, CodeRows
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import token_validity_s
from poolkeep.core.sessions import Tracker
from poolkeep.core.sessions.ports import Revocations
from poolkeep.core.sessions.tracking import revoked_until_ms
from poolkeep.crypto import base64url
from poolkeep.crypto.envelope import EnvelopeBroken

VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
MS_PER_S: Final = 1_000
INVALID_REDIRECT: Final = "invalid_redirect"

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Code).decode


class Codes:
    """Authorization codes of every pool of a region."""

    def __init__(
        self,
        *,
        database: Database,
        rows: CodeRows,
        revocations: Revocations,
        tracker: Tracker,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Keep codes in `database`."""
        self._database = database
        self._rows = rows
        self._revocations = revocations
        self._tracker = tracker
        self._clock = clock
        self._entropy = entropy

    def new_text(self) -> str:
        """Return the text of a new code."""
        return uuid4(self._entropy)

    def put(self, tx: Transaction, pool: LoadedPool, text: str, code: Code) -> None:
        """Store what a code stands for, in the write that answers the request."""
        key = hashed(pool, "code", text)
        self._rows.insert(
            tx,
            CodeRow(
                pool_id=pool.pool.id,
                key=key,
                client_id=code.request.client_id,
                user_id=code.user_id,
                sealed=pool.keys.seal(PURPOSE, _encode(code), context=_context(pool, key)),
                expires_ms=code.issued_ms + CODE_LIFE_MS,
            ),
        )

    async def redeem(
        self,
        pool: LoadedPool,
        client: AppClient,
        code: str,
        redirect_uri: str,
        code_verifier: str | None,
        *,
        origin_jti: str,
    ) -> Code:
        """Spend a code for the sign-in `origin_jti` and return what it stands for.

        Refuses one that is unknown, expired, used, another client's, or not followed by what its
        request announced. A second use by its client, with the verifier if there is one, revokes
        the sign-in of the first.
        """
        pool_id, now_ms = pool.pool.id, self._clock.now_ms()
        key = hashed(pool, "code", code)
        row = await self._database.read(lambda tx: self._rows.get(tx, pool_id, key))
        if row is None or row.client_id != client.id or row.expires_ms <= now_ms:
            raise OAuthRefusal("invalid_grant")
        try:
            found = _decode(pool.keys.open(PURPOSE, row.sealed, context=_context(pool, key)))
        except EnvelopeBroken:
            raise OAuthRefusal("invalid_grant") from None
        if row.used_ms is not None:
            # Anybody may call for a client without a secret: who saw the code and does not know
            # the verifier ends nobody's sign-in.
            if verifies(code_verifier, found.request.code_challenge):
                await self._take_back(pool, client, key)
            raise OAuthRefusal("invalid_grant")
        if redirect_uri != found.request.redirect_uri:
            if profile_of(pool).strict:
                raise OAuthRefusal("invalid_grant")
            raise OAuthRefusal("unauthorized_client", INVALID_REDIRECT)
        if not verifies(code_verifier, found.request.code_challenge):
            raise OAuthRefusal("invalid_grant")
        if not await self._database.write(
            lambda tx: self._rows.spend(tx, pool_id, key, origin_jti=origin_jti, now_ms=now_ms)
        ):
            await self._take_back(pool, client, key)
            raise OAuthRefusal("invalid_grant")
        return found

    async def _take_back(self, pool: LoadedPool, client: AppClient, key: bytes) -> None:
        """Revoke the sign-in that a used code was spent for."""
        pool_id = pool.pool.id
        _, _, refresh_s = token_validity_s(client)
        until_ms = revoked_until_ms(self._clock.now_ms() + refresh_s * MS_PER_S)

        def save(tx: Transaction) -> None:
            row = self._rows.get(tx, pool_id, key)
            if row is None or row.origin_jti is None:
                return
            self._revocations.revoke(tx, pool_id, row.origin_jti, until_ms)
            if pool.pool.session_tracking:
                self._tracker.forget(tx, pool_id, row.origin_jti)

        await self._database.write(save)


def verifies(verifier: str | None, challenge: str | None) -> bool:
    """Tell whether a verifier is the one whose hash the request announced.

    One without an announcement is refused too: somebody may have cut the announcement off.
    """
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    if VERIFIER.fullmatch(verifier) is None:
        return False
    digest = base64url.encode(hashlib.sha256(verifier.encode()).digest()).decode()
    return hmac.compare_digest(digest, challenge)


def _context(pool: LoadedPool, key: bytes) -> str:
    return f"oauth_codes/{pool.pool.id}/{key.hex()}"
