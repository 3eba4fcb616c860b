"""Functions in choice-based sign-in: docs/behaviours/user-auth.md, docs/behaviours/triggers.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.choice import (
    CODES,
    FLOWS,
    a_person,
    begin,
    begin_with,
    choose,
    enter,
    policies,
)
from tests.flows.functions import Function, Stage
from tests.flows.in_process import serving
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app, result_of
from tests.sdk.support import PASSWORD, Json, an_email, holds, race, refused, unique

INCORRECT: Final = ("NotAuthorizedException", "Incorrect username or password.")
NO_USER: Final = ("UserNotFoundException", "User does not exist.")
THREW: Final = "UserLambdaValidationException"
HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def app_of(stage: Stage, client: dict[str, Json] | None = None, /, **functions: Function) -> App:
    """Return an app of a pool with codes as first factors and these functions."""
    pool = a_pool(
        stage.wire,
        Policies=policies(CODES),
        SmsConfiguration=SMS_ROLE,
        AutoVerifiedAttributes=["email"],
        LambdaConfig={name: one.arn for name, one in functions.items()},
    )
    return an_app(stage.wire, pool, **{"ExplicitAuthFlows": FLOWS, **(client or {})})


def brings(stage: Stage) -> Function:
    user = {"email": an_email(), "email_verified": "true"}
    return stage.function({"userAttributes": user, "finalUserStatus": "CONFIRMED"})


@holds("CHOICE-20")
def test_the_functions_are_asked_once_each_in_order(stage: Stage) -> None:
    told: list[str] = []

    def remembers(event: dict[str, Json]) -> dict[str, Json]:
        told.append(event["triggerSource"])
        return event

    names = ("PreAuthentication", "PostAuthentication", "PreTokenGeneration", "CustomMessage")
    app = app_of(stage, **{name: stage.function(remembers) for name in names})
    name, email, _ = a_person(app)
    told.clear()
    sent = choose(app, begin(app, name), name, "EMAIL_OTP")
    assert told == ["PreAuthentication_Authentication", "CustomMessage_Authentication"]
    assert result_of(enter(app, sent, name, app.wire.code(email)))
    assert told[2:] == ["PostAuthentication_Authentication", "TokenGeneration_Authentication"]


@holds("CHOICE-20")
def test_pre_authentication_refuses_before_anything_is_sent(stage: Stage) -> None:
    app = app_of(stage, PreAuthentication=stage.function(RuntimeError("at night")))
    name, email, _ = a_person(app)
    for preferred in ("", "EMAIL_OTP", "PASSWORD"):
        with refused(THREW, "PreAuthentication failed with error at night."):
            begin(app, name, preferred)
    assert not app.wire.messages(email)


@holds("CHOICE-40")
def test_the_session_of_a_sign_up_goes_by_the_functions_too(stage: Stage) -> None:
    before, after = stage.function(), stage.function()
    app = app_of(stage, PreAuthentication=before, PostAuthentication=after)
    name, email = unique(), an_email()
    session = app.sign_up(name, email=email)["Session"]
    given = {"ConfirmationCode": app.wire.code(email), "Session": session}
    found = app.call("ConfirmSignUp", name, **given)["Session"]
    before.says = RuntimeError("at night")
    with refused(THREW):
        begin_with(app, name, found)
    before.says = {}
    assert result_of(begin_with(app, name, found)), "a refusal has not used it up"
    assert after.sources == ["PostAuthentication_Authentication"]


@holds("CHOICE-27")
def test_racing_passwords_are_told_to_the_functions_once(stage: Stage) -> None:
    after = stage.function()
    app = app_of(stage, PostAuthentication=after)
    name = app.user()
    session = begin(app, name, "PASSWORD")["Session"]
    answers = {"USERNAME": name, "PASSWORD": PASSWORD}
    won, _ = race(6, lambda: app.respond("PASSWORD", session, **answers))
    assert len(won) == 1
    assert len(after.events) == 1


@holds("CHOICE-18")
@pytest.mark.parametrize("hidden", [True, False])
def test_a_user_is_brought_over_with_the_password(stage: Stage, *, hidden: bool) -> None:
    function = brings(stage)
    app, name = app_of(stage, HIDING if hidden else {}, UserMigration=function), unique()
    assert result_of(begin(app, name, "PASSWORD", PASSWORD="weak"))
    (event,) = function.events
    assert event["triggerSource"] == "UserMigration_Authentication"
    assert event["request"]["password"] == "weak"
    assert result_of(begin(app, name, "PASSWORD", PASSWORD="weak"))
    with refused(*INCORRECT):
        begin(app, name, "PASSWORD", PASSWORD="Wrong-Horse-1")
    assert len(function.events) == 1


@holds("CHOICE-18")
@pytest.mark.parametrize("asked", [True, False])
def test_a_hidden_user_is_brought_over_by_a_choice(stage: Stage, *, asked: bool) -> None:
    function = brings(stage)
    app, name = app_of(stage, HIDING, UserMigration=function), unique()
    step = begin(app, name)
    assert function.events == [], "nothing is asked before a password is there"
    if asked:
        step = choose(app, step, name, "PASSWORD")
        answers = {"USERNAME": name, "PASSWORD": PASSWORD}
        done = app.respond("PASSWORD", step["Session"], **answers)
    else:
        done = choose(app, step, name, "PASSWORD", PASSWORD=PASSWORD)
    assert stage.wire.call("GetUser", AccessToken=result_of(done)["AccessToken"])
    assert len(function.events) == 1
    with refused("NotAuthorizedException"):
        app.respond(step["ChallengeName"], step["Session"], USERNAME=name, ANSWER="PASSWORD",
                    PASSWORD=PASSWORD)  # fmt: skip


@holds("CHOICE-18", "CHOICE-32")
@pytest.mark.parametrize("hidden", [True, False])
def test_a_function_that_knows_nobody(stage: Stage, *, hidden: bool) -> None:
    function = stage.function()
    app = app_of(stage, HIDING if hidden else {}, UserMigration=function)
    with refused(*(INCORRECT if hidden else NO_USER)):
        begin(app, unique(), "PASSWORD", PASSWORD=PASSWORD)
    assert len(function.events) == 1
    for preferred in ("", "EMAIL_OTP", "PASSWORD_SRP"):
        if hidden:
            begin(app, unique(), preferred)
        else:
            with refused(*NO_USER):
                begin(app, unique(), preferred, PASSWORD=PASSWORD)
    assert len(function.events) == 1
