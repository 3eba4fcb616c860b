"""What counts against a guesser is written before the guesser hears of it, and stays."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.nodes import rows_of
from tests.flows.in_process import serving
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import Json, RefusedError, Wire, an_email, refused, unique
from tests.support.server import StartServer

INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
LOCKED = ("NotAuthorizedException", "Password attempts exceeded")
MISMATCH = "CodeMismatchException"
LIMIT = "LimitExceededException"
WRONG = "Wrong-Horse-1"


def failures(url: str) -> int:
    found = rows_of(url, "SELECT failures FROM lockouts")
    return found[0][0] if found else 0


def guess(app: App, name: str, flow: str) -> None:
    if flow == "srp":
        app.srp_step(name, WRONG)
    else:
        app.password_step(name, WRONG)


@pytest.mark.parametrize("flow", ["password", "srp"])
def test_a_failure_is_counted_though_the_server_dies_with_the_answer(
    start_server: StartServer, database_url: str, tmp_path: Path, flow: str
) -> None:
    server = start_server("--data", str(tmp_path / "data"), database_url=database_url)
    app = an_app(Wire(server.base_url))
    name = app.user()
    for count in (1, 2):
        with refused(*INCORRECT):
            guess(app, name, flow)
        server.kill()
        assert failures(database_url) == count
        server.start()


def test_a_used_proof_is_used_though_the_server_dies_with_the_answer(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    server = start_server("--data", str(tmp_path / "data"), database_url=database_url)
    app = an_app(Wire(server.base_url))
    name = app.user()
    srp = SrpClient(app.pool_id)
    asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    answers = srp.answers(asked["ChallengeParameters"], "Correct-Horse-7")
    assert app.respond("PASSWORD_VERIFIER", None, **answers)["AuthenticationResult"]
    temporary = app.temporary_user()
    session = app.password_step(temporary)["Session"]
    chosen = {"USERNAME": temporary, "NEW_PASSWORD": "Another-Horse-7"}
    tokens = app.respond("NEW_PASSWORD_REQUIRED", session, **chosen)["AuthenticationResult"]
    app.wire.call("RevokeToken", Token=tokens["RefreshToken"], ClientId=app.client_id)
    server.kill()
    server.start()
    with refused("NotAuthorizedException"):
        app.respond("PASSWORD_VERIFIER", None, **answers)
    with refused("NotAuthorizedException"):
        app.respond("NEW_PASSWORD_REQUIRED", session, **chosen)
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        app.refresh(tokens["RefreshToken"])


def test_wrong_codes_are_counted_through_kills(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    server = start_server("--data", str(tmp_path / "data"), database_url=database_url)
    wire = Wire(server.base_url)
    app = an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))
    name, email = unique(), an_email()
    app.sign_up(name, email=email)
    code = wire.code(email)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for number in range(15):
        with refused(MISMATCH):
            app.call("ConfirmSignUp", name, ConfirmationCode=wrong)
        if number == 7:
            server.kill()
            server.start()
    for guessed in (wrong, code):
        with refused(LIMIT):
            app.call("ConfirmSignUp", name, ConfirmationCode=guessed)


def test_a_failure_stays_counted_where_what_follows_it_fails(tmp_path: Path) -> None:
    """The auth event of the failed sign-in cannot be written; the failure was, before."""
    with serving(tmp_path, database=f"sqlite:///{tmp_path / 'events.db'}") as wire:
        pool_id = a_pool(
            wire, UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}
        )
        app = an_app(wire, pool_id)
        name = app.user()
        srp = SrpClient(app.pool_id)
        asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        answers = srp.answers(asked["ChallengeParameters"], WRONG)
        beside = sqlite3.connect(tmp_path / "events.db", isolation_level=None)
        beside.execute("ALTER TABLE auth_events RENAME TO hidden_events")
        proofs: list[Callable[[], Json]] = [
            lambda: app.password_step(name, WRONG),
            lambda: app.respond("PASSWORD_VERIFIER", None, **answers),
        ]
        for prove in proofs:
            with pytest.raises(RefusedError) as caught:
                prove()
            assert caught.value.status == 500, "no answer that was not recorded"
            assert "auth_events" not in str(caught.value)
        beside.execute("ALTER TABLE hidden_events RENAME TO auth_events")
        assert beside.execute("SELECT failures FROM lockouts").fetchall() == [(2,)]
        beside.close()
        for _ in range(3):
            with refused(*INCORRECT):
                guess(app, name, "password")
        with refused(*LOCKED):
            app.sign_in(name)
