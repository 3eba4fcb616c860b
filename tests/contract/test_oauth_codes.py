"""Codes are spent once, for whom they were made, and taken back when spent twice."""

import asyncio
from typing import Any, NamedTuple

import msgspec
import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.transaction import Database
from poolkeep.core.oauth.codes import Codes
from poolkeep.core.oauth.model import CODE_LIFE_MS, Code
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.sessions import Tracker
from poolkeep.storage.stores.oauth_codes import SqlOAuthCodes
from poolkeep.storage.stores.sessions import SqlSessions
from poolkeep.storage.stores.tokens import SqlTokens
from tests.sdk.support import holds
from tests.unit.core.oauth.asking import (
    CALLBACK,
    CHALLENGE,
    NOW_MS,
    OTHER,
    VERIFIER,
    a_client,
    pool_of,
    read,
    usual,
)
from tests.unit.core.users.people import a_pool

TOKENS = SqlTokens()


class Desk(NamedTuple):
    """Codes of a pool over a database, with a clock of their own."""

    database: Database
    codes: Codes
    clock: ManualClock
    pool: LoadedPool

    async def issue(self, **params: str) -> str:
        text = self.codes.new_text()
        code = Code(
            request=read(usual(**params), pool=self.pool),
            user_id="u1",
            factors=("pwd",),
            authenticated_ms=NOW_MS,
            issued_ms=self.clock.now_ms(),
            event_id="e1",
            provider="COGNITO",
        )
        await self.database.write(lambda tx: self.codes.put(tx, self.pool, text, code))
        return text

    async def redeem(self, text: str, **more: Any) -> str:
        """Return `ok`, or the error."""
        given = {
            "pool": self.pool,
            "client": a_client(),
            "redirect_uri": CALLBACK,
            "code_verifier": None,
            "origin_jti": "first",
            **more,
        }
        try:
            await self.codes.redeem(code=text, **given)
        except OAuthRefusal as refusal:
            return f"{refusal.error} {refusal.description or ''}".strip()
        return "ok"

    async def is_revoked(self, origin_jti: str) -> bool:
        return await self.database.read(
            lambda tx: TOKENS.is_revoked(tx, self.pool.pool.id, origin_jti)
        )


def desk_of(database: Database, profile: str = "compat") -> Desk:
    clock = ManualClock(NOW_MS)
    codes = Codes(
        database=database,
        rows=SqlOAuthCodes(),
        revocations=TOKENS,
        tracker=Tracker(sessions=SqlSessions(), revocations=TOKENS),
        clock=clock,
        entropy=SeededEntropy("codes"),
    )
    return Desk(database, codes, clock, pool_of(profile))


@pytest.fixture
def desk(database: Database) -> Desk:
    return desk_of(database)


@holds("OAUTH-33")
async def test_a_code_is_good_once_and_its_second_use_takes_the_first_back(desk: Desk) -> None:
    text = await desk.issue()
    assert await desk.redeem(text) == "ok"
    assert not await desk.is_revoked("first")
    assert await desk.redeem(text, origin_jti="second") == "invalid_grant"
    assert await desk.is_revoked("first")
    assert not await desk.is_revoked("second")


@holds("OAUTH-33")
async def test_of_racers_one_gets_through_and_loses_what_it_got(desk: Desk) -> None:
    text = await desk.issue()
    names = [f"racer-{number}" for number in range(8)]
    answers = await asyncio.gather(*(desk.redeem(text, origin_jti=name) for name in names))
    assert sorted(answers) == ["invalid_grant"] * 7 + ["ok"]
    revoked = [name for name in names if await desk.is_revoked(name)]
    assert revoked == [names[answers.index("ok")]]


@holds("OAUTH-33")
async def test_a_code_is_good_for_five_minutes(desk: Desk) -> None:
    early, late = await desk.issue(), await desk.issue()
    desk.clock.advance(ms=CODE_LIFE_MS - 1)
    assert await desk.redeem(early) == "ok"
    desk.clock.advance(ms=1)
    assert await desk.redeem(late) == "invalid_grant"


@holds("OAUTH-33")
async def test_what_was_not_announced_spends_nothing(desk: Desk) -> None:
    text = await desk.issue(code_challenge=CHALLENGE, code_challenge_method="S256")
    stranger = msgspec.structs.replace(a_client(), id="other")
    elsewhere = a_pool(pool_id="eu-west-1_Other1234")
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"client": stranger, "code_verifier": VERIFIER}, "invalid_grant"),
        ({"pool": elsewhere, "code_verifier": VERIFIER}, "invalid_grant"),
        (
            {"redirect_uri": OTHER, "code_verifier": VERIFIER},
            "unauthorized_client invalid_redirect",
        ),
        ({}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
    ]
    for more, expected in wrong:
        assert await desk.redeem(text, **more) == expected
    assert await desk.redeem("nobody's", code_verifier=VERIFIER) == "invalid_grant"
    assert await desk.redeem(text, code_verifier=VERIFIER) == "ok"
    plain = await desk.issue()
    assert await desk.redeem(plain, code_verifier=VERIFIER) == "invalid_grant"


@holds("OAUTH-33")
async def test_a_used_code_is_nothing_to_a_stranger(desk: Desk) -> None:
    text = await desk.issue()
    await desk.redeem(text)
    stranger = msgspec.structs.replace(a_client(), id="other")
    assert await desk.redeem(text, client=stranger) == "invalid_grant"
    assert not await desk.is_revoked("first")


async def test_a_strict_pool_says_of_another_address_what_the_rfc_says(database: Database) -> None:
    desk = desk_of(database, "strict")
    text = await desk.issue()
    assert await desk.redeem(text, redirect_uri=OTHER) == "invalid_grant"
