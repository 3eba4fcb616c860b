"""SRP, with proofs of every wrong kind: docs/behaviours/sign-in.md."""

import base64
import datetime as dt
import re

import pytest

from tests.behaviours.wording import (
    BAD_SESSION,
    INCORRECT,
    OLD_SESSION,
    USED_SESSION,
    missing,
    words_of,
)
from tests.sdk.builders import App, an_app, result_of
from tests.sdk.srp import N, SrpClient, derived_key, number, padded, sha256
from tests.sdk.support import (
    PASSWORD,
    RefusedError,
    Wire,
    holds,
    looks_base64,
    race,
    refused,
    secret_hash,
    tampered,
)

REFUSALS = {INCORRECT, BAD_SESSION, OLD_SESSION, USED_SESSION}


def asked(app: App, name: str, srp: SrpClient | None = None) -> tuple[SrpClient, dict[str, str]]:
    """Return an SRP client and the challenge it was asked."""
    client = srp or SrpClient(app.pool_id)
    step = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=client.public)
    assert step["ChallengeName"] == "PASSWORD_VERIFIER"
    found: dict[str, str] = step["ChallengeParameters"]
    return client, found


def prove(app: App, answers: dict[str, str], session: str | None = None) -> dict[str, object]:
    return app.respond("PASSWORD_VERIFIER", session, **answers)


def assert_refused(app: App, answers: dict[str, str]) -> None:
    """Assert that an answer is refused as a wrong password or as an unusable block."""
    with pytest.raises(RefusedError) as caught:
        prove(app, answers)
    assert words_of(caught.value) in REFUSALS


@holds("SIGNIN-20", "SIGNIN-21", "SIGNIN-22")
def test_the_challenge_has_the_form_that_sdks_parse(app: App) -> None:
    name = app.user()
    srp = SrpClient(app.pool_id)
    step = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    assert set(step) == {"ChallengeName", "ChallengeParameters"}, "no Session"
    parameters = step["ChallengeParameters"]
    assert set(parameters) == {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "USER_ID_FOR_SRP"}
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"] == name
    for member in ("SALT", "SRP_B"):
        assert re.fullmatch("[1-9a-f][0-9a-f]*", parameters[member])
    assert len(parameters["SALT"]) == 32
    assert 0 < int(parameters["SRP_B"], 16) < N
    assert looks_base64(parameters["SECRET_BLOCK"])


@holds("SIGNIN-01", "SIGNIN-20")
def test_a_right_proof_gives_tokens(app: App) -> None:
    name = app.user()
    step = app.srp_step(name)
    assert set(step) == {"AuthenticationResult", "ChallengeParameters"}
    assert app.wire.call("GetUser", AccessToken=result_of(step)["AccessToken"])["Username"] == name


@holds("SIGNIN-20")
@pytest.mark.parametrize("turn", range(6))
def test_numbers_of_every_length_agree(app: App, turn: int) -> None:
    assert app.srp_step(app.user("", f"Correct-Horse-{turn}"), f"Correct-Horse-{turn}")


@holds("SIGNIN-20")
def test_the_salt_stays_and_b_is_fresh(app: App) -> None:
    name = app.user()
    _, first = asked(app, name)
    _, second = asked(app, name)
    assert first["SALT"] == second["SALT"]
    assert first["SRP_B"] != second["SRP_B"]
    assert first["SECRET_BLOCK"] != second["SECRET_BLOCK"]
    _, other = asked(app, app.user())
    assert other["SALT"] != first["SALT"]


@holds("SIGNIN-23")
def test_a_wrong_proof_is_refused(app: App) -> None:
    name = app.user()
    right = SrpClient(app.pool_id)
    _, parameters = asked(app, name, right)
    signature = right.answers(parameters, PASSWORD)["PASSWORD_CLAIM_SIGNATURE"]
    for spoiled in (
        {"PASSWORD_CLAIM_SIGNATURE": "A" * 43 + "="},
        {"PASSWORD_CLAIM_SIGNATURE": "not base64!"},
        {"PASSWORD_CLAIM_SIGNATURE": signature},
        {"TIMESTAMP": "Mon Jan 5 08:09:10 UTC 2026"},
    ):
        srp, parameters = asked(app, name)
        assert_refused(app, {**srp.answers(parameters, PASSWORD), **spoiled})
        app.admin("AdminSetUserPassword", name, Password=PASSWORD, Permanent=True)
    srp, parameters = asked(app, name)
    with refused(*INCORRECT):
        prove(app, srp.answers(parameters, "Wrong-Horse-1"))


@holds("SIGNIN-24")
@pytest.mark.parametrize("multiple", [0, 1, 2, 3])
def test_a_degenerate_a_never_succeeds(app: App, multiple: int) -> None:
    # A = 0 mod N makes the shared secret zero for everybody, password or not.
    name = app.user()
    srp = SrpClient(app.pool_id)
    srp.A = multiple * N
    try:
        srp, parameters = asked(app, name, srp)
    except RefusedError as refusal:
        pytest.fail(f"the challenge is answered, the proof refused; not {refusal}")
    u = number(sha256(padded(srp.A), padded(int(parameters["SRP_B"], 16))))
    for a_used, shared in ((srp.A, 0), (srp.A, 1), (0, 0)):
        scrambler = u if a_used else number(sha256(padded(0), padded(1)))
        key = derived_key(padded(shared), padded(scrambler))
        assert_refused(app, srp.signed(key, parameters))


@holds("SIGNIN-24")
def test_degenerate_proofs_do_not_lock_out_their_victim_beyond_the_rule(app: App) -> None:
    name = app.user()
    srp = SrpClient(app.pool_id)
    srp.A = N
    _, parameters = asked(app, name, srp)
    with refused(*INCORRECT):
        prove(app, srp.signed(derived_key(padded(0), padded(1)), parameters))
    assert app.srp_step(name)["AuthenticationResult"]


@holds("SIGNIN-25")
@pytest.mark.parametrize("public", ["", "xyz", "0x1a", "-1a", "1a 1a", "1a\n", "١", "g" * 768])
def test_an_a_that_is_not_hexadecimal_is_refused(app: App, public: str) -> None:
    with refused("InvalidParameterException"):
        app.initiate("USER_SRP_AUTH", USERNAME=app.user(), SRP_A=public)


@holds("SIGNIN-24", "WIRE-51")
def test_an_enormous_a_is_no_burden(app: App) -> None:
    srp = SrpClient(app.pool_id)
    srp.A = N**8 + 5
    try:
        _, parameters = asked(app, app.user(), srp)
    except RefusedError as refusal:
        assert refusal.code == "InvalidParameterException", refusal  # noqa: PT017 - either will do
        return
    assert_refused(app, srp.answers(parameters, PASSWORD))


@holds("SIGNIN-26")
@pytest.mark.parametrize(
    "absent", ["PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP", "USERNAME"]
)
def test_a_missing_answer_is_named_and_spends_nothing(app: App, absent: str) -> None:
    srp, parameters = asked(app, app.user())
    answers = srp.answers(parameters, PASSWORD)
    rest = {name: value for name, value in answers.items() if name != absent}
    with refused(*missing(absent)):
        prove(app, rest)
    assert result_of(prove(app, answers))


@holds("SIGNIN-27")
@pytest.mark.parametrize("password", [PASSWORD, "Wrong-Horse-1"])
def test_a_block_is_used_up_by_a_verdict(app: App, password: str) -> None:
    srp, parameters = asked(app, app.user())
    answers = srp.answers(parameters, password)
    if password == PASSWORD:
        assert result_of(prove(app, answers))
    else:
        with refused(*INCORRECT):
            prove(app, answers)
    for again in (answers, srp.answers(parameters, PASSWORD)):
        with refused("NotAuthorizedException"):
            prove(app, again)


@holds("SIGNIN-28")
def test_an_altered_block_is_refused(app: App) -> None:
    name = app.user()
    srp, parameters = asked(app, name)
    block = parameters["SECRET_BLOCK"]
    raw = base64.b64decode(block)
    changed = bytes([raw[0] ^ 1]) + raw[1:]
    for bad in (
        tampered(block, len(block) // 2),
        base64.b64encode(changed).decode(),
        base64.b64encode(raw[:-1]).decode(),
        base64.b64encode(raw + b"x").decode(),
        base64.b64encode(b"x" * 400).decode(),
        "AAAA",
    ):
        assert_refused(app, srp.answers({**parameters, "SECRET_BLOCK": bad}, PASSWORD))
    assert result_of(prove(app, srp.answers(parameters, PASSWORD)))


@holds("SIGNIN-28")
def test_a_block_of_another_user_is_refused(app: App) -> None:
    # The attacker knows a password, and answers the victim's challenge with it, and vice versa.
    victim, attacker = app.user("", "Victims-Horse-1"), app.user("", "Attackers-Horse-2")
    _, victims = asked(app, victim)
    srp, own = asked(app, attacker)
    mixed = srp.answers({**own, "SECRET_BLOCK": victims["SECRET_BLOCK"]}, "Attackers-Horse-2")
    assert_refused(app, mixed)
    answers = srp.answers(own, "Attackers-Horse-2")
    assert_refused(app, {**answers, "USERNAME": victim})


@holds("SIGNIN-28")
def test_a_block_of_another_client_is_refused(app: App, secret_app: App) -> None:
    name = app.user()
    other = app.another_client()
    srp, parameters = asked(app, name)
    answers = srp.answers(parameters, PASSWORD)
    assert_refused(other, answers)
    assert secret_app.secret is not None
    proof = secret_hash(name, secret_app.client_id, secret_app.secret)
    assert_refused(secret_app, {**answers, "SECRET_HASH": proof})


@holds("SIGNIN-28")
def test_a_block_of_another_pool_is_refused(app: App, wire: Wire) -> None:
    name = app.user()
    other = an_app(wire)
    other.user(name)
    srp, parameters = asked(app, name)
    answers = srp.answers(parameters, PASSWORD)
    assert_refused(other, answers)


@holds("SIGNIN-28")
def test_a_block_lives_as_long_as_a_session(clock_app: App) -> None:
    name = clock_app.user()
    srp, parameters = asked(clock_app, name)
    clock_app.wire.advance(181)
    assert_refused(clock_app, srp.answers(parameters, PASSWORD))


@holds("SIGNIN-29")
@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24, 60 * 24 * 365])
def test_a_timestamp_far_off_is_refused(app: App, minutes: int) -> None:
    srp, parameters = asked(app, app.user())
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    with refused("NotAuthorizedException"):
        prove(app, srp.answers(parameters, PASSWORD, moment=moment))


@holds("SIGNIN-29")
@pytest.mark.parametrize(
    "text", ["now", "2026-01-05T08:09:10Z", "Mon Jan 05 08:09:10 UTC 2026 ", "Mo Jan 5 8:9:10"]
)
def test_a_timestamp_of_another_form_is_told(app: App, text: str) -> None:
    srp, parameters = asked(app, app.user())
    answers = srp.answers(parameters, PASSWORD)
    with refused("InvalidParameterException"):
        prove(app, {**answers, "TIMESTAMP": text})
    assert result_of(prove(app, answers))


@holds("SIGNIN-29")
def test_the_proof_carries_the_real_time_though_the_clock_was_moved(clock_app: App) -> None:
    # Clients sign their own time; development's moved clock must not lock them out.
    clock_app.wire.advance(3600)
    assert clock_app.srp_step(clock_app.user())["AuthenticationResult"]


@holds("SIGNIN-29")
@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_a_little_off_is_forgiven(app: App, minutes: int) -> None:
    srp, parameters = asked(app, app.user())
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    assert result_of(prove(app, srp.answers(parameters, PASSWORD, moment=moment)))


@holds("SIGNIN-30")
def test_of_racers_with_one_proof_one_gets_tokens(app: App) -> None:
    srp, parameters = asked(app, app.user())
    answers = srp.answers(parameters, PASSWORD)
    won, lost = race(8, lambda: prove(app, answers))
    assert len(won) == 1, lost
    assert {refusal.code for refusal in lost} == {"NotAuthorizedException"}


@holds("SIGNIN-20")
def test_the_administrators_family_does_srp_too(app: App) -> None:
    name = app.user()
    srp = SrpClient(app.pool_id)
    step = app.admin_initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    answers = srp.answers(step["ChallengeParameters"], PASSWORD)
    carried = {"Session": step["Session"]} if "Session" in step else {}
    done = app.wire.call(
        "AdminRespondToAuthChallenge",
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses=answers,
        **carried,
    )
    assert result_of(done)
