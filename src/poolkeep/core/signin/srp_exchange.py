"""The server's side of SRP at sign-in, for passwords and devices alike.

    begin      the client's A ─▶ both moves for the handle, SALT and SRP_B for the client
    demand     the three parts of a claim
    is_right   does the claim follow from the verifier, the handle and its own time?

Who proves what differs: a user under the pool's suffix, a device under its group key.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final, NamedTuple

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.base.secret import constant_time_equal
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import SrpState
from poolkeep.crypto import srp
from poolkeep.crypto.passwords import StoredVerifier

SKEW_MS: Final = 5 * 60 * 1000
CLAIM: Final = ("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP")


class Identity(NamedTuple):
    """Under which two names a password is proven."""

    place: str
    name: str


def public_number(text: str | None) -> int:
    """Return the client's A; refuses what is no hexadecimal number."""
    if not text:
        raise InvalidParameter(wording.missing("SRP_A"))
    try:
        return srp.parse_a(text)
    except ValueError:
        raise InvalidParameter(wording.SRP_A_FORMAT) from None


def to_bytes(number: int) -> bytes:
    """Return a number as a handle carries it."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def begin(
    entropy: Entropy, a_public: int, stored: StoredVerifier
) -> tuple[SrpState, dict[str, str]]:
    """Make the server's move; return the state for the handle and what the client is told."""
    step = srp.start(entropy, stored.v)
    state = SrpState(
        a_public=to_bytes(a_public), b_public=to_bytes(step.B), b_secret=step.b.to_bytes(32, "big")
    )
    return state, {"SALT": f"{stored.salt:x}", "SRP_B": f"{step.B:x}"}


def demand(answers: Mapping[str, str]) -> int:
    """Return when the claim says it was made; refuses one that lacks a part."""
    for name in CLAIM:
        if not answers.get(name):
            raise InvalidParameter(wording.missing(name))
    claimed_ms = srp.timestamp_ms(answers["TIMESTAMP"])
    if claimed_ms is None:
        raise InvalidParameter(wording.TIMESTAMP_FORMAT)
    return claimed_ms


def is_timely(claimed_ms: int, wall_ms: int) -> bool:
    """Tell whether a claim was made now, as far as clocks agree."""
    return abs(claimed_ms - wall_ms) <= SKEW_MS


def is_right(
    state: SrpState | None,
    stored: StoredVerifier,
    identity: Identity,
    *,
    answers: Mapping[str, str],
) -> bool:
    """Tell whether the claim is that of somebody who knows the password."""
    if state is None:
        return False
    try:
        key = srp.session_key(
            int.from_bytes(state.a_public, "big"),
            int.from_bytes(state.b_public, "big"),
            int.from_bytes(state.b_secret, "big"),
            stored.v,
        )
    except srp.DegenerateExchange:
        return False
    expected = srp.claim(key, *identity, block_of(answers), answers["TIMESTAMP"])
    return constant_time_equal(expected, answers["PASSWORD_CLAIM_SIGNATURE"])


def block_text(sealed: bytes) -> str:
    """Return a handle in the form of SECRET_BLOCK: base64 with padding."""
    return base64.b64encode(sealed).decode()


def block_of(answers: Mapping[str, str]) -> bytes:
    """Return the bytes of PASSWORD_CLAIM_SECRET_BLOCK; refuses what is not base64."""
    try:
        return base64.b64decode(answers.get("PASSWORD_CLAIM_SECRET_BLOCK", ""), validate=True)
    except (binascii.Error, ValueError):
        raise NotAuthorized(wording.SESSION_INVALID) from None
