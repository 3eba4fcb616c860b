"""Two nodes and one thing to have: exactly one caller gets it."""

from typing import Final

import pytest

from tests.faults.nodes import RACERS, Act, Nodes, Outcome, race
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json, an_email, unique

ROUNDS: Final = 12
ROTATION: Final = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}


@pytest.fixture
def app(nodes: Nodes) -> App:
    """Return an app of a pool with e-mail as alias."""
    pool_id = a_pool(nodes.wire, AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    return an_app(nodes.wire, pool_id)


def assert_one_winner(outcome: Outcome, codes: set[str]) -> None:
    assert len(outcome.won) == 1, (outcome.won, outcome.refusals)
    assert len(outcome.refusals) == RACERS - 1
    assert outcome.codes <= codes, outcome.refusals


def confirms(codes: dict[str, str], **members: Json) -> Act:
    """Return what each racer does: confirm the sign-up of one of the names, in turn."""
    names = list(codes)

    def act(on: App, number: int) -> str:
        name = names[number % len(names)]
        on.call("ConfirmSignUp", name, ConfirmationCode=codes[name], **members)
        return name

    return act


def chooses(operation: str, name: str, code: str) -> Act:
    """Return what each racer does: set a password of its own by a code."""

    def act(on: App, number: int) -> str:
        password = f"Another-Horse-{number:02d}"
        on.call(operation, name, ConfirmationCode=code, Password=password)
        return password

    return act


def responds(challenge: str, session: str | None, answers: dict[str, str]) -> Act:
    """Return what each racer does: give the same answer, with a password of its own."""

    def act(on: App, number: int) -> str:
        password = f"Another-Horse-{number:02d}"
        result_of(on.respond(challenge, session, **answers, NEW_PASSWORD=password))
        return password

    return act


def trades(token: str) -> Act:
    """Return what each racer does: trade a refresh token."""

    def act(on: App, _: int) -> Json:
        given = {"ClientId": on.client_id, "RefreshToken": token}
        return on.wire.call("GetTokensFromRefreshToken", **given)["AuthenticationResult"]

    return act


def signs_up(name: str) -> Act:
    """Return what each racer does: sign up under one name."""
    return lambda on, _: on.sign_up(name, email=an_email())["UserSub"]


def signed_up_with(app: App, email: str, count: int) -> dict[str, str]:
    """Sign users up with one address; return their codes by name."""
    codes = {}
    for _ in range(count):
        name = unique()
        app.sign_up(name, email=email)
        codes[name] = app.wire.code(email)
    return codes


def test_one_code_confirms_one_sign_up(nodes: Nodes, app: App) -> None:
    for _ in range(ROUNDS):
        codes = signed_up_with(app, an_email(), 1)
        outcome = race(nodes, app, confirms(codes))
        assert_one_winner(outcome, {"ExpiredCodeException", "NotAuthorizedException"})
        assert app.sign_in(outcome.won[0])["AccessToken"]


def test_one_code_sets_one_password(nodes: Nodes, app: App) -> None:
    for _ in range(ROUNDS):
        email = an_email()
        name = app.user("", email=email, email_verified="true")
        app.call("ForgotPassword", name)
        act = chooses("ConfirmForgotPassword", name, nodes.wire.code(email))
        outcome = race(nodes, app, act, racers=4)  # five tries are allowed
        assert len(outcome.won) == 1, outcome.refusals
        assert outcome.codes == {"ExpiredCodeException"}
        assert app.sign_in(name, outcome.won[0])["AccessToken"]


def test_one_session_changes_one_password(nodes: Nodes, app: App) -> None:
    for _ in range(ROUNDS):
        name = app.temporary_user()
        session = app.password_step(name)["Session"]
        act = responds("NEW_PASSWORD_REQUIRED", session, {"USERNAME": name})
        outcome = race(nodes, app, act)
        assert_one_winner(outcome, {"NotAuthorizedException"})
        assert app.sign_in(name, outcome.won[0])["AccessToken"]


def test_one_srp_proof_signs_in_once(nodes: Nodes, app: App) -> None:
    name = app.user()
    for _ in range(ROUNDS):
        srp = SrpClient(app.pool_id)
        asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
        outcome = race(nodes, app, responds("PASSWORD_VERIFIER", None, answers))
        assert_one_winner(outcome, {"NotAuthorizedException"})


def test_one_refresh_token_without_grace_is_traded_once(nodes: Nodes, app: App) -> None:
    client = app.another_client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], RefreshTokenRotation=ROTATION
    )
    name = client.user()
    for _ in range(ROUNDS):
        token = client.sign_in(name)["RefreshToken"]
        outcome = race(nodes, client, trades(token))
        assert_one_winner(outcome, {"RefreshTokenReuseException"})
        successor = outcome.won[0]["RefreshToken"]
        assert trades(successor)(client, 0)["AccessToken"], "the family lives on"


def test_one_username_is_given_once(nodes: Nodes, app: App) -> None:
    for _ in range(ROUNDS):
        name = unique()
        outcome = race(nodes, app, signs_up(name))
        assert_one_winner(outcome, {"UsernameExistsException"})
        assert app.admin("AdminGetUser", name)["Username"] == name
        found = nodes.rows("SELECT user_id FROM users WHERE username = ?", (name,))
        assert found == [(outcome.won[0],)]


def test_one_address_becomes_an_alias_of_one_user(nodes: Nodes, app: App) -> None:
    for _ in range(ROUNDS // 2):
        email = an_email()
        codes = signed_up_with(app, email, 6)
        outcome = race(nodes, app, confirms(codes), racers=len(codes))
        assert len(outcome.won) == 1, outcome.refusals
        assert outcome.codes == {"AliasExistsException"}
        assert app.sign_in(email)["AccessToken"]
        assert app.admin("AdminGetUser", email)["Username"] == outcome.won[0]


def test_an_alias_that_may_move_belongs_to_one_user_in_the_end(nodes: Nodes, app: App) -> None:
    email = an_email()
    codes = signed_up_with(app, email, 6)
    race(nodes, app, confirms(codes, ForceAliasCreation=True), racers=len(codes))
    proven = {"Name": "email_verified", "Value": "true"}
    owners = [name for name in codes if proven in app.admin("AdminGetUser", name)["UserAttributes"]]
    assert owners == [app.admin("AdminGetUser", email)["Username"]]
