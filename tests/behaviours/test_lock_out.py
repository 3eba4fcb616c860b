"""The lock after wrong passwords: docs/behaviours/sign-in.md. The clock is moved."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.behaviours.wording import INCORRECT, LOCKED
from tests.sdk.builders import App, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, holds, refused

WRONG = "Wrong-Horse-1"
LONGEST_S = 15 * 60
SLACK_S = 60


def fail(app: App, name: str, times: int = 1) -> None:
    for _ in range(times):
        with refused(*INCORRECT):
            app.password_step(name, WRONG)


def assert_locked(app: App, name: str) -> None:
    for password in (PASSWORD, WRONG):
        with refused(*LOCKED):
            app.password_step(name, password)


@contextlib.contextmanager
def time_standing_still(app: App) -> Iterator[None]:
    """Keep short locks from ending while a slow machine looks at them: go back, and forth again."""
    app.wire.advance(-SLACK_S)
    yield
    app.wire.advance(SLACK_S)


@holds("SIGNIN-60", "SIGNIN-61")
def test_the_lock_doubles_from_the_fifth_failure_on(clock_app: App) -> None:
    name = clock_app.user()
    fail(clock_app, name, 5)
    for failures in range(5, 13):
        lock_s = 2 ** (failures - 5)
        with time_standing_still(clock_app):
            assert_locked(clock_app, name)
        if lock_s >= 16:
            clock_app.wire.advance(lock_s - 8)
            assert_locked(clock_app, name)
            clock_app.wire.advance(8.5)
        else:
            clock_app.wire.advance(lock_s + 0.5)
        fail(clock_app, name)
    assert_locked(clock_app, name)


@holds("SIGNIN-60")
def test_the_lock_is_at_most_about_fifteen_minutes(clock_app: App) -> None:
    name = clock_app.user()
    fail(clock_app, name, 5)
    for failures in range(5, 17):
        clock_app.wire.advance(min(2 ** (failures - 5), LONGEST_S - 60) + 0.5)
        try:
            fail(clock_app, name)
        except AssertionError:  # the longest lock may be a little longer than ours
            break
    clock_app.wire.advance(LONGEST_S + 60)
    assert clock_app.sign_in(name)["AccessToken"]


@holds("SIGNIN-60")
def test_four_failures_are_forgotten_by_a_success(clock_app: App) -> None:
    name = clock_app.user()
    for _ in range(3):
        fail(clock_app, name, 4)
        assert clock_app.sign_in(name)["AccessToken"]


@holds("SIGNIN-61")
def test_attempts_inside_the_lock_are_not_counted(clock_app: App) -> None:
    name = clock_app.user()
    fail(clock_app, name, 5)
    clock_app.wire.advance(1.5)
    fail(clock_app, name)
    with time_standing_still(clock_app):
        for _ in range(10):
            assert_locked(clock_app, name)
    clock_app.wire.advance(2.5)
    assert clock_app.sign_in(name)["AccessToken"]


@holds("SIGNIN-31", "SIGNIN-61")
def test_every_way_to_prove_a_password_is_counted_and_locked(clock_app: App) -> None:
    name = clock_app.user()
    given = {"USERNAME": name, "PASSWORD": WRONG}
    fail(clock_app, name, 2)
    for _ in range(2):
        with refused(*INCORRECT):
            clock_app.srp_step(name, WRONG)
    with refused(*INCORRECT):
        clock_app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", **given)
    with time_standing_still(clock_app):
        with refused(*LOCKED):
            clock_app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
        with refused(*LOCKED):
            clock_app.srp_step(name)
    clock_app.wire.advance(1.5)
    assert result_of(clock_app.srp_step(name))


@holds("SIGNIN-61")
def test_a_proof_begun_before_the_lock_falls_under_it(clock_app: App) -> None:
    name = clock_app.user()
    srp = SrpClient(clock_app.pool_id)
    asked = clock_app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    fail(clock_app, name, 5)
    clock_app.wire.advance(1.5)
    fail(clock_app, name)
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    with time_standing_still(clock_app), refused(*LOCKED):
        clock_app.respond("PASSWORD_VERIFIER", None, **answers)


@holds("SIGNIN-62")
@pytest.mark.parametrize("how", ["success", "administrator", "quiet"])
def test_the_count_is_cleared(clock_app: App, how: str) -> None:
    name = clock_app.user()
    fail(clock_app, name, 5)
    match how:
        case "success":
            clock_app.wire.advance(1.5)
            clock_app.sign_in(name)
        case "administrator":
            clock_app.admin("AdminSetUserPassword", name, Password=PASSWORD, Permanent=True)
        case _:
            clock_app.wire.advance(LONGEST_S + 60)
    fail(clock_app, name, 4)
    assert clock_app.sign_in(name)["AccessToken"]


@holds("SIGNIN-60")
def test_a_lock_is_for_one_user(clock_app: App) -> None:
    name, other = clock_app.user(), clock_app.user()
    fail(clock_app, name, 5)
    with time_standing_still(clock_app):
        assert clock_app.sign_in(other)["AccessToken"]
        assert_locked(clock_app, name)
