"""Authenticator apps, registered by access token: docs/behaviours/mfa.md."""

import re

import pytest

from tests.behaviours.factors import (
    ALL,
    SMS,
    TOTP,
    Authenticator,
    a_person,
    an_mfa_app,
    answer,
    list_of,
    now,
    prefer,
    registered,
    set_mfa,
)
from tests.behaviours.wording import BAD_ACCESS, NO_USER, invalid, words_of
from tests.sdk.builders import App, result_of
from tests.sdk.support import Wire, holds, race, refused, unique

TOTP_OFF = (
    "SoftwareTokenMFANotFoundException",
    "Software Token MFA has not been enabled by the userPool",
)
NO_TOKEN = ("SoftwareTokenMFANotFoundException", "Software token MFA not enabled")
MISMATCH = ("EnableSoftwareTokenMFAException", "Code mismatch")
USED = ("ExpiredCodeException", "Your software token has already been used once.")


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool whose users may choose every factor."""
    return an_mfa_app(wire, "OPTIONAL", *ALL)


def token_of(app: App, name: str) -> str:
    token: str = app.sign_in(name)["AccessToken"]
    return token


def associate(app: App, token: str) -> Authenticator:
    return Authenticator(app.wire.call("AssociateSoftwareToken", AccessToken=token)["SecretCode"])


@holds("MFA-30", "MFA-33", "MFA-35")
def test_a_seed_is_handed_out_and_proven(app: App) -> None:
    name = app.user()
    token = token_of(app, name)
    told = app.wire.call("AssociateSoftwareToken", AccessToken=token)
    assert set(told) == {"SecretCode"}
    assert re.fullmatch(r"[A-Z2-7]{52}", told["SecretCode"])
    phone = Authenticator(told["SecretCode"])
    done = app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=phone.code())
    assert done == {"Status": "SUCCESS"}
    # Nothing is turned on by it.
    assert list_of(app, name) == []
    assert app.sign_in(name)["AccessToken"]
    prefer(app, name, TOTP)
    step = app.password_step(name)
    assert step["ChallengeName"] == TOTP
    assert result_of(answer(app, step, name, phone.code()))


@holds("MFA-30", "MFA-33")
def test_only_the_newest_seed_can_be_proven(app: App) -> None:
    token = token_of(app, app.user())
    first, second = associate(app, token), associate(app, token)
    with refused(*MISMATCH):
        app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=first.code())
    with refused(*MISMATCH):
        app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=second.wrong())
    app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=second.code())
    with refused(*NO_TOKEN):
        app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=second.code())


@holds("MFA-31")
def test_either_token_or_session(app: App) -> None:
    token = token_of(app, app.user())
    for operation in ("AssociateSoftwareToken", "VerifySoftwareToken"):
        more = {"UserCode": "123456"} if operation == "VerifySoftwareToken" else {}
        with refused(*invalid("Either AccessToken or Session is required")):
            app.wire.call(operation, **more)
        with refused(*invalid("AccessToken and Session cannot be given together")):
            app.wire.call(operation, AccessToken=token, Session="s" * 20, **more)
        with refused(*BAD_ACCESS):
            app.wire.call(operation, AccessToken="nonsense", **more)


@holds("MFA-32", "MFA-33")
def test_a_pool_without_apps_registers_none(app: App, wire: Wire) -> None:
    for other in (an_mfa_app(wire, "OPTIONAL", SMS), an_mfa_app(wire, "OFF")):
        token = token_of(other, other.user())
        with refused(*TOTP_OFF):
            associate(other, token)
        with refused(*TOTP_OFF):
            other.wire.call("VerifySoftwareToken", AccessToken=token, UserCode="123456")
    token = token_of(app, app.user())
    with refused(*NO_TOKEN):
        app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode="123456")


@holds("MFA-34")
@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_step_to_either_side_counts(app: App, shift: int) -> None:
    token = token_of(app, app.user())
    phone = associate(app, token)
    for _ in range(3):  # the step may end between reading the clock and the server's look at it
        step = now()
        try:
            code = phone.at(step + shift)
            app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=code)
        except Exception:
            if now() == step:
                raise
        else:
            return
    pytest.fail("three steps in a row ended at once")


@holds("MFA-34")
@pytest.mark.parametrize("shift", [-20, -4, 4, 20])
def test_no_other_step_counts(app: App, shift: int) -> None:
    token = token_of(app, app.user())
    phone = associate(app, token)
    code = phone.at(now() + shift)
    if code in {phone.at(now() + near) for near in range(-3, 4)}:
        return  # one code in some hundred thousand is also that of another step
    with refused(*MISMATCH):
        app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=code)


@holds("MFA-36")
def test_the_seed_in_force_stays_until_the_next_is_proven(app: App) -> None:
    person = a_person(app, TOTP)
    assert person.app is not None
    step = app.password_step(person.name)
    token = result_of(answer(app, step, person.name, person.app.code()))["AccessToken"]
    fresh = associate(app, token)
    step = app.password_step(person.name)
    assert step["ChallengeName"] == TOTP
    with refused("CodeMismatchException", "Invalid code received for user"):
        answer(app, step, person.name, fresh.code())
    app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=fresh.code())
    step = app.password_step(person.name)
    with refused("CodeMismatchException", "Invalid code received for user"):
        answer(app, step, person.name, person.app.at(now()))
    assert list_of(app, person.name) == [TOTP]


@holds("MFA-37")
def test_the_code_that_verified_an_app_signs_nobody_in(app: App) -> None:
    person = a_person(app, TOTP)
    assert person.app is not None
    step = app.password_step(person.name)
    with refused(*USED):
        answer(app, step, person.name, person.app.shown())
    assert result_of(answer(app, step, person.name, person.app.code()))


@holds("MFA-38")
def test_of_callers_racing_to_verify_one_wins(app: App) -> None:
    token = token_of(app, app.user())
    code = associate(app, token).code()
    done, refusals = race(
        6, lambda: app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=code)
    )
    assert done == [{"Status": "SUCCESS"}]
    assert {words_of(one) for one in refusals} == {NO_TOKEN}


@holds("MFA-74")
def test_an_app_is_called_by_its_name(app: App) -> None:
    name = app.user()
    token = token_of(app, name)
    phone = associate(app, token)
    app.wire.call(
        "VerifySoftwareToken",
        AccessToken=token,
        UserCode=phone.code(),
        FriendlyDeviceName="Mary's phone",
    )
    prefer(app, name, TOTP)
    asked = app.password_step(name)["ChallengeParameters"]
    assert asked == {"FRIENDLY_DEVICE_NAME": "Mary's phone", "USER_ID_FOR_SRP": name}


@holds("MFA-39", "MFA-20")
def test_a_lost_app_is_deleted(app: App) -> None:
    person = a_person(app, TOTP, SMS, preferred=TOTP)
    assert person.app is not None
    step = app.password_step(person.name)
    token = result_of(answer(app, step, person.name, person.app.code()))["AccessToken"]
    for _ in range(2):  # what is gone is deleted already
        assert app.admin("AdminDeleteSoftwareToken", person.name) == {}
        told = app.admin("AdminGetUser", person.name)
        assert told["UserMFASettingList"] == [SMS]
        assert "PreferredMfaSetting" not in told
    assert app.wire.call("GetUser", AccessToken=token)["UserMFASettingList"] == [SMS]
    assert app.password_step(person.name)["ChallengeName"] == SMS
    with refused(*invalid("User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA")):
        prefer(app, person.name, TOTP)
    # A new one can be registered.
    phone = associate(app, token)
    app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=phone.code())
    prefer(app, person.name, TOTP, preferred=TOTP)
    assert app.password_step(person.name)["ChallengeName"] == TOTP


@holds("MFA-39")
def test_whose_app_cannot_be_deleted(app: App) -> None:
    name = unique()
    app.sign_up(name)
    with refused("UserNotConfirmedException", "User is not confirmed."):
        app.admin("AdminDeleteSoftwareToken", name)
    with refused(*NO_USER):
        app.admin("AdminDeleteSoftwareToken", unique("nobody"))


@holds("MFA-03")
def test_an_app_in_use_stays_in_use(wire: Wire) -> None:
    app = an_mfa_app(wire, "OPTIONAL", TOTP)
    name = app.user()
    phone = registered(app, name)
    prefer(app, name, TOTP)
    set_mfa(app, "OPTIONAL", SMS)
    step = app.password_step(name)
    assert step["ChallengeName"] == TOTP
    assert result_of(answer(app, step, name, phone.code()))


@holds("MFA-41")
def test_a_deleted_users_seed_serves_nobody(app: App) -> None:
    person = a_person(app, TOTP)
    app.admin("AdminDeleteUser", person.name)
    app.user(person.name)
    assert app.sign_in(person.name)["AccessToken"]
    assert list_of(app, person.name) == []
