"""Functions at sign-in, and users whom a function brings over: docs/behaviours/triggers.md."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.flows.functions import UNRECOGNIZABLE, Function, Stage
from tests.flows.in_process import serving
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.support import (
    PASSWORD,
    Json,
    an_email,
    attribute_map,
    claims_of,
    holds,
    race,
    refused,
    unique,
)

INCORRECT: Final = ("NotAuthorizedException", "Incorrect username or password.")
NO_USER: Final = ("UserNotFoundException", "User does not exist.")
RESET: Final = ("PasswordResetRequiredException", "Password reset required for the user")
THREW: Final = "UserLambdaValidationException"
HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}
FRESH: Final = "Another-Horse-7"
METADATA: Final = {"device": "watch"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def sign_in_by(app: App, flow: str, name: str, password: str = PASSWORD) -> dict[str, Json]:
    if flow == "USER_SRP_AUTH":
        return app.srp_step(name, password)
    start = app.admin_initiate if flow.startswith("ADMIN") else app.initiate
    return start(flow, USERNAME=name, PASSWORD=password)


FLOWS: Final = ("USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH")


# -- before and after


@pytest.mark.parametrize("flow", FLOWS)
def test_the_functions_of_a_sign_in_are_asked_in_order(stage: Stage, flow: str) -> None:
    before, after, tokens = stage.function(), stage.function(), stage.function()
    app = stage.app(PreAuthentication=before, PostAuthentication=after, PreTokenGeneration=tokens)
    name = app.user("", email=an_email())
    assert result_of(sign_in_by(app, flow, name))["AccessToken"]
    assert before.sources == ["PreAuthentication_Authentication"]
    assert after.sources == ["PostAuthentication_Authentication"]
    assert tokens.sources == ["TokenGeneration_Authentication"]
    for event in (before.events[0], after.events[0], tokens.events[0]):
        assert event["userName"] == name
        assert event["callerContext"]["clientId"] == app.client_id
        told = event["request"]["userAttributes"]
        assert told["sub"]
        assert told["cognito:user_status"] == "CONFIRMED"
        assert PASSWORD not in str(event)
    assert "userNotFound" not in before.events[0]["request"]
    assert after.events[0]["request"]["newDeviceUsed"] is False


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("right", [True, False])
def test_pre_authentication_refuses_before_any_proof(
    stage: Stage, flow: str, *, right: bool
) -> None:
    before, after = stage.function(RuntimeError("at night")), stage.function()
    app = stage.app(PreAuthentication=before, PostAuthentication=after)
    name = app.user()
    for _ in range(7):
        with refused(THREW, "PreAuthentication failed with error at night."):
            sign_in_by(app, flow, name, PASSWORD if right else "Wrong-Horse-1")
    assert after.events == []
    before.says = {}
    assert result_of(sign_in_by(app, flow, name)), "nothing was counted"


@pytest.mark.parametrize("flow", FLOWS)
def test_post_authentication_keeps_the_tokens_back(stage: Stage, flow: str) -> None:
    after, tokens = stage.function(RuntimeError("no seats")), stage.function()
    app = stage.app(PostAuthentication=after, PreTokenGeneration=tokens)
    name = app.user()
    with refused(THREW, "PostAuthentication failed with error no seats."):
        sign_in_by(app, flow, name)
    assert tokens.events == []


def test_a_wrong_password_is_not_told_to_post_authentication(stage: Stage) -> None:
    after = stage.function()
    app = stage.app(PostAuthentication=after)
    name = app.user()
    with refused(*INCORRECT):
        app.sign_in(name, "Wrong-Horse-1")
    assert after.events == []


@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication"])
@pytest.mark.parametrize("says", [lambda _: None, lambda _: [], lambda _: {"response": 7}])
def test_a_wrong_reply_signs_nobody_in(stage: Stage, trigger: str, says: Json) -> None:
    app = stage.app(**{trigger: stage.function(says)})
    name = app.user()
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        app.sign_in(name)


@holds("TRIGGER-22")
def test_unknown_users_are_shown_to_pre_authentication_where_they_are_hidden(
    stage: Stage,
) -> None:
    function = stage.function()
    app = stage.app(HIDING, PreAuthentication=function)
    with refused(*INCORRECT):
        app.sign_in(unique())
    (event,) = function.events
    assert event["request"]["userNotFound"] is True
    assert event["request"]["userAttributes"] == {}
    open_app = app.another_client(PreventUserExistenceErrors="LEGACY")
    with refused(*NO_USER):
        open_app.sign_in(unique())
    assert len(function.events) == 1


@holds("TRIGGER-21")
def test_metadata_of_a_sign_in_is_validation_data_before_and_nothing_after(stage: Stage) -> None:
    before, after, tokens = stage.function(), stage.function(), stage.function()
    app = stage.app(PreAuthentication=before, PostAuthentication=after, PreTokenGeneration=tokens)
    name = app.user()
    stage.wire.call(
        "InitiateAuth",
        ClientId=app.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        ClientMetadata=METADATA,
    )
    assert before.events[0]["request"]["validationData"] == METADATA
    for function in (before, after, tokens):
        assert "clientMetadata" not in function.events[0]["request"]


@holds("TRIGGER-21")
def test_metadata_of_an_answer_reaches_what_comes_after_it(stage: Stage) -> None:
    after, tokens = stage.function(), stage.function()
    app = stage.app(PostAuthentication=after, PreTokenGeneration=tokens)
    name = app.temporary_user()
    session = app.password_step(name)["Session"]
    stage.wire.call(
        "RespondToAuthChallenge",
        ClientId=app.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": FRESH},
        ClientMetadata=METADATA,
    )
    assert tokens.sources == ["TokenGeneration_NewPasswordChallenge"]
    for function in (after, tokens):
        assert function.events[0]["request"]["clientMetadata"] == METADATA


@holds("TRIGGER-23")
def test_a_refused_end_leaves_a_forced_password_unsaved(stage: Stage) -> None:
    after = stage.function(RuntimeError("no seats"))
    app = stage.app(PostAuthentication=after)
    name = app.temporary_user()
    session = app.password_step(name)["Session"]
    answers = {"USERNAME": name, "NEW_PASSWORD": FRESH}
    with refused(THREW):
        app.respond("NEW_PASSWORD_REQUIRED", session, **answers)
    after.says = {}
    assert app.password_step(name)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused(*INCORRECT):
        app.sign_in(name, FRESH)


# -- users brought over


def brings(stage: Stage, **says: Json) -> Function:
    """Return a function that brings a user with a verified address."""
    user = {"email": an_email(), "email_verified": "true", **says.pop("attributes", {})}
    return stage.function({"userAttributes": user, "finalUserStatus": "CONFIRMED", **says})


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH"])
def test_a_user_is_brought_over_with_the_password(stage: Stage, flow: str) -> None:
    function, before = brings(stage, messageAction="SUPPRESS"), stage.function()
    app, name = stage.app(HIDING, UserMigration=function, PreAuthentication=before), unique()
    weak = "weak"
    assert result_of(sign_in_by(app, flow, name, weak))["AccessToken"]
    (event,) = function.events
    assert event["triggerSource"] == "UserMigration_Authentication"
    assert event["userName"] == name
    assert event["request"]["password"] == weak
    assert set(event["response"]) == {
        *("userAttributes", "finalUserStatus", "messageAction", "desiredDeliveryMediums"),
        *("forceAliasCreation", "enableSMSMFA"),
    }
    assert before.sources == ["PreAuthentication_Authentication"]
    user = app.admin("AdminGetUser", name)
    assert user["UserStatus"] == "CONFIRMED"
    assert attribute_map(user["UserAttributes"])["email_verified"] == "true"
    assert app.sign_in(name, weak)["AccessToken"]
    with refused(*INCORRECT):
        app.sign_in(name, "Wrong-Horse-1")
    assert len(function.events) == 1, "who is here is never asked for again"


@pytest.mark.parametrize("says", [{}, {"userAttributes": {}}, {"userAttributes": None}])
@pytest.mark.parametrize("hidden", [True, False])
def test_a_function_that_knows_nobody(stage: Stage, says: Json, *, hidden: bool) -> None:
    function = stage.function(says)
    app = stage.app(HIDING if hidden else {}, UserMigration=function)
    with refused(*(INCORRECT if hidden else NO_USER)):
        app.sign_in(unique())
    assert len(function.events) == 1


@pytest.mark.parametrize("hidden", [True, False])
def test_a_migration_that_throws_is_told_as_an_unknown_user(stage: Stage, *, hidden: bool) -> None:
    app = stage.app(
        HIDING if hidden else {}, UserMigration=stage.function(RuntimeError("old house"))
    )
    text = f"Exception migrating user in app client {app.client_id}"
    with refused(*(INCORRECT if hidden else ("UserNotFoundException", text))):
        app.sign_in(unique())


def test_a_user_brought_over_without_the_password_must_reset_it(stage: Stage) -> None:
    app, name = stage.app(UserMigration=brings(stage, finalUserStatus="RESET_REQUIRED")), unique()
    with refused(*RESET):
        app.sign_in(name)
    assert app.admin("AdminGetUser", name)["UserStatus"] == "RESET_REQUIRED"


def test_srp_and_refresh_bring_nobody(stage: Stage) -> None:
    function = brings(stage)
    app = stage.app(UserMigration=function)
    with refused(*NO_USER):
        app.srp_step(unique())
    assert function.events == []


def test_a_taken_alias_stays_unless_the_function_insists(stage: Stage) -> None:
    function = brings(stage)
    pool = {
        "AliasAttributes": ["email"],
        "LambdaConfig": {"UserMigration": function.arn},
    }
    app = an_app(stage.wire, a_pool(stage.wire, **pool))
    assert isinstance(function.says, dict)
    email = function.says["userAttributes"]["email"]
    owner = app.user("", email=email, email_verified="true")
    name = unique()
    with refused("AliasExistsException"):
        app.sign_in(name)
    assert app.admin("AdminGetUser", email)["Username"] == owner
    function.says["forceAliasCreation"] = True
    assert app.sign_in(name)["AccessToken"]
    assert app.admin("AdminGetUser", email)["Username"] == name
    before = attribute_map(app.admin("AdminGetUser", owner)["UserAttributes"])
    assert (before["email"], before["email_verified"]) == (email, "false")


@pytest.mark.parametrize(
    "says",
    [
        lambda _: None,
        lambda _: {"response": {"userAttributes": [1]}},
        lambda _: {"response": {"userAttributes": {"email_verified": True}}},
        lambda _: {"response": {"finalUserStatus": 7}},
    ],
)
def test_a_migration_of_the_wrong_shape_brings_nobody(stage: Stage, says: Json) -> None:
    app, name = stage.app(UserMigration=stage.function(says)), unique()
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        app.sign_in(name)
    with refused("UserNotFoundException"):
        app.admin("AdminGetUser", name)


def test_two_sign_ins_at_once_bring_one_user(stage: Stage) -> None:
    """The second finds that the first was faster, and signs in all the same."""
    both = threading.Barrier(2)
    user = {"email": an_email(), "email_verified": "true"}

    def says(_: dict[str, Json]) -> Json:
        both.wait(30)
        return {"response": {"userAttributes": user, "finalUserStatus": "CONFIRMED"}}

    app, name = stage.app(UserMigration=stage.function(says)), unique()
    done, refusals = race(2, lambda: app.sign_in(name))
    assert not refusals
    assert {claims_of(tokens["IdToken"])["email"] for tokens in done} == {user["email"]}


# -- a forgotten password


def test_a_forgotten_password_brings_the_user_over(stage: Stage) -> None:
    function = brings(stage)
    app, name = stage.app(HIDING, UserMigration=function), unique()
    app.call("ForgotPassword", name, ClientMetadata=METADATA)
    (event,) = function.events
    assert event["triggerSource"] == "UserMigration_ForgotPassword"
    assert event["request"]["password"] is None
    assert event["request"]["clientMetadata"] == METADATA
    assert isinstance(function.says, dict)
    code = stage.wire.code(function.says["userAttributes"]["email"])
    app.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password=FRESH)
    assert app.sign_in(name, FRESH)["AccessToken"]


def test_an_unverified_address_brings_nobody_who_forgot(stage: Stage) -> None:
    function = brings(stage, attributes={"email_verified": "false"})
    app, name = stage.app(UserMigration=function), unique()
    with refused("UserNotFoundException"):
        app.call("ForgotPassword", name)
    with refused("UserNotFoundException"):
        app.admin("AdminGetUser", name)


@pytest.mark.parametrize("hidden", [True, False])
def test_a_migration_that_throws_when_a_password_is_forgotten(
    stage: Stage, *, hidden: bool
) -> None:
    function = stage.function(RuntimeError("old house"))
    app = stage.app(HIDING if hidden else {}, UserMigration=function)
    if hidden:
        assert app.call("ForgotPassword", unique())["CodeDeliveryDetails"]
    else:
        with refused(THREW, "UserMigration failed with error old house."):
            app.call("ForgotPassword", unique())
