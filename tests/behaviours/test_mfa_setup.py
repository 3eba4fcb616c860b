"""A second factor, set up on the way in: docs/behaviours/mfa.md."""

import json

import pytest

from tests.behaviours.factors import (
    ALL,
    MAIL,
    SMS,
    TOTP,
    Authenticator,
    an_mfa_app,
    answer,
    list_of,
    prefer,
    set_mfa,
)
from tests.behaviours.wording import (
    BAD_EMAIL,
    BAD_SESSION,
    DISABLED,
    OLD_SESSION,
    UNWRITABLE,
    USED_SESSION,
    words_of,
)
from tests.sdk.builders import App, an_app, result_of
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    a_phone,
    an_email,
    attribute_map,
    attributes,
    claims_of,
    holds,
    race,
    refused,
    tampered,
)

MISMATCH = ("EnableSoftwareTokenMFAException", "Code mismatch")
NO_TOKEN = ("SoftwareTokenMFANotFoundException", "Software token MFA not enabled")
SETUP = "MFA_SETUP"


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool that requires one of all factors."""
    return an_mfa_app(wire, "ON", *ALL)


def begun(app: App, name: str = "") -> tuple[str, str]:
    """Return a user who must set a factor up, and the session for it."""
    user = name or app.user()
    step = app.password_step(user)
    assert step["ChallengeName"] == SETUP, step
    session: str = step["Session"]
    return user, session


def associate(app: App, session: str) -> tuple[Authenticator, str]:
    told = app.wire.call("AssociateSoftwareToken", Session=session)
    return Authenticator(told["SecretCode"]), told["Session"]


def verify(app: App, session: str, code: str, **more: str) -> str:
    told = app.wire.call("VerifySoftwareToken", Session=session, UserCode=code, **more)
    assert told["Status"] == "SUCCESS"
    following: str = told["Session"]
    return following


@holds("MFA-90", "MFA-91", "MFA-74", "MFA-55")
def test_an_app_is_set_up_on_the_way_in(app: App) -> None:
    name = app.user()
    step = app.srp_step(name)
    assert step["ChallengeName"] == SETUP
    assert json.loads(step["ChallengeParameters"]["MFAS_CAN_SETUP"]) == list(ALL)
    assert step["ChallengeParameters"]["USER_ID_FOR_SRP"] == name
    phone, session = associate(app, step["Session"])
    session = verify(app, session, phone.code(), FriendlyDeviceName="phone")
    assert list_of(app, name) == [TOTP]
    assert "PreferredMfaSetting" not in app.admin("AdminGetUser", name)
    tokens = result_of(app.respond(SETUP, session, USERNAME=name, SOFTWARE_TOKEN_MFA_CODE="000000"))
    assert claims_of(tokens["IdToken"])["amr"] == ["pwd", "otp", "mfa"]
    step = app.password_step(name)
    assert step["ChallengeName"] == TOTP
    assert step["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "phone"
    assert result_of(answer(app, step, name, phone.code()))


@holds("MFA-91")
def test_who_has_verified_an_app_may_as_well_sign_in_anew(app: App) -> None:
    name, session = begun(app)
    phone, session = associate(app, session)
    verify(app, session, phone.code())
    step = app.password_step(name)
    assert result_of(answer(app, step, name, phone.code()))


@holds("MFA-90", "SIGNIN-41")
def test_after_a_new_password(app: App) -> None:
    name = app.temporary_user()
    step = app.password_step(name)
    step = app.respond(
        "NEW_PASSWORD_REQUIRED", step["Session"], USERNAME=name, NEW_PASSWORD="Fresh-Horse-8"
    )
    assert step["ChallengeName"] == SETUP
    phone, session = associate(app, step["Session"])
    session = verify(app, session, phone.code())
    assert result_of(app.respond(SETUP, session, USERNAME=name))


@holds("MFA-90", "MFA-95")
def test_a_wrong_code_leaves_the_session_good(app: App) -> None:
    name, session = begun(app)
    with refused(*NO_TOKEN):
        verify(app, session, "123456")
    phone, session = associate(app, session)
    for _ in range(12):
        with refused(*MISMATCH):
            verify(app, session, phone.wrong())
    session = verify(app, session, phone.code())
    with refused(*BAD_SESSION):
        verify(app, session, phone.code())
    assert result_of(app.respond(SETUP, session, USERNAME=name))


@holds("MFA-90")
def test_each_session_is_good_once_and_only_the_newest_seed_counts(app: App) -> None:
    name, first = begun(app)
    old, second = associate(app, first)
    with refused(*USED_SESSION):
        app.wire.call("AssociateSoftwareToken", Session=first)
    new, third = associate(app, second)
    with refused(*USED_SESSION):
        verify(app, second, old.code())
    with refused(*MISMATCH):
        verify(app, third, old.code())
    last = verify(app, third, new.code())
    for each in (third, last):
        with refused(*BAD_SESSION):
            associate(app, each)
    assert result_of(app.respond(SETUP, last, USERNAME=name))
    with refused(*USED_SESSION):
        app.respond(SETUP, last, USERNAME=name)


@holds("MFA-93")
def test_answers_that_set_nothing_up(app: App, wire: Wire) -> None:
    name, session = begun(app)
    phone, associated = associate(app, begun(app, name)[1])
    for given in (
        {},
        {"SOFTWARE_TOKEN_MFA_CODE": phone.code()},
        {"PHONE_NUMBER": a_phone()},
        {"ANSWER": TOTP},
    ):
        for each in (session, associated):
            with refused(*BAD_SESSION):
                app.respond(SETUP, each, USERNAME=name, **given)
    only_sms = an_mfa_app(wire, "ON", SMS)
    user, session = begun(only_sms)
    with refused(*BAD_SESSION):
        only_sms.respond(SETUP, session, USERNAME=user, EMAIL=an_email())
    with refused(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA has not been enabled by the userPool",
    ):
        associate(only_sms, session)
    number = attributes({"phone_number": a_phone()})
    only_sms.admin("AdminUpdateUserAttributes", user, UserAttributes=number)
    assert only_sms.password_step(user)["ChallengeName"] == SMS


@holds("MFA-92", "MFA-95")
@pytest.mark.parametrize("spelling", ["EMAIL", "email"])
def test_an_address_is_set_up_on_the_way_in(app: App, spelling: str) -> None:
    name, session = begun(app)
    email = an_email()
    step = app.respond(SETUP, session, USERNAME=name, **{spelling: email})
    assert step["ChallengeName"] == MAIL
    assert "email" not in attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    with refused("CodeMismatchException", "Invalid code or auth state for the user."):
        answer(app, step, name, "000000")
    code = app.wire.code(email)
    assert len(code) == 6
    tokens = result_of(answer(app, step, name, code))
    assert claims_of(tokens["IdToken"])["email"] == email
    told = app.admin("AdminGetUser", name)
    kept = attribute_map(told["UserAttributes"])
    assert (kept["email"], kept["email_verified"]) == (email, "true")
    assert told["UserMFASettingList"] == [MAIL]
    assert app.password_step(name)["ChallengeName"] == MAIL


@holds("MFA-92", "MFA-97")
def test_addresses_that_cannot_be_set_up(app: App) -> None:
    name, session = begun(app)
    with refused(*BAD_EMAIL):
        app.respond(SETUP, session, USERNAME=name, EMAIL="nonsense")
    reader = an_app(app.wire, app.pool_id, WriteAttributes=["name"])
    with refused(*UNWRITABLE):
        reader.respond(SETUP, begun(reader, name)[1], USERNAME=name, EMAIL=an_email())


@holds("MFA-92")
def test_an_address_that_is_anothers_alias(wire: Wire) -> None:
    app = an_mfa_app(wire, "ON", *ALL, AliasAttributes=["email"])
    email = an_email()
    app.user("", email=email, email_verified="true")
    name, session = begun(app)
    step = app.respond(SETUP, session, USERNAME=name, EMAIL=email)
    with refused("AliasExistsException"):
        answer(app, step, name, app.wire.code(email))
    assert list_of(app, name) == []


@holds("MFA-94")
def test_nobody_replaces_a_factor_that_the_user_has_got_meanwhile(app: App) -> None:
    """A thief of the password waits with a session until the user has set a factor up."""
    name, thiefs = begun(app)
    seed, associated = associate(app, begun(app, name)[1])
    mailed = app.respond(SETUP, begun(app, name)[1], USERNAME=name, EMAIL=an_email())
    owner, session = associate(app, begun(app, name)[1])
    verify(app, session, owner.code())
    with refused(*BAD_SESSION):
        associate(app, thiefs)
    with refused(*BAD_SESSION):
        verify(app, associated, seed.code())
    with refused(*BAD_SESSION):
        app.respond(SETUP, thiefs, USERNAME=name, EMAIL=an_email())
    with refused("CodeMismatchException"):
        answer(app, mailed, name, "000000")
    step = app.password_step(name)
    assert result_of(answer(app, step, name, owner.code()))
    assert list_of(app, name) == [TOTP]


@holds("MFA-94")
def test_a_code_to_a_thiefs_address_comes_too_late(app: App) -> None:
    name, session = begun(app)
    thiefs = an_email()
    step = app.respond(SETUP, session, USERNAME=name, EMAIL=thiefs)
    owner, session = associate(app, begun(app, name)[1])
    verify(app, session, owner.code())
    with refused(*BAD_SESSION):
        answer(app, step, name, app.wire.code(thiefs))
    assert "email" not in attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])


@holds("MFA-94")
def test_of_two_who_set_up_at_once_one_wins(app: App) -> None:
    name = app.user()
    ready = [associate(app, begun(app, name)[1]) for _ in range(4)]

    def finish() -> str:
        phone, session = ready.pop()
        return verify(app, session, phone.code())

    done, refusals = race(4, finish)
    assert len(done) == 1
    assert {words_of(one) for one in refusals} == {BAD_SESSION}
    assert result_of(app.respond(SETUP, done[0], USERNAME=name))


@holds("MFA-96")
@pytest.mark.parametrize("then", ["deleted", "replaced", "disabled user", "deleted user"])
def test_what_was_verified_and_is_gone_lets_nobody_in(app: App, then: str) -> None:
    name, session = begun(app)
    phone, session = associate(app, session)
    session = verify(app, session, phone.code())
    match then:
        case "disabled user":
            app.admin("AdminDisableUser", name)
        case "deleted user":
            app.admin("AdminDeleteUser", name)
        case _:
            app.admin("AdminDeleteSoftwareToken", name)
    if then == "replaced":
        other, following = associate(app, begun(app, name)[1])
        verify(app, following, other.code())
    with refused(*(DISABLED if then == "disabled user" else BAD_SESSION)):
        app.respond(SETUP, session, USERNAME=name)


@holds("MFA-83", "MFA-90")
def test_sessions_that_are_not_for_setting_up(app: App, wire: Wire, clock_wire: Wire) -> None:
    name, session = begun(app)
    by_mail = app.password_step(app.user("", email=an_email()))
    assert by_mail["ChallengeName"] == MAIL
    bad = [tampered(session), tampered(session, 5), session[:-9], "s" * 40, by_mail["Session"]]
    for each in bad:
        with refused(*BAD_SESSION):
            associate(app, each)
        with refused(*BAD_SESSION):
            verify(app, each, "123456")
    for other in (an_app(wire, app.pool_id), an_mfa_app(wire, "ON", *ALL)):
        with refused(*BAD_SESSION):
            other.respond(SETUP, session, USERNAME=name, EMAIL=an_email())
    with refused(*BAD_SESSION):
        app.respond(SETUP, session, USERNAME=app.user(), EMAIL=an_email())
    app.admin("AdminDisableUser", name)
    with refused(*DISABLED):
        associate(app, session)
    slow = an_mfa_app(clock_wire, "ON", *ALL)
    name, session = begun(slow)
    clock_wire.advance(181)
    with refused(*OLD_SESSION):
        associate(slow, session)
    with refused(*OLD_SESSION):
        slow.respond(SETUP, session, USERNAME=name, EMAIL=an_email())


@holds("MFA-53", "MFA-94")
def test_a_user_who_gets_a_number_meanwhile_sets_nothing_up(app: App) -> None:
    name, session = begun(app)
    number: Json = attributes({"phone_number": a_phone()})
    app.admin("AdminUpdateUserAttributes", name, UserAttributes=number)
    with refused(*BAD_SESSION):
        associate(app, session)


@holds("MFA-02")
def test_a_pool_that_stops_asking(wire: Wire) -> None:
    app = an_mfa_app(wire, "ON", TOTP)
    name, session = begun(app)
    set_mfa(app, "OFF")
    with refused("SoftwareTokenMFANotFoundException"):
        associate(app, session)
    assert app.sign_in(name, PASSWORD)["AccessToken"]
    set_mfa(app, "ON", TOTP)
    phone, following = associate(app, session)
    verify(app, following, phone.code())
    prefer(app, name, TOTP, preferred=TOTP)
    assert app.password_step(name)["ChallengeName"] == TOTP
