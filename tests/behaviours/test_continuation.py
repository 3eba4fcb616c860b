"""Signed in right after the sign-up, and without a password: docs/behaviours/user-auth.md."""

import pytest

from tests.behaviours.choice import (
    FLOWS,
    WRONG,
    a_choice_app,
    a_choice_pool,
    a_newcomer,
    begin,
    begin_with,
    code_for,
    enter,
)
from tests.behaviours.every_factor import a_factor_app
from tests.behaviours.wording import (
    BAD_SESSION,
    DISABLED,
    INCORRECT,
    OLD_SESSION,
    USED_SESSION,
    WRONG_CODE,
    invalid,
    words_of,
)
from tests.sdk.builders import EVERY_FLOW, App, an_app, result_of
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    an_email,
    attribute_map,
    claims_of,
    holds,
    race,
    refused,
    tampered,
    unique,
)


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    return a_choice_app(wire)


def signed_up(app: App) -> tuple[str, str, str]:
    """Return a user who has signed up, the address, and the session."""
    name, email = unique(), an_email()
    session: str = app.sign_up(name, email=email)["Session"]
    return name, email, session


def confirm(app: App, name: str, email: str, session: str | None) -> dict[str, Json]:
    carried = {} if session is None else {"Session": session}
    return app.call("ConfirmSignUp", name, ConfirmationCode=app.wire.code(email), **carried)


def confirmed(app: App) -> tuple[str, str]:
    """Return a user who has just confirmed, and the session for it."""
    name, email, session = signed_up(app)
    return name, confirm(app, name, email, session)["Session"]


@holds("CHOICE-40")
def test_a_sign_up_leads_into_a_sign_in(app: App) -> None:
    name, session = confirmed(app)
    step = begin_with(app, name, session)
    assert set(step) == {"AuthenticationResult", "ChallengeParameters"}
    claims = claims_of(result_of(step)["AccessToken"])
    assert claims["username"] == name
    assert "amr" not in claims
    assert app.wire.call("GetUser", AccessToken=result_of(step)["AccessToken"])


@holds("CHOICE-40")
def test_with_a_secret_too(app: App) -> None:
    secret = app.another_client(ExplicitAuthFlows=FLOWS, GenerateSecret=True)
    name, session = confirmed(secret)
    assert result_of(begin_with(secret, name, session))


@holds("CHOICE-40")
def test_an_administrator_goes_on_with_it_too(app: App) -> None:
    name, session = confirmed(app)
    step = app.wire.call(
        "AdminInitiateAuth",
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": name},
        Session=session,
    )
    assert result_of(step)


@holds("CHOICE-40")
def test_no_session_where_nothing_can_follow(app: App) -> None:
    other = app.another_client()
    name, email = unique(), an_email()
    assert "Session" not in other.sign_up(name, email=email)
    assert "Session" not in confirm(other, name, email, None)


@holds("CHOICE-40")
def test_the_session_of_the_sign_up_need_not_come_along(app: App) -> None:
    name, email, _ = signed_up(app)
    assert result_of(begin_with(app, name, confirm(app, name, email, None)["Session"]))


@holds("CHOICE-41")
def test_the_session_signs_in_once(app: App) -> None:
    name, session = confirmed(app)
    assert result_of(begin_with(app, name, session))
    with refused(*USED_SESSION):
        begin_with(app, name, session)


@holds("CHOICE-41")
def test_of_racers_one_is_signed_in(app: App) -> None:
    name, session = confirmed(app)
    won, lost = race(6, lambda: begin_with(app, name, session))
    assert len(won) == 1
    assert {words_of(refusal) for refusal in lost} == {USED_SESSION}


@holds("CHOICE-42")
def test_a_sign_ups_own_session_signs_nobody_in(app: App) -> None:
    name, _, session = signed_up(app)
    with refused(*BAD_SESSION):
        begin_with(app, name, session)
    app.admin("AdminConfirmSignUp", name)
    with refused(*BAD_SESSION):
        begin_with(app, name, session)


@holds("CHOICE-42")
def test_the_session_is_the_users_the_clients_and_the_pools(app: App, wire: Wire) -> None:
    name, session = confirmed(app)
    other, _ = confirmed(app)
    for who in (other, "nobody-at-all"):
        with refused(*BAD_SESSION):
            begin_with(app, who, session)
    with refused(*BAD_SESSION):
        begin_with(app.another_client(ExplicitAuthFlows=FLOWS), name, session)
    foreign = an_app(wire, a_choice_pool(wire), ExplicitAuthFlows=FLOWS)
    foreign.user(name)
    with refused(*BAD_SESSION):
        begin_with(foreign, name, session)
    for text in (tampered(session), tampered(session, 3), session[:-4], session * 2):
        with refused(*BAD_SESSION):
            begin_with(app, name, text)
    assert result_of(begin_with(app, name, session))


@holds("CHOICE-42")
def test_the_session_is_not_the_next_users_of_the_name(app: App) -> None:
    name, session = confirmed(app)
    app.admin("AdminDeleteUser", name)
    app.user(name)
    with refused(*BAD_SESSION):
        begin_with(app, name, session)


@holds("CHOICE-42")
def test_the_session_grows_old(clock_wire: Wire) -> None:
    app = a_choice_app(clock_wire)
    name, session = confirmed(app)
    late, email, early = signed_up(app)
    clock_wire.advance(181)
    with refused(*OLD_SESSION):
        begin_with(app, name, session)
    with refused(*OLD_SESSION):
        confirm(app, late, email, early)
    assert confirm(app, late, email, None)["Session"]


@holds("CHOICE-42")
def test_sessions_of_challenges_are_something_else(app: App) -> None:
    name, session = confirmed(app)
    asked = begin(app, name)["Session"]
    with refused(*BAD_SESSION):
        begin_with(app, name, asked)
    for challenge in ("SELECT_CHALLENGE", "PASSWORD"):
        with refused(*BAD_SESSION):
            answers = {"USERNAME": name, "ANSWER": "PASSWORD", "PASSWORD": PASSWORD}
            app.respond(challenge, session, **answers)


@holds("CHOICE-43")
def test_a_strange_session_confirms_nobody(app: App) -> None:
    name, email, session = signed_up(app)
    _, _, others = signed_up(app)
    sibling = app.another_client(ExplicitAuthFlows=FLOWS)
    _, later = confirmed(app)
    for strange in (others, later, tampered(session), "x" * 40):
        with refused(*BAD_SESSION):
            confirm(app, name, email, strange)
    with refused(*BAD_SESSION):
        confirm(sibling, name, email, session)
    for _ in range(3):
        with refused(*WRONG_CODE):
            app.call("ConfirmSignUp", name, ConfirmationCode="000000", Session=session)
    found = confirm(app, name, email, session)
    assert result_of(begin_with(app, name, found["Session"]))


@holds("CHOICE-44")
def test_a_disabled_user_gets_no_tokens(app: App) -> None:
    name, session = confirmed(app)
    app.admin("AdminDisableUser", name)
    with refused(*DISABLED):
        begin_with(app, name, session)
    app.admin("AdminEnableUser", name)
    assert result_of(begin_with(app, name, session))


@holds("CHOICE-44")
def test_a_second_factor_is_owed_here_too(wire: Wire) -> None:
    app = a_factor_app(wire, ["PASSWORD"], mfa="ON")
    name, session = confirmed(app)
    step = begin_with(app, name, session)
    assert step["ChallengeName"] in {"EMAIL_OTP", "MFA_SETUP", "SELECT_MFA_TYPE"}
    with refused(*USED_SESSION):
        begin_with(app, name, session)


@holds("CHOICE-42")
def test_other_flows_have_no_use_for_the_session(app: App) -> None:
    plain = app.another_client(ExplicitAuthFlows=[*EVERY_FLOW, "ALLOW_USER_AUTH"])
    name, session = confirmed(plain)
    with refused(*INCORRECT):
        plain.wire.call(
            "InitiateAuth",
            ClientId=plain.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": WRONG},
            Session=session,
        )
    assert result_of(begin_with(plain, name, session))


# -- without a password


@holds("CHOICE-50", "CHOICE-52", "CHOICE-21")
def test_a_user_without_a_password(app: App) -> None:
    every = app.another_client(ExplicitAuthFlows=[*EVERY_FLOW, "ALLOW_USER_AUTH"])
    name, email, made = a_newcomer(every)
    assert made["UserConfirmed"] is False
    assert begin(app, name)["AvailableChallenges"] == ["EMAIL_OTP"]
    step = begin(app, name, "EMAIL_OTP")
    assert step["AvailableChallenges"] == ["EMAIL_OTP"]
    assert result_of(enter(app, step, name, code_for(app, step, email)))
    assert app.admin("AdminGetUser", name)["UserStatus"] == "CONFIRMED"
    for password in ("", PASSWORD, " "):
        if password:
            with refused(*INCORRECT):
                every.password_step(name, password)
        with refused(*INCORRECT):
            every.srp_step(name, password)
    assert begin(app, name, "PASSWORD")["ChallengeName"] == "SELECT_CHALLENGE"


@holds("CHOICE-50")
def test_a_password_is_required_where_nothing_else_signs_in(app: App, wire: Wire) -> None:
    for other in (
        app.another_client(),  # without USER_AUTH
        a_choice_app(wire, ["PASSWORD"]),
    ):
        with refused(*invalid("Password is required")):
            a_newcomer(other)


@holds("CHOICE-50", "CHOICE-40")
def test_a_newcomer_is_signed_in_by_the_session_alone(app: App) -> None:
    name, email, made = a_newcomer(app)
    found = confirm(app, name, email, made["Session"])
    tokens = result_of(begin_with(app, name, found["Session"]))
    changed = {"AccessToken": tokens["AccessToken"], "ProposedPassword": PASSWORD}
    app.wire.call("ChangePassword", **changed)
    assert result_of(begin(app, name, "PASSWORD", PASSWORD=PASSWORD))


@holds("CHOICE-51", "CHOICE-52")
def test_an_administrator_makes_a_user_without_a_password(app: App) -> None:
    name, email = unique(), an_email()
    listed = [{"Name": "email", "Value": email}]
    made = app.admin("AdminCreateUser", name, UserAttributes=listed)["User"]
    assert made["UserStatus"] == "CONFIRMED"
    step = begin(app, name, "EMAIL_OTP")
    assert result_of(enter(app, step, name, code_for(app, step, email)))
    found = app.admin("AdminGetUser", name)
    assert attribute_map(found["UserAttributes"])["email_verified"] == "true"
    app.admin("AdminSetUserPassword", name, Password=PASSWORD, Permanent=True)
    assert result_of(begin(app, name, "PASSWORD", PASSWORD=PASSWORD))


@holds("CHOICE-51")
def test_an_administrator_may_give_one_all_the_same(app: App) -> None:
    name = app.temporary_user()
    assert app.admin("AdminGetUser", name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
