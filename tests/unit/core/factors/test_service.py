"""Preferences and apps as services: what is stored, audited, and decided anew after a race."""

import asyncio
from collections.abc import Callable

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound, SoftwareTokenMFANotFound
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.factors import seeds
from poolkeep.core.factors.model import Choice, MfaOption, PreferenceChange
from poolkeep.core.factors.preferences import preferences_of
from poolkeep.core.factors.service import Factors
from poolkeep.core.factors.software_tokens import SoftwareTokens
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto import totp
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.software_tokens import SqlSoftwareTokens
from tests.sdk.support import holds
from tests.unit.core.users.people import ACTOR, Book, Region, a_pool, with_mfa

ALL = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
ON = Choice(enabled=True)
Make = Callable[[LoadedPool], Region]


class World:
    """A region with factors."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.rows = SqlSoftwareTokens()
        self.wall_clock = ManualClock()
        self.factors = Factors(
            database=region.database,
            users=region.store,
            tokens=self.rows,
            book=Book(region.pool),
            audit=AuditTrail(SqlAudit(), region.entropy),
            clock=region.clock,
        )
        self.apps = SoftwareTokens(
            database=region.database,
            users=region.store,
            tokens=self.rows,
            clock=region.clock,
            wall_clock=self.wall_clock,
            entropy=region.entropy,
        )
        self.pool_id = region.pool.pool.id

    async def enabled(self, name: str) -> tuple[str, ...]:
        return preferences_of(await self.region.get(name)).enabled

    def code(self, secret: str, shift: int = 0) -> str:
        step = self.wall_clock.now_ms() // totp.STEP_MS + shift
        return totp.code_at(totp.seed_of(secret), step)


@pytest.fixture
def world(region_of: Make) -> World:
    return World(region_of(with_mfa(a_pool(), "OPTIONAL", *ALL)))


@holds("MFA-20")
async def test_every_change_of_an_administrator_is_audited(world: World) -> None:
    await world.region.person("mary", phone_number="+12065550100")
    before = await world.region.audited()
    option = MfaOption(delivery_medium="SMS", attribute_name="phone_number")
    change = PreferenceChange(sms_mfa_settings=ON)
    await world.factors.prefer_for(ACTOR, world.pool_id, "mary", change)
    await world.factors.set_options_for(ACTOR, world.pool_id, "mary", [])
    await world.factors.set_options_for(ACTOR, world.pool_id, "mary", [option])
    await world.factors.forget_software_token(ACTOR, world.pool_id, "mary")
    assert sorted(await world.region.audited()) == sorted(
        [
            *before,
            "AdminSetUserMFAPreference",
            "AdminSetUserSettings",
            "AdminSetUserSettings",
            "AdminDeleteSoftwareToken",
        ]
    )


@holds("MFA-20")
async def test_what_is_refused_leaves_no_trace(world: World) -> None:
    await world.region.person("mary")
    before = await world.region.audited()
    with pytest.raises(InvalidParameter):
        await world.factors.prefer_for(
            ACTOR, world.pool_id, "mary", PreferenceChange(sms_mfa_settings=ON)
        )
    stranger = Actor(account="999999999999", principal="root")
    with pytest.raises(ResourceNotFound):
        await world.factors.forget_software_token(stranger, world.pool_id, "mary")
    assert await world.region.audited() == before


async def test_users_leave_no_audit_but_a_later_date(world: World) -> None:
    caller = await world.region.person("mary", phone_number="+12065550100")
    before, then = await world.region.audited(), (await world.region.get("mary")).modified_ms
    await world.factors.prefer(caller, PreferenceChange(sms_mfa_settings=ON))
    assert await world.region.audited() == before
    once = (await world.region.get("mary")).modified_ms
    assert once > then
    await world.factors.prefer(caller, PreferenceChange(sms_mfa_settings=ON))
    assert (await world.region.get("mary")).modified_ms == once


async def test_changes_at_once_are_all_kept(world: World) -> None:
    caller = await world.region.person("mary", phone_number="+12065550100", email="m@example.com")
    secret = await world.apps.associate(caller)
    await asyncio.gather(
        world.factors.prefer(caller, PreferenceChange(sms_mfa_settings=ON)),
        world.factors.prefer(caller, PreferenceChange(email_mfa_settings=ON)),
        world.apps.verify(caller, code=world.code(secret), friendly_name="phone"),
    )
    assert await world.enabled("mary") == ("SMS_MFA", "EMAIL_OTP")
    known = preferences_of(await world.region.get("mary"))
    assert (known.software_token, known.software_token_named) == (True, True)


@holds("MFA-40")
async def test_seeds_are_sealed_for_their_user_and_their_use(world: World) -> None:
    pool = world.region.pool
    mary, anna = [await world.region.person(name) for name in ("mary", "anna")]
    secret = await world.apps.associate(mary)
    row = await world.region.database.read(
        lambda tx: world.rows.get(tx, world.pool_id, mary.user.id)
    )
    assert row is not None
    assert row.pending is not None
    seed = totp.seed_of(secret)
    assert seed not in row.pending
    assert seeds.unseal(pool, mary.user.id, row.pending, seeds.PENDING) == seed
    for user_id, use in ((anna.user.id, seeds.PENDING), (mary.user.id, seeds.IN_FORCE)):
        with pytest.raises(EnvelopeBroken):
            seeds.unseal(pool, user_id, row.pending, use)
    assert secret not in repr(seeds.token_of(pool, mary.user.id, row))


@holds("MFA-34")
async def test_codes_are_dated_by_the_machines_own_clock(world: World) -> None:
    """Development moves the server's clock; nobody moves the phone's."""
    caller = await world.region.person("mary")
    secret = await world.apps.associate(caller)
    world.region.clock.advance(s=10_000)
    await world.apps.verify(caller, code=world.code(secret), friendly_name=None)


@holds("MFA-36")
async def test_a_seed_from_before_a_deletion_is_gone(world: World) -> None:
    caller = await world.region.person("mary")
    secret = await world.apps.associate(caller)
    await world.factors.forget_software_token(ACTOR, world.pool_id, "mary")
    with pytest.raises(SoftwareTokenMFANotFound):
        await world.apps.verify(caller, code=world.code(secret), friendly_name=None)
