"""Passwords guessed on two nodes, through two clients, by any name: one exact count, one lock."""

import time
from collections import Counter
from typing import Final

import pytest

from tests.faults.nodes import RACERS, Nodes, race
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import RefusedError, an_email, refused, unique

INCORRECT: Final = "Incorrect username or password."
LOCKED: Final = "Password attempts exceeded"
FREE: Final = 5
GUESSES: Final = {"password": 200, "srp": 60}
BURST: Final = 24
TRIES: Final = 15


@pytest.fixture
def app(nodes: Nodes) -> App:
    """Return an app of a pool with e-mail as alias."""
    return an_app(nodes.wire, a_pool(nodes.wire, AliasAttributes=["email"]))


def failures_of(nodes: Nodes, app: App, name: str) -> tuple[int, int]:
    """Return the failures that stand against a user, and until when the lock holds."""
    found = nodes.rows(
        "SELECT k.failures, k.locked_until_ms FROM lockouts k JOIN logins l"
        " ON l.pool_id = k.pool_id AND k.subject = 'user:' || l.user_id"
        " WHERE l.pool_id = ? AND l.login_key = ?",
        (app.pool_id, name),
    )
    return (found[0][0], found[0][1]) if found else (0, 0)


def locks_ended(seconds: float) -> int:
    """Return how many locks may have ended: the first lasts 1 s, each further one twice as long."""
    return int(seconds + 1).bit_length() - 1


@pytest.mark.parametrize("flow", ["password", "srp"])
def test_guesses_on_both_nodes_are_counted_exactly_and_locked(
    nodes: Nodes, app: App, flow: str
) -> None:
    email = an_email()
    name = app.user("", email=email, email_verified="true")
    other = app.another_client()
    told: Counter[str] = Counter()

    def guess(on: App, number: int) -> None:
        through = nodes.spread(other if number % 3 == 0 else on)
        known_as = email if number % 2 else name
        prove = through.password_step if flow == "password" else through.srp_step
        for _ in range(GUESSES[flow] // RACERS + 1):
            with pytest.raises(RefusedError) as caught:
                prove(known_as, "Wrong-Horse-1")
            told[caught.value.text] += 1

    started = time.monotonic()
    race(nodes, app, guess)
    took_s = time.monotonic() - started
    failures, until_ms = failures_of(nodes, app, name)
    assert set(told) == {INCORRECT, LOCKED}
    assert told.total() >= GUESSES[flow]
    assert failures == told[INCORRECT], "every wrong proof is counted once"
    assert failures <= FREE + locks_ended(took_s), "nobody gets past the lock"
    if until_ms > time.time() * 1000 + 2000:
        with refused("NotAuthorizedException", LOCKED):
            nodes.spread(app).sign_in(name)


@pytest.mark.parametrize("flow", ["password", "srp"])
def test_a_burst_of_guesses_gets_no_further_than_one_by_one(
    nodes: Nodes, app: App, flow: str
) -> None:
    name = app.user()
    proofs: list[dict[str, str]] = []
    for number in range(BURST if flow == "srp" else 0):
        srp = SrpClient(app.pool_id)
        asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        proofs.append(srp.answers(asked["ChallengeParameters"], f"Wrong-Horse-{number}"))

    def guess(on: App, number: int) -> None:
        if flow == "srp":
            on.respond("PASSWORD_VERIFIER", None, **proofs[number])
        else:
            on.password_step(name, f"Wrong-Horse-{number}")

    started = time.monotonic()
    outcome = race(nodes, app, guess, racers=BURST)
    ends = locks_ended(time.monotonic() - started)
    wrong = [one for one in outcome.refusals if one.text == INCORRECT]
    assert {one.text for one in outcome.refusals} == {INCORRECT, LOCKED}
    assert len(wrong) <= FREE + ends
    assert failures_of(nodes, app, name)[0] == len(wrong)


def test_one_wrong_srp_proof_is_counted_once(nodes: Nodes, app: App) -> None:
    name = app.user()
    srp = SrpClient(app.pool_id)
    asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    answers = srp.answers(asked["ChallengeParameters"], "Wrong-Horse-1")
    outcome = race(nodes, app, lambda on, _: on.respond("PASSWORD_VERIFIER", None, **answers))
    assert not outcome.won
    assert failures_of(nodes, app, name)[0] == 1
    assert app.sign_in(name)["AccessToken"]


def test_codes_guessed_on_both_nodes_reach_the_comparison_as_often_as_one_by_one(
    nodes: Nodes,
) -> None:
    app = an_app(nodes.wire, a_pool(nodes.wire, AutoVerifiedAttributes=["email"]))
    name, email = unique(), an_email()
    app.sign_up(name, email=email)
    code = nodes.wire.code(email)
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    def guess(on: App, _: int) -> Counter[str]:
        told: Counter[str] = Counter()
        for _ in range(5):
            with pytest.raises(RefusedError) as caught:
                on.call("ConfirmSignUp", name, ConfirmationCode=wrong)
            told[caught.value.code] += 1
        return told

    outcome = race(nodes, app, guess)
    told: Counter[str] = sum(outcome.won, Counter())
    assert told == {
        "CodeMismatchException": TRIES,
        "LimitExceededException": RACERS * 5 - TRIES,
    }
    with refused("LimitExceededException"):
        app.call("ConfirmSignUp", name, ConfirmationCode=code)
