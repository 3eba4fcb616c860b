"""DEVICE_PASSWORD_VERIFIER: a remembered device proves its password.

The proof is the user's, under the device's two keys in place of the pool and the user. Wrong ones
count against a lock of their own. Source: docs/behaviours/devices.md.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized, ResourceNotFound
from poolkeep.core.devices.model import Device
from poolkeep.core.devices.rules import stored_verifier, tokens_end_ms
from poolkeep.core.devices.wording import NO_DEVICE
from poolkeep.core.signin import srp_exchange, wording
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.marks import Mark
from poolkeep.core.signin.srp_exchange import Identity
from poolkeep.core.signin.steps import Ask, Proven, Refuse, Step
from poolkeep.core.users.limits import DEVICE
from poolkeep.crypto.passwords import StoredVerifier

NAME: Final = "DEVICE_PASSWORD_VERIFIER"


class DeviceSeen(Mark, frozen=True, kw_only=True):
    """A sign-in from a device.

    `must_stand` says that the sign-in rests on the device: it must be there still, and count as
    its user's if it did (`remembered`).
    """

    key: str
    at_ms: int
    ip_address: str
    tokens_end_ms: int
    remembered: bool = False
    must_stand: bool = False


def prompt(
    attempt: Attempt, device: Device, stored: StoredVerifier, *, a_public: bytes, entropy: Entropy
) -> Ask:
    """Answer the device's A with salt and B. The handle goes out twice: some keep no Session."""
    state, told = srp_exchange.begin(entropy, int.from_bytes(a_public, "big"), stored)
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, srp=state, device_srp_a=None),
        challenge=NAME,
        parameters={**told, "USERNAME": attempt.username, "DEVICE_KEY": device.key},
        in_block=True,
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Judge the claim; only a verdict uses the block up."""
    claimed_ms = srp_exchange.demand(answers)
    if not answers.get("DEVICE_KEY"):
        raise InvalidParameter(wording.missing("DEVICE_KEY"))
    device = facts.evidence.device
    stored = stored_verifier(facts.pool, device) if isinstance(device, Device) else None
    if not isinstance(device, Device) or stored is None:
        raise ResourceNotFound(NO_DEVICE)
    identity = Identity(device.group_key, device.key)
    right = srp_exchange.is_right(attempt.srp, stored, identity, answers=answers)
    if not right or not srp_exchange.is_timely(claimed_ms, facts.wall_ms):
        return Refuse(refusal=NotAuthorized(wording.INCORRECT), counts=DEVICE, spends=True)
    proven = attempt.proved(Proof.DEVICE)
    mark = DeviceSeen(
        key=device.key,
        at_ms=facts.now_ms,
        ip_address=facts.ip_address,
        tokens_end_ms=tokens_end_ms(facts.client, facts.now_ms),
        remembered=device.remembered,
        must_stand=True,
    )
    return Proven(
        attempt=msgspec.structs.replace(proven, device_key=device.key),
        guard=DEVICE,
        marks=(mark,),
    )
