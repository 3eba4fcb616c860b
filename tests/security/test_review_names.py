"""Sign-in names made to hurt: long ones, and ones that are slow to compare."""

import time
from typing import Final

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, RefusedError, Wire, refused
from tests.support.server import StartServer

MARKS: Final = "a" + "\u0300\u0327" * 15_000
"""Marks of alternating classes: putting these in order takes time by the square of their number."""
LONG: Final = "".join(chr(0x20000 + 7919 * place % 40_000) for place in range(3_000))
"""12 KB that do not compress, far more than a database index takes."""
ANY_CASE: Final = {"UsernameConfiguration": {"CaseSensitive": False}}


@pytest.fixture(scope="module")
def any_case(wire: Wire) -> App:
    return an_app(wire, a_pool(wire, **ANY_CASE))


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH"])
def test_a_name_of_combining_marks_holds_nobody_up(any_case: App, flow: str) -> None:
    call = any_case.initiate if flow == "USER_PASSWORD_AUTH" else any_case.admin_initiate
    began = time.perf_counter()
    with pytest.raises(RefusedError):
        call(flow, USERNAME=MARKS, PASSWORD=PASSWORD)
    assert time.perf_counter() - began < 1


def test_a_challenge_for_such_a_name_holds_nobody_up(any_case: App) -> None:
    name = any_case.temporary_user()
    session = any_case.password_step(name)["Session"]
    answers = {"USERNAME": MARKS, "NEW_PASSWORD": PASSWORD + "x"}
    began = time.perf_counter()
    with pytest.raises(RefusedError):
        any_case.respond("NEW_PASSWORD_REQUIRED", session, **answers)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_name_too_long_for_an_index_is_nobodys(
    database: str, request: pytest.FixtureRequest, start_server: StartServer
) -> None:
    url = request.getfixturevalue("empty_postgres_url") if database == "postgresql" else None
    wire = Wire(start_server(database_url=url).base_url)
    for settings in ({}, ANY_CASE):
        app = an_app(wire, a_pool(wire, **settings))
        with refused("UserNotFoundException"):
            app.initiate("USER_PASSWORD_AUTH", USERNAME=LONG, PASSWORD=PASSWORD)
        hiding = app.another_client(PreventUserExistenceErrors="ENABLED")
        for _ in range(3):
            with refused("NotAuthorizedException", "Incorrect username or password."):
                hiding.initiate("USER_PASSWORD_AUTH", USERNAME=LONG, PASSWORD=PASSWORD)
        name = app.user()
        alias = an_app(wire, a_pool(wire, AliasAttributes=["preferred_username"], **settings))
        for known in (alias.user(), alias.user()):
            update = [{"Name": "preferred_username", "Value": known[-1] + LONG[:2_000]}]
            alias.admin("AdminUpdateUserAttributes", known, UserAttributes=update)
            assert alias.sign_in(known[-1] + LONG[:2_000])
        assert app.sign_in(name)
