"""Functions of a pool behind its pages: docs/behaviours/pages.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.account_pages import CALLBACK, CLIENT, Site, pages_of, path
from tests.behaviours.pages import said
from tests.flows.functions import Function, Stage
from tests.flows.in_process import listening
from tests.sdk.support import PASSWORD, Json, an_email, holds, unique
from tests.support.visitor import Visitor

BY_PASSWORD: Final = ["ALLOW_USER_PASSWORD_AUTH"]
BY_CHOICE: Final = ["ALLOW_USER_AUTH"]
HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}
INCORRECT: Final = "Incorrect username or password."
NEW: Final = "Another-Horse-7"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with listening(folder, triggers) as wire:
        yield Stage(wire, triggers)


def a_site(stage: Stage, flows: list[str], client: Json = None, /, **functions: Function) -> Site:
    settings = {**CLIENT, **(client or {}), "ExplicitAuthFlows": flows}
    return pages_of(stage.app(settings, **functions))


def brings(email: str) -> Json:
    """Return what a function says that knows one password."""

    def says(event: dict[str, Json]) -> Json:
        signs_in = event["triggerSource"] == "UserMigration_Authentication"
        if signs_in and event["request"]["password"] != PASSWORD:
            raise ValueError("Bad password")
        event["response"] = {
            "userAttributes": {"email": email, "email_verified": "true"},
            "finalUserStatus": "CONFIRMED" if signs_in else "RESET_REQUIRED",
            "messageAction": "SUPPRESS",
        }
        return event

    return says


@holds("PAGE-50")
@pytest.mark.parametrize("flows", [BY_PASSWORD, BY_CHOICE])
def test_a_function_brings_who_signs_in(stage: Stage, flows: list[str]) -> None:
    function = stage.function(brings(an_email()))
    site = a_site(stage, flows, HIDING, UserMigration=function)
    visitor, name = Visitor(), unique()
    page = visitor.visit(site.url("/login"))
    if flows == BY_CHOICE:
        page = visitor.submit(page, username=name)
        assert path(page) == "/login/factor"
        given = {}
    else:
        given = {"username": name}
    wrong = visitor.submit(page, **given, password="Wrong-Horse-1")
    assert (wrong.status, said(wrong)) == (400, INCORRECT)
    done = visitor.submit(wrong, until=CALLBACK, **given, password=PASSWORD)
    assert site.username(done) == name
    assert set(function.sources) == {"UserMigration_Authentication"}
    assert function.events[-1]["callerContext"]["clientId"] == site.app.client_id
    asked = len(function.events)
    assert (
        site.username(
            Visitor().sign_in(site.url("/login"), name, PASSWORD, until=CALLBACK)
            if flows == BY_PASSWORD
            else visitor.visit(site.url("/login"), until=CALLBACK)
        )
        == name
    )
    assert len(function.events) == asked, "who is here is not brought again"


@holds("PAGE-51")
@pytest.mark.parametrize("flows", [BY_PASSWORD, BY_CHOICE])
def test_a_function_brings_who_has_forgotten(stage: Stage, flows: list[str]) -> None:
    email = an_email()
    function = stage.function(brings(email))
    site = a_site(stage, flows, HIDING, UserMigration=function)
    visitor, name = Visitor(), unique()
    page = visitor.submit(visitor.visit(site.url("/forgotPassword")), username=name)
    assert path(page) == "/confirmForgotPassword"
    assert function.sources == ["UserMigration_ForgotPassword"]
    code = stage.wire.code(email)
    done = visitor.submit(page, code=code, password=NEW, confirmPassword=NEW)
    assert path(done) == "/login"
    page = visitor.submit(done, until=CALLBACK, username=name) if flows == BY_CHOICE else done
    given = {} if flows == BY_CHOICE else {"username": name}
    if "factor" in page.form().fields:
        page = visitor.submit(page, factor="PASSWORD")
    assert site.username(visitor.submit(page, until=CALLBACK, **given, password=NEW)) == name
    assert function.sources == ["UserMigration_ForgotPassword"]


@holds("PAGE-50", "PAGE-51")
def test_a_function_that_knows_nobody(stage: Stage) -> None:
    function = stage.function(ValueError("nobody"))
    site = a_site(stage, BY_PASSWORD, HIDING, UserMigration=function)
    visitor, name = Visitor(), unique()
    refused = visitor.sign_in(site.url("/login"), name, PASSWORD)
    assert (refused.status, said(refused)) == (400, INCORRECT)
    asked = visitor.submit(visitor.visit(site.url("/forgotPassword")), username=name)
    assert path(asked) == "/confirmForgotPassword", "as for anybody"
    assert function.sources == ["UserMigration_Authentication", "UserMigration_ForgotPassword"]


@holds("PAGE-06")
def test_custom_challenges_are_not_asked(stage: Stage) -> None:
    names = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    functions = {name: stage.function(ValueError("never")) for name in names}
    site = a_site(stage, ["ALLOW_CUSTOM_AUTH", *BY_PASSWORD], **functions)
    name = site.app.user()
    done = Visitor().sign_in(site.url("/login"), name, PASSWORD, until=CALLBACK)
    assert site.username(done) == name
    assert [event for one in functions.values() for event in one.events] == []


@holds("PAGE-52")
def test_what_a_function_refuses_is_said_as_it_says_it(stage: Stage) -> None:
    function = stage.function(ValueError("Not on <Sundays> & holidays"))
    site = a_site(stage, BY_PASSWORD, PreAuthentication=function)
    name = site.app.user()
    refused = Visitor().sign_in(site.url("/login"), name, PASSWORD)
    assert refused.status == 400
    assert "Not on <Sundays> & holidays" in said(refused)
    assert "<Sundays>" not in refused.text
