"""Read an access token: tell whether it is ours, and for whom it speaks.

The checks come in Cognito's order, and each failing one has its text
(docs/behaviours/tokens.md). Signatures of tokens seen before are remembered, since a signature
does not change; everything that can change (expiry, key, revocation, user) is looked at each time.
"""

from collections import OrderedDict
from typing import NamedTuple

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
from poolkeep.crypto.jose import Parsed, TokenRefused, parse, verify

REMEMBERED_MAX = 4_096
MS_PER_S = 1_000

_claims = msgspec.json.Decoder(AccessClaims)


class ScopeMissing(NotAuthorized):
    """The token is good, and too narrow."""


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
        self._seen: OrderedDict[str, _Said] = OrderedDict()

    async def authenticate(
        self, token: str, *, scope: str = USER_ADMIN_SCOPE, key_thumbprint: str | None = None
    ) -> Caller:
        """Return for whom the token speaks; `scope` is what the caller's wish needs.

        A token that is bound to a key speaks only for who has proven to hold it.

        Refuses NotAuthorized for a token that is foreign, forged, expired, revoked or too
        narrow, and the user's own state: deleted, disabled, unconfirmed, to be reset.
        """
        now_ms = self._clock.now_ms()
        said, parsed = self._seen.get(token), None
        if said is None:
            said, parsed = _read(token)
        claims = said.claims
        named = await self._book.client(claims.client_id)
        pool_id = pool_of_issuer(claims.iss)
        if named is not None and named[0].pool.id == pool_id:
            pool: LoadedPool | None = named[0]
        else:
            named, pool = None, await self._book.pool(pool_id)
        if (
            pool is None
            or not self._issuers.accepts(pool.pool, claims.iss)
            or claims.token_use != "access"
        ):
            raise NotAuthorized(wording.INVALID_ACCESS_TOKEN)
        key = pool.signing.verifier(said.kid, "access", now_ms)
        if key is None or (parsed is not None and not verify(key, parsed)):
            raise NotAuthorized(wording.BAD_SIGNATURE)
        self._remember(token, said)
        if claims.key_thumbprint != key_thumbprint:
            raise NotAuthorized(wording.INVALID_ACCESS_TOKEN)
        if claims.exp * MS_PER_S <= now_ms:
            raise NotAuthorized(wording.ACCESS_TOKEN_EXPIRED)
        found = await self._database.read(
            lambda tx: self._rows.owner(tx, pool_id, claims.sub, claims.origin_jti or "")
        )
        if found is not None and (found[1] or said.issued_ms <= found[0].signed_out_ms):
            raise NotAuthorized(wording.ACCESS_TOKEN_REVOKED)
        if scope not in claims.scope.split():
            raise ScopeMissing(wording.SCOPE_MISSING)
        if found is None:
            raise UserNotFound(wording.USER_DOES_NOT_EXIST)
        user = found[0]
        refuse_by_state(user)
        if named is None:
            raise ResourceNotFound(wording.client_does_not_exist(claims.client_id))
        return Caller(pool=pool, client=named[1], user=user, claims=claims)

    def _remember(self, token: str, said: "_Said") -> None:
        """Keep what a token says whose signature is right; the oldest is forgotten."""
        self._seen[token] = said
        self._seen.move_to_end(token)
        if len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)


class _Said(NamedTuple):
    """What a token says, and the id of the key that it says has signed it."""

    kid: str
    claims: AccessClaims
    issued_ms: int


def _read(token: str) -> tuple[_Said, Parsed]:
    """Return what a well-formed token says; nothing of it is believed yet."""
    try:
        parsed = parse(token)
        claims = _claims.decode(parsed.payload)
    except (TokenRefused, msgspec.DecodeError):
        raise NotAuthorized(wording.INVALID_ACCESS_TOKEN) from None
    return _Said(parsed.kid, claims, _issued_ms(claims)), parsed


def _issued_ms(claims: AccessClaims) -> int:
    """Return the moment of issue: to the millisecond where the token's id tells it."""
    issued_ms = timed_uuid_ms(claims.jti)
    return claims.iat * MS_PER_S if issued_ms is None else issued_ms


def refuse_by_state(user: User) -> None:
    """Refuse what the user's state rules out for the holder of a token."""
    if not user.enabled:
        raise NotAuthorized(wording.USER_DISABLED)
    if user.status == Status.RESET_REQUIRED:
        raise PasswordResetRequired(wording.RESET_REQUIRED)
    if user.status == Status.UNCONFIRMED:
        raise UserNotConfirmed(wording.USER_NOT_CONFIRMED)
