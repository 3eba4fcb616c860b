"""PreventUserExistenceErrors, cell by cell: docs/behaviours/sign-in.md."""

import time
from collections.abc import Callable

import pytest

from tests.behaviours.wording import (
    DISABLED,
    INCORRECT,
    NO_COMBINATION,
    NO_CONTACT,
    NO_USER,
    STALE_CODE,
    WRONG_CODE,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds, refused, unique

FRESH = "Fresh-Horse-8"


@pytest.fixture(scope="module")
def open_app(app: App) -> App:
    """Return a client that tells who exists."""
    return app.another_client(PreventUserExistenceErrors="LEGACY")


@pytest.fixture(scope="module")
def hiding_app(app: App) -> App:
    """Return a client of the same pool that hides who exists."""
    return app.another_client(PreventUserExistenceErrors="ENABLED")


def confirm(app: App, name: str) -> dict[str, Json]:
    return app.call("ConfirmSignUp", name, ConfirmationCode="123456")


def renew(app: App, name: str, code: str = "123456") -> dict[str, Json]:
    return app.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password=FRESH)


def by_administrator(app: App, name: str) -> dict[str, Json]:
    return app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)


SIGN_INS: list[Callable[[App, str], Json]] = [App.password_step, App.srp_step, by_administrator]


@holds("SIGNIN-80", "SIGNIN-85")
@pytest.mark.parametrize("act", SIGN_INS)
def test_legacy_tells_at_sign_in(open_app: App, act: Callable[[App, str], Json]) -> None:
    with refused(*NO_USER):
        act(open_app, unique("nobody"))


@holds("SIGNIN-80")
@pytest.mark.parametrize("act", [confirm, renew])
def test_legacy_tells_at_confirmation(open_app: App, act: Callable[[App, str], Json]) -> None:
    with refused(*NO_COMBINATION):
        act(open_app, unique("nobody"))


@holds("SIGNIN-80", "SIGNUP-53")
@pytest.mark.parametrize("operation", ["ForgotPassword", "ResendConfirmationCode"])
def test_legacy_tells_when_a_code_is_asked_for(open_app: App, operation: str) -> None:
    with refused(*NO_COMBINATION):
        open_app.call(operation, unique("nobody"))


@holds("SIGNIN-81", "SIGNIN-85")
@pytest.mark.parametrize("act", SIGN_INS)
def test_hiding_makes_an_unknown_user_a_wrong_password(
    hiding_app: App, act: Callable[[App, str], Json]
) -> None:
    with refused(*INCORRECT):
        act(hiding_app, unique("nobody"))


@holds("SIGNIN-82")
def test_hiding_simulates_srp_stably(hiding_app: App) -> None:
    nobody, other = unique("nobody"), unique("nobody")
    public = SrpClient(hiding_app.pool_id).public

    def ask(name: str) -> dict[str, str]:
        step = hiding_app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=public)
        assert set(step) == {"ChallengeName", "ChallengeParameters"}
        found: dict[str, str] = step["ChallengeParameters"]
        return found

    first, second, third = ask(nobody), ask(nobody), ask(other)
    real = ask(hiding_app.user())
    assert set(first) == set(real)
    for member, value in real.items():
        if member not in {"USERNAME", "USER_ID_FOR_SRP"}:
            assert abs(len(first[member]) - len(value)) <= len(value) * 0.1, member
    for stable in ("SALT", "USERNAME", "USER_ID_FOR_SRP"):
        assert first[stable] == second[stable]
        assert first[stable] != third[stable]
    assert first["SRP_B"] != second["SRP_B"]


@holds("SIGNIN-82")
def test_the_simulated_salt_is_the_pools_own(hiding_app: App, wire: Wire) -> None:
    nobody = unique("nobody")
    other = an_app(wire, a_pool(wire), PreventUserExistenceErrors="ENABLED")
    salts = set()
    for app in (hiding_app, other):
        public = SrpClient(app.pool_id).public
        step = app.initiate("USER_SRP_AUTH", USERNAME=nobody, SRP_A=public)
        salts.add(step["ChallengeParameters"]["SALT"])
    assert len(salts) == 2


@holds("SIGNIN-83")
@pytest.mark.parametrize("operation", ["ForgotPassword", "ResendConfirmationCode"])
def test_hiding_simulates_delivery_stably(hiding_app: App, operation: str) -> None:
    nobody = unique("nobody")
    details = [hiding_app.call(operation, nobody)["CodeDeliveryDetails"] for _ in range(2)]
    assert details[0] == details[1]
    assert set(details[0]) == {"Destination", "DeliveryMedium", "AttributeName"}
    email = an_email()
    name = hiding_app.user("", email=email, email_verified="true")
    if operation == "ForgotPassword":
        real = hiding_app.call(operation, name)["CodeDeliveryDetails"]
        assert set(real) == set(details[0])
        assert real["DeliveryMedium"] == details[0]["DeliveryMedium"]
        assert len(real["Destination"]) == len(details[0]["Destination"])


@holds("SIGNIN-84")
def test_hiding_judges_codes_as_for_a_known_user(hiding_app: App) -> None:
    nobody = unique("nobody")
    for act in (renew, confirm):
        with refused(*STALE_CODE):
            act(hiding_app, nobody)
    hiding_app.call("ForgotPassword", nobody)
    with refused(*WRONG_CODE):
        renew(hiding_app, nobody)
    hiding_app.call("ResendConfirmationCode", nobody)
    with refused(*WRONG_CODE):
        confirm(hiding_app, nobody)


@holds("SIGNIN-84")
def test_attempt_limits_count_for_unknown_users_too(hiding_app: App) -> None:
    nobody = unique("nobody")
    known = hiding_app.user("", email=an_email(), email_verified="true")
    for name in (nobody, known):
        for _ in range(5):
            hiding_app.call("ForgotPassword", name)
        with refused("LimitExceededException"):
            hiding_app.call("ForgotPassword", name)


@holds("SIGNIN-81")
def test_the_lock_looks_the_same_for_unknown_users(clock_app: App) -> None:
    hiding = clock_app.another_client(PreventUserExistenceErrors="ENABLED")
    told = []
    for name in (unique("nobody"), hiding.user()):
        mine = []
        for attempt in range(8):
            if attempt == 5:
                clock_app.wire.advance(-60)  # a slow machine must not see the short lock end
            with refused("NotAuthorizedException") as caught:
                hiding.password_step(name, "Wrong-Horse-1")
            mine.append(caught.value.text)
        clock_app.wire.advance(60)
        told.append(mine)
    assert told[0] == told[1]


@holds("SIGNIN-85")
def test_administrators_are_told_in_both_settings(hiding_app: App) -> None:
    for operation, members in (
        ("AdminGetUser", {}),
        ("AdminConfirmSignUp", {}),
        ("AdminResetUserPassword", {}),
        ("AdminSetUserPassword", {"Password": PASSWORD}),
    ):
        with refused(*NO_USER):
            hiding_app.admin(operation, unique("nobody"), **members)


@holds("SIGNIN-86")
def test_a_disabled_user_looks_like_an_unknown_one(open_app: App, hiding_app: App) -> None:
    name = open_app.user("", email=an_email(), email_verified="true")
    open_app.admin("AdminDisableUser", name)
    unconfirmed = unique()
    open_app.sign_up(unconfirmed, email=an_email())
    open_app.admin("AdminDisableUser", unconfirmed)
    for operation, user in (("ForgotPassword", name), ("ResendConfirmationCode", unconfirmed)):
        with refused(*DISABLED):
            open_app.call(operation, user)
        details = hiding_app.call(operation, user)["CodeDeliveryDetails"]
        assert set(details) == {"Destination", "DeliveryMedium", "AttributeName"}
    with refused(*WRONG_CODE):
        renew(hiding_app, name)


@holds("SIGNIN-86", "SIGNIN-06")
def test_a_disabled_user_is_told_only_after_the_right_password(hiding_app: App) -> None:
    name = hiding_app.user()
    hiding_app.admin("AdminDisableUser", name)
    with refused(*INCORRECT):
        hiding_app.password_step(name, "Wrong-Horse-1")
    with refused(*DISABLED):
        hiding_app.password_step(name)


@holds("SIGNIN-87", "RECOVERY-05")
def test_a_user_without_a_verified_contact_looks_like_an_unknown_one(
    open_app: App, hiding_app: App
) -> None:
    name = open_app.user("", email=an_email())
    with refused(*NO_CONTACT):
        open_app.call("ForgotPassword", name)
    details = hiding_app.call("ForgotPassword", name)["CodeDeliveryDetails"]
    assert set(details) == {"Destination", "DeliveryMedium", "AttributeName"}


@holds("SIGNIN-80")
def test_legacy_is_the_default(app: App) -> None:
    with refused(*NO_USER):
        app.password_step(unique("nobody"))


@holds("SIGNIN-81", "SIGNIN-82")
def test_hiding_costs_the_same_time(hiding_app: App) -> None:
    # A coarse check, meant to catch a missing decoy (a factor of ten), not to prove secrecy.
    spent: dict[str, list[float]] = {"known": [], "unknown": []}
    for _ in range(12):
        for kind, name in (("known", hiding_app.user()), ("unknown", unique("nobody"))):
            begun = time.perf_counter()
            with refused("NotAuthorizedException"):
                hiding_app.password_step(name, "Wrong-Horse-1")
            spent[kind].append(time.perf_counter() - begun)
    assert 0.4 < min(spent["known"]) / min(spent["unknown"]) < 2.5
