"""Rendering consults, seals and addresses; it never sends."""

from typing import Any

import pytest

from poolkeep.base.refusal import (
    CodeDeliveryFailure,
    InvalidParameter,
    UserLambdaValidation,
)
from poolkeep.core.messages.model import EMAIL, SMS, Message, OutboxMessage
from poolkeep.core.messages.service import open_message
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import (
    EmailConfiguration,
    EumsSms,
    SmsConfiguration,
    VerificationMessageTemplate,
)
from poolkeep.crypto.envelope import EnvelopeBroken
from tests.sdk.support import holds
from tests.unit.core.messages.world import FUNCTION, SMS_SETTINGS, World, with_functions
from tests.unit.core.users.people import a_pool, a_user

MARY = a_user("mary", attributes={"email": "mary@example.com"})


async def render(world: World, pool: LoadedPool, **members: Any) -> Message:
    return open_message(pool, await sealed(world, pool, **members))


async def sealed(world: World, pool: LoadedPool, **members: Any) -> OutboxMessage:
    defaults: dict[str, Any] = {
        "source": "SignUp",
        "user": MARY,
        "client_id": "client1",
        "medium": EMAIL,
        "destination": "mary@example.com",
        "code": "012345",
        "client_metadata": None,
    }
    return await world.messenger.render(pool, **{**defaults, **members})


async def test_what_waits_shows_nothing(world: World) -> None:
    pool = a_pool()
    found = await sealed(world, pool)
    for secret in (b"012345", b"mary", b"example.com", b"verification"):
        assert secret not in found.sealed
    other = a_pool(pool_id="eu-west-1_Other1234")
    with pytest.raises(EnvelopeBroken):
        open_message(other, found)
    assert "012345" not in repr(open_message(pool, found))


async def test_the_pool_names_sender_and_reply(world: World) -> None:
    plain = await render(world, a_pool())
    assert (plain.sender, plain.reply_to) == (None, None)
    config = EmailConfiguration(from_="Us <us@x.test>", reply_to_email_address="re@x.test")
    own = await render(world, a_pool(email_configuration=config))
    assert (own.sender, own.reply_to) == ("Us <us@x.test>", "re@x.test")
    arn = "arn:aws:ses:eu-west-1:123456789012:identity/"
    for identity, sender in (("us@x.test", "us@x.test"), ("x.test", None)):
        config = EmailConfiguration(source_arn=arn + identity)
        assert (await render(world, a_pool(email_configuration=config))).sender == sender


@holds("POOL-33")
async def test_the_pool_says_from_where_an_sms_comes(world: World) -> None:
    eums = EumsSms(
        caller_arn="arn:aws:iam::1:role/sms", origination_identity="+15005550006",
        in_entity_id="11", in_template_id="12",
    )  # fmt: skip
    to_phone = {"medium": SMS, "destination": "+15551239934"}
    pool = a_pool(sms_configuration=SmsConfiguration(eums_sms=eums))
    told = await render(world, pool, **to_phone)
    assert (told.sender, told.in_entity_id, told.in_template_id) == ("+15005550006", "11", "12")
    plain = await render(world, a_pool(sms_configuration=SMS_SETTINGS), **to_phone)
    assert (plain.sender, plain.in_entity_id, plain.in_template_id) == (None, None, None)
    assert (await render(world, pool)).in_entity_id is None, "an e-mail is no SMS"


async def test_link_mode_sends_a_link_of_our_own_address(world: World) -> None:
    option = VerificationMessageTemplate(default_email_option="CONFIRM_WITH_LINK")
    message = await render(world, a_pool(verification_message_template=option))
    assert message.link == (
        "http://localhost:9229/confirmUser"
        "?client_id=client1&user_name=mary&confirmation_code=012345"
    )
    assert message.code == "012345"


async def test_an_invitation_names_what_the_user_signs_in_with(world: World) -> None:
    pool = a_pool(username_attributes=("email",))
    message = await render(world, pool, source="AdminCreateUser", code="Temp-1")
    assert message.body.startswith("Your username is mary@example.com and")


@pytest.mark.parametrize(
    "source, asked_username", [("ForgotPassword", None), ("AdminCreateUser", "{username}")]
)
async def test_the_function_is_told_and_may_answer(
    world: World, source: str, asked_username: str | None
) -> None:
    asked: list[dict[str, Any]] = []

    def function(event: dict[str, Any]) -> dict[str, Any]:
        asked.append(event)
        text = "Hi {username}, {####}"
        return {"response": {"emailMessage": text, "emailSubject": "Hi"}}

    world.triggers.register(FUNCTION + "texts", function)
    pool = a_pool(**with_functions(custom_message="texts"))
    message = await render(world, pool, source=source, client_metadata={"a": "b"})
    assert (message.subject, message.body) == ("Hi", "Hi mary, 012345")
    event = asked[0]
    assert event["triggerSource"] == f"CustomMessage_{source}"
    assert event["callerContext"]["clientId"] == "client1"
    request = event["request"]
    assert request["codeParameter"] == "{####}"
    assert request["linkParameter"] == "{##Click Here##}"
    assert request["usernameParameter"] == asked_username
    assert request["clientMetadata"] == {"a": "b"}
    assert request["userAttributes"]["sub"] == MARY.id
    assert "012345" not in str(event), "the function never sees the code"


async def test_a_throwing_function_stops_the_message(world: World) -> None:
    def function(_: dict[str, Any]) -> None:
        raise ValueError("no")

    world.triggers.register(FUNCTION + "texts", function)
    pool = a_pool(**with_functions(custom_message="texts"))
    with pytest.raises(UserLambdaValidation, match=r"CustomMessage failed with error no\."):
        await render(world, pool)


async def test_a_medium_needs_a_transport_and_sms_needs_settings(world: World) -> None:
    text = r"User pool does not have SMS configuration to send messages\."
    with pytest.raises(InvalidParameter, match=text):
        world.messenger.can_send(a_pool(), SMS)
    world.messenger.can_send(a_pool(sms_configuration=SMS_SETTINGS), SMS)
    silent = World(world.database, media=())
    for medium in (EMAIL, SMS):
        with pytest.raises(CodeDeliveryFailure):
            silent.messenger.can_send(a_pool(sms_configuration=SMS_SETTINGS), medium)
