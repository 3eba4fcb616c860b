"""A login's token is verified once and remembered; everything else about it is looked at again."""

import types
from typing import Any, Final, cast

import msgspec
import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.identities import user_pool_logins, wording
from poolkeep.core.identities.model import IdentityPool, PoolSettings, UserPoolProvider
from poolkeep.core.identities.naming import Names
from poolkeep.core.identities.user_pool_logins import UserPoolLogins
from poolkeep.crypto.jose import Parsed, SigningKey, VerifyingKey, sign, verify

KEY: Final = "cognito-idp.us-east-1.amazonaws.com/us-east-1_AAAAAAAAA"
OTHER: Final = "cognito-idp.us-east-1.amazonaws.com/us-east-1_BBBBBBBBB"
CLIENT: Final = "client"
LIFE_S: Final = 300
SIGNS: Final = SigningKey.generate(SeededEntropy("kid"))
POOL: Final = IdentityPool(
    id="us-east-1:1",
    account="1" * 12,
    created_ms=1,
    version=1,
    settings=PoolSettings(
        name="pool",
        allows_guests=False,
        user_pools=tuple(
            UserPoolProvider(provider_name=each, client_id=CLIENT) for each in (KEY, OTHER)
        ),
    ),
)


class World:
    """User pools whose keys can be taken away, and a count of verifications."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.keys: dict[str, VerifyingKey] = {SIGNS.kid: SIGNS.verifying_key()}
        self.verified = 0
        self.logins = UserPoolLogins(
            Names(lambda _: ()), cast("Any", self), self.clock, elsewhere=cast("Any", None)
        )

    async def pool(self, pool_id: str) -> object:
        """Return what a login looks at in a user pool."""
        return types.SimpleNamespace(
            id=pool_id, signing=types.SimpleNamespace(verifier=lambda kid, *_: self.keys.get(kid))
        )

    def accepts(self, pool: Any, issuer: str) -> bool:
        """Tell whether a token is of this pool."""
        return issuer == f"https://issuer/{pool.id}"

    def addresses(self, _: str) -> tuple[str, ...]:
        """Return no other names."""
        return ()

    def token(self, **more: object) -> str:
        """Return an ID token of the first pool."""
        now_s = self.clock.now_ms() // 1_000
        claims = {
            "iss": "https://issuer/us-east-1_AAAAAAAAA", "aud": CLIENT, "sub": "somebody",
            "token_use": "id", "iat": now_s, "exp": now_s + LIFE_S, **more,
        }  # fmt: skip
        return sign(SIGNS, msgspec.json.encode(claims))

    async def refusal(self, token: str, key: str = KEY) -> str:
        """Return why a login is refused."""
        with pytest.raises(NotAuthorized) as caught:
            await self.logins.check(POOL, key, token)
        return str(caught.value)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    def counted(key: VerifyingKey, parsed: Parsed) -> bool:
        made.verified += 1
        return verify(key, parsed)

    monkeypatch.setattr(user_pool_logins, "verify", counted)
    return made


async def test_a_signature_is_verified_once(world: World) -> None:
    token = world.token()
    first = await world.logins.check(POOL, KEY, token)
    assert await world.logins.check(POOL, KEY, token) == first
    assert world.verified == 1


async def test_a_remembered_token_ends(world: World) -> None:
    token = world.token()
    await world.logins.check(POOL, KEY, token)
    world.clock.advance(s=LIFE_S)
    now_s = world.clock.now_ms() // 1_000
    assert await world.refusal(token) == wording.expired(now_s, now_s)


async def test_a_remembered_token_is_of_no_other_pool(world: World) -> None:
    token = world.token()
    await world.logins.check(POOL, KEY, token)
    assert await world.refusal(token, OTHER) == wording.ISSUER_DIFFERS


async def test_a_remembered_token_is_refused_without_its_key(world: World) -> None:
    token = world.token()
    await world.logins.check(POOL, KEY, token)
    world.keys.clear()
    assert await world.refusal(token) == wording.BAD_SIGNATURE


async def test_a_wrong_signature_is_not_remembered(world: World) -> None:
    good, other = world.token(), world.token(sub="another")
    forged = other.rpartition(".")[0] + "." + good.rpartition(".")[2]
    for _ in range(2):
        assert await world.refusal(forged) == wording.BAD_SIGNATURE
    assert world.verified == 2
