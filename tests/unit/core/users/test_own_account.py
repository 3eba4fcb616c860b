import asyncio
from collections.abc import Callable

import pytest

from poolkeep.base.refusal import (
    AliasExists,
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    InvalidPassword,
    LimitExceeded,
    NotAuthorized,
    Refusal,
    UserNotFound,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import (
    Policies,
    SignInPolicy,
    UserAttributeUpdateSettings,
    UserPoolAddOns,
)
from poolkeep.core.users.passwords import check_password
from tests.unit.core.users.people import (
    ALIASES,
    PASSWORD,
    VERIFIES_EMAIL,
    Region,
    a_client,
    a_pool,
)

Make = Callable[[LoadedPool], Region]
KEEPS = UserAttributeUpdateSettings(attributes_require_verification_before_update=("email",))
FRESH = "Fresh-Horse-8"
WRONG = "Wrong-Horse-1"


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_client_writes_what_it_may_and_nothing_of_the_rest(region_of: Make) -> None:
    region = region_of(a_pool())
    await region.person("alice", name="N", nickname="Nick")
    narrow = a_client(region.pool, write_attributes=("name", "email_verified"))
    caller = await region.caller("alice", narrow)
    for attributes in ({"name": "M", "nickname": "O"}, {"email_verified": "true"}):
        with pytest.raises(NotAuthorized, match="unauthorized attribute"):
            await region.own.update_attributes(caller, attributes=attributes)
    with pytest.raises(NotAuthorized):
        await region.own.delete_attributes(caller, ["nickname"])
    assert (await region.get("alice")).attributes == {"name": "N", "nickname": "Nick"}
    assert await region.own.update_attributes(caller, attributes={"name": "M"}) == []
    await region.own.delete_attributes(caller, ["name"])
    assert (await region.get("alice")).attributes == {"nickname": "Nick"}
    for forbidden in ("sub",):
        with pytest.raises(InvalidParameter):
            await region.own.update_attributes(caller, attributes={forbidden: "x"})
        with pytest.raises(InvalidParameter):
            await region.own.delete_attributes(caller, [forbidden])


async def test_the_old_alias_stands_until_the_new_one_is_proven(region_of: Make) -> None:
    region = region_of(a_pool(**ALIASES, **VERIFIES_EMAIL, user_attribute_update_settings=KEEPS))
    caller = await region.person("alice", email="a@x.com", email_verified="true")
    [details] = await region.own.update_attributes(caller, attributes={"email": "b@x.com"})
    assert (details.destination, details.delivery_medium) == ("b***@x***", "EMAIL")
    assert (await region.get("a@x.com")).username == "alice"
    with pytest.raises(UserNotFound):
        await region.get("b@x.com")
    await region.own.verify_attribute(caller, attribute="email", code=await region.last_code())
    assert (await region.get("b@x.com")).username == "alice"
    with pytest.raises(UserNotFound):
        await region.get("a@x.com")


async def test_who_verifies_first_owns_the_alias(region_of: Make) -> None:
    region = region_of(a_pool(**ALIASES, **VERIFIES_EMAIL))
    victim = await region.person("victim", email="v@x.com", email_verified="true")
    caller = await region.person("mallory")
    await region.own.update_attributes(caller, attributes={"email": "v@x.com"})
    code = await region.last_code()
    for _ in range(2):  # the refusal does not spend the code
        with pytest.raises(AliasExists):
            await region.own.verify_attribute(caller, attribute="email", code=code)
    assert (await region.get("v@x.com")).id == victim.user.id
    assert (await region.get("mallory")).attributes["email_verified"] == "false"


async def test_a_code_proves_only_the_value_user_and_client_it_was_for(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice", email="a@x.com")
    bob = await region.person("bob", email="b@x.com")
    with pytest.raises(ExpiredCode):
        await region.own.verify_attribute(caller, attribute="email", code="123456")
    await region.own.send_code(bob, attribute="email")
    await region.own.send_code(caller, attribute="email")
    code = await region.last_code()
    elsewhere = await region.caller("alice", a_client(region.pool))
    elsewhere = type(elsewhere)(
        pool=elsewhere.pool,
        client=type(elsewhere.client)(
            id="client2", pool_id="p", created_ms=1, modified_ms=1,
            settings=elsewhere.client.settings,
        ),
        user=elsewhere.user,
        claims=elsewhere.claims,
    )  # fmt: skip
    for wrong_caller, wrong_code in ((caller, another(code)), (bob, code), (elsewhere, code)):
        with pytest.raises(CodeMismatch):
            await region.own.verify_attribute(wrong_caller, attribute="email", code=wrong_code)
    await region.own.update_attributes(caller, attributes={"email": "c@x.com"})
    with pytest.raises(ExpiredCode):
        await region.own.verify_attribute(caller, attribute="email", code=code)
    assert (await region.get("alice")).attributes["email_verified"] == "false"


async def test_of_racers_with_one_code_one_wins(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice", email="a@x.com")
    await region.own.send_code(caller, attribute="email")
    code = await region.last_code()
    outcomes = await asyncio.gather(
        *(region.own.verify_attribute(caller, attribute="email", code=code) for _ in range(10)),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    assert all(outcome is None or isinstance(outcome, ExpiredCode) for outcome in outcomes)


async def test_a_code_lives_a_day(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice", email="a@x.com")
    await region.own.send_code(caller, attribute="email")
    region.clock.advance(s=86_400)
    with pytest.raises(ExpiredCode):
        await region.own.verify_attribute(caller, attribute="email", code=await region.last_code())


async def test_sending_and_verifying_have_limits(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice", email="a@x.com")
    for attribute in ("phone_number", "name", "custom:x"):
        with pytest.raises(InvalidParameter):
            await region.own.send_code(caller, attribute=attribute)
    for _ in range(5):
        await region.own.send_code(caller, attribute="email")
    with pytest.raises(LimitExceeded, match="Attempt limit exceeded, please try after some time"):
        await region.own.send_code(caller, attribute="email")
    code = await region.last_code()
    for _ in range(15):
        with pytest.raises(CodeMismatch):
            await region.own.verify_attribute(caller, attribute="email", code=another(code))
    with pytest.raises(LimitExceeded):
        await region.own.verify_attribute(caller, attribute="email", code=code)
    region.clock.advance(s=3_600)
    await region.own.verify_attribute(caller, attribute="email", code=code)


async def test_in_a_pool_of_addresses_the_new_one_signs_in_at_once(region_of: Make) -> None:
    region = region_of(a_pool(username_attributes=("email",), **VERIFIES_EMAIL))
    await region.create("taken@x.com")
    caller = await region.person("a@x.com")
    with pytest.raises(AliasExists) as caught:
        await region.own.update_attributes(caller, attributes={"email": "taken@x.com"})
    assert caught.value.text == "An account with the given email already exists."
    assert await region.messages() == []
    await region.own.update_attributes(caller, attributes={"email": "b@x.com"})
    assert (await region.get("b@x.com")).id == caller.user.id
    with pytest.raises(UserNotFound):
        await region.get("a@x.com")


async def test_a_changed_password_replaces_the_old_one(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice")
    for previous in (WRONG, None):
        with pytest.raises(NotAuthorized, match="Incorrect username or password"):
            await region.own.change_password(caller, previous=previous, proposed=FRESH)
    with pytest.raises(InvalidPassword, match="Password does not conform to policy: Password not"):
        await region.own.change_password(caller, previous=PASSWORD, proposed="Sh0rt-x")
    assert check_password(region.pool, await region.get("alice"), PASSWORD)
    await region.own.change_password(caller, previous=PASSWORD, proposed=FRESH)
    user = await region.get("alice")
    assert check_password(region.pool, user, FRESH)
    assert not check_password(region.pool, user, PASSWORD)
    assert user.signed_out_ms == 0


async def test_five_changes_an_hour_however_parallel(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice")
    outcomes = await asyncio.gather(
        *(region.own.change_password(caller, previous=WRONG, proposed=FRESH) for _ in range(30)),
        return_exceptions=True,
    )
    kinds = [type(outcome) for outcome in outcomes]
    assert (kinds.count(NotAuthorized), kinds.count(LimitExceeded)) == (5, 25)
    with pytest.raises(LimitExceeded):
        await region.own.change_password(caller, previous=PASSWORD, proposed=FRESH)


async def test_wrong_passwords_lock_and_the_lock_holds_for_the_right_one(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice")
    subject = f"user:{caller.user.id}"
    for _ in range(4):
        await region.database.write(
            lambda tx: region.attempts.fail(
                tx, caller.pool.pool.id, subject, kind="password",
                now_ms=region.clock.now_ms(), free=5, cap_ms=900_000,
            )
        )  # fmt: skip
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        await region.own.change_password(caller, previous=WRONG, proposed=FRESH)
    for password in (PASSWORD, WRONG):
        with pytest.raises(NotAuthorized, match="Password attempts exceeded"):
            await region.own.change_password(caller, previous=password, proposed=FRESH)
    region.clock.advance(s=1)
    await region.own.change_password(caller, previous=PASSWORD, proposed=FRESH)


async def test_who_never_had_a_password_names_none(region_of: Make) -> None:
    factors = SignInPolicy(allowed_first_auth_factors=("PASSWORD", "EMAIL_OTP"))
    region = region_of(a_pool(policies=Policies(sign_in_policy=factors)))
    await region.create("alice")
    caller = await region.caller("alice")
    await region.own.change_password(caller, previous=None, proposed=FRESH)
    assert check_password(region.pool, await region.get("alice"), FRESH)


async def test_changes_are_told_where_the_pool_asks_failures_included(region_of: Make) -> None:
    add_ons = UserPoolAddOns(advanced_security_mode="AUDIT")
    region = region_of(a_pool(user_pool_add_ons=add_ons))
    caller = await region.person("alice")
    with pytest.raises(Refusal):
        await region.own.change_password(caller, previous=WRONG, proposed=FRESH)
    await region.own.change_password(caller, previous=PASSWORD, proposed=FRESH)
    rows = await region.database.read(lambda tx: tx.all("SELECT document FROM auth_events"))
    told = sorted(bytes(row[0]).count(b'"Pass"') for row in rows)
    assert told == [0, 1]


async def test_users_delete_themselves(region_of: Make) -> None:
    region = region_of(a_pool())
    caller = await region.person("alice")
    await region.own.delete(caller)
    with pytest.raises(UserNotFound):
        await region.get("alice")
    with pytest.raises(UserNotFound):
        await region.own.update_attributes(caller, attributes={"name": "N"})
