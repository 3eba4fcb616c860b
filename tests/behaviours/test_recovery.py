"""Forgotten and reset passwords: docs/behaviours/recovery.md."""

import contextlib

import pytest

from tests.behaviours.wording import (
    DISABLED,
    INCORRECT,
    LIMIT,
    NO_CONTACT,
    NO_RESET,
    POLICY_BREACHES,
    RESET,
    STALE_CODE,
    WRONG_CODE,
)
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.support import (
    PASSWORD,
    Json,
    RefusedError,
    Wire,
    a_phone,
    an_email,
    attribute_map,
    holds,
    race,
    refused,
    unique,
)

FRESH = "Fresh-Horse-8"


def verified_user(app: App) -> tuple[str, str]:
    """Return the name and the verified address of a confirmed user."""
    email = an_email()
    return app.user("", email=email, email_verified="true"), email


def forgetful(app: App) -> tuple[str, str, str]:
    """Return a name, an address, and the code that ForgotPassword sent."""
    name, email = verified_user(app)
    app.call("ForgotPassword", name)
    return name, email, app.wire.code(email)


def renew(app: App, name: str, code: str, password: str = FRESH) -> dict[str, Json]:
    return app.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password=password)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def status(app: App, name: str) -> str:
    found: str = app.admin("AdminGetUser", name)["UserStatus"]
    return found


@holds("RECOVERY-01", "RECOVERY-10")
def test_a_code_replaces_a_forgotten_password(app: App) -> None:
    name, email = verified_user(app)
    details = app.call("ForgotPassword", name)["CodeDeliveryDetails"]
    assert details == {
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": "m***@e***",
    }
    assert app.sign_in(name)["AccessToken"], "the old password works until then"
    assert renew(app, name, app.wire.code(email)) == {}
    assert status(app, name) == "CONFIRMED"
    assert app.sign_in(name, FRESH)["AccessToken"]
    assert app.srp_step(name, FRESH)["AuthenticationResult"]
    with refused(*INCORRECT):
        app.sign_in(name, PASSWORD)


@holds("RECOVERY-02", "RECOVERY-03")
@pytest.mark.parametrize(
    "order, verified, medium",
    [
        (None, {"email", "phone_number"}, "SMS"),
        (None, {"email"}, "EMAIL"),
        (["email", "phone_number"], {"email", "phone_number"}, "EMAIL"),
        (["phone_number", "email"], {"email", "phone_number"}, "SMS"),
        (["email", "phone_number"], {"phone_number"}, "SMS"),
        (["phone_number"], {"email"}, None),
        (None, set(), None),
    ],
)
def test_the_code_goes_where_the_pool_says(
    wire: Wire, order: list[str] | None, verified: set[str], medium: str | None
) -> None:
    names = [f"verified_{kind}" for kind in order or []]
    mechanisms = [{"Name": name, "Priority": place} for place, name in enumerate(names, 1)]
    setting = {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}} if names else {}
    one = an_app(wire, a_pool(wire, SmsConfiguration=SMS_ROLE, **setting))
    flags = {
        f"{kind}_verified": str(kind in verified).lower() for kind in ("email", "phone_number")
    }
    name = one.user("", email=an_email(), phone_number=a_phone(), **flags)
    if medium is None:
        with refused(*NO_CONTACT):
            one.call("ForgotPassword", name)
    else:
        details = one.call("ForgotPassword", name)["CodeDeliveryDetails"]
        assert details["DeliveryMedium"] == medium


@holds("RECOVERY-04")
def test_recovery_can_be_left_to_administrators(wire: Wire) -> None:
    only = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    one = an_app(wire, a_pool(wire, AccountRecoverySetting=only))
    name, _ = verified_user(one)
    with refused("NotAuthorizedException", "Contact administrator to reset password."):
        one.call("ForgotPassword", name)


@holds("RECOVERY-05", "RECOVERY-21")
@pytest.mark.parametrize("operation", ["ForgotPassword", "AdminResetUserPassword"])
def test_an_unverified_address_is_no_contact(app: App, operation: str) -> None:
    for name in (app.user(), app.user("", email=an_email())):
        call = app.admin if operation.startswith("Admin") else app.call
        with refused(*NO_CONTACT):
            call(operation, name)


@holds("RECOVERY-06", "RECOVERY-21")
def test_a_temporary_password_is_not_recovered(app: App) -> None:
    email = [{"Name": "email", "Value": an_email()}, {"Name": "email_verified", "Value": "true"}]
    name = app.temporary_user("", UserAttributes=email)
    with refused(*NO_RESET):
        app.call("ForgotPassword", name)
    with refused(*NO_RESET):
        app.admin("AdminResetUserPassword", name)


@holds("RECOVERY-07")
def test_five_requests_an_hour(clock_app: App) -> None:
    name, email = verified_user(clock_app)
    for _ in range(5):
        clock_app.call("ForgotPassword", name)
    with refused(*LIMIT):
        clock_app.call("ForgotPassword", name)
    assert renew(clock_app, name, clock_app.wire.code(email)) == {}
    clock_app.wire.advance(3601)
    assert clock_app.call("ForgotPassword", name)["CodeDeliveryDetails"]


@holds("RECOVERY-11")
def test_a_wrong_code_changes_nothing(app: App) -> None:
    name, _, code = forgetful(app)
    for bad in (another(code), "x"):
        with refused(*WRONG_CODE):
            renew(app, name, bad)
    assert app.sign_in(name)["AccessToken"]
    assert renew(app, name, code) == {}


@holds("RECOVERY-11")
def test_a_spent_or_unasked_code_has_expired(app: App) -> None:
    name, _, code = forgetful(app)
    renew(app, name, code)
    with refused(*STALE_CODE):
        renew(app, name, code, "Third-Horse-9")
    with refused(*STALE_CODE):
        renew(app, verified_user(app)[0], "123456")
    assert app.sign_in(name, FRESH)["AccessToken"]


@holds("RECOVERY-11")
def test_a_code_lives_an_hour(clock_app: App) -> None:
    just, late = forgetful(clock_app), forgetful(clock_app)
    clock_app.wire.advance(3540)
    assert renew(clock_app, just[0], just[2]) == {}
    clock_app.wire.advance(61)
    with refused(*STALE_CODE):
        renew(clock_app, late[0], late[2])
    assert clock_app.sign_in(late[0])["AccessToken"]


@holds("RECOVERY-12")
@pytest.mark.parametrize("password, rule", POLICY_BREACHES[1:2] + POLICY_BREACHES[-1:])
def test_a_weak_password_does_not_spend_the_code(app: App, password: str, rule: str) -> None:
    name, _, code = forgetful(app)
    with refused("InvalidPasswordException", f"Password does not conform to policy: {rule}"):
        renew(app, name, code, password)
    with refused(*WRONG_CODE):
        renew(app, name, another(code), password)
    assert renew(app, name, code) == {}


@holds("RECOVERY-13")
def test_a_newer_code_replaces_the_older(app: App) -> None:
    name, email, first = forgetful(app)
    app.call("ForgotPassword", name)
    second = app.wire.code(email)
    if first != second:
        with refused(*WRONG_CODE):
            renew(app, name, first)
    assert renew(app, name, second) == {}


@holds("RECOVERY-14")
def test_tokens_survive_a_recovery(app: App) -> None:
    name, _, code = forgetful(app)
    tokens = app.sign_in(name)
    renew(app, name, code)
    assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]


@holds("RECOVERY-15")
def test_of_racers_with_one_code_one_wins(app: App) -> None:
    name, _, code = forgetful(app)
    passwords = [f"Racing-Horse-{number}" for number in range(4)]
    left = iter(passwords)

    def act() -> str:
        mine = next(left)
        renew(app, name, code, mine)
        return mine

    won, lost = race(4, act)
    assert len(won) == 1, lost
    assert {(refusal.code, refusal.text) for refusal in lost} <= {STALE_CODE, WRONG_CODE}
    assert app.sign_in(name, won[0])["AccessToken"]


@holds("RECOVERY-16")
def test_a_code_is_for_its_own_user_and_purpose(app: App) -> None:
    name, email, code = forgetful(app)
    other, _, others = forgetful(app)
    if code != others:
        with refused(*WRONG_CODE):
            renew(app, other, code)
    access = app.sign_in(name)["AccessToken"]
    with refused(*STALE_CODE):
        app.wire.call("VerifyUserAttribute", AccessToken=access, AttributeName="email", Code=code)
    app.wire.call("GetUserAttributeVerificationCode", AccessToken=access, AttributeName="email")
    proof = app.wire.code(email)
    if proof != code:
        with refused(*WRONG_CODE):
            renew(app, name, proof)
    assert renew(app, name, code) == {}


@holds("RECOVERY-44")
def test_a_recovery_verifies_no_other_address_than_the_codes(app: App) -> None:
    name, _, code = forgetful(app)
    moved = an_email()
    access = app.sign_in(name)["AccessToken"]
    given = [{"Name": "email", "Value": moved}]
    app.wire.call("UpdateUserAttributes", AccessToken=access, UserAttributes=given)
    with contextlib.suppress(RefusedError):
        renew(app, name, code)
    stored = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert (stored["email"], stored.get("email_verified", "false")) == (moved, "false")


@holds("RECOVERY-17")
def test_five_attempts_an_hour(clock_app: App) -> None:
    name, email, code = forgetful(clock_app)
    for _ in range(5):
        with refused(*WRONG_CODE):
            renew(clock_app, name, another(code))
    with refused(*LIMIT):
        renew(clock_app, name, code)
    clock_app.wire.advance(3601)
    clock_app.call("ForgotPassword", name)
    assert renew(clock_app, name, clock_app.wire.code(email)) == {}


@holds("RECOVERY-20", "SIGNIN-06")
def test_an_administrators_reset_demands_a_new_password(app: App) -> None:
    name, email = verified_user(app)
    assert app.admin("AdminResetUserPassword", name) == {}
    assert status(app, name) == "RESET_REQUIRED"
    for attempt in (app.password_step, app.srp_step):
        with refused(*RESET):
            attempt(name)
        with refused(*INCORRECT):
            attempt(name, "Wrong-Horse-1")
    assert renew(app, name, app.wire.code(email)) == {}
    assert status(app, name) == "CONFIRMED"
    assert app.sign_in(name, FRESH)["AccessToken"]


@holds("RECOVERY-21")
def test_a_reset_needs_a_confirmed_and_enabled_user(app: App) -> None:
    name = unique()
    app.sign_up(name, email=an_email())
    with refused(*NO_RESET):
        app.admin("AdminResetUserPassword", name)
    name, _ = verified_user(app)
    app.admin("AdminDisableUser", name)
    with refused("NotAuthorizedException", "User is disabled"):
        app.admin("AdminResetUserPassword", name)
    with refused(*DISABLED):
        app.call("ForgotPassword", name)


@holds("RECOVERY-22", "RECOVERY-23")
@pytest.mark.parametrize("permanent", [None, False, True])
def test_an_administrators_password_is_temporary_unless_said(
    app: App, permanent: bool | None
) -> None:
    name = unique()
    app.sign_up(name, email=an_email())
    said = {} if permanent is None else {"Permanent": permanent}
    assert app.admin("AdminSetUserPassword", name, Password=FRESH, **said) == {}
    assert status(app, name) == ("CONFIRMED" if permanent else "FORCE_CHANGE_PASSWORD")
    step = app.password_step(name, FRESH)
    if permanent:
        assert step["AuthenticationResult"]
    else:
        assert step["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    stored = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert stored.get("email_verified", "false") == "false"


@holds("RECOVERY-22")
@pytest.mark.parametrize("password, rule", POLICY_BREACHES)
def test_an_administrators_password_keeps_the_policy(app: App, password: str, rule: str) -> None:
    text = f"Password did not conform with password policy: {rule}"
    with refused("InvalidPasswordException", text):
        app.admin("AdminSetUserPassword", app.user(), Password=password, Permanent=True)
