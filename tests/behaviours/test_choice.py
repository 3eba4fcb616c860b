"""USER_AUTH: what may be chosen, and how it goes on: docs/behaviours/user-auth.md."""

import re

import pytest

from tests.behaviours.choice import (
    CODES,
    FLOWS,
    MEDIUM_OF,
    WORDS,
    a_choice_app,
    a_choice_pool,
    a_person,
    begin,
    choose,
    code_for,
    enter,
    policies,
    prove,
)
from tests.behaviours.wording import INCORRECT, invalid, missing
from tests.sdk.builders import SMS_ROLE, App, an_app, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    an_email,
    attribute_map,
    claims_of,
    holds,
    refused,
    unique,
)

NOT_OFFERED = invalid("The selected challenge is not available.")


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool with passwords and codes as first factors."""
    return a_choice_app(wire)


def offered(app: App, name: str) -> list[str]:
    found: list[str] = begin(app, name)["AvailableChallenges"]
    return found


@holds("CHOICE-01", "CHOICE-03")
def test_without_a_preference_there_is_a_choice(app: App) -> None:
    name, _, _ = a_person(app)
    step = begin(app, name)
    assert set(step) == {
        "ChallengeName",
        "Session",
        "ChallengeParameters",
        "AvailableChallenges",
    }
    assert step["ChallengeName"] == "SELECT_CHALLENGE"
    assert step["ChallengeParameters"] == {}
    assert step["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP", *WORDS]


@holds("CHOICE-02")
def test_what_the_user_lacks_is_not_offered(app: App) -> None:
    assert offered(app, app.user()) == WORDS
    assert offered(app, app.user("", email=an_email())) == ["EMAIL_OTP", *WORDS]
    assert offered(app, app.user("", phone_number="+12065550100")) == ["SMS_OTP", *WORDS]
    email = an_email()
    without = unique()
    app.admin("AdminCreateUser", without, UserAttributes=[{"Name": "email", "Value": email}])
    assert offered(app, without) == ["EMAIL_OTP"]


@holds("CHOICE-02")
@pytest.mark.parametrize("factors", [["PASSWORD"], ["PASSWORD", "SMS_OTP"]])
def test_what_the_pool_does_not_allow_is_not_offered(wire: Wire, factors: list[str]) -> None:
    app = a_choice_app(wire, factors)
    name, _, _ = a_person(app)
    assert offered(app, name) == [*(["SMS_OTP"] if "SMS_OTP" in factors else []), *WORDS]


@holds("CHOICE-04")
@pytest.mark.parametrize("preferred", ["", "EMAIL_OTP"])
def test_a_temporary_password_leaves_only_passwords(app: App, preferred: str) -> None:
    email = an_email()
    name = app.temporary_user("", UserAttributes=[{"Name": "email", "Value": email}])
    step = begin(app, name, preferred)
    assert (step["ChallengeName"], step["AvailableChallenges"]) == ("SELECT_CHALLENGE", WORDS)
    owed = choose(app, step, name, "PASSWORD", PASSWORD=PASSWORD)
    assert owed["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    fresh = {"USERNAME": name, "NEW_PASSWORD": "Fresh-Horse-8"}
    assert result_of(app.respond("NEW_PASSWORD_REQUIRED", owed["Session"], **fresh))
    assert not app.wire.messages(email)


@holds("CHOICE-06")
def test_the_flow_must_be_allowed(app: App) -> None:
    name = app.user()
    other = app.another_client()
    with refused(*invalid("USER_AUTH flow not enabled for this client")):
        begin(other, name)
    for flow in ("USER_PASSWORD_AUTH", "USER_SRP_AUTH"):
        with refused(*invalid(f"{flow} flow not enabled for this client")):
            app.initiate(flow, USERNAME=name, PASSWORD=PASSWORD, SRP_A="1")


@holds("CHOICE-07")
def test_a_pool_of_hashes_offers_no_srp(wire: Wire) -> None:
    pool = a_choice_pool(wire, UserPoolTags={"poolkeep:password-storage": "argon2id"})
    app = an_app(wire, pool, ExplicitAuthFlows=FLOWS)
    name = app.user()
    assert offered(app, name) == ["PASSWORD"]
    step = begin(app, name, "PASSWORD_SRP", SRP_A=SrpClient(pool).public)
    assert step["ChallengeName"] == "SELECT_CHALLENGE"
    assert result_of(begin(app, name, "PASSWORD", PASSWORD=PASSWORD))
    with refused(*INCORRECT):
        begin(app, name, "PASSWORD", PASSWORD="Wrong-Horse-1")
    hiding = app.another_client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    assert "PASSWORD_SRP" not in offered(hiding, unique("nobody"))


@holds("CHOICE-08")
def test_who_can_choose_nothing_is_told_no_more_than_that(wire: Wire) -> None:
    pool = a_choice_pool(wire, ["PASSWORD", "EMAIL_OTP"])
    app = an_app(wire, pool, ExplicitAuthFlows=FLOWS)
    name = unique()
    app.admin("AdminCreateUser", name)
    with refused(*INCORRECT):
        begin(app, name)


@holds("CHOICE-10", "CHOICE-20")
def test_a_password_that_comes_along_is_checked_at_once(app: App) -> None:
    name = app.user()
    tokens = result_of(begin(app, name, "PASSWORD", PASSWORD=PASSWORD))
    assert claims_of(tokens["AccessToken"])["amr"] == ["pwd"]


@holds("CHOICE-10", "CHOICE-20")
def test_a_password_is_asked_for(app: App) -> None:
    name = app.user()
    step = begin(app, name, "PASSWORD")
    assert (step["ChallengeName"], step["ChallengeParameters"]) == ("PASSWORD", {})
    assert result_of(app.respond("PASSWORD", step["Session"], USERNAME=name, PASSWORD=PASSWORD))


@holds("CHOICE-10")
def test_a_password_without_a_preference_is_not_looked_at(app: App) -> None:
    step = begin(app, app.user(), PASSWORD="Wrong-Horse-1")
    assert step["ChallengeName"] == "SELECT_CHALLENGE"


@holds("CHOICE-11", "CHOICE-20")
@pytest.mark.parametrize("way", ["at once", "asked", "chosen", "chosen, then asked"])
def test_srp_inside_the_flow(app: App, way: str) -> None:
    name = app.user()
    srp = SrpClient(app.pool_id)
    if way == "at once":
        step = begin(app, name, "PASSWORD_SRP", SRP_A=srp.public)
    elif way == "chosen":
        step = choose(app, begin(app, name), name, "PASSWORD_SRP", SRP_A=srp.public)
    else:
        if way == "asked":
            step = begin(app, name, "PASSWORD_SRP")
        else:
            step = choose(app, begin(app, name), name, "PASSWORD_SRP")
        assert (step["ChallengeName"], step["ChallengeParameters"]) == ("PASSWORD_SRP", {})
        answer = {"USERNAME": name, "SRP_A": srp.public}
        step = app.respond("PASSWORD_SRP", step["Session"], **answer)
    parameters = step["ChallengeParameters"]
    assert set(parameters) == {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "USER_ID_FOR_SRP"}
    assert result_of(prove(app, step, srp))


@holds("CHOICE-11", "CHOICE-16")
def test_the_session_beside_the_block_must_come_back(app: App) -> None:
    name = app.user()
    srp = SrpClient(app.pool_id)
    step = begin(app, name, "PASSWORD_SRP", SRP_A=srp.public)
    answers = srp.answers(step["ChallengeParameters"], PASSWORD)
    with refused(*missing("Session")):
        app.respond("PASSWORD_VERIFIER", None, **answers)
    assert result_of(app.respond("PASSWORD_VERIFIER", step["Session"], **answers))


@holds("CHOICE-12", "CHOICE-20")
@pytest.mark.parametrize("factor", ["EMAIL_OTP", "SMS_OTP"])
@pytest.mark.parametrize("chosen", [False, True])
def test_a_code_is_sent_and_asked_for(app: App, factor: str, *, chosen: bool) -> None:
    name, email, phone = a_person(app)
    to = email if factor == "EMAIL_OTP" else phone
    step = choose(app, begin(app, name), name, factor) if chosen else begin(app, name, factor)
    assert step["ChallengeName"] == factor
    masked = f"{email[0]}***@e***" if factor == "EMAIL_OTP" else f"+*******{phone[-4:]}"
    assert step["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": MEDIUM_OF[factor],
        "CODE_DELIVERY_DESTINATION": masked,
        "USER_ID_FOR_SRP": name,
    }
    assert step["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP", *WORDS]
    code = code_for(app, step, to)
    assert re.fullmatch("[0-9]{8}", code)
    claims = claims_of(result_of(enter(app, step, name, code))["AccessToken"])
    assert claims["amr"] == ["email_otp" if factor == "EMAIL_OTP" else "sms"]


@holds("CHOICE-13")
@pytest.mark.parametrize("preferred", ["SMS_OTP", "WEB_AUTHN", "SMS_MFA", "NONSENSE"])
def test_a_preference_that_is_not_available_becomes_a_choice(app: App, preferred: str) -> None:
    name = app.user("", email=an_email())
    step = begin(app, name, preferred)
    assert step["ChallengeName"] == "SELECT_CHALLENGE"
    assert step["AvailableChallenges"] == ["EMAIL_OTP", *WORDS]


@holds("CHOICE-14")
def test_a_password_can_be_chosen_and_brought_at_once(app: App) -> None:
    name = app.user()
    assert result_of(choose(app, begin(app, name), name, "PASSWORD", PASSWORD=PASSWORD))
    step = choose(app, begin(app, name), name, "PASSWORD")
    assert step["ChallengeName"] == "PASSWORD"


@holds("CHOICE-15")
@pytest.mark.parametrize(
    "answer", ["SMS_OTP", "WEB_AUTHN", "SMS_MFA", "SELECT_CHALLENGE", "password", "nonsense"]
)
def test_what_was_not_offered_cannot_be_chosen(app: App, answer: str) -> None:
    name = app.user("", email=an_email())
    step = begin(app, name)
    with refused(*NOT_OFFERED):
        choose(app, step, name, answer, PASSWORD=PASSWORD)
    assert result_of(choose(app, step, name, "PASSWORD", PASSWORD=PASSWORD))


@holds("CHOICE-16")
def test_a_missing_answer_is_named(app: App) -> None:
    name, _, _ = a_person(app)
    srp_a = SrpClient(app.pool_id).public
    for step, absent in (
        (begin(app, name), "ANSWER"),
        (begin(app, name, "PASSWORD"), "PASSWORD"),
        (begin(app, name, "PASSWORD_SRP"), "SRP_A"),
        (begin(app, name, "EMAIL_OTP"), "EMAIL_OTP_CODE"),
        (begin(app, name, "SMS_OTP"), "SMS_OTP_CODE"),
        (begin(app, name, "PASSWORD_SRP", SRP_A=srp_a), "PASSWORD_CLAIM_SIGNATURE"),
    ):
        with refused(*missing(absent)):
            app.respond(step["ChallengeName"], step["Session"], USERNAME=name)
        with refused(*missing("USERNAME")):
            app.respond(step["ChallengeName"], step["Session"])
        if absent != "PASSWORD_CLAIM_SIGNATURE":
            with refused(*missing("Session")):
                app.respond(step["ChallengeName"], None, USERNAME=name)
    with refused(*missing("USERNAME")):
        app.initiate("USER_AUTH", PREFERRED_CHALLENGE="PASSWORD")


@holds("CHOICE-17")
def test_administrators_do_the_same(app: App) -> None:
    name, email, _ = a_person(app)

    def answer(step: dict[str, Json], **answers: str) -> dict[str, Json]:
        return app.wire.call(
            "AdminRespondToAuthChallenge",
            UserPoolId=app.pool_id,
            ClientId=app.client_id,
            ChallengeName=step["ChallengeName"],
            ChallengeResponses={"USERNAME": name, **answers},
            Session=step["Session"],
        )

    step = app.admin_initiate("USER_AUTH", USERNAME=name)
    assert step["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP", *WORDS]
    sent = answer(step, ANSWER="EMAIL_OTP")
    assert sent["AvailableChallenges"] == step["AvailableChallenges"]
    assert result_of(answer(sent, EMAIL_OTP_CODE=code_for(app, sent, email)))
    given = {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
    assert result_of(app.admin_initiate("USER_AUTH", USERNAME=name, **given))


@holds("CHOICE-28")
def test_a_session_may_be_continued_by_the_other_family(app: App) -> None:
    name, _, _ = a_person(app)
    step = app.admin_initiate("USER_AUTH", USERNAME=name)
    assert result_of(choose(app, step, name, "PASSWORD", PASSWORD=PASSWORD))


@holds("CHOICE-21")
def test_a_code_verifies_the_address(app: App) -> None:
    name, email, _ = a_person(app)
    step = begin(app, name, "EMAIL_OTP")
    assert result_of(enter(app, step, name, code_for(app, step, email)))
    found = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert found["email_verified"] == "true"
    assert "phone_number_verified" not in found


@holds("CHOICE-21", "CHOICE-23")
def test_a_code_confirms_and_a_password_does_not(app: App) -> None:
    name, email = unique(), an_email()
    app.sign_up(name, email=email)
    with refused("UserNotConfirmedException"):
        begin(app, name, "PASSWORD", PASSWORD=PASSWORD)
    step = begin(app, name, "EMAIL_OTP")
    assert result_of(enter(app, step, name, code_for(app, step, email)))
    found = app.admin("AdminGetUser", name)
    assert found["UserStatus"] == "CONFIRMED"
    assert attribute_map(found["UserAttributes"])["email_verified"] == "true"


@holds("CHOICE-23")
def test_the_state_is_told_after_the_proof(app: App) -> None:
    name, email, _ = a_person(app)
    app.admin("AdminDisableUser", name)
    with refused(*INCORRECT):
        begin(app, name, "PASSWORD", PASSWORD="Wrong-Horse-1")
    step = begin(app, name, "EMAIL_OTP")
    with refused("NotAuthorizedException", "User is disabled."):
        enter(app, step, name, code_for(app, step, email))


@holds("CHOICE-24")
def test_a_reset_password_is_not_got_round_by_a_code(app: App) -> None:
    name, email, _ = a_person(app, email_verified="true")
    app.admin("AdminResetUserPassword", name)
    step = begin(app, name, "EMAIL_OTP")
    with refused("PasswordResetRequiredException"):
        enter(app, step, name, code_for(app, step, email))


@holds("CHOICE-26")
@pytest.mark.parametrize("change", ["policy", "address", "temporary password", "deleted"])
def test_a_code_is_worth_nothing_once_its_ground_is_gone(wire: Wire, change: str) -> None:
    app = a_choice_app(wire)
    name, email, _ = a_person(app)
    step = begin(app, name, "EMAIL_OTP")
    code = code_for(app, step, email)
    match change:
        case "policy":
            wire.call(
                "UpdateUserPool",
                UserPoolId=app.pool_id,
                Policies=policies(["PASSWORD", "SMS_OTP"]),
                SmsConfiguration=SMS_ROLE,
            )
        case "address":
            changed = [{"Name": "email", "Value": an_email()}]
            app.admin("AdminUpdateUserAttributes", name, UserAttributes=changed)
        case "temporary password":
            app.admin("AdminSetUserPassword", name, Password="Fresh-Horse-8", Permanent=False)
        case _:
            app.admin("AdminDeleteUserAttributes", name, UserAttributeNames=["email"])
    with refused("NotAuthorizedException", "Invalid session for the user."):
        enter(app, step, name, code)


@holds("CHOICE-26")
def test_a_choice_that_the_pool_takes_back_is_put_again(wire: Wire) -> None:
    app = a_choice_app(wire)
    name, email, _ = a_person(app)
    step = begin(app, name)
    wire.call("UpdateUserPool", UserPoolId=app.pool_id, Policies=policies(["PASSWORD"]))
    again = choose(app, step, name, "EMAIL_OTP")
    assert (again["ChallengeName"], again["AvailableChallenges"]) == ("SELECT_CHALLENGE", WORDS)
    assert not wire.messages(email)


@holds("CHOICE-25")
def test_codes_are_counted_by_the_hour(clock_wire: Wire) -> None:
    app = a_choice_app(clock_wire, PreventUserExistenceErrors="ENABLED")
    name, _, _ = a_person(app)
    for who in (name, unique("nobody")):
        for turn in range(20):
            begin(app, who, CODES[1 + turn % 2])
        with refused(
            "LimitExceededException", "Attempt limit exceeded, please try after some time."
        ):
            begin(app, who, "EMAIL_OTP")
        assert begin(app, who, "PASSWORD")["ChallengeName"] == "PASSWORD"
    clock_wire.advance(3601)
    assert begin(app, name, "EMAIL_OTP")["ChallengeName"] == "EMAIL_OTP"
