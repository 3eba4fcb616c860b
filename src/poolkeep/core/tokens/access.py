"""Read an access token: tell whether it is ours, and for whom it speaks.

The checks come in Cognito's order, and each failing one has its text
(docs/behaviours/tokens.md). Signatures of tokens seen before are remembered, since a signature
does not change; everything that can change (expiry, key, revocation, user) is looked at each time.
"""

from collections import OrderedDict

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.ids import timed_uuid_ms
from poolkeep.base.refusal import (
    NotAuthorized,
    PasswordResetRequired,
    ResourceNotFound,
    UserNotConfirmed,
    UserNotFound,
)
from poolkeep.base.transaction import Database
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.tokens import wording
from poolkeep.core.tokens.issuer import Issuers, pool_of_issuer
from poolkeep.core.tokens.model import USER_ADMIN_SCOPE, AccessClaims, Caller
from poolkeep.core.tokens.ports import TokenRows
from poolkeep.core.users.model import Status, User
from poolkeep.crypto.jose import TokenRefused, parse, verify

REMEMBERED_MAX = 4_096
MS_PER_S = 1_000

_claims = msgspec.json.Decoder(AccessClaims)


class AccessTokens:
    """Verifies access tokens of every pool of a region."""

    def __init__(
        self, *, database: Database, rows: TokenRows, book: PoolBook, clock: Clock, issuers: Issuers
    ) -> None:
        """Look users up in `database`."""
        self._database = database
        self._rows = rows
        self._book = book
        self._clock = clock
        self._issuers = issuers
        self._seen: OrderedDict[str, tuple[str, AccessClaims]] = OrderedDict()

    async def authenticate(self, token: str) -> Caller:
        """Return for whom the token speaks.

        Refuses NotAuthorized for a token that is foreign, forged, expired, revoked or too
        narrow, and the user's own state: deleted, disabled, unconfirmed, to be reset.
        """
        now_ms = self._clock.now_ms()
        pool, claims = await self._verified(token, now_ms)
        if claims.exp * MS_PER_S <= now_ms:
            raise NotAuthorized(wording.ACCESS_TOKEN_EXPIRED)
        found = await self._database.read(
            lambda tx: self._rows.owner(tx, pool.pool.id, claims.sub, claims.origin_jti or "")
        )
        if found is not None and (found[1] or is_signed_out(found[0], claims.jti, claims.iat)):
            raise NotAuthorized(wording.ACCESS_TOKEN_REVOKED)
        if USER_ADMIN_SCOPE not in claims.scope.split():
            raise NotAuthorized(wording.SCOPE_MISSING)
        if found is None:
            raise UserNotFound(wording.USER_DOES_NOT_EXIST)
        user = found[0]
        refuse_by_state(user)
        named = await self._book.client(claims.client_id)
        if named is None or named[0].pool.id != pool.pool.id:
            raise ResourceNotFound(wording.client_does_not_exist(claims.client_id))
        return Caller(pool=pool, client=named[1], user=user, claims=claims)

    async def _verified(self, token: str, now_ms: int) -> tuple[LoadedPool, AccessClaims]:
        """Return pool and claims of a token whose signature is right."""
        seen = self._seen.get(token)
        claims = seen[1] if seen else _read(token)
        pool = await self._book.pool(pool_of_issuer(claims.iss))
        if (
            pool is None
            or not self._issuers.accepts(pool.pool, claims.iss)
            or claims.token_use != "access"
        ):
            raise NotAuthorized(wording.INVALID_ACCESS_TOKEN)
        if seen:
            self._seen.move_to_end(token)
            if pool.signing.verifier(seen[0], "access", now_ms) is None:
                raise NotAuthorized(wording.BAD_SIGNATURE)
            return pool, claims
        parsed = parse(token)
        key = pool.signing.verifier(parsed.kid, "access", now_ms)
        if key is None or not verify(key, parsed):
            raise NotAuthorized(wording.BAD_SIGNATURE)
        self._seen[token] = (parsed.kid, claims)
        if len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)
        return pool, claims


def _read(token: str) -> AccessClaims:
    """Return the claims of a well-formed token; nothing of it is believed yet."""
    try:
        return _claims.decode(parse(token).payload)
    except (TokenRefused, msgspec.DecodeError):
        raise NotAuthorized(wording.INVALID_ACCESS_TOKEN) from None


def is_signed_out(user: User, jti: str, issued_s: int) -> bool:
    """Tell whether a token was issued before the user's last global sign-out."""
    issued_ms = timed_uuid_ms(jti)
    return (issued_ms if issued_ms is not None else issued_s * MS_PER_S) <= user.signed_out_ms


def refuse_by_state(user: User) -> None:
    """Refuse what the user's state rules out for the holder of a token."""
    if not user.enabled:
        raise NotAuthorized(wording.USER_DISABLED)
    if user.status == Status.RESET_REQUIRED:
        raise PasswordResetRequired(wording.RESET_REQUIRED)
    if user.status == Status.UNCONFIRMED:
        raise UserNotConfirmed(wording.USER_NOT_CONFIRMED)
