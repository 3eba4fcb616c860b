"""The stages of devices: what they spare, what they ask, what they leave behind."""

from typing import Any

import msgspec
import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import NotAuthorized, ResourceNotFound
from poolkeep.core.devices.model import Device
from poolkeep.core.devices.rules import seal_verifier
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import DeviceConfiguration
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.challenges import device_password_verifier, device_srp_auth
from poolkeep.core.signin.evidence import Evidence, Need
from poolkeep.core.signin.facts import Facts, SignInRow
from poolkeep.core.signin.stages import device as stage
from poolkeep.core.signin.steps import Ask, Load, Refuse
from poolkeep.crypto.passwords import StoredVerifier
from tests.sdk.support import holds
from tests.unit.core.users.people import a_client, a_pool, a_user

KEY = "eu-west-1_11111111-2222-4333-8444-555555555555"
OTHER = "eu-west-1_11111111-2222-4333-8444-555555555556"
NOW_MS = 1_700_000_000_000
UNTRACKED = a_pool()
ENTROPY = SeededEntropy("e")


def tracking(**said: bool) -> LoadedPool:
    return a_pool(device_configuration=DeviceConfiguration(**said))


TRACKED = tracking()
SPARING = tracking(challenge_required_on_new_device=True)


def a_device(pool: LoadedPool = TRACKED, key: str = KEY, **members: Any) -> Device:
    defaults: dict[str, Any] = {
        "pool_id": pool.pool.id,
        "user_id": "u",
        "key": key,
        "group_key": "-12345678",
        "secret": seal_verifier(pool, "u", key, verifier=StoredVerifier(7, 9)),
        "remembered": True,
        "created_ms": 1,
        "modified_ms": 1,
        "authenticated_ms": 1,
        "tokens_end_ms": 1,
    }
    return Device(**{**defaults, **members})


def an_attempt(**members: Any) -> Attempt:
    """Return an attempt from a named device that has proven a password."""
    defaults: dict[str, Any] = {
        "handle": "h",
        "flow": Flow.USER_PASSWORD_AUTH,
        "client_id": "client1",
        "name": "alice",
        "username": "alice",
        "user_id": "u",
        "started_ms": NOW_MS,
        "expires_ms": NOW_MS + 180_000,
        "event_id": "e",
        "proofs": (Proof.FIRST_FACTOR,),
        "factors": ("pwd",),
        "named_device": KEY,
    }
    return Attempt(**{**defaults, **members})


def facts_of(pool: LoadedPool, found: Any = msgspec.UNSET, **given: str) -> Facts:
    return Facts(
        now_ms=NOW_MS,
        wall_ms=NOW_MS,
        pool=pool,
        client=a_client(pool),
        row=SignInRow(user=a_user(), groups=(), locked_until_ms=0, failures=0),
        given=given,
        evidence=Evidence(device=found),
        ip_address="192.0.2.1",
    )


# -- who is it


@holds("DEVICE-02")
def test_nothing_is_looked_up_without_need() -> None:
    for attempt, facts in (
        (an_attempt(named_device=None), facts_of(TRACKED)),
        (an_attempt(), facts_of(UNTRACKED)),
        (an_attempt(), facts_of(TRACKED, a_device())),
    ):
        assert stage.known_device(attempt, facts, ENTROPY) is None
    step = stage.known_device(an_attempt(), facts_of(TRACKED), ENTROPY)
    assert isinstance(step, Load)
    assert step.need is Need.DEVICE


@holds("DEVICE-35", "DEVICE-36")
def test_an_unknown_device_is_refused_where_it_is_named() -> None:
    step = stage.known_device(an_attempt(), facts_of(TRACKED, None, DEVICE_KEY=KEY), ENTROPY)
    assert isinstance(step, Refuse)
    assert isinstance(step.refusal, ResourceNotFound)
    assert (step.counts, step.spends) == (None, False)
    assert stage.known_device(an_attempt(), facts_of(TRACKED, None), ENTROPY) is None


@holds("DEVICE-35", "DEVICE-41")
def test_an_answer_names_a_device_that_exists() -> None:
    attempt = an_attempt(named_device=None, awaiting="SMS_MFA")
    known = facts_of(TRACKED, a_device())
    found = stage.named_by(attempt, known, {"DEVICE_KEY": KEY})
    assert isinstance(found, Attempt)
    assert found.named_device == KEY
    assert stage.named_by(attempt, known, {}) is attempt
    assert stage.named_by(attempt, facts_of(UNTRACKED, None), {"DEVICE_KEY": KEY}) is attempt
    refused = stage.named_by(attempt, facts_of(TRACKED, None), {"DEVICE_KEY": KEY})
    assert isinstance(refused, Refuse)
    assert isinstance(refused.refusal, ResourceNotFound)
    for challenge in (device_srp_auth.NAME, device_password_verifier.NAME):
        asked = an_attempt(awaiting=challenge)
        other = facts_of(TRACKED, a_device(key=OTHER))
        refused = stage.named_by(asked, other, {"DEVICE_KEY": OTHER})
        assert isinstance(refused, Refuse)
        assert isinstance(refused.refusal, NotAuthorized)
        assert not refused.spends


# -- what it spares and proves


@holds("DEVICE-15", "DEVICE-33", "DEVICE-34", "DEVICE-39")
@pytest.mark.parametrize(
    "pool, members, found, spares, asks",
    [
        (SPARING, {}, {}, True, True),
        (TRACKED, {}, {}, False, True),
        (UNTRACKED, {}, {}, False, False),
        (SPARING, {"named_device": None}, {}, False, False),
        (SPARING, {"named_device": OTHER}, {}, False, False),
        (SPARING, {}, {"remembered": False}, False, False),
        (SPARING, {}, {"secret": None}, False, False),
        (SPARING, {"factors": ("hwk",)}, {}, False, False),
        (SPARING, {"factors": ("swk",)}, {}, False, False),
        (SPARING, {"factors": ("email_otp",)}, {}, True, True),
        (SPARING, {"target_acr_values": "level"}, {}, False, True),
        (SPARING, {"proofs": (Proof.FIRST_FACTOR, Proof.DEVICE)}, {}, True, False),
    ],
)
def test_what_a_device_spares_and_is_asked(
    pool: LoadedPool,
    members: dict[str, Any],
    found: dict[str, Any],
    spares: bool,
    asks: bool,
) -> None:
    attempt, facts = an_attempt(**members), facts_of(pool, a_device(pool, **found))
    assert stage.spares_second_factor(attempt, facts) is spares
    step = stage.device_proof(attempt, facts, ENTROPY)
    assert (step is not None) is asks
    if isinstance(step, Ask):
        assert (step.challenge, step.attempt.awaiting) == (device_srp_auth.NAME,) * 2
        assert step.in_session
        assert not step.in_block
    # Whatever spares the second factor insists on the proof, or has it.
    assert not spares or asks or Proof.DEVICE in attempt.proofs


@holds("DEVICE-30")
def test_a_device_that_has_begun_is_asked_for_its_claim() -> None:
    attempt = an_attempt(device_srp_a=b"\x05")
    step = stage.device_proof(attempt, facts_of(TRACKED, a_device()), ENTROPY)
    assert isinstance(step, Ask)
    assert step.challenge == device_password_verifier.NAME
    assert step.attempt.device_srp_a is None
    assert step.attempt.srp is not None
    assert step.attempt.srp.a_public == b"\x05"
    assert step.parameters["SALT"] == "7"
    assert step.in_block
    assert step.in_session


# -- what is left of it


@holds("DEVICE-03", "DEVICE-04")
@pytest.mark.parametrize(
    "pool, members, new",
    [
        (TRACKED, {}, True),
        (TRACKED, {"flow": Flow.CUSTOM_AUTH, "factors": ()}, True),
        (TRACKED, {"flow": Flow.USER_AUTH, "factors": ("pwd", "otp")}, True),
        (TRACKED, {"flow": Flow.USER_AUTH, "factors": ("hwk",)}, False),
        (TRACKED, {"flow": Flow.USER_AUTH, "factors": ("email_otp",)}, False),
        (TRACKED, {"flow": Flow.USER_AUTH, "factors": ()}, False),
        (TRACKED, {"authorization_request": "r"}, False),
        (UNTRACKED, {}, False),
    ],
)
def test_which_sign_ins_make_a_device_known(
    pool: LoadedPool, members: dict[str, Any], new: bool
) -> None:
    attempt = an_attempt(**{"named_device": None, **members})
    found = stage.outcome(attempt, facts_of(pool), ENTROPY)
    assert (found.new is not None) is new
    assert found.key == (found.new.key if found.new else None)
    assert found.marks == ()
    assert stage.is_new(attempt, facts_of(pool)) is (pool is TRACKED)


@holds("DEVICE-34", "DEVICE-36")
def test_a_known_device_is_noted_unless_its_proof_was() -> None:
    facts = facts_of(TRACKED, a_device(remembered=False))
    found = stage.outcome(an_attempt(), facts, ENTROPY)
    assert (found.key, found.new) == (KEY, None)
    (mark,) = found.marks
    assert (mark.key, mark.at_ms, mark.ip_address, mark.must_stand) == (
        *(KEY, NOW_MS, "192.0.2.1", False),
    )
    proven = an_attempt(device_key=KEY, proofs=(Proof.FIRST_FACTOR, Proof.DEVICE))
    found = stage.outcome(proven, facts_of(TRACKED, a_device()), ENTROPY)
    assert (found.key, found.new, found.marks) == (KEY, None, ())
    # A device that is gone by now counts as never named.
    found = stage.outcome(an_attempt(), facts_of(TRACKED, None), ENTROPY)
    assert found.new is not None
    assert found.key not in {None, KEY}
