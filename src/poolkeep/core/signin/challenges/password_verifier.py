"""PASSWORD_VERIFIER: the proof of SRP. Source: docs/behaviours/sign-in.md.

The server's half of the exchange travels sealed in SECRET_BLOCK. For a user who does not exist,
or who has no verifier, the same numbers are worked out against a decoy and the verdict is always
"incorrect".
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import pool_suffix
from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.signin import srp_exchange, wording
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.srp_exchange import Identity
from poolkeep.core.signin.steps import Ask, Proven, Refuse, Step
from poolkeep.core.users.limits import PASSWORD
from poolkeep.core.users.passwords import stored_verifier
from poolkeep.crypto.envelope import Purpose
from poolkeep.crypto.passwords import StoredVerifier, decoy_verifier

NAME: Final = "PASSWORD_VERIFIER"
FACTOR: Final = "pwd"


def prompt(attempt: Attempt, facts: Facts, entropy: Entropy, srp_a: str | None = None) -> Ask:
    """Answer the client's A with salt and B; refuses an A that is no number.

    A comes with the request unless it came earlier. Only the flow that is nothing but SRP goes
    without a Session, whose part SECRET_BLOCK plays there.
    """
    a_public = srp_exchange.public_number(srp_a or facts.given.get("SRP_A"))
    stored, _ = _verifier(attempt, facts)
    state, told = srp_exchange.begin(entropy, a_public, stored)
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, srp=state),
        challenge=NAME,
        parameters={
            **told,
            "USERNAME": attempt.username,
            "USER_ID_FOR_SRP": attempt.username,
        },
        in_block=True,
        in_session=attempt.flow is not Flow.USER_SRP_AUTH,
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Judge the claim; only a verdict uses the block up."""
    claimed_ms = srp_exchange.demand(answers)
    if facts.row.locked_until_ms > facts.now_ms:
        return Refuse(refusal=NotAuthorized(wording.ATTEMPTS_EXCEEDED))
    stored, real = _verifier(attempt, facts)
    identity = Identity(pool_suffix(facts.pool.pool.id), attempt.username)
    right = srp_exchange.is_right(attempt.srp, stored, identity, answers=answers) and real
    if not right or not srp_exchange.is_timely(claimed_ms, facts.wall_ms):
        return Refuse(refusal=NotAuthorized(wording.INCORRECT), counts=PASSWORD, spends=True)
    return Proven(attempt=attempt.proved(Proof.FIRST_FACTOR, FACTOR), guard=PASSWORD)


def _verifier(attempt: Attempt, facts: Facts) -> tuple[StoredVerifier, bool]:
    """Return the user's verifier, or a decoy and False."""
    stored = None if facts.user is None else stored_verifier(facts.pool, facts.user)
    if stored is not None:
        return stored, True
    return decoy_verifier(facts.pool.keys.key(Purpose.FAKE_USER), attempt.username), False
