"""Step-up: more proofs when more is wanted: docs/behaviours/user-auth.md."""

from typing import Final

import pytest

from tests.behaviours.choice import FLOWS, WORDS, WRONG, a_person, begin, choose, enter, prove
from tests.behaviours.every_factor import (
    a_factor_app,
    a_passkey,
    an_app_token,
    an_authenticator,
    by_password,
    sign,
)
from tests.behaviours.factors import prefer
from tests.behaviours.wording import (
    BAD_ACCESS,
    BAD_SESSION,
    FORGED_ACCESS,
    INCORRECT,
    OLD_ACCESS,
    REVOKED_ACCESS,
    invalid,
)
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    a_phone,
    an_email,
    claims_of,
    holds,
    refused,
    tampered,
)
from tests.support.server import StartServer

HELD: Final = invalid("Access token already satisfies the requested level.")
UNREACHABLE: Final = invalid("User can't satisfy the requested level.")
BAD_CODE: Final = ("CodeMismatchException", "Invalid code or auth state for the user.")


def loa(*levels: int) -> str:
    return " ".join(f"urn:cognito:loa:{level}" for level in levels)


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool that offers every factor."""
    return a_factor_app(wire)


def raised(app: App, name: str, target: str, token: str = "", /, **more: str) -> dict[str, Json]:
    """Begin a step-up towards a level."""
    credit = {"ACCESS_TOKEN": token} if token else {}
    return begin(app, name, TARGET_ACR_VALUES=target, **credit, **more)


def told(step: dict[str, Json]) -> tuple[Json, ...]:
    claims = claims_of(result_of(step)["AccessToken"])
    assert claims_of(result_of(step)["IdToken"])["acr"] == claims["acr"]
    return (int(claims["acr"][-1]), *claims["amr"])


@holds("CHOICE-61")
def test_only_what_is_missing_is_asked(app: App) -> None:
    email = an_email()
    name = app.user("", email=email)
    first = by_password(app, name)
    step = raised(app, name, loa(4, 3), first["AccessToken"])
    assert (step["ChallengeName"], step["ChallengeParameters"]["USER_ID_FOR_SRP"]) == (
        "EMAIL_OTP",
        name,
    )
    done = enter(app, step, name, app.wire.code(email))
    assert told(done) == (3, "pwd", "email_otp", "mfa")
    before, after = (claims_of(one["AccessToken"]) for one in (first, result_of(done)))
    assert after["auth_time"] >= before["auth_time"]
    assert after["origin_jti"] != before["origin_jti"]
    assert app.wire.call("GetUser", AccessToken=first["AccessToken"])["Username"] == name
    assert app.refresh(result_of(done)["RefreshToken"])


@holds("CHOICE-61")
def test_an_authenticator_app_on_top_of_a_password(app: App) -> None:
    name, _, _ = a_person(app)
    token = by_password(app, name)["AccessToken"]
    phone = an_app_token(app, token)
    with refused(*UNREACHABLE):
        raised(app, name, loa(4), token)  # verified, but not in use
    prefer(app, name, "SOFTWARE_TOKEN_MFA")
    step = raised(app, name, loa(4), token)
    assert step["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answers = {"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": phone.code()}
    done = app.respond("SOFTWARE_TOKEN_MFA", step["Session"], **answers)
    assert told(done) == (4, "pwd", "otp", "mfa")


@holds("CHOICE-61")
def test_a_password_on_top_of_a_code(app: App) -> None:
    email = an_email()
    name = app.user("", email=email)
    step = begin(app, name, "EMAIL_OTP")
    tokens = result_of(enter(app, step, name, app.wire.code(email)))
    step = raised(app, name, loa(3), tokens["AccessToken"])
    assert (step["ChallengeName"], step["AvailableChallenges"]) == ("SELECT_CHALLENGE", WORDS)
    srp = SrpClient(app.pool_id)
    proof = choose(app, step, name, "PASSWORD_SRP", SRP_A=srp.public)
    assert told(prove(app, proof, srp)) == (3, "email_otp", "pwd", "mfa")
    given = {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
    assert told(raised(app, name, loa(3), tokens["AccessToken"], **given))[0] == 3


@holds("CHOICE-61", "CHOICE-67")
def test_there_may_be_a_choice_of_what_is_missing(app: App) -> None:
    name, email, phone = a_person(app)
    token = by_password(app, name)["AccessToken"]
    step = raised(app, name, loa(3), token)
    assert step["ChallengeName"] == "SELECT_CHALLENGE"
    assert step["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP"]
    sent = choose(app, step, name, "SMS_OTP")
    assert told(enter(app, sent, name, app.wire.code(phone))) == (3, "pwd", "sms", "mfa")
    sent = raised(app, name, loa(3), token, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert told(enter(app, sent, name, app.wire.code(email))) == (3, "pwd", "email_otp", "mfa")


@holds("CHOICE-61")
def test_a_passkey_alone_is_enough_for_the_third_level(app: App) -> None:
    name = app.user()
    token = by_password(app, name)["AccessToken"]
    authenticator = an_authenticator()
    a_passkey(app, token, authenticator)
    step = raised(app, name, loa(3), token)
    assert step["ChallengeName"] == "WEB_AUTHN"
    assert told(sign(app, step, name, authenticator)) == (3, "pwd", "swk", "mfa")
    step = raised(app, name, loa(3))
    assert step["AvailableChallenges"] == ["WEB_AUTHN"]
    assert told(sign(app, choose(app, step, name, "WEB_AUTHN"), name, authenticator)) == (3, "swk")


@holds("CHOICE-62", "CHOICE-67")
def test_without_a_token_everything_is_proven(app: App) -> None:
    name, email, _ = a_person(app)
    token = by_password(app, name)["AccessToken"]
    phone = an_app_token(app, token)
    assert raised(app, name, loa(1))["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP", *WORDS]
    assert raised(app, name, loa(2))["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP"]
    step = raised(app, name, loa(3), PREFERRED_CHALLENGE="EMAIL_OTP")
    again = enter(app, step, name, app.wire.code(email))
    assert (again["ChallengeName"], again["AvailableChallenges"]) == ("SELECT_CHALLENGE", WORDS)
    done = choose(app, again, name, "PASSWORD", PASSWORD=PASSWORD)
    assert told(done) == (3, "email_otp", "pwd", "mfa")
    prefer(app, name, "SOFTWARE_TOKEN_MFA", "EMAIL_OTP", preferred="EMAIL_OTP")
    step = raised(app, name, loa(4))
    assert step["AvailableChallenges"] == WORDS
    owed = choose(app, step, name, "PASSWORD", PASSWORD=PASSWORD)
    assert owed["ChallengeName"] == "SOFTWARE_TOKEN_MFA", "the preferred factor would not do"
    answers = {"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": phone.code()}
    assert told(app.respond("SOFTWARE_TOKEN_MFA", owed["Session"], **answers))[0] == 4


@holds("CHOICE-66", "CHOICE-67")
def test_a_second_factor_is_owed_whatever_the_level(app: App) -> None:
    name, email, _ = a_person(app)
    token = by_password(app, name)["AccessToken"]
    prefer(app, name, "EMAIL_OTP", "SMS_MFA")
    with refused(*HELD):
        raised(app, name, loa(1), token)
    step = raised(app, name, loa(1), PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert step["ChallengeName"] == "SELECT_MFA_TYPE"
    assert set(step["AvailableChallenges"]) == {"EMAIL_OTP", "SMS_MFA"}
    answers = {"USERNAME": name, "ANSWER": "EMAIL_OTP"}
    sent = app.respond("SELECT_MFA_TYPE", step["Session"], **answers)
    assert told(enter(app, sent, name, app.wire.code(email)))[0] == 3


@holds("CHOICE-62")
def test_an_old_token_counts_for_nothing(clock_wire: Wire) -> None:
    app = a_factor_app(clock_wire)
    name, _, _ = a_person(app)
    token = by_password(app, name)["AccessToken"]
    clock_wire.advance(100)
    step = raised(app, name, loa(3), token, MAX_AGE="3600")
    assert step["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP"]
    step = raised(app, name, loa(3), token, MAX_AGE="60")
    assert step["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP", *WORDS]
    assert told(raised(app, name, loa(1), token, MAX_AGE="60", PREFERRED_CHALLENGE="PASSWORD",
                       PASSWORD=PASSWORD)) == (1, "pwd")  # fmt: skip
    assert clock_wire.call("GetUser", AccessToken=token)["Username"] == name


@holds("CHOICE-63")
def test_parameters_of_the_wrong_form(app: App) -> None:
    name, _, _ = a_person(app)
    token = by_password(app, name)["AccessToken"]
    with refused(*invalid("ACCESS_TOKEN requires TARGET_ACR_VALUES.")):
        begin(app, name, ACCESS_TOKEN=token)
    for text in ("", "-1", "1.5", "soon", "١"):
        with refused(*invalid("Invalid MAX_AGE.")):
            raised(app, name, loa(3), token, MAX_AGE=text)
    assert begin(app, name, MAX_AGE="soon")["ChallengeName"] == "SELECT_CHALLENGE"


@holds("CHOICE-60")
def test_targets_are_names_of_the_pool(wire: Wire) -> None:
    renamed = {"AcrConfiguration": {"Level3": {"AcrValue": "gold"}}}
    app = a_factor_app(wire, pool=renamed)
    name, _, _ = a_person(app)
    token = by_password(app, name)["AccessToken"]
    for text in ("silver", loa(3), "GOLD", "level3"):
        with refused(*invalid("Invalid TARGET_ACR_VALUES.")):
            raised(app, name, text, token)
    step = raised(app, name, "platinum gold urn:cognito:loa:2", token)
    assert step["AvailableChallenges"] == ["EMAIL_OTP", "SMS_OTP"]


@holds("CHOICE-64")
def test_a_level_that_is_held_or_out_of_reach(app: App) -> None:
    name = app.user()
    token = by_password(app, name)["AccessToken"]
    with refused(*HELD):
        raised(app, name, loa(1), token)
    with refused(*HELD):
        raised(app, name, loa(4, 3, 1), token)
    for target in (loa(4, 3, 2), loa(2)):
        for credit in ("", token):
            with refused(*UNREACHABLE):
                raised(app, name, target, credit)
    email = an_email()
    other = app.user("", email=email)
    sent = begin(app, other, "EMAIL_OTP")
    code = result_of(enter(app, sent, other, app.wire.code(email)))
    for target in (loa(2), loa(1), loa(4, 2)):
        with refused(*HELD):
            raised(app, other, target, code["AccessToken"])


@holds("CHOICE-65")
def test_the_token_must_be_the_users_own(app: App, wire: Wire) -> None:
    name, _, _ = a_person(app)
    other, _, _ = a_person(app)
    tokens = by_password(app, name)
    token = tokens["AccessToken"]
    for who in (other, "nobody-at-all"):
        with refused(*INCORRECT):
            raised(app, who, loa(3), token)
    for bad, words in (
        (tampered(token), FORGED_ACCESS),
        (tokens["IdToken"], BAD_ACCESS),
        ("nonsense", BAD_ACCESS),
        (tokens["RefreshToken"], BAD_ACCESS),
    ):
        with refused(*words):
            raised(app, name, loa(3), bad)
    sibling = app.another_client(ExplicitAuthFlows=FLOWS)
    with refused(*BAD_ACCESS):
        raised(sibling, name, loa(3), token)
    foreign = a_factor_app(wire)
    foreign.user(name, email=an_email(), phone_number=a_phone())
    with refused(*BAD_ACCESS):
        raised(foreign, name, loa(3), token)
    wire.call("RevokeToken", Token=tokens["RefreshToken"], ClientId=app.client_id)
    with refused(*REVOKED_ACCESS):
        raised(app, name, loa(3), token)


@holds("CHOICE-65")
def test_an_expired_token_counts_for_nothing(clock_wire: Wire) -> None:
    app = a_factor_app(clock_wire)
    name, _, _ = a_person(app)
    token = by_password(app, name)["AccessToken"]
    clock_wire.advance(3601)
    with refused(*OLD_ACCESS):
        raised(app, name, loa(3), token)


@holds("CHOICE-68")
@pytest.mark.parametrize("by_admin", [False, True])
def test_a_sign_out_ends_a_step_up(app: App, *, by_admin: bool) -> None:
    email = an_email()
    name = app.user("", email=email)
    token = by_password(app, name)["AccessToken"]
    step = raised(app, name, loa(3), token)
    code = app.wire.code(email)
    if by_admin:
        app.admin("AdminUserGlobalSignOut", name)
    else:
        app.wire.call("GlobalSignOut", AccessToken=token)
    with refused(*BAD_SESSION):
        enter(app, step, name, code)


@holds("CHOICE-64")
def test_one_failure_fails_the_attempt(app: App) -> None:
    email = an_email()
    name = app.user("", email=email)
    token = by_password(app, name)["AccessToken"]
    step = raised(app, name, loa(3), token)
    with refused(*BAD_CODE):
        enter(app, step, name, "000000")
    with refused(*INCORRECT):
        raised(app, name, loa(3), PREFERRED_CHALLENGE="PASSWORD", PASSWORD=WRONG)


@holds("CHOICE-64")
@pytest.mark.parametrize("taken", ["address", "policy"])
def test_a_factor_that_goes_missing_leaves_the_level_out_of_reach(wire: Wire, taken: str) -> None:
    app = a_factor_app(wire, mfa="OFF")
    name = app.user("", email=an_email())
    step = raised(app, name, loa(3), PREFERRED_CHALLENGE="PASSWORD")
    if taken == "address":
        app.admin("AdminDeleteUserAttributes", name, UserAttributeNames=["email"])
    else:
        wire.call("UpdateUserPool", UserPoolId=app.pool_id)
    with refused(*UNREACHABLE):
        app.respond("PASSWORD", step["Session"], USERNAME=name, PASSWORD=PASSWORD)


@holds("CHOICE-60", "CHOICE-32")
def test_a_step_up_tells_nobody_apart(wire: Wire) -> None:
    app = a_factor_app(wire, ["PASSWORD", "EMAIL_OTP"], PreventUserExistenceErrors="ENABLED")
    name = app.user("", email=an_email())
    for target in (loa(1), loa(2), loa(3)):
        lists = [raised(app, who, target)["AvailableChallenges"] for who in (name, "nobody")]
        assert lists[0] == lists[1]
    for who in (name, "nobody"):
        with refused(*UNREACHABLE):
            raised(app, who, loa(4))


@holds("CHOICE-61")
def test_administrators_step_up_too(app: App) -> None:
    email = an_email()
    name = app.user("", email=email)
    token = by_password(app, name)["AccessToken"]
    given = {"TARGET_ACR_VALUES": loa(3), "ACCESS_TOKEN": token}
    step = app.admin_initiate("USER_AUTH", USERNAME=name, **given)
    assert told(enter(app, step, name, app.wire.code(email)))[0] == 3


def test_targets_mean_nothing_to_other_flows(app: App) -> None:
    plain = an_app(app.wire, app.pool_id)
    name = app.user()
    given = {"TARGET_ACR_VALUES": loa(4), "ACCESS_TOKEN": "x"}
    tokens = plain.initiate("USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD, **given)
    assert told(tokens) == (1, "pwd")


@holds("CHOICE-69")
def test_a_lite_pool_has_neither_levels_nor_other_first_factors(start_server: StartServer) -> None:
    server = start_server(environment={"POOLKEEP_TIERS_ENFORCED": "true"})
    wire = Wire(server.base_url)
    app = an_app(wire, a_pool(wire, UserPoolTier="LITE"), ExplicitAuthFlows=FLOWS)
    name = app.user()
    assert result_of(begin(app, name, "PASSWORD", PASSWORD=PASSWORD))
    feature = "The following features need to be disabled for the LITE pricing tier configured: "
    with refused("FeatureUnavailableInTierException", f"{feature}Step-Up Authentication"):
        raised(app, name, loa(1))
