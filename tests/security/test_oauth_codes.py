"""Codes and their challenges: docs/behaviours/oauth-attacks.md."""

import concurrent.futures
from typing import Final

import httpx2
import pytest

from tests.conformance.provider import CALLBACK, CALLBACK_WITH_QUERY, Provider
from tests.conformance.relying import VERIFIER, Relying, challenge_of
from tests.sdk.support import claims_of, holds, tampered
from tests.security.oauth import dead, refused, signed_in, signed_in_afresh, told

CODE_LIFE_S: Final = 300
RACERS: Final = 20


def a_code(party: Relying, **more: str | None) -> str:
    """Return a fresh code."""
    party.authorize(**more)
    return party.answer().params["code"]


def bound(party: Relying) -> str:
    """Return a code with a challenge."""
    return a_code(party, code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")


@holds("OAU-05")
def test_the_second_use_of_a_code_takes_back_what_the_first_brought(party: Relying) -> None:
    code = a_code(party)
    tokens = party.redeemed(code)
    assert party.userinfo(tokens["access_token"]).status_code == 200
    refused(party.redeem(code), "invalid_grant")
    dead(party, tokens)
    refused(party.redeem(code), "invalid_grant")


@holds("OAU-05")
def test_a_stranger_with_a_spent_code_takes_nothing_back(party: Relying, op: Provider) -> None:
    """Whoever cannot prove to be the client must not end its users' sessions."""
    code = a_code(party)
    tokens = party.redeemed(code)
    with Relying(op, op.client2) as other:
        refused(other.redeem(code), "invalid_grant")
    forged = Relying(op, type(op.client)(op.client.id, tampered(op.client.secret or "")))
    with forged:
        refused(forged.redeem(code), "invalid_client", status=(400, 401))
    assert party.userinfo(tokens["access_token"]).status_code == 200


@holds("OAU-05")
def test_who_does_not_know_the_verifier_takes_nothing_back(op: Provider) -> None:
    """A client without a secret is whoever says so: the verifier alone tells it from a thief."""
    with signed_in(op, op.new_client(GenerateSecret=False)) as party:
        code = bound(party)
        tokens = party.redeemed(code, code_verifier=VERIFIER)
        for verifier in (None, tampered(VERIFIER)):
            refused(party.redeem(code, code_verifier=verifier), "invalid_grant")
        assert party.userinfo(tokens["access_token"]).status_code == 200
        refused(party.redeem(code, code_verifier=VERIFIER), "invalid_grant")
        dead(party, tokens)


@holds("OAU-05")
def test_of_racers_one_gets_tokens(party: Relying) -> None:
    code = a_code(party)

    def redeem(_: int) -> httpx2.Response:
        with Relying(party.op, party.client) as one:
            return one.redeem(code)

    with concurrent.futures.ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(redeem, range(RACERS)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    for answer in answers:
        if answer not in won:
            refused(answer, "invalid_grant")
    for answer in won:  # the others were second uses
        assert party.userinfo(answer.json()["access_token"]).status_code == 401


@holds("OAU-06")
def test_a_code_is_for_the_client_that_asked(party: Relying, op: Provider) -> None:
    code = a_code(party)
    with Relying(op, op.client2) as other:
        refused(other.redeem(code), "invalid_grant")


@holds("OAU-06")
@pytest.mark.parametrize(
    "uri", [CALLBACK_WITH_QUERY, f"{CALLBACK}/", "https://evil.example.net/", CALLBACK.upper()]
)
def test_a_code_is_for_the_address_that_it_was_sent_to(party: Relying, uri: str) -> None:
    answer = party.redeem(a_code(party), redirect_uri=uri)
    if party.op.strict:
        refused(answer, "invalid_grant")
    else:
        refused(answer, "unauthorized_client")
        assert answer.json()["error_description"] == "invalid_redirect"


@holds("OAU-06")
def test_the_address_must_come_along(party: Relying) -> None:
    refused(party.redeem(a_code(party), redirect_uri=None), "invalid_request", "invalid_grant")


@holds("OAU-06")
def test_a_code_lives_five_minutes(clock_op: Provider) -> None:
    with signed_in_afresh(clock_op) as party:
        early, late = a_code(party), a_code(party)
        clock_op.wire.advance(CODE_LIFE_S - 30)
        party.redeemed(early)
        clock_op.wire.advance(31)
        refused(party.redeem(late), "invalid_grant")


@holds("OAU-06")
def test_an_altered_code_is_no_code(party: Relying) -> None:
    code = a_code(party)
    for other in (tampered(code, 3), tampered(code, -1), code.upper(), code[:-1], f"{code}0",
                  f" {code}", "0", "00000000-0000-4000-8000-000000000000", "%", "\0"):  # fmt: skip
        if other != code:
            refused(party.redeem(other), "invalid_grant", "invalid_request")
    refused(party.redeem(""), "invalid_request")
    party.redeemed(code)


@holds("OAU-06")
def test_a_code_of_another_pool_is_no_code(party: Relying, clock_op: Provider) -> None:
    with signed_in_afresh(clock_op) as other:
        refused(party.redeem(a_code(other)), "invalid_grant")


@holds("OAU-06")
def test_a_refused_redemption_does_not_spend_what_is_not_its_own(
    party: Relying, op: Provider
) -> None:
    """A thief who guesses wrong about the client leaves the code to its owner."""
    code = a_code(party)
    with Relying(op, op.client2) as other:
        refused(other.redeem(code), "invalid_grant")
    party.redeemed(code)


@holds("OAU-07")
@pytest.mark.parametrize(
    "verifier",
    [None, "", f"{VERIFIER}x", VERIFIER.upper(), tampered(VERIFIER), challenge_of(VERIFIER),
     VERIFIER[:42], "v" * 42, "v" * 129, f"{VERIFIER} ", "ü" * 60],
    ids=["absent", "empty", "longer", "upper", "altered", "the challenge", "cut", "42", "129",
         "blank", "letters"],
)  # fmt: skip
def test_a_challenge_is_met_by_its_verifier_only(party: Relying, verifier: str | None) -> None:
    answer = party.redeem(bound(party), code_verifier=verifier)
    refused(answer, "invalid_grant", "invalid_request")


@holds("OAU-07")
def test_a_verifier_without_a_challenge_is_refused(party: Relying) -> None:
    refused(party.redeem(a_code(party), code_verifier=VERIFIER), "invalid_grant")


@holds("OAU-07")
def test_the_right_verifier_is_all_it_takes(party: Relying) -> None:
    tokens = party.redeemed(bound(party), code_verifier=VERIFIER)
    assert claims_of(tokens["access_token"])["client_id"] == party.client.id


@holds("OAU-07")
@pytest.mark.parametrize(
    "challenge",
    ["short", "c" * 42, "c" * 129, "c" * 42 + "=", "c" * 42 + "+", "c" * 42 + "/", "ü" * 43],
)
def test_a_malformed_challenge_is_refused(party: Relying, challenge: str) -> None:
    at = party.authorize(code_challenge=challenge, code_challenge_method="S256")
    told(party, at, "invalid_request")


@holds("OAU-07", "OAU-09")
@pytest.mark.parametrize(
    "challenge,method",
    [
        (challenge_of(VERIFIER), "plain"),
        (VERIFIER, "plain"),
        (challenge_of(VERIFIER), "s256"),
        (challenge_of(VERIFIER), "S512"),
        (challenge_of(VERIFIER), None),
        (None, "S256"),
        (None, "plain"),
    ],
)
def test_half_a_challenge_or_a_plain_one_is_refused(
    party: Relying, challenge: str | None, method: str | None
) -> None:
    at = party.authorize(code_challenge=challenge, code_challenge_method=method)
    told(party, at, "invalid_request")
