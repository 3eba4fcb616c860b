"""ConfirmSignUp, AdminConfirmSignUp and ResendConfirmationCode: docs/behaviours/sign-up.md."""

import contextlib

import pytest

from tests.behaviours.wording import (
    CONFIRMED_ALREADY,
    INCORRECT,
    LIMIT,
    NO_COMBINATION,
    NO_USER,
    STALE_CODE,
    WRONG_CODE,
    invalid,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    RefusedError,
    Wire,
    an_email,
    attribute_map,
    holds,
    race,
    refused,
    unique,
)

DAY_S = 86400


@pytest.fixture(scope="module")
def alias_app(wire: Wire) -> App:
    """Return a client of a pool whose users may sign in by verified address."""
    pool = a_pool(wire, AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    return an_app(wire, pool)


def signed_up(app: App) -> tuple[str, str, str]:
    """Return the name, the address and the code of a user who has just signed up."""
    name, email = unique(), an_email()
    app.sign_up(name, email=email)
    return name, email, app.wire.code(email)


def confirm(app: App, name: str, code: str, *, force: bool = False) -> dict[str, object]:
    forced = {"ForceAliasCreation": True} if force else {}
    return app.call("ConfirmSignUp", name, ConfirmationCode=code, **forced)


def stored(app: App, name: str) -> dict[str, str]:
    return attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])


def status(app: App, name: str) -> str:
    found: str = app.admin("AdminGetUser", name)["UserStatus"]
    return found


def another(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


@holds("SIGNUP-30")
def test_the_right_code_confirms_and_verifies(app: App) -> None:
    name, email, code = signed_up(app)
    assert confirm(app, name, code) == {}
    assert status(app, name) == "CONFIRMED"
    assert stored(app, name)["email_verified"] == "true"
    assert stored(app, name)["email"] == email
    assert app.sign_in(name)["AccessToken"]


@holds("SIGNUP-31")
@pytest.mark.parametrize("code", ["000000x", "1", "１２３４５６", "'OR'1'", "9" * 2048])
def test_a_wrong_code_confirms_nothing(app: App, code: str) -> None:
    name, _, right = signed_up(app)
    for bad in (code, another(right)):
        with refused(*WRONG_CODE):
            confirm(app, name, bad)
    assert status(app, name) == "UNCONFIRMED"
    assert confirm(app, name, right) == {}


@holds("SIGNUP-32")
def test_a_code_that_was_never_asked_for_has_expired(app: App) -> None:
    name = unique()
    app.sign_up(name)
    with refused(*STALE_CODE):
        confirm(app, name, "123456")


@holds("SIGNUP-32")
def test_a_code_lives_a_day(clock_app: App) -> None:
    just, late = signed_up(clock_app), signed_up(clock_app)
    clock_app.wire.advance(DAY_S - 60)
    assert confirm(clock_app, just[0], just[2]) == {}
    clock_app.wire.advance(61)
    with refused(*STALE_CODE):
        confirm(clock_app, late[0], late[2])
    clock_app.call("ResendConfirmationCode", late[0])
    assert confirm(clock_app, late[0], clock_app.wire.code(late[1])) == {}


@holds("SIGNUP-33")
def test_a_code_is_spent_by_its_use(app: App) -> None:
    name, _, code = signed_up(app)
    confirm(app, name, code)
    for again in (code, another(code)):
        with refused(*CONFIRMED_ALREADY):
            confirm(app, name, again)


@holds("SIGNUP-34", "SIGNUP-50")
def test_a_newer_code_replaces_the_older(app: App) -> None:
    name, email, first = signed_up(app)
    details = app.call("ResendConfirmationCode", name)["CodeDeliveryDetails"]
    assert (details["AttributeName"], details["DeliveryMedium"]) == ("email", "EMAIL")
    second = app.wire.code(email)
    if first != second:  # one in a million
        with refused(*WRONG_CODE):
            confirm(app, name, first)
    assert confirm(app, name, second) == {}


@holds("SIGNUP-35")
def test_an_alias_of_another_user_stops_the_confirmation(alias_app: App) -> None:
    email = an_email()
    owner = alias_app.user("", email=email, email_verified="true")
    name = unique()
    alias_app.sign_up(name, email=email)
    code = alias_app.wire.code(email)
    with refused("AliasExistsException", "An account with the email already exists."):
        confirm(alias_app, name, code)
    assert status(alias_app, name) == "UNCONFIRMED"
    assert alias_app.admin("AdminGetUser", email)["Username"] == owner


@holds("SIGNUP-36")
def test_force_moves_the_alias(alias_app: App) -> None:
    email = an_email()
    owner = alias_app.user("", "Owners-Password-1", email=email, email_verified="true")
    name = unique()
    alias_app.sign_up(name, "Newcomers-Password-1", email=email)
    assert confirm(alias_app, name, alias_app.wire.code(email), force=True) == {}
    assert alias_app.admin("AdminGetUser", email)["Username"] == name
    assert alias_app.sign_in(email, "Newcomers-Password-1")["AccessToken"]
    with refused(*INCORRECT):
        alias_app.sign_in(email, "Owners-Password-1")
    assert alias_app.sign_in(owner, "Owners-Password-1")["AccessToken"]
    left = stored(alias_app, owner)
    assert (left["email"], left["email_verified"]) == (email, "false")


@holds("SIGNUP-37")
def test_of_racers_with_one_code_one_wins(app: App) -> None:
    name, _, code = signed_up(app)
    won, lost = race(8, lambda: confirm(app, name, code))
    assert len(won) == 1, lost
    known = {CONFIRMED_ALREADY[0], WRONG_CODE[0], STALE_CODE[0]}
    assert {refusal.code for refusal in lost} <= known
    assert status(app, name) == "CONFIRMED"


@holds("SIGNUP-38")
def test_a_code_is_for_its_own_user_and_purpose(app: App, wire: Wire) -> None:
    name, email, code = signed_up(app)
    other, _, others = signed_up(app)
    if code != others:
        with refused(*WRONG_CODE):
            confirm(app, other, code)
    stranger = an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))
    stranger.sign_up(name, email=email)
    if stranger.wire.code(email) != code:
        with refused(*WRONG_CODE):
            confirm(stranger, name, code)
    with refused(*STALE_CODE):
        app.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password="Fresh-Horse-8")
    assert confirm(app, name, code) == {}


@holds("SIGNUP-42")
def test_a_code_verifies_only_the_address_it_went_to(app: App) -> None:
    name, _, code = signed_up(app)
    moved = [{"Name": "email", "Value": an_email()}]
    app.admin("AdminUpdateUserAttributes", name, UserAttributes=moved)
    with contextlib.suppress(RefusedError):
        confirm(app, name, code)
    assert stored(app, name)["email"] == moved[0]["Value"]
    assert stored(app, name).get("email_verified", "false") == "false"


@holds("SIGNUP-55")
def test_the_pools_own_words_carry_the_code(wire: Wire) -> None:
    pool = a_pool(
        wire,
        AutoVerifiedAttributes=["email"],
        EmailVerificationMessage="Dear {username}, <b>{####}</b> is your code & welcome.",
        EmailVerificationSubject="Your code for us",
    )
    app = an_app(wire, pool)
    name, email, code = signed_up(app)
    (message,) = app.wire.messages(email)
    assert message["subject"] == "Your code for us"
    assert message["body"] == f"Dear {name}, <b>{code}</b> is your code & welcome."
    assert confirm(app, name, code) == {}


@holds("SIGNUP-39")
def test_fifteen_attempts_an_hour(clock_app: App) -> None:
    name, _, code = signed_up(clock_app)
    for _ in range(15):
        with refused(*WRONG_CODE):
            confirm(clock_app, name, another(code))
    for attempt in (code, another(code)):
        with refused(*LIMIT):
            confirm(clock_app, name, attempt)
    other, _, others = signed_up(clock_app)
    assert confirm(clock_app, other, others) == {}
    clock_app.wire.advance(3601)
    assert confirm(clock_app, name, code) == {}


@holds("SIGNUP-40")
def test_an_administrator_confirms_without_a_code(app: App) -> None:
    name, _, code = signed_up(app)
    assert app.admin("AdminConfirmSignUp", name) == {}
    assert status(app, name) == "CONFIRMED"
    assert stored(app, name).get("email_verified", "false") == "false"
    for again in (
        lambda: app.admin("AdminConfirmSignUp", name),
        lambda: confirm(app, name, code),
    ):
        with refused(*CONFIRMED_ALREADY):
            again()
    text = "User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD"
    with refused("NotAuthorizedException", text):
        app.admin("AdminConfirmSignUp", app.temporary_user())
    with refused(*NO_USER):
        app.admin("AdminConfirmSignUp", unique("nobody"))


@holds("SIGNUP-41", "SIGNUP-53")
def test_for_a_client_of_another_pool_the_user_does_not_exist(app: App, wire: Wire) -> None:
    name, _, code = signed_up(app)
    stranger = an_app(wire)
    with refused(*NO_COMBINATION):
        confirm(stranger, name, code)
    with refused(*NO_COMBINATION):
        stranger.call("ResendConfirmationCode", name)


@holds("SIGNUP-51")
def test_a_confirmed_user_gets_no_other_code(app: App) -> None:
    with refused(*invalid("User is already confirmed.")):
        app.call("ResendConfirmationCode", app.user("", email=an_email()))


@holds("SIGNUP-52")
def test_a_pool_that_verifies_nothing_sends_no_other_code(wire: Wire) -> None:
    silent = an_app(wire)
    name = unique()
    silent.sign_up(name, email=an_email())
    text = "Cannot resend codes. Auto verification not turned on."
    with refused("NotAuthorizedException", text):
        silent.call("ResendConfirmationCode", name)


@holds("SIGNUP-54")
def test_five_other_codes_an_hour(clock_app: App) -> None:
    name, email, _ = signed_up(clock_app)
    for _ in range(5):
        clock_app.call("ResendConfirmationCode", name)
    with refused(*LIMIT):
        clock_app.call("ResendConfirmationCode", name)
    clock_app.wire.advance(3601)
    clock_app.call("ResendConfirmationCode", name)
    assert confirm(clock_app, name, clock_app.wire.code(email)) == {}
