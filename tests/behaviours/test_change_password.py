"""ChangePassword, histories, and the proof of an address: docs/behaviours/recovery.md."""

from itertools import pairwise

import pytest

from tests.behaviours.wording import (
    INCORRECT,
    LIMIT,
    POLICY_BREACHES,
    STALE_CODE,
    WRONG_CODE,
    words_of,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    PASSWORD,
    Json,
    RefusedError,
    Wire,
    an_email,
    attribute_map,
    attributes,
    holds,
    race,
    refused,
)

FRESH = "Fresh-Horse-8"
HISTORY = "PasswordHistoryPolicyViolationException"


def change(app: App, access: str, old: str, new: str) -> dict[str, Json]:
    members = {"AccessToken": access, "PreviousPassword": old, "ProposedPassword": new}
    return app.wire.call("ChangePassword", **members)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def verify(app: App, access: str, code: str) -> dict[str, Json]:
    members = {"AccessToken": access, "AttributeName": "email", "Code": code}
    return app.wire.call("VerifyUserAttribute", **members)


def ask(app: App, access: str, attribute: str = "email") -> dict[str, Json]:
    members = {"AccessToken": access, "AttributeName": attribute}
    return app.wire.call("GetUserAttributeVerificationCode", **members)


def unverified(app: App) -> tuple[str, str, str]:
    """Return the name, the unverified address and an access token of a new user."""
    email = an_email()
    name = app.user("", email=email)
    return name, email, app.sign_in(name)["AccessToken"]


def is_verified(app: App, name: str) -> bool:
    stored = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    return stored.get("email_verified") == "true"


@holds("RECOVERY-30", "RECOVERY-32")
def test_a_changed_password_replaces_the_old_one_and_keeps_sessions(app: App) -> None:
    name = app.user()
    tokens = app.sign_in(name)
    assert change(app, tokens["AccessToken"], PASSWORD, FRESH) == {}
    assert app.sign_in(name, FRESH)["AccessToken"]
    assert app.srp_step(name, FRESH)["AuthenticationResult"]
    for attempt in (app.password_step, app.srp_step):
        with refused(*INCORRECT):
            attempt(name, PASSWORD)
    assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]


@holds("RECOVERY-30")
def test_a_wrong_previous_password_changes_nothing(app: App) -> None:
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    with refused(*INCORRECT):
        change(app, access, "Wrong-Horse-1", FRESH)
    assert app.sign_in(name)["AccessToken"]


@holds("RECOVERY-30")
def test_a_previous_password_is_needed_where_there_is_one(app: App) -> None:
    access = app.sign_in(app.user())["AccessToken"]
    with refused("NotAuthorizedException"):
        app.wire.call("ChangePassword", AccessToken=access, ProposedPassword=FRESH)


@holds("RECOVERY-31")
@pytest.mark.parametrize("password, rule", POLICY_BREACHES[1:3])
def test_a_changed_password_keeps_the_policy(app: App, password: str, rule: str) -> None:
    access = app.sign_in(app.user())["AccessToken"]
    with refused("InvalidPasswordException", f"Password does not conform to policy: {rule}"):
        change(app, access, PASSWORD, password)


@holds("RECOVERY-33")
def test_five_changes_an_hour(clock_app: App) -> None:
    name = clock_app.user()
    access = clock_app.sign_in(name)["AccessToken"]
    passwords = [PASSWORD, *(f"Changed-Horse-{number}" for number in range(6))]
    for old, new in pairwise(passwords[:6]):
        change(clock_app, access, old, new)
    with refused(*LIMIT):
        change(clock_app, access, passwords[5], passwords[6])
    clock_app.wire.advance(3601)
    access = clock_app.sign_in(name, passwords[5])["AccessToken"]
    assert change(clock_app, access, passwords[5], passwords[6]) == {}


@holds("RECOVERY-34")
def test_the_last_passwords_may_not_come_back(wire: Wire) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}
    pool = a_pool(wire, Policies=policy, AutoVerifiedAttributes=["email"])
    app = an_app(wire, pool)
    email = an_email()
    name = app.user("", "Horse-Number-0", email=email, email_verified="true")
    access = app.sign_in(name, "Horse-Number-0")["AccessToken"]
    change(app, access, "Horse-Number-0", "Horse-Number-1")
    for again in ("Horse-Number-0", "Horse-Number-1"):
        with refused(HISTORY):
            change(app, access, "Horse-Number-1", again)
        with refused(HISTORY):
            app.admin("AdminSetUserPassword", name, Password=again, Permanent=True)
    app.call("ForgotPassword", name)
    code = app.wire.code(email)
    with refused(HISTORY):
        app.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password="Horse-Number-1")
    change(app, access, "Horse-Number-1", "Horse-Number-2")
    assert change(app, access, "Horse-Number-2", "Horse-Number-0") == {}


@holds("RECOVERY-40", "RECOVERY-41")
def test_a_code_verifies_the_address(app: App) -> None:
    name, email, access = unverified(app)
    details = ask(app, access)["CodeDeliveryDetails"]
    assert (details["AttributeName"], details["DeliveryMedium"]) == ("email", "EMAIL")
    assert not is_verified(app, name)
    assert verify(app, access, app.wire.code(email)) == {}
    assert is_verified(app, name)


@holds("RECOVERY-40")
def test_without_an_address_there_is_nothing_to_verify(app: App) -> None:
    access = app.sign_in(app.user())["AccessToken"]
    for attribute in ("email", "phone_number", "name"):
        with refused("InvalidParameterException"):
            ask(app, access, attribute)


@holds("RECOVERY-42")
def test_wrong_spent_and_unasked_codes_verify_nothing(app: App) -> None:
    name, email, access = unverified(app)
    with refused(*STALE_CODE):
        verify(app, access, "123456")
    ask(app, access)
    code = app.wire.code(email)
    with refused(*WRONG_CODE):
        verify(app, access, another(code))
    assert not is_verified(app, name)
    verify(app, access, code)
    with refused(*STALE_CODE):
        verify(app, access, code)


@holds("RECOVERY-42")
def test_a_verification_code_lives_a_day(clock_app: App) -> None:
    just, late = unverified(clock_app), unverified(clock_app)
    for _, _, access in (just, late):
        ask(clock_app, access)
    clock_app.wire.advance(86340)
    access = clock_app.sign_in(just[0])["AccessToken"]
    assert verify(clock_app, access, clock_app.wire.code(just[1])) == {}
    clock_app.wire.advance(61)
    access = clock_app.sign_in(late[0])["AccessToken"]
    with refused(*STALE_CODE):
        verify(clock_app, access, clock_app.wire.code(late[1]))


@holds("RECOVERY-43")
def test_sending_and_verifying_have_limits(clock_app: App) -> None:
    _, email, access = unverified(clock_app)
    for _ in range(5):
        ask(clock_app, access)
    with refused(*LIMIT):
        ask(clock_app, access)
    code = clock_app.wire.code(email)
    for _ in range(15):
        with refused(*WRONG_CODE):
            verify(clock_app, access, another(code))
    with refused(*LIMIT):
        verify(clock_app, access, code)


@holds("RECOVERY-44")
def test_a_code_proves_only_the_address_it_went_to(app: App) -> None:
    name, email, access = unverified(app)
    ask(app, access)
    code = app.wire.code(email)
    changed = attributes({"email": an_email()})
    app.admin("AdminUpdateUserAttributes", name, UserAttributes=changed)
    with pytest.raises(RefusedError) as caught:
        verify(app, access, code)
    assert words_of(caught.value) in {WRONG_CODE, STALE_CODE}
    assert not is_verified(app, name)


@holds("RECOVERY-42")
def test_of_racers_with_one_code_one_wins(app: App) -> None:
    _, email, access = unverified(app)
    ask(app, access)
    code = app.wire.code(email)
    won, lost = race(6, lambda: verify(app, access, code))
    assert len(won) == 1, lost
    assert {(refusal.code, refusal.text) for refusal in lost} <= {STALE_CODE, WRONG_CODE}


@holds("RECOVERY-42")
def test_a_code_of_another_user_verifies_nothing(app: App) -> None:
    _, email, access = unverified(app)
    name, others, other = unverified(app)
    ask(app, access)
    ask(app, other)
    code = app.wire.code(email)
    if code != app.wire.code(others):
        with refused(*WRONG_CODE):
            verify(app, other, code)
        assert not is_verified(app, name)
