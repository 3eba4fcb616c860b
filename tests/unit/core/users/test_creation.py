from collections.abc import Callable
from typing import Any

import pytest

from poolkeep.base.refusal import (
    AliasExists,
    InvalidParameter,
    InvalidPassword,
    ResourceNotFound,
    UnsupportedUserState,
    UserLambdaValidation,
    UsernameExists,
    UserNotFound,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import LambdaConfig, Policies, SignInPolicy
from poolkeep.core.users.creation import CreateUser
from poolkeep.core.users.passwords import check_password
from tests.unit.core.users.people import (
    ACTOR,
    ALIASES,
    PASSWORD,
    POOL_ID,
    SMS,
    Region,
    a_pool,
)

Make = Callable[[LoadedPool], Region]
VERIFIED = {"email": "a@x.com", "email_verified": "true"}
PRE_SIGN_UP: dict[str, Any] = {"lambda_config": LambdaConfig(pre_sign_up="arn:pre")}


async def test_a_new_user_has_a_temporary_password(region_of: Make) -> None:
    region = region_of(a_pool())
    user = await region.create("alice", temporary_password=PASSWORD)
    assert user == await region.get("alice")
    assert (user.status, user.enabled) == ("FORCE_CHANGE_PASSWORD", True)
    assert check_password(region.pool, user, PASSWORD)
    seven_days = region.clock.now_ms() + 7 * 86_400_000
    assert user.document.temporary_password_expires_ms == seven_days
    assert await region.audited() == ["AdminCreateUser"]
    assert await region.messages() == []


async def test_the_invitation_brings_the_password(region_of: Make) -> None:
    region = region_of(a_pool(sms_configuration=SMS))
    attributes = {"email": "a@x.com", "phone_number": "+12065550100"}
    wished = {"message_action": None, "desired_delivery_mediums": ("EMAIL", "SMS")}
    user = await region.create("alice", attributes=attributes, **wished)
    sent = await region.messages()
    assert {message.destination for message in sent} == set(attributes.values())
    for message in sent:
        assert message.code is not None
        assert check_password(region.pool, user, message.code)


async def test_by_default_it_goes_by_text_message_or_nowhere(region_of: Make) -> None:
    region = region_of(a_pool(sms_configuration=SMS))
    await region.create("alice", attributes={"email": "a@x.com"}, message_action=None)
    assert await region.messages() == []
    await region.create("bob", attributes={"phone_number": "+1555"}, message_action=None)
    assert [message.destination for message in await region.messages()] == ["+1555"]


async def test_a_wish_that_cannot_be_met_creates_nobody(region_of: Make) -> None:
    region = region_of(a_pool())
    for attributes, medium in (({}, "EMAIL"), ({"phone_number": "+1555"}, "SMS")):
        with pytest.raises(InvalidParameter):
            await region.create(
                "alice",
                attributes=attributes,
                message_action=None,
                desired_delivery_mediums=(medium,),
            )
    with pytest.raises(UserNotFound):
        await region.get("alice")
    assert await region.audited() == []


async def test_a_taken_name_is_told(region_of: Make) -> None:
    region = region_of(a_pool())
    user = await region.create("alice")
    for name in ("alice", user.id):
        with pytest.raises(UsernameExists) as caught:
            await region.create(name)
        assert caught.value.text == "User account already exists"
    with pytest.raises(InvalidPassword, match="Password did not conform with password policy"):
        await region.create("bob", temporary_password="weak")


async def test_in_a_pool_of_addresses_the_name_is_the_sub(region_of: Make) -> None:
    region = region_of(a_pool(username_attributes=("email",)))
    user = await region.create("a@x.com")
    assert user.username == user.id
    assert user.attributes == {"email": "a@x.com"}
    assert await region.get("a@x.com") == user == await region.get(user.id)
    with pytest.raises(UsernameExists) as caught:
        await region.create("a@x.com")
    assert caught.value.text == "An account with the given email already exists."


async def test_a_verified_alias_is_refused_or_moves(region_of: Make) -> None:
    region = region_of(a_pool(**ALIASES))
    await region.create("alice", attributes=VERIFIED)
    with pytest.raises(AliasExists) as caught:
        await region.create("bob", attributes=VERIFIED)
    assert caught.value.text == "An account with the email already exists."
    await region.create("carol", attributes={"email": "a@x.com"}, force_alias_creation=True)
    assert (await region.get("a@x.com")).username == "alice"
    await region.create("bob", attributes=VERIFIED, force_alias_creation=True)
    assert (await region.get("a@x.com")).username == "bob"
    assert (await region.get("alice")).attributes == {
        "email": "a@x.com",
        "email_verified": "false",
    }


async def test_force_never_takes_a_username(region_of: Make) -> None:
    region = region_of(a_pool(alias_attributes=("preferred_username",)))
    await region.create("alice")
    with pytest.raises(AliasExists):
        await region.create(
            "bob", attributes={"preferred_username": "alice"}, force_alias_creation=True
        )
    assert (await region.get("alice")).username == "alice"


async def test_a_resent_invitation_renews_password_and_expiry(region_of: Make) -> None:
    region = region_of(a_pool())
    await region.create("alice", attributes={"email": "a@x.com"}, temporary_password=PASSWORD)
    region.clock.advance(s=86_400)
    again = {"message_action": "RESEND", "desired_delivery_mediums": ("EMAIL",)}
    user = await region.create("alice", **again)
    password = await region.last_code()
    assert check_password(region.pool, user, password)
    assert not check_password(region.pool, user, PASSWORD)
    assert user.document.temporary_password_expires_ms == region.clock.now_ms() + 7 * 86_400_000
    await region.admin.set_password(ACTOR, POOL_ID, "alice", password=PASSWORD, permanent=True)
    with pytest.raises(UnsupportedUserState) as caught:
        await region.create("alice", **again)
    assert caught.value.text == ("Resend not possible. alice status is not FORCE_CHANGE_PASSWORD")
    with pytest.raises(UserNotFound):
        await region.create("nobody", **again)


async def test_pre_sign_up_may_refuse_and_nothing_else(region_of: Make) -> None:
    region = region_of(a_pool(**PRE_SIGN_UP))
    events: list[dict[str, Any]] = []

    def approve(event: dict[str, Any]) -> dict[str, Any]:
        events.append(event)
        flags = {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": True}
        return {**event, "response": flags}

    region.triggers.register("arn:pre", approve)
    user = await region.create(
        "alice",
        attributes={"email": "a@x.com"},
        validation_data={"k": "v"},
        client_metadata={"m": "d"},
    )
    assert (user.status, user.attributes) == ("FORCE_CHANGE_PASSWORD", {"email": "a@x.com"})
    [event] = events
    assert event["triggerSource"] == "PreSignUp_AdminCreateUser"
    assert event["userName"] == "alice"
    assert event["request"] == {
        "userAttributes": {"email": "a@x.com"},
        "validationData": {"k": "v"},
        "clientMetadata": {"m": "d"},
    }

    def refuse(_: dict[str, Any]) -> None:
        raise ValueError("not you")

    region.triggers.register("arn:pre", refuse)
    with pytest.raises(UserLambdaValidation) as caught:
        await region.create("bob")
    assert caught.value.text == "PreSignUp failed with error not you."
    with pytest.raises(UsernameExists):  # told before any function is asked
        await region.create("alice")
    with pytest.raises(UserNotFound):
        await region.get("bob")


async def test_where_no_password_is_needed_there_is_none(region_of: Make) -> None:
    factors = SignInPolicy(allowed_first_auth_factors=("PASSWORD", "EMAIL_OTP"))
    region = region_of(a_pool(policies=Policies(sign_in_policy=factors)))
    user = await region.create("alice")
    assert (user.status, user.credential) == ("CONFIRMED", None)
    user = await region.create("bob", temporary_password=PASSWORD)
    assert user.status == "FORCE_CHANGE_PASSWORD"


async def test_another_accounts_pool_does_not_exist(region_of: Make) -> None:
    region = region_of(a_pool())
    stranger = type(ACTOR)(account="999999999999", principal="p")
    command = CreateUser(pool_id=POOL_ID, username="alice")
    with pytest.raises(ResourceNotFound, match=f"User pool {POOL_ID} does not exist"):
        await region.creation.create(stranger, command)
    with pytest.raises(ResourceNotFound):
        await region.admin.get(stranger, POOL_ID, "alice")
    assert PASSWORD not in repr(
        CreateUser(pool_id=POOL_ID, username="a", temporary_password=PASSWORD)
    )
