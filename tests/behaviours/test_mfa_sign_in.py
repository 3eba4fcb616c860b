"""Second factors at sign-in: docs/behaviours/mfa.md."""

import json
from collections.abc import Callable

import pytest

from tests.behaviours.factors import (
    ALL,
    MAIL,
    SMS,
    TOTP,
    Person,
    a_person,
    an_mfa_app,
    answer,
    list_of,
    prefer,
    registered,
    set_mfa,
)
from tests.behaviours.wording import BAD_SESSION, LIMIT, LOCKED, invalid, missing, words_of
from tests.sdk.builders import App, result_of
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
    unique,
)

WRONG_MESSAGE = ("CodeMismatchException", "Invalid code or auth state for the user.")
WRONG_TOKEN = ("CodeMismatchException", "Invalid code received for user")
TOKEN_USED = ("ExpiredCodeException", "Your software token has already been used once.")
NO_TOKEN = ("SoftwareTokenMFANotFoundException", "Software token MFA not enabled")
WRONG_OF = {SMS: WRONG_MESSAGE, MAIL: WRONG_MESSAGE, TOTP: WRONG_TOKEN}
ANSWER_OF = {SMS: "SMS_MFA_CODE", MAIL: "EMAIL_OTP_CODE", TOTP: "SOFTWARE_TOKEN_MFA_CODE"}


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool whose users may choose every factor."""
    return an_mfa_app(wire, "OPTIONAL", *ALL)


@pytest.fixture(scope="module")
def strict(wire: Wire) -> App:
    """Return a client of a pool that requires one of all factors."""
    return an_mfa_app(wire, "ON", *ALL)


def ways(app: App, name: str) -> list[Callable[[], dict[str, Json]]]:
    """Return the ways of a password; each returns how the sign-in goes on."""
    flow = "ADMIN_USER_PASSWORD_AUTH"
    return [
        lambda: app.password_step(name),
        lambda: app.srp_step(name),
        lambda: app.admin_initiate(flow, USERNAME=name, PASSWORD=PASSWORD),
    ]


def wrong(person: Person, factor: str) -> str:
    if factor == TOTP:
        assert person.app is not None
        return person.app.wrong()
    return "000000"


@holds("MFA-51", "MFA-59", "MFA-70")
@pytest.mark.parametrize("factor", [SMS, MAIL])
def test_codes_by_message(app: App, factor: str) -> None:
    person = a_person(app, factor)
    medium = {SMS: "SMS", MAIL: "EMAIL"}[factor]
    codes = set()
    for begin in ways(app, person.name):
        step = begin()
        assert step["ChallengeName"] == factor
        parameters = step["ChallengeParameters"]
        assert parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
        assert "*" in parameters["CODE_DELIVERY_DESTINATION"]
        assert parameters["USER_ID_FOR_SRP"] == person.name
        code = person.code(app.wire, factor)
        codes.add(code)
        assert len(code) == 6
        tokens = result_of(answer(app, step, person.name, code))
        proven = {SMS: "sms", MAIL: "email_otp"}[factor]
        assert claims_of(tokens["IdToken"])["amr"] == ["pwd", proven, "mfa"]
    assert len(codes) == 3


@holds("MFA-51", "MFA-59", "MFA-74")
def test_codes_of_an_app(app: App) -> None:
    for number in range(3):
        person = a_person(app, TOTP)
        step = ways(app, person.name)[number]()
        assert step["ChallengeName"] == TOTP
        assert step["ChallengeParameters"] == {"USER_ID_FOR_SRP": person.name}
        tokens = result_of(answer(app, step, person.name, person.code(app.wire, TOTP)))
        assert claims_of(tokens["AccessToken"])["amr"] == ["pwd", "otp", "mfa"]


@holds("MFA-59", "SIGNIN-41")
def test_a_new_password_is_followed_by_a_second_factor(app: App) -> None:
    email = an_email()
    name = app.temporary_user("", UserAttributes=attributes({"email": email}))
    prefer(app, name, MAIL)
    step = app.password_step(name)
    assert step["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    step = app.respond(
        "NEW_PASSWORD_REQUIRED", step["Session"], USERNAME=name, NEW_PASSWORD="Fresh-Horse-8"
    )
    assert step["ChallengeName"] == MAIL
    assert result_of(answer(app, step, name, app.wire.code(email)))


@holds("MFA-51", "MFA-78")
def test_several_factors_are_a_choice(app: App) -> None:
    person = a_person(app, *ALL)
    for chosen, factor in ((SMS, SMS), (TOTP, TOTP), (MAIL, MAIL), ("EMAIL_MFA", MAIL)):
        step = app.password_step(person.name)
        assert step["ChallengeName"] == "SELECT_MFA_TYPE"
        assert "AvailableChallenges" not in step
        assert json.loads(step["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == list(ALL)
        then = app.respond("SELECT_MFA_TYPE", step["Session"], USERNAME=person.name, ANSWER=chosen)
        assert then["ChallengeName"] == factor
        assert result_of(answer(app, then, person.name, person.code(app.wire, factor)))
    prefer(app, person.name, *ALL, preferred=MAIL)
    assert app.password_step(person.name)["ChallengeName"] == MAIL


@holds("MFA-78")
def test_a_choice_that_was_not_offered(app: App) -> None:
    person = a_person(app, SMS, MAIL)
    step = app.password_step(person.name)
    for choice in (TOTP, "WEB_AUTHN", "SMS_OTP", "sms_mfa", "PASSWORD"):
        with refused(*invalid("ANSWER is not one of the MFA types that can be chosen.")):
            app.respond("SELECT_MFA_TYPE", step["Session"], USERNAME=person.name, ANSWER=choice)
    with refused(*missing("ANSWER")):
        app.respond("SELECT_MFA_TYPE", step["Session"], USERNAME=person.name)
    # None of them has used the session up.
    app.respond("SELECT_MFA_TYPE", step["Session"], USERNAME=person.name, ANSWER=SMS)


@holds("MFA-79")
def test_a_chosen_factor_that_is_gone_gives_way(app: App) -> None:
    person = a_person(app, SMS, TOTP)
    step = app.password_step(person.name)
    app.admin("AdminDeleteSoftwareToken", person.name)
    then = app.respond("SELECT_MFA_TYPE", step["Session"], USERNAME=person.name, ANSWER=TOTP)
    assert then["ChallengeName"] == SMS


@holds("MFA-52")
def test_optional_with_nothing_on_asks_for_nothing(app: App) -> None:
    person = a_person(app)
    registered(app, person.name)
    for begin in ways(app, person.name):
        assert result_of(begin())


@holds("MFA-53")
@pytest.mark.parametrize(
    "has, challenge, choices",
    [
        (("phone_number",), SMS, None),
        (("email",), MAIL, None),
        (("phone_number", "email"), "SELECT_MFA_TYPE", [SMS, MAIL]),
        ((), "MFA_SETUP", list(ALL)),
    ],
)
def test_required_asks_for_what_the_user_has(
    strict: App, has: tuple[str, ...], challenge: str, choices: list[str] | None
) -> None:
    values = {"phone_number": a_phone(), "email": an_email()}
    name = strict.user("", **{key: values[key] for key in has})
    for begin in ways(strict, name):
        step = begin()
        assert step["ChallengeName"] == challenge
        assert "AuthenticationResult" not in step
        if choices:
            parameters = step["ChallengeParameters"]
            listed = parameters.get("MFAS_CAN_CHOOSE") or parameters["MFAS_CAN_SETUP"]
            assert json.loads(listed) == choices


@holds("MFA-60")
def test_the_first_sign_in_is_no_exception(wire: Wire) -> None:
    app = an_mfa_app(wire, "ON", *ALL, AutoVerifiedAttributes=["email"])
    name, email = unique(), an_email()
    app.sign_up(name, PASSWORD, email=email)
    app.call("ConfirmSignUp", name, ConfirmationCode=wire.code(email))
    assert app.password_step(name)["ChallengeName"] == MAIL


@holds("MFA-54")
def test_the_only_way_to_recover_is_no_second_factor(wire: Wire) -> None:
    ways = {"RecoveryMechanisms": [{"Name": "verified_phone_number", "Priority": 1}]}
    app = an_mfa_app(wire, "ON", SMS, TOTP, AccountRecoverySetting=ways)
    with refused("InvalidParameterException"):
        app.password_step(app.user("", phone_number=a_phone()))
    assert app.password_step(app.user())["ChallengeName"] == "MFA_SETUP"


@holds("MFA-56")
def test_a_factor_without_its_address_lets_nobody_in(app: App) -> None:
    person = a_person(app, SMS)
    app.admin("AdminDeleteUserAttributes", person.name, UserAttributeNames=["phone_number"])
    with refused("InvalidParameterException"):
        app.password_step(person.name)
    app.admin("AdminSetUserMFAPreference", person.name, SMSMfaSettings={"Enabled": False})
    assert app.sign_in(person.name)["AccessToken"]


@holds("MFA-71", "MFA-75", "MFA-95")
@pytest.mark.parametrize("factor", ALL)
def test_a_wrong_code_leaves_the_session_good(app: App, factor: str) -> None:
    person = a_person(app, factor)
    step = app.password_step(person.name)
    for _ in range(3):
        with refused(*WRONG_OF[factor]):
            answer(app, step, person.name, wrong(person, factor))
    assert result_of(answer(app, step, person.name, person.code(app.wire, factor)))


@holds("MFA-77")
@pytest.mark.parametrize("factor", ALL)
def test_a_missing_code(app: App, factor: str) -> None:
    person = a_person(app, factor)
    step = app.password_step(person.name)
    with refused(*missing(ANSWER_OF[factor])):
        app.respond(factor, step["Session"], USERNAME=person.name, CODE="123456")
    with refused(*missing("USERNAME")):
        app.respond(factor, step["Session"], **{ANSWER_OF[factor]: "123456"})


@holds("MFA-72")
@pytest.mark.parametrize("factor, flag", [(SMS, "phone_number_verified"), (MAIL, "email_verified")])
def test_a_right_code_verifies_the_address(app: App, factor: str, flag: str) -> None:
    person = a_person(app, factor)
    attribute = flag.removesuffix("_verified")
    app.admin("AdminUpdateUserAttributes", person.name, UserAttributes=attributes({flag: "false"}))
    answer(app, app.password_step(person.name), person.name, person.code(app.wire, factor))
    told = app.admin("AdminGetUser", person.name)
    assert attribute_map(told["UserAttributes"])[flag] == "true"
    assert attribute_map(told["UserAttributes"])[attribute] == person.to(factor)
    assert list_of(app, person.name) == [factor]


@holds("MFA-73")
@pytest.mark.parametrize("factor", [SMS, MAIL])
def test_a_code_for_an_address_that_changed(app: App, factor: str) -> None:
    person = a_person(app, factor)
    step = app.password_step(person.name)
    code = app.wire.code(person.to(factor))
    fresh = {"phone_number": a_phone()} if factor == SMS else {"email": an_email()}
    app.admin("AdminUpdateUserAttributes", person.name, UserAttributes=attributes(fresh))
    with refused(*BAD_SESSION):
        answer(app, step, person.name, code)


@holds("MFA-76")
def test_an_app_that_was_deleted_meanwhile(app: App) -> None:
    person = a_person(app, TOTP)
    step = app.password_step(person.name)
    app.admin("AdminDeleteSoftwareToken", person.name)
    with refused(*NO_TOKEN):
        answer(app, step, person.name, person.code(app.wire, TOTP))


@holds("MFA-80")
def test_a_session_takes_ten_codes(clock_wire: Wire) -> None:
    # Each lock is waited out on the clock, so that only the session's own count is left.
    app = an_mfa_app(clock_wire, "OPTIONAL", SMS)
    client = app.another_client(AuthSessionValidity=15)
    person = a_person(app, SMS)
    step = client.password_step(person.name)
    code = clock_wire.code(person.phone)
    for tried in range(10):
        with refused(*WRONG_MESSAGE):
            answer(client, step, person.name, "000000")
        clock_wire.advance(2 ** max(tried - 3, 0) + 1)
    for guess in ("000000", code):
        with refused(*BAD_SESSION):
            answer(client, step, person.name, guess)


@holds("MFA-81")
@pytest.mark.parametrize("factor", ALL)
def test_wrong_codes_lock_the_user(app: App, factor: str) -> None:
    person = a_person(app, factor)
    step = app.password_step(person.name)
    for _ in range(5):
        with refused(*WRONG_OF[factor]):
            answer(app, step, person.name, wrong(person, factor))
    with refused(*LOCKED):
        answer(app, step, person.name, wrong(person, factor))
    # A new session does not help, the right code does not either, and passwords are not locked.
    with refused(*LOCKED):
        answer(app, step, person.name, person.code(app.wire, factor))
    again = app.password_step(person.name)
    assert again["ChallengeName"] == factor


@holds("MFA-82")
@pytest.mark.parametrize("factor", ALL)
def test_of_racers_with_one_session_one_wins(app: App, factor: str) -> None:
    person = a_person(app, factor)
    step = app.password_step(person.name)
    code = person.code(app.wire, factor)
    done, refusals = race(6, lambda: answer(app, step, person.name, code))
    assert len(done) == 1, [words_of(one) for one in refusals]
    assert result_of(done[0])


@holds("MFA-37", "MFA-82")
def test_of_racers_with_one_code_of_an_app_one_wins(app: App) -> None:
    person = a_person(app, TOTP)
    sessions = [app.password_step(person.name) for _ in range(6)]
    code = person.code(app.wire, TOTP)
    done, refusals = race(6, lambda: answer(app, sessions.pop(), person.name, code))
    assert len(done) == 1
    assert {words_of(one) for one in refusals} <= {TOKEN_USED, LOCKED}


@holds("MFA-75")
def test_a_code_of_an_app_works_once(app: App) -> None:
    person = a_person(app, TOTP)
    assert person.app is not None
    first, second = app.password_step(person.name), app.password_step(person.name)
    result_of(answer(app, first, person.name, person.app.code()))
    with refused(*TOKEN_USED):
        answer(app, second, person.name, person.app.shown())


@holds("MFA-84")
def test_so_many_codes_an_hour(clock_wire: Wire) -> None:
    app = an_mfa_app(clock_wire, "OPTIONAL", MAIL)
    person = a_person(app, MAIL)
    for _ in range(20):
        app.password_step(person.name)
    with refused(*LIMIT):
        app.password_step(person.name)
    assert app.password_step(a_person(app, MAIL).name)["ChallengeName"] == MAIL
    clock_wire.advance(3601)
    assert app.password_step(person.name)["ChallengeName"] == MAIL


@holds("MFA-50")
def test_a_pool_without_mfa_asks_for_nothing(wire: Wire) -> None:
    app = an_mfa_app(wire, "OPTIONAL", SMS)
    person = a_person(app, SMS)
    step = app.password_step(person.name)
    set_mfa(app, "OFF")
    assert app.sign_in(person.name)["AccessToken"]
    # Whoever was asked before may still answer.
    assert result_of(answer(app, step, person.name, wire.code(person.phone)))


@holds("MFA-85", "EVENT-01")
def test_events_tell_of_each_proof(wire: Wire) -> None:
    add_ons = {"AdvancedSecurityMode": "AUDIT"}
    app = an_mfa_app(wire, "OPTIONAL", *ALL, UserPoolTier="PLUS", UserPoolAddOns=add_ons)

    def newest(name: str) -> tuple[str, list[tuple[str, str]]]:
        event = app.admin("AdminListUserAuthEvents", name, MaxResults=1)["AuthEvents"][0]
        proofs = event.get("ChallengeResponses", [])
        return event["EventResponse"], [
            (proof["ChallengeName"], proof["ChallengeResponse"]) for proof in proofs
        ]

    password = ("Password", "Success")
    for factor in ALL:
        person = a_person(app, factor)
        step = app.password_step(person.name)
        assert newest(person.name) == ("InProgress", [password])
        with refused(*WRONG_OF[factor]):
            answer(app, step, person.name, wrong(person, factor))
        assert newest(person.name) == ("Fail", [password, ("Mfa", "Failure")])
        code = person.code(wire, factor)
        answer(app, step, person.name, code)
        assert newest(person.name) == ("Pass", [password, ("Mfa", "Success")])
        with refused("ExpiredCodeException" if factor == TOTP else "NotAuthorizedException"):
            answer(app, step, person.name, code)
        with refused(*BAD_SESSION):
            app.respond("MFA_SETUP", step["Session"], USERNAME=person.name)
        assert newest(person.name) == ("Pass", [password, ("Mfa", "Success")])
    person = a_person(app, SMS)
    with refused("NotAuthorizedException"):
        app.password_step(person.name, "Wrong-Horse-1")
    assert newest(person.name) == ("Fail", [("Password", "Failure")])
    app.admin("AdminDisableUser", person.name)
    with refused("NotAuthorizedException", "User is disabled."):
        app.password_step(person.name)
    assert newest(person.name) == ("Fail", [])
