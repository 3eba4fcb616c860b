import asyncio
from collections.abc import Callable

import pytest

from poolkeep.base.refusal import (
    AliasExists,
    ExpiredCode,
    InvalidParameter,
    InvalidPassword,
    PasswordHistoryViolation,
    UserNotFound,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import SchemaAttribute, UserAttributeUpdateSettings
from poolkeep.core.users.passwords import check_password
from poolkeep.core.users.service import ListUsers
from tests.unit.core.users.people import (
    ACTOR,
    ALIASES,
    PASSWORD,
    POOL_ID,
    VERIFIES_EMAIL,
    Region,
    a_policy,
    a_pool,
)

Make = Callable[[LoadedPool], Region]
KEEPS = UserAttributeUpdateSettings(attributes_require_verification_before_update=("email",))
FRESH = "Fresh-Horse-8"


async def update(region: Region, name: str, **attributes: str) -> None:
    await region.admin.update_attributes(ACTOR, POOL_ID, name, attributes=attributes)


async def test_disabling_signs_out_and_every_change_is_audited(region_of: Make) -> None:
    region = region_of(a_pool())
    before = await region.create("alice")
    for _ in range(2):
        await region.admin.disable(ACTOR, POOL_ID, "alice")
    user = await region.get("alice")
    assert (user.enabled, user.signed_out_ms) == (False, region.clock.now_ms())
    assert user.modified_ms > before.modified_ms
    for _ in range(2):
        await region.admin.enable(ACTOR, POOL_ID, "alice")
    after = await region.get("alice")
    assert (after.enabled, after.signed_out_ms) == (True, user.signed_out_ms)
    await region.admin.delete(ACTOR, POOL_ID, "alice")
    with pytest.raises(UserNotFound):
        await region.get("alice")
    assert sorted(await region.audited()) == [
        "AdminCreateUser",
        "AdminDeleteUser",
        *["AdminDisableUser"] * 2,
        *["AdminEnableUser"] * 2,
    ]


async def test_a_refused_change_leaves_no_audit_entry(region_of: Make) -> None:
    region = region_of(a_pool())
    with pytest.raises(UserNotFound, match="User does not exist"):
        await region.admin.delete(ACTOR, POOL_ID, "nobody")
    assert await region.audited() == []


@pytest.mark.parametrize(
    "permanent, status", [(True, "CONFIRMED"), (False, "FORCE_CHANGE_PASSWORD")]
)
async def test_a_set_password_lifts_the_lock(
    region_of: Make, *, permanent: bool, status: str
) -> None:
    region = region_of(a_pool())
    user = await region.create("alice")
    subject = f"user:{user.id}"
    for _ in range(7):
        await region.database.write(
            lambda tx: region.attempts.fail(
                tx, POOL_ID, subject, kind="password", now_ms=1, free=5, cap_ms=900_000
            )
        )
    with pytest.raises(InvalidPassword, match="Password did not conform with password policy"):
        await region.admin.set_password(
            ACTOR, POOL_ID, "alice", password="weak", permanent=permanent
        )
    await region.admin.set_password(ACTOR, POOL_ID, "alice", password=FRESH, permanent=permanent)
    user = await region.get("alice")
    assert user.status == status
    assert (user.document.temporary_password_expires_ms is None) is permanent
    assert check_password(region.pool, user, FRESH)
    locked = await region.database.read(
        lambda tx: region.attempts.locked_until_ms(tx, POOL_ID, subject, "password")
    )
    assert locked == 0


async def test_a_temporary_password_may_be_made_permanent_but_none_comes_back(
    region_of: Make,
) -> None:
    region = region_of(a_pool(**a_policy(minimum_length=8, password_history_size=2)))
    await region.create("alice", temporary_password=PASSWORD)

    async def set_password(password: str, *, permanent: bool = True) -> None:
        await region.admin.set_password(
            ACTOR, POOL_ID, "alice", password=password, permanent=permanent
        )

    with pytest.raises(PasswordHistoryViolation):
        await set_password(PASSWORD, permanent=False)
    await set_password(PASSWORD)
    await set_password(FRESH)
    for password in (PASSWORD, FRESH):
        with pytest.raises(PasswordHistoryViolation, match="Password has previously been used"):
            await set_password(password)


async def test_many_changes_of_one_user_at_once_all_count(region_of: Make) -> None:
    region = region_of(
        a_pool(*[SchemaAttribute(name=f"n{n}", attribute_data_type="String") for n in range(12)])
    )
    await region.create("alice")
    await asyncio.gather(*(update(region, "alice", **{f"custom:n{n}": "x"}) for n in range(12)))
    assert len((await region.get("alice")).attributes) == 12


async def test_an_address_that_nobody_vouches_for_gets_a_code(region_of: Make) -> None:
    region = region_of(a_pool(**VERIFIES_EMAIL))
    caller = await region.person("alice", email="a@x.com", email_verified="true")
    await update(region, "alice", email="b@x.com")
    [message] = await region.messages()
    assert (message.kind, message.destination) == ("UpdateUserAttribute", "b@x.com")
    assert (await region.get("alice")).attributes["email_verified"] == "false"
    await region.own.verify_attribute(caller, attribute="email", code=await region.last_code())
    assert (await region.get("alice")).attributes["email_verified"] == "true"
    await update(region, "alice", email="c@x.com", email_verified="true")
    assert len(await region.messages()) == 1


async def test_a_vouched_address_ends_what_was_pending(region_of: Make) -> None:
    region = region_of(a_pool(**VERIFIES_EMAIL, user_attribute_update_settings=KEEPS))
    caller = await region.person("alice", email="a@x.com", email_verified="true")
    await update(region, "alice", email="b@x.com")
    assert (await region.get("alice")).attributes["email"] == "a@x.com"
    await update(region, "alice", email="c@x.com", email_verified="true")
    user = await region.get("alice")
    assert (user.attributes["email"], user.document.pending) == ("c@x.com", {})
    with pytest.raises(ExpiredCode):
        await region.own.verify_attribute(caller, attribute="email", code=await region.last_code())


async def test_a_verified_alias_has_one_owner(region_of: Make) -> None:
    region = region_of(a_pool(**ALIASES))
    await region.create("alice", attributes={"email": "a@x.com", "email_verified": "true"})
    await region.create("bob")
    with pytest.raises(AliasExists) as caught:
        await update(region, "bob", email="a@x.com", email_verified="true")
    assert caught.value.text == "An account with the given email already exists."
    assert (await region.get("bob")).attributes == {}
    await update(region, "bob", email="a@x.com")
    with pytest.raises(AliasExists):
        await update(region, "bob", email_verified="true")
    with pytest.raises(AliasExists):
        await update(region, "bob", preferred_username="alice")


async def test_deleting_an_address_forgets_its_code(region_of: Make) -> None:
    region = region_of(a_pool(**VERIFIES_EMAIL))
    await region.create("alice")
    await update(region, "alice", email="a@x.com")
    await region.admin.delete_attributes(ACTOR, POOL_ID, "alice", ["email", "picture"])
    assert (await region.get("alice")).attributes == {}
    left = await region.database.read(lambda tx: tx.one("SELECT COUNT(*) FROM codes"))
    assert left == (0,)


async def listed(region: Region, **query: object) -> tuple[list[str], str | None]:
    given = {"pool_id": POOL_ID, **query}
    page = await region.admin.list(ACTOR, ListUsers(**given))  # type: ignore[arg-type]  # as given
    return [user.username for user in page.users], page.pagination_token


async def test_pages_lead_on_and_are_bound_to_their_list(region_of: Make) -> None:
    region = region_of(a_pool())
    for number in range(5):
        await region.create(f"user{number}", attributes={"name": f"N{5 - number}"})
        region.clock.advance(ms=1)
    for text, expected in (
        (None, [f"user{n}" for n in range(5)]),
        ('name ^= "n"', [f"user{n}" for n in reversed(range(5))]),
        ('username = "user3"', ["user3"]),
    ):
        seen: list[str] = []
        token: str | None = None
        while True:
            names, token = await listed(region, filter=text, limit=2, pagination_token=token)
            seen += names
            if token is None:
                break
        assert seen == expected
    _, token = await listed(region, limit=2)
    for query in (
        {"filter": 'name ^= "n"', "pagination_token": token},
        {"pagination_token": f"{token}x"},
        {"pagination_token": "nonsense"},
    ):
        with pytest.raises(InvalidParameter, match="Invalid pagination token given"):
            await listed(region, **query)
    region.clock.advance(s=3_600)
    with pytest.raises(InvalidParameter):
        await listed(region, limit=2, pagination_token=token)


async def test_attributes_to_get_are_names_of_the_schema(region_of: Make) -> None:
    region = region_of(a_pool())
    page = await region.admin.list(ACTOR, ListUsers(pool_id=POOL_ID, attributes_to_get=["email"]))
    assert page.attributes == frozenset({"email"})
    with pytest.raises(InvalidParameter):
        await listed(region, attributes_to_get=["custom:nothing"])


async def test_zero_is_the_default_limit(region_of: Make) -> None:
    region = region_of(a_pool())
    await region.create("alice", temporary_password=PASSWORD)
    assert await listed(region, limit=0) == (["alice"], None)
