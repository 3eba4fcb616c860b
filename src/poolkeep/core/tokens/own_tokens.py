"""Judge an access or ID token of the pool that is offered in an exchange, not used to call.

Source: docs/behaviours/token-exchange.md.
"""

from typing import Any

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.ids import timed_uuid_ms
from poolkeep.base.refusal import NotAuthorized, UserNotFound
from poolkeep.base.transaction import Database
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.signing import TokenUse
from poolkeep.core.tokens import wording
from poolkeep.core.tokens.issuer import Issuers
from poolkeep.core.tokens.minting import MS_PER_S
from poolkeep.core.tokens.ports import TokenRows
from poolkeep.core.users.model import Group, Status, User
from poolkeep.crypto.jose import TokenRefused, parse, verify

TYPES: dict[str, TokenUse] = {"ACCESS_TOKEN": "access", "ID_TOKEN": "id"}


class OwnClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange reads of a token."""

    sub: str
    iss: str
    token_use: str
    exp: int
    iat: int
    jti: str
    client_id: str = ""
    aud: Any = None
    username: str | None = None
    scope: str | None = None
    auth_time: int = 0
    origin_jti: str | None = None
    event_id: str | None = None
    device_key: str | None = None
    acr: str | None = None
    amr: list[str] | None = None
    act: dict[str, Any] | None = None
    cnf: dict[str, Any] | None = None

    @property
    def client(self) -> str:
        """The client that the token was issued to."""
        return self.client_id or (self.aud if isinstance(self.aud, str) else "")

    @property
    def is_machine(self) -> bool:
        """Whether a client speaks for itself."""
        return self.username is None and self.sub == self.client_id

    @property
    def signed_in_ms(self) -> int:
        """The sign-in, with which sign-outs are compared."""
        timed_ms = timed_uuid_ms(self.jti)
        return self.iat * MS_PER_S if timed_ms is None else timed_ms


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a good token speaks; `user` is None for a machine."""

    claims: OwnClaims
    user: User | None = None
    groups: tuple[Group, ...] = ()


_claims = msgspec.json.Decoder(OwnClaims)


class OwnTokens:
    """Reads tokens of every pool of a region."""

    def __init__(
        self, *, database: Database, rows: TokenRows, book: PoolBook, clock: Clock, issuers: Issuers
    ) -> None:
        """Look users up in `database`."""
        self._database = database
        self._rows = rows
        self._book = book
        self._clock = clock
        self._issuers = issuers

    async def judge(self, pool: LoadedPool, token: str, use: TokenUse, *, role: str) -> Bearer:
        """Return for whom a token of the pool speaks; `role` is subject or actor.

        Refuses NotAuthorized for one that is foreign, forged, expired or revoked, or whose user
        may not act; UserNotFound for a user who is gone.
        """
        now_ms = self._clock.now_ms()
        claims = self._read(pool, token, use, role=role, now_ms=now_ms)
        if claims.exp * MS_PER_S <= now_ms:
            raise NotAuthorized(wording.expired_token(role))
        named = await self._book.client(claims.client)
        if named is None or named[0].pool.id != pool.pool.id:
            raise NotAuthorized(wording.invalid_token(role))
        if claims.is_machine:
            return Bearer(claims=claims)
        facts = await self._database.read(
            lambda tx: self._rows.refresh_facts(
                tx, pool.pool.id, claims.sub, origin_jti=claims.origin_jti or "", token_id=""
            )
        )
        if facts is None:
            raise UserNotFound(wording.USER_DOES_NOT_EXIST)
        if facts.revoked or claims.signed_in_ms <= facts.user.signed_out_ms:
            raise NotAuthorized(wording.revoked_token(role))
        _refuse_by_state(facts.user)
        return Bearer(claims=claims, user=facts.user, groups=facts.groups)

    def _read(
        self, pool: LoadedPool, token: str, use: TokenUse, *, role: str, now_ms: int
    ) -> OwnClaims:
        try:
            parsed = parse(token)
            claims = _claims.decode(parsed.payload)
        except (TokenRefused, msgspec.DecodeError):
            raise NotAuthorized(wording.invalid_token(role)) from None
        key = pool.signing.verifier(parsed.kid, use, now_ms)
        if (
            key is None
            or claims.token_use != use
            or not self._issuers.accepts(pool.pool, claims.iss)
            or not verify(key, parsed)
        ):
            raise NotAuthorized(wording.invalid_token(role))
        return claims


def _refuse_by_state(user: User) -> None:
    """Refuse who may not sign in, with the one exception that an exchange declares for it."""
    if not user.enabled:
        raise NotAuthorized(wording.USER_DISABLED)
    if user.status == Status.RESET_REQUIRED:
        raise NotAuthorized(wording.RESET_REQUIRED)
    if user.status == Status.UNCONFIRMED:
        raise NotAuthorized(wording.USER_NOT_CONFIRMED)
