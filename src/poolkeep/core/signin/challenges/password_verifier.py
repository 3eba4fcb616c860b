"""PASSWORD_VERIFIER: the proof of SRP. Source: docs/behaviours/sign-in.md.

The server's half of the exchange travels sealed in SECRET_BLOCK. For a user who does not exist,
or who has no verifier, the same numbers are worked out against a decoy and the verdict is always
"incorrect".
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import pool_suffix
from poolkeep.base.refusal import InvalidParameter, NotAuthorized, ResourceNotFound
from poolkeep.base.secret import constant_time_equal
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Flow, Proof, SrpState
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, Proven, Refuse, Step
from poolkeep.core.users.limits import PASSWORD
from poolkeep.core.users.passwords import stored_verifier
from poolkeep.crypto import srp
from poolkeep.crypto.envelope import Purpose
from poolkeep.crypto.passwords import StoredVerifier, decoy_verifier

NAME: Final = "PASSWORD_VERIFIER"
FACTOR: Final = "pwd"
SKEW_MS: Final = 5 * 60 * 1000


def prompt(attempt: Attempt, facts: Facts, entropy: Entropy, srp_a: str | None = None) -> Ask:
    """Answer the client's A with salt and B; refuses an A that is no number.

    A comes with the request unless it came earlier. Only the flow that is nothing but SRP goes
    without a Session, whose part SECRET_BLOCK plays there.
    """
    a_public = _number(srp_a or facts.given.get("SRP_A"))
    stored, _ = _verifier(attempt, facts)
    step = srp.start(entropy, stored.v)
    state = SrpState(
        a_public=_bytes(a_public), b_public=_bytes(step.B), b_secret=step.b.to_bytes(32, "big")
    )
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, srp=state),
        challenge=NAME,
        parameters={
            "SALT": f"{stored.salt:x}",
            "SRP_B": f"{step.B:x}",
            "USERNAME": attempt.username,
            "USER_ID_FOR_SRP": attempt.username,
        },
        in_block=True,
        in_session=attempt.flow is not Flow.USER_SRP_AUTH,
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Judge the claim; only a verdict uses the block up."""
    for name in ("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP"):
        if not answers.get(name):
            raise InvalidParameter(wording.missing(name))
    timestamp = answers["TIMESTAMP"]
    claimed_ms = srp.timestamp_ms(timestamp)
    if claimed_ms is None:
        raise InvalidParameter(wording.TIMESTAMP_FORMAT)
    if answers.get("DEVICE_KEY") and facts.evidence.device is None:
        # Looked at before the block is used up: clients drop the key and answer the same again.
        raise ResourceNotFound(wording.DEVICE_UNKNOWN)
    if facts.row.locked_until_ms > facts.now_ms:
        return Refuse(refusal=NotAuthorized(wording.ATTEMPTS_EXCEEDED))
    right = _is_right(attempt, facts, answers)
    if abs(claimed_ms - facts.wall_ms) > SKEW_MS or not right:
        return Refuse(refusal=NotAuthorized(wording.INCORRECT), counts=PASSWORD, spends=True)
    return Proven(attempt=attempt.proved(Proof.FIRST_FACTOR, FACTOR), guard=PASSWORD)


def block_text(sealed: bytes) -> str:
    """Return a handle in the form of SECRET_BLOCK: base64 with padding."""
    return base64.b64encode(sealed).decode()


def block_of(answers: Mapping[str, str]) -> bytes:
    """Return the bytes of PASSWORD_CLAIM_SECRET_BLOCK; refuses what is not base64."""
    try:
        return base64.b64decode(answers.get("PASSWORD_CLAIM_SECRET_BLOCK", ""), validate=True)
    except (binascii.Error, ValueError):
        raise NotAuthorized(wording.SESSION_INVALID) from None


def _is_right(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> bool:
    state = attempt.srp
    if state is None:
        return False
    stored, real = _verifier(attempt, facts)
    try:
        key = srp.session_key(
            int.from_bytes(state.a_public, "big"),
            int.from_bytes(state.b_public, "big"),
            int.from_bytes(state.b_secret, "big"),
            stored.v,
        )
    except srp.DegenerateExchange:
        return False
    expected = srp.claim(
        key,
        pool_suffix(facts.pool.pool.id),
        attempt.username,
        block_of(answers),
        answers["TIMESTAMP"],
    )
    return constant_time_equal(expected, answers["PASSWORD_CLAIM_SIGNATURE"]) and real


def _verifier(attempt: Attempt, facts: Facts) -> tuple[StoredVerifier, bool]:
    """Return the user's verifier, or a decoy and False."""
    stored = None if facts.user is None else stored_verifier(facts.pool, facts.user)
    if stored is not None:
        return stored, True
    return decoy_verifier(facts.pool.keys.key(Purpose.FAKE_USER), attempt.username), False


def _number(text: str | None) -> int:
    if not text:
        raise InvalidParameter(wording.missing("SRP_A"))
    try:
        return srp.parse_a(text)
    except ValueError:
        raise InvalidParameter(wording.SRP_A_FORMAT) from None


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
