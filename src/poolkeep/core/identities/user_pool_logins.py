"""Logins of user pools: ID tokens, checked with the pool's own keys and no request.

The order of the checks is Cognito's, and each has its text. A signature that was right is
remembered, since one login asks twice: GetId, then GetCredentialsForIdentity. Between our own
tokens and our own clock there is no skew to allow for. Source: docs/behaviours/identity-pools.md.
"""

from collections import OrderedDict
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.ids import timed_uuid_ms
from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import IdentityPool, Login, Proven
from poolkeep.core.identities.naming import Names
from poolkeep.core.identities.ports import UserPools
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto.jose import Parsed, TokenRefused, parse, verify

MS_PER_S: Final = 1_000
REQUIRED: Final = ("iss", "aud", "sub", "exp", "iat")
SIGN_IN: Final = "CognitoSignIn"
REMEMBERED_MAX: Final = 4_096


class ElsewherePools(Protocol):
    """User pools of other installations, AWS among them."""

    async def check(self, pool: IdentityPool, key: str, token: str) -> dict[str, Any]:
        """Return the claims of an ID token that such a pool has signed."""
        ...


class UserPoolLogins:
    """Checks ID tokens of user pools."""

    def __init__(
        self, names: Names, user_pools: UserPools, clock: Clock, *, elsewhere: ElsewherePools
    ) -> None:
        """Find pools in `user_pools`, and ask `elsewhere` about others."""
        self._names = names
        self._user_pools = user_pools
        self._clock = clock
        self._elsewhere = elsewhere
        self._seen: OrderedDict[str, _Said] = OrderedDict()

    async def check(self, pool: IdentityPool, key: str, token: str) -> Proven:
        """Return whose token it is. Refuses NotAuthorized."""
        user_pool = await self._user_pools.pool(self._names.user_pool(key) or "")
        if user_pool is None:
            claims = await self._elsewhere.check(pool, key, token)
        else:
            claims = self._verified(user_pool, token)
        audience = claims["aud"]
        clients = [each for each in self._names.clients(pool, key) if each.client_id == audience]
        if not clients:
            raise NotAuthorized(wording.UNSUPPORTED_PROVIDER)
        if claims.get("token_use") != "id":
            raise NotAuthorized(wording.NOT_AN_ID_TOKEN)
        if any(each.server_side_token_check for each in clients):
            await self._check_user(user_pool, claims)
        sub = claims["sub"]
        names = self._user_pools.addresses(self._names.user_pool(key) or "")
        return Proven(
            login=Login(key, sub),
            kind="user-pool",
            audience=audience,
            amr=(key, f"{key}:{SIGN_IN}:{sub}"),
            claims=claims,
            mapping_keys=(*(f"{name}:{audience}" for name in (key, *names)), key),
        )

    def _verified(self, pool: LoadedPool, token: str) -> dict[str, Any]:
        said, parsed = self._seen.get(token), None
        if said is None:
            said, parsed = _read(token)
        claims = said.claims
        if not self._user_pools.accepts(pool, str(claims.get("iss", ""))):
            raise NotAuthorized(wording.ISSUER_DIFFERS)
        for name in REQUIRED:
            if name not in claims:
                raise NotAuthorized(wording.missing_claim(name))
        now_ms = self._clock.now_ms()
        if not isinstance(claims["exp"], int):
            raise NotAuthorized(wording.NOT_A_TOKEN)
        if claims["exp"] * MS_PER_S <= now_ms:
            raise NotAuthorized(wording.expired(now_ms // MS_PER_S, claims["exp"]))
        key = pool.signing.verifier(said.kid, "id", now_ms)
        if key is None or (parsed is not None and not verify(key, parsed)):
            raise NotAuthorized(wording.BAD_SIGNATURE)
        self._remember(token, said)
        return claims

    def _remember(self, token: str, said: "_Said") -> None:
        """Keep what a token says whose signature is right; the oldest is forgotten."""
        self._seen[token] = said
        self._seen.move_to_end(token)
        if len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)

    async def _check_user(self, pool: LoadedPool | None, claims: dict[str, Any]) -> None:
        """Refuse who is gone, disabled or signed out since."""
        if pool is None:  # of another installation: nobody here knows
            raise NotAuthorized(wording.REVOKED)
        found = await self._user_pools.owner(pool, claims["sub"], str(claims.get("origin_jti", "")))
        issued_ms = timed_uuid_ms(str(claims.get("jti", "")))
        if issued_ms is None:
            issued_ms = claims["iat"] * MS_PER_S
        if found is None or found[1] or not found[0].enabled:
            raise NotAuthorized(wording.REVOKED)
        if issued_ms <= found[0].signed_out_ms:
            raise NotAuthorized(wording.REVOKED)


class _Said(NamedTuple):
    """What a token says, and the id of the key that it says has signed it."""

    kid: str
    claims: dict[str, Any]


def _read(token: str) -> tuple[_Said, Parsed]:
    """Return what a well-formed token says; nothing of it is believed yet."""
    try:
        parsed = parse(token)
        claims = msgspec.json.decode(parsed.payload, type=dict[str, Any])
        return _Said(parsed.kid, claims), parsed
    except (TokenRefused, msgspec.DecodeError):
        raise NotAuthorized(wording.NOT_A_TOKEN) from None
