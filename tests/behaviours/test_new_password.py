"""NEW_PASSWORD_REQUIRED, and the sessions that carry challenges: docs/behaviours/sign-in.md."""

import json

import pytest

from tests.behaviours.wording import (
    BAD_SESSION,
    INCORRECT,
    OLD_SESSION,
    POLICY_BREACHES,
    UNWRITABLE,
    USED_SESSION,
    invalid,
    missing,
    words_of,
)
from tests.sdk.builders import App, a_pool, an_app, result_of
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
    secret_hash,
    tampered,
)

FRESH = "Fresh-Horse-8"
NAME = "NEW_PASSWORD_REQUIRED"
EXPIRED = (
    "NotAuthorizedException",
    "Temporary password has expired and must be reset by an administrator.",
)
DAY_S = 86400


@pytest.fixture(scope="module")
def strict_app(wire: Wire) -> App:
    """Return a client of a pool whose users must have an address and a name."""
    schema = [
        {"Name": "email", "Required": True, "AttributeDataType": "String"},
        {"Name": "name", "Required": True, "AttributeDataType": "String"},
    ]
    return an_app(wire, a_pool(wire, Schema=schema))


def asked(app: App, name: str = "") -> tuple[str, str]:
    """Return a user who must change the password, and the session that asks for it."""
    user = name or app.temporary_user()
    step = app.password_step(user)
    assert step["ChallengeName"] == NAME
    return user, step["Session"]


def answer(app: App, session: str, name: str, password: str = FRESH, **more: str) -> Json:
    named = {key.replace("__", "."): value for key, value in more.items()}
    return app.respond(NAME, session, USERNAME=name, NEW_PASSWORD=password, **named)


@holds("SIGNIN-40")
@pytest.mark.parametrize("by", ["password", "srp", "administrator"])
def test_a_temporary_password_asks_for_another(app: App, by: str) -> None:
    email = an_email()
    given = attributes({"email": email, "email_verified": "true"})
    name = app.temporary_user("", UserAttributes=given)
    match by:
        case "password":
            step = app.password_step(name)
        case "srp":
            step = app.srp_step(name)
        case _:
            step = app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
    assert step["ChallengeName"] == NAME
    assert 20 <= len(step["Session"]) <= 2048
    parameters = step["ChallengeParameters"]
    assert parameters["USER_ID_FOR_SRP"] == name
    assert json.loads(parameters["requiredAttributes"]) == []
    assert json.loads(parameters["userAttributes"])["email"] == email
    assert "AuthenticationResult" not in step


@holds("SIGNIN-41", "SIGNIN-50")
def test_the_session_after_a_proof_by_srp_is_a_new_one(app: App) -> None:
    name = app.temporary_user()
    session = app.srp_step(name)["Session"]
    with refused("InvalidPasswordException"):
        answer(app, session, name, "weak")
    assert result_of(answer(app, session, name))
    with refused(*USED_SESSION):
        answer(app, session, name)


@holds("SIGNIN-41", "SIGNIN-46")
def test_a_right_answer_confirms_the_user(app: App) -> None:
    name, session = asked(app)
    leftovers = {
        "PASSWORD_CLAIM_SIGNATURE": "ignored",
        "PASSWORD_CLAIM_SECRET_BLOCK": "AAAA",
        "TIMESTAMP": "ignored",
        "SRP_A": "ignored",
    }
    tokens = result_of(answer(app, session, name, **leftovers))
    assert app.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name
    user = app.admin("AdminGetUser", name)
    assert user["UserStatus"] == "CONFIRMED"
    assert app.sign_in(name, FRESH)["AccessToken"]
    with refused(*INCORRECT):
        app.password_step(name, PASSWORD)


@holds("SIGNIN-41")
def test_the_temporary_password_may_be_kept(app: App) -> None:
    name, session = asked(app)
    assert result_of(answer(app, session, name, PASSWORD))


@holds("SIGNIN-42")
@pytest.mark.parametrize("password, rule", POLICY_BREACHES)
def test_a_weak_password_leaves_the_session_good(app: App, password: str, rule: str) -> None:
    name, session = asked(app)
    text = f"Password did not conform with password policy: {rule}"
    with refused("InvalidPasswordException", text):
        answer(app, session, name, password)
    assert result_of(answer(app, session, name))


@holds("SIGNIN-42")
def test_a_missing_password_is_named(app: App) -> None:
    name, session = asked(app)
    with refused(*missing("NEW_PASSWORD")):
        app.respond(NAME, session, USERNAME=name)
    assert result_of(answer(app, session, name))


@holds("SIGNIN-43", "SIGNIN-40")
def test_required_attributes_are_asked_for(strict_app: App) -> None:
    email = an_email()
    name = strict_app.temporary_user("", UserAttributes=attributes({"email": email}))
    step = strict_app.password_step(name)
    required = json.loads(step["ChallengeParameters"]["requiredAttributes"])
    assert required == ["userAttributes.name"]
    with refused(*invalid("Invalid attributes given, name is missing")):
        answer(strict_app, step["Session"], name)
    done = answer(strict_app, step["Session"], name, userAttributes__name="N")
    assert result_of(done)
    stored = attribute_map(strict_app.admin("AdminGetUser", name)["UserAttributes"])
    assert (stored["name"], stored["email"]) == ("N", email)


@holds("SIGNIN-44")
def test_an_attribute_with_a_value_cannot_be_sent_again(strict_app: App) -> None:
    email = an_email()
    given = attributes({"email": email, "email_verified": "true"})
    name = strict_app.temporary_user("", UserAttributes=given)
    _, session = asked(strict_app, name)
    for value in (email, an_email()):
        with refused("NotAuthorizedException", "Cannot modify an already provided email"):
            answer(strict_app, session, name, userAttributes__name="N", userAttributes__email=value)
    assert result_of(answer(strict_app, session, name, userAttributes__name="N"))


@holds("SIGNIN-41")
def test_a_client_cannot_verify_or_overstep_here(app: App) -> None:
    narrow = app.another_client(WriteAttributes=["email"])
    name, session = asked(narrow)
    for attribute in ("email_verified", "nickname"):
        with refused(*UNWRITABLE):
            answer(narrow, session, name, **{f"userAttributes__{attribute}": "true"})
    assert result_of(answer(narrow, session, name, userAttributes__email=an_email()))
    stored = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert stored.get("email_verified", "false") == "false"


@holds("SIGNIN-45")
def test_a_temporary_password_lives_seven_days(clock_app: App) -> None:
    just, late = clock_app.temporary_user(), clock_app.temporary_user()
    clock_app.wire.advance(7 * DAY_S - 60)
    assert clock_app.password_step(just)["ChallengeName"] == NAME
    clock_app.wire.advance(61)
    for attempt in (clock_app.password_step, clock_app.srp_step):
        with refused(*EXPIRED):
            attempt(late)
        with refused(*INCORRECT):
            attempt(late, "Wrong-Horse-1")
    clock_app.temporary_user(late, MessageAction="RESEND")
    assert clock_app.password_step(late)["ChallengeName"] == NAME


@holds("SIGNIN-45", "POOL-12")
def test_the_pool_sets_that_life(clock_wire: Wire) -> None:
    policy = {"PasswordPolicy": {"TemporaryPasswordValidityDays": 1}}
    short = an_app(clock_wire, a_pool(clock_wire, Policies=policy))
    name = short.temporary_user()
    clock_wire.advance(DAY_S + 1)
    with refused(*EXPIRED):
        short.password_step(name)


@holds("SIGNIN-50")
def test_a_session_is_good_once(app: App) -> None:
    name, session = asked(app)
    assert result_of(answer(app, session, name))
    with refused(*USED_SESSION):
        answer(app, session, name, "Third-Horse-9")
    assert app.sign_in(name, FRESH)["AccessToken"]


@holds("SIGNIN-51", "CLIENT-14")
@pytest.mark.parametrize("minutes", [3, 15])
def test_a_session_lives_as_long_as_the_client_says(clock_app: App, minutes: int) -> None:
    client = clock_app.another_client(AuthSessionValidity=minutes)
    just, first = asked(client)
    clock_app.wire.advance(minutes * 60 - 15)
    assert result_of(answer(client, first, just))
    late, second = asked(client)
    clock_app.wire.advance(minutes * 60 + 1)
    with refused(*OLD_SESSION):
        answer(client, second, late)
    assert client.password_step(late)["ChallengeName"] == NAME


@holds("SIGNIN-52")
def test_an_altered_session_is_refused(app: App) -> None:
    name, session = asked(app)
    for bad in (
        tampered(session, 3),
        tampered(session, len(session) // 2),
        tampered(session, -3),
        session[:-4],
        session + "AAAA",
        "A" * len(session),
        "A" * 20,
        "é" * 40,
    ):
        with refused(*BAD_SESSION):
            answer(app, bad, name)
    assert result_of(answer(app, session, name))


@holds("SIGNIN-52")
def test_a_session_is_for_its_user_client_pool_and_challenge(app: App, wire: Wire) -> None:
    name, session = asked(app)
    other, others = asked(app)
    with refused(*BAD_SESSION):
        answer(app, session, other)
    with refused(*BAD_SESSION):
        answer(app.another_client(), session, name)
    stranger = an_app(wire)
    stranger.temporary_user(name)
    with refused(*BAD_SESSION):
        answer(stranger, session, name)
    for challenge in ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "CUSTOM_CHALLENGE", "MFA_SETUP"):
        with pytest.raises(RefusedError) as caught:
            app.respond(challenge, session, USERNAME=name, ANSWER="x", SMS_MFA_CODE="123456")
        assert words_of(caught.value) in {BAD_SESSION, missing("SOFTWARE_TOKEN_MFA_CODE")} or (
            caught.value.status == 501
        )
    assert result_of(answer(app, session, name))
    assert result_of(answer(app, others, other))


@holds("SIGNIN-52")
def test_a_session_of_a_changed_account_is_refused(app: App) -> None:
    name, session = asked(app)
    app.admin("AdminDisableUser", name)
    with refused("NotAuthorizedException"):
        answer(app, session, name)
    app.admin("AdminEnableUser", name)
    name, session = asked(app)
    app.admin("AdminDeleteUser", name)
    app.temporary_user(name)
    with pytest.raises(RefusedError) as caught:
        answer(app, session, name)
    assert caught.value.code in {"NotAuthorizedException", "UserNotFoundException"}
    assert app.admin("AdminGetUser", name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


@holds("SIGNIN-47")
@pytest.mark.parametrize("permanent", [True, False])
def test_a_session_of_a_replaced_password_changes_nothing(app: App, permanent: bool) -> None:
    name, session = asked(app)
    app.admin("AdminSetUserPassword", name, Password="Safe-Horse-9", Permanent=permanent)
    with refused("NotAuthorizedException"):
        answer(app, session, name, "Attackers-Horse-1")
    with refused(*INCORRECT):
        app.password_step(name, "Attackers-Horse-1")
    assert app.password_step(name, "Safe-Horse-9")


@holds("SIGNIN-53")
def test_a_missing_session_or_name_is_told(app: App) -> None:
    name, session = asked(app)
    with refused(*missing("Session")):
        app.respond(NAME, None, USERNAME=name, NEW_PASSWORD=FRESH)
    with refused(*missing("USERNAME")):
        app.respond(NAME, session, NEW_PASSWORD=FRESH)
    assert result_of(answer(app, session, name))


@holds("SIGNIN-54")
def test_of_racers_with_one_session_one_wins(app: App) -> None:
    name, session = asked(app)
    passwords = [f"Racing-Horse-{number}" for number in range(6)]
    left = iter(passwords)

    def act() -> str:
        mine = next(left)
        answer(app, session, name, mine)
        return mine

    won, lost = race(6, act)
    assert len(won) == 1, lost
    assert {refusal.code for refusal in lost} == {"NotAuthorizedException"}
    assert app.sign_in(name, won[0])["AccessToken"]


@holds("SIGNIN-40", "SIGNIN-41")
def test_the_administrators_family_carries_it_too(secret_app: App) -> None:
    name = secret_app.temporary_user()
    step = secret_app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
    assert secret_app.secret is not None
    done = secret_app.wire.call(
        "AdminRespondToAuthChallenge",
        UserPoolId=secret_app.pool_id,
        ClientId=secret_app.client_id,
        ChallengeName=NAME,
        Session=step["Session"],
        ChallengeResponses={
            "USERNAME": name,
            "NEW_PASSWORD": FRESH,
            "SECRET_HASH": secret_hash(name, secret_app.client_id, secret_app.secret),
        },
    )
    assert result_of(done)
