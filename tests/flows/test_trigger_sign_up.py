"""Functions at sign-up, confirmation, recovery and in messages: docs/behaviours/triggers.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.flows.functions import UNRECOGNIZABLE, Stage
from tests.flows.in_process import serving
from tests.sdk.builders import App
from tests.sdk.support import (
    PASSWORD,
    Json,
    RefusedError,
    an_email,
    attribute_map,
    attributes,
    holds,
    refused,
    unique,
)

NO_CLIENT: Final = "CLIENT_ID_NOT_APPLICABLE"
THREW: Final = "UserLambdaValidationException"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def exists(app: App, name: str) -> bool:
    try:
        app.admin("AdminGetUser", name)
    except RefusedError as refusal:
        return refusal.code != "UserNotFoundException"
    return True


# -- before the user is written


@holds("TRIGGER-24")
def test_pre_sign_up_is_told_everything_and_may_refuse(stage: Stage) -> None:
    function = stage.function(RuntimeError("not you"))
    app, name, email = stage.app(PreSignUp=function), unique(), an_email()
    with refused(THREW, "PreSignUp failed with error not you."):
        app.call(
            "SignUp",
            name,
            Password=PASSWORD,
            UserAttributes=attributes({"email": email}),
            ValidationData=attributes({"proof": "17"}),
            ClientMetadata={"campaign": "spring"},
        )
    (event,) = function.events
    assert list(event) == [
        *("version", "region", "userPoolId", "userName"),
        *("callerContext", "triggerSource", "request", "response"),
    ]
    assert event["version"] == "1"
    assert event["region"] == "us-east-1"
    assert event["userPoolId"] == app.pool_id
    assert event["userName"] == name
    assert event["callerContext"]["clientId"] == app.client_id
    assert event["triggerSource"] == "PreSignUp_SignUp"
    assert event["request"]["userAttributes"]["email"] == email
    assert "sub" not in event["request"]["userAttributes"]
    assert event["request"]["validationData"] == {"proof": "17"}
    assert event["request"]["clientMetadata"] == {"campaign": "spring"}
    assert set(event["response"]) == {"autoConfirmUser", "autoVerifyEmail", "autoVerifyPhone"}
    assert not any(event["response"].values())
    assert PASSWORD not in str(event)
    assert not exists(app, name), "a refusal leaves nothing behind"
    assert stage.wire.messages(email) == []


def test_absent_metadata_is_left_out(stage: Stage) -> None:
    function = stage.function()
    app = stage.app(PreSignUp=function)
    app.sign_up(unique(), email=an_email())
    assert "clientMetadata" not in function.events[0]["request"]


@holds("TRIGGER-24")
def test_pre_sign_up_may_confirm_and_vouch(stage: Stage) -> None:
    before = stage.function({"autoConfirmUser": True, "autoVerifyEmail": True})
    after = stage.function()
    app, name, email = stage.app(PreSignUp=before, PostConfirmation=after), unique(), an_email()
    made = app.sign_up(name, email=email)
    assert made["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in made
    assert stage.wire.messages(email) == [], "no code is sent"
    assert after.sources == ["PostConfirmation_ConfirmSignUp"]
    told = after.events[0]["request"]["userAttributes"]
    assert told["sub"] == made["UserSub"]
    assert told["cognito:user_status"] == "CONFIRMED"
    assert told["email_verified"] == "true"
    assert app.sign_in(name)["AccessToken"]


@holds("TRIGGER-24")
@pytest.mark.parametrize("flag", ["autoVerifyEmail", "autoVerifyPhone"])
def test_nobody_can_vouch_for_what_is_not_there(stage: Stage, flag: str) -> None:
    app, name = stage.app(PreSignUp=stage.function({"autoConfirmUser": True, flag: True})), unique()
    with refused("InvalidLambdaResponseException"):
        app.sign_up(name)
    assert not exists(app, name)


@holds("TRIGGER-25")
def test_an_administrators_user_is_asked_about_and_not_confirmed(stage: Stage) -> None:
    function = stage.function({"autoConfirmUser": True, "autoVerifyEmail": True})
    app, name = stage.app(PreSignUp=function), unique()
    app.admin("AdminCreateUser", name, MessageAction="SUPPRESS", TemporaryPassword=PASSWORD)
    assert function.sources == ["PreSignUp_AdminCreateUser"]
    assert function.events[0]["callerContext"]["clientId"] == NO_CLIENT
    assert app.admin("AdminGetUser", name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    function.says = RuntimeError("no guests")
    other = unique()
    with refused(THREW, "PreSignUp failed with error no guests."):
        app.admin("AdminCreateUser", other, MessageAction="SUPPRESS")
    assert not exists(app, other)


# -- replies of the wrong shape


@pytest.mark.parametrize(
    "says",
    [
        lambda _: None,
        lambda _: [],
        lambda _: "text",
        lambda _: {"response": []},
        lambda _: {"response": {"autoConfirmUser": "true"}},
        lambda _: {"response": {"autoConfirmUser": 1}},
        lambda _: {"response": {"autoVerifyEmail": {}}},
    ],
)
def test_a_wrong_reply_is_refused(stage: Stage, says: Json) -> None:
    app, name = stage.app(PreSignUp=stage.function(says)), unique()
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        app.sign_up(name, email=an_email())
    assert not exists(app, name)


@pytest.mark.parametrize(
    "says",
    [
        lambda _: {"response": {}},
        lambda _: {"response": {"autoConfirmUser": None, "somethingNew": [1, 2]}},
        lambda event: {**event, "userName": "mallory", "request": {"userAttributes": {}}},
    ],
)
def test_what_a_function_may_not_say_changes_nothing(stage: Stage, says: Json) -> None:
    app, name, email = stage.app(PreSignUp=stage.function(says)), unique(), an_email()
    assert app.sign_up(name, email=email)["UserConfirmed"] is False
    user = app.admin("AdminGetUser", name)
    assert attribute_map(user["UserAttributes"])["email"] == email


def test_a_function_that_is_not_there_cannot_be_called(stage: Stage) -> None:
    app = stage.app(PreSignUp="arn:aws:lambda:us-east-1:123456789012:function:nowhere")
    text = "PreSignUp invocation failed due to error ResourceNotFoundException."
    with refused("UnexpectedLambdaException", text):
        app.sign_up(unique(), email=an_email())


def test_a_function_that_says_nothing_while_it_throws(stage: Stage) -> None:
    app = stage.app(PreSignUp=stage.function(RuntimeError("")))
    with refused(THREW, "PreSignUp failed with error null."):
        app.sign_up(unique(), email=an_email())


# -- after the confirmation


@holds("TRIGGER-26")
def test_a_confirmation_stands_whatever_post_confirmation_says(stage: Stage) -> None:
    function = stage.function(RuntimeError("late"))
    app, name, email = stage.app(PostConfirmation=function), unique(), an_email()
    app.sign_up(name, email=email)
    code = stage.wire.code(email)
    with refused(THREW, "PostConfirmation failed with error late."):
        app.call("ConfirmSignUp", name, ConfirmationCode=code, ClientMetadata={"a": "b"})
    assert function.sources == ["PostConfirmation_ConfirmSignUp"]
    assert function.events[0]["request"]["clientMetadata"] == {"a": "b"}
    assert app.sign_in(name)["AccessToken"]


def test_an_administrators_confirmation_is_told(stage: Stage) -> None:
    function = stage.function()
    app, name = stage.app(PostConfirmation=function), unique()
    app.sign_up(name, email=an_email())
    app.admin("AdminConfirmSignUp", name)
    assert function.sources == ["PostConfirmation_ConfirmSignUp"]
    assert function.events[0]["callerContext"]["clientId"] == NO_CLIENT


@holds("TRIGGER-26")
def test_a_reset_is_told_and_stands(stage: Stage) -> None:
    function = stage.function()
    app, email = stage.app(PostConfirmation=function), an_email()
    name = app.user("", email=email, email_verified="true")
    assert function.events == [], "an administrator's user was never confirmed"
    app.call("ForgotPassword", name)
    function.says = RuntimeError("late")
    with refused(THREW):
        code = stage.wire.code(email)
        app.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password="Another-Horse-7")
    assert function.sources == ["PostConfirmation_ConfirmForgotPassword"]
    assert app.sign_in(name, "Another-Horse-7")["AccessToken"]


# -- messages


@holds("TRIGGER-27")
def test_custom_message_writes_the_text(stage: Stage) -> None:
    function = stage.function(
        lambda event: {
            "response": {
                "emailSubject": f"Hello {event['userName']}",
                "emailMessage": f"Your code: {event['request']['codeParameter']}!",
            }
        }
    )
    app, name, email = stage.app(CustomMessage=function), unique(), an_email()
    app.sign_up(name, email=email)
    (message,) = stage.wire.messages(email)
    assert message["subject"] == f"Hello {name}"
    assert message["body"] == f"Your code: {message['code']}!"
    app.call("ResendConfirmationCode", name, ClientMetadata={"tone": "kind"})
    app.call("ConfirmSignUp", name, ConfirmationCode=stage.wire.code(email))
    app.call("ForgotPassword", name)
    tokens = app.sign_in(name)
    given = {"AccessToken": tokens["AccessToken"], "AttributeName": "email"}
    stage.wire.call("GetUserAttributeVerificationCode", **given)
    moved = attributes({"email": an_email()})
    stage.wire.call("UpdateUserAttributes", AccessToken=tokens["AccessToken"], UserAttributes=moved)
    assert function.sources == [
        f"CustomMessage_{source}"
        for source in (
            *("SignUp", "ResendCode", "ForgotPassword"),
            *("VerifyUserAttribute", "UpdateUserAttribute"),
        )
    ]
    assert function.events[1]["request"]["clientMetadata"] == {"tone": "kind"}
    for event in function.events:
        assert event["request"]["usernameParameter"] is None
        assert event["request"]["userAttributes"]["sub"]
        assert message["code"] not in str(event), "the function never sees a code"


@holds("TRIGGER-27")
def test_an_invitation_has_name_and_password(stage: Stage) -> None:
    function = stage.function(
        lambda event: {
            "response": {
                "emailSubject": "Welcome",
                "emailMessage": "{username} / {code}".format(
                    username=event["request"]["usernameParameter"],
                    code=event["request"]["codeParameter"],
                ),
            }
        }
    )
    app, name, email = stage.app(CustomMessage=function), unique(), an_email()
    made = attributes({"email": email, "email_verified": "true"})
    app.admin(
        "AdminCreateUser",
        name,
        TemporaryPassword=PASSWORD,
        UserAttributes=made,
        DesiredDeliveryMediums=["EMAIL"],
    )
    assert function.sources == ["CustomMessage_AdminCreateUser"]
    (message,) = stage.wire.messages(email)
    assert message["body"] == f"{name} / {PASSWORD}"
    assert PASSWORD not in str(function.events)


@holds("TRIGGER-28")
def test_a_text_without_the_code_is_not_sent(stage: Stage) -> None:
    app = stage.app(CustomMessage=stage.function({"emailMessage": "no code in here"}))
    email = an_email()
    app.sign_up(unique(), email=email)
    (message,) = stage.wire.messages(email)
    assert message["code"] in message["body"]
    assert "no code in here" not in message["body"]


@pytest.mark.parametrize(
    "says", [{"emailMessage": 7}, {"emailSubject": []}, {"smsMessage": {}}, lambda _: 7]
)
def test_a_custom_message_of_the_wrong_shape_is_refused(stage: Stage, says: Json) -> None:
    app, email = stage.app(CustomMessage=stage.function(says)), an_email()
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        app.sign_up(unique(), email=email)
    assert stage.wire.messages(email) == []


def test_a_custom_message_that_throws_is_told(stage: Stage) -> None:
    app = stage.app(CustomMessage=stage.function(RuntimeError("no ink")))
    with refused(THREW, "CustomMessage failed with error no ink."):
        app.sign_up(unique(), email=an_email())


def test_a_header_cannot_be_written_by_a_function(stage: Stage) -> None:
    subject = "Hi\r\nBcc: everybody@example.com"
    function = stage.function({"emailSubject": subject, "emailMessage": "{####}"})
    app, email = stage.app(CustomMessage=function), an_email()
    app.sign_up(unique(), email=email)
    for message in stage.wire.messages(email):
        assert "\n" not in message["subject"]


@holds("TRIGGER-28")
@pytest.mark.parametrize(
    "says",
    [
        {"emailMessage": "{####}" + "x" * 20_000},
        {"emailMessage": "{####}", "emailSubject": "x" * 141},
    ],
)
def test_a_text_that_is_too_long_is_refused(stage: Stage, says: Json) -> None:
    app = stage.app(CustomMessage=stage.function(says))
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        app.sign_up(unique(), email=an_email())
