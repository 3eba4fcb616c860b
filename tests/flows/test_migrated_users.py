"""Users whom a function brings over, and what they are told: docs/behaviours/triggers.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.core.triggers import FunctionUnavailable
from tests.flows.functions import UNRECOGNIZABLE, Stage
from tests.flows.in_process import serving
from tests.flows.scripted import ScriptedTriggers
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.support import Json, a_phone, an_email, holds, refused, unique

HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}
INCORRECT: Final = ("NotAuthorizedException", "Incorrect username or password.")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = ScriptedTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def an_app_that_brings(stage: Stage, says: Json, /, **client: Json) -> App:
    config = {"UserMigration": stage.function(says).arn}
    pool = a_pool(stage.wire, LambdaConfig=config, SmsConfiguration=SMS_ROLE)
    return an_app(stage.wire, pool, **client)


def brought(**says: Json) -> tuple[dict[str, Json], str, str]:
    """Return what a function says of a user, with the user's address and number."""
    email, phone = an_email(), a_phone()
    user = {"email": email, "email_verified": "true", "phone_number": phone}
    return {"userAttributes": user, "finalUserStatus": "CONFIRMED", **says}, email, phone


@holds("TRIGGER-40")
@pytest.mark.parametrize(
    "says, by_mail, by_sms",
    [
        ({}, False, True),
        ({"messageAction": "RESEND"}, False, True),
        ({"desiredDeliveryMediums": ["SMS"]}, False, True),
        ({"desiredDeliveryMediums": ["EMAIL"]}, True, False),
        ({"desiredDeliveryMediums": ["SMS", "EMAIL"]}, True, True),
        ({"desiredDeliveryMediums": ["PIGEON"]}, False, False),
        ({"messageAction": "SUPPRESS", "desiredDeliveryMediums": ["EMAIL"]}, False, False),
    ],
)
def test_a_user_who_comes_is_welcomed(
    stage: Stage, says: dict[str, Json], *, by_mail: bool, by_sms: bool
) -> None:
    told, email, phone = brought(**says)
    app, name = an_app_that_brings(stage, told), unique()
    assert app.sign_in(name)["AccessToken"]
    for to, expected in ((email, by_mail), (phone, by_sms)):
        found = stage.wire.messages(to, 10 if expected else 0)
        assert [message["body"] for message in found] == [f"Your username is {name}. "] * expected
        assert all(message.get("code") is None for message in found)
    app.sign_in(name)
    assert len(stage.wire.messages(phone)) == by_sms, "and only once"


@holds("TRIGGER-40")
def test_who_has_no_way_to_be_welcomed_comes_all_the_same(stage: Stage) -> None:
    says = {"userAttributes": {"nickname": "Ann"}, "finalUserStatus": "CONFIRMED"}
    assert an_app_that_brings(stage, says).sign_in(unique())["AccessToken"]


def unavailable(_: Json) -> Json:
    raise FunctionUnavailable("ResourceNotFoundException")


@holds("TRIGGER-41")
@pytest.mark.parametrize(
    "says, code, text",
    [
        (
            unavailable,
            "UnexpectedLambdaException",
            "UserMigration invocation failed due to error ResourceNotFoundException.",
        ),
        (lambda _: b"{", "InvalidLambdaResponseException", UNRECOGNIZABLE),
        (
            {"userAttributes": {"email": "no address"}, "finalUserStatus": "CONFIRMED"},
            "UserNotFoundException",
            "Exception migrating user in app client {}",
        ),
        (
            {"userAttributes": {"unknown": "x"}, "finalUserStatus": "CONFIRMED"},
            "UserNotFoundException",
            "Exception migrating user in app client {}",
        ),
    ],
)
def test_a_function_that_brings_nobody_is_told_only_where_nothing_is_hidden(
    stage: Stage, says: Json, code: str, text: str
) -> None:
    app = an_app_that_brings(stage, says)
    with refused(code, text.format(app.client_id)):
        app.sign_in(unique())
    hiding = an_app_that_brings(stage, says, **HIDING)
    with refused(*INCORRECT):
        hiding.sign_in(unique())


@holds("TRIGGER-41")
def test_a_bad_user_of_a_forgotten_password_is_nobody(stage: Stage) -> None:
    says = {"userAttributes": {"unknown": "x", "email_verified": "true"}}
    hiding = an_app_that_brings(stage, says, **HIDING)
    assert hiding.call("ForgotPassword", unique())["CodeDeliveryDetails"]
    plain = an_app_that_brings(stage, says)
    with refused("InvalidParameterException"):
        plain.call("ForgotPassword", unique())
