"""Remembered devices: what they spare their users, and how they prove themselves.

    named_by              an answer names a device: it must exist, or nothing of the answer counts
    known_device          a device named where the sign-in began must exist as well
    spares_second_factor  does the device's own proof take the place of the second factor?
    device_proof          the last two steps of a remembered device
    outcome               the device that the tokens name, a new one if need be

A device that vanishes between two requests of a sign-in counts as never named.
Source: docs/behaviours/devices.md.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotAuthorized, ResourceNotFound
from poolkeep.core.devices import rules
from poolkeep.core.devices.model import Device, NewDevice
from poolkeep.core.devices.wording import NO_DEVICE
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.challenges import device_password_verifier, device_srp_auth
from poolkeep.core.signin.challenges.device_password_verifier import DeviceSeen
from poolkeep.core.signin.challenges.password_verifier import FACTOR as PASSWORD_FACTOR
from poolkeep.core.signin.evidence import Need
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Load, Refuse, Step

OF_DEVICES: Final = frozenset({device_srp_auth.NAME, device_password_verifier.NAME})
PASSKEY_FACTORS: Final = frozenset({"swk", "hwk"})


class Outcome(NamedTuple):
    """What a finished sign-in means for devices."""

    known_key: str | None
    new: NewDevice | None
    marks: tuple[DeviceSeen, ...]

    @property
    def key(self) -> str | None:
        """The device that the tokens name."""
        return self.known_key if self.new is None else self.new.key


def named_by(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Refuse:
    """Return the attempt with the device that an answer names.

    Refuses an unknown one before anything is used up: clients drop the key and answer the same
    again. Nobody's devices are unknown too, so that the refusal tells nothing of a user.
    """
    key = answers.get("DEVICE_KEY")
    if not key or not rules.tracks(facts.pool):
        return attempt
    if not isinstance(facts.evidence.device, Device):
        return Refuse(refusal=ResourceNotFound(NO_DEVICE))
    if attempt.awaiting in OF_DEVICES and key != attempt.named_device:
        return Refuse(refusal=NotAuthorized(wording.SESSION_INVALID))
    return msgspec.structs.replace(attempt, named_device=key)


def known_device(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Look the named device up, before anything follows from it; refuses an unknown one."""
    if attempt.named_device is None or not rules.tracks(facts.pool):
        return None
    if facts.evidence.lacks(Need.DEVICE):
        return Load(attempt=attempt, need=Need.DEVICE)
    named_now = facts.given.get("DEVICE_KEY") == attempt.named_device
    if facts.evidence.device is None and named_now:
        return Refuse(refusal=ResourceNotFound(NO_DEVICE))
    return None


def spares_second_factor(attempt: Attempt, facts: Facts) -> bool:
    """Tell whether the device's own proof takes the place of the second factor.

    `device_proof` then insists on that proof. A level that the caller asks for is not spared.
    """
    if attempt.target_acr_values is not None or not rules.replaces_second_factor(facts.pool):
        return False
    return _proving(attempt, facts) is not None


def device_proof(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask a remembered device for the proof of its password."""
    device = _proving(attempt, facts)
    if device is None or Proof.DEVICE in attempt.proofs:
        return None
    if attempt.device_srp_a is None:
        return device_srp_auth.prompt(attempt, device.key)
    stored = rules.stored_verifier(facts.pool, device)
    if stored is None:
        return None
    return device_password_verifier.prompt(
        attempt, device, stored, a_public=attempt.device_srp_a, entropy=entropy
    )


def outcome(attempt: Attempt, facts: Facts, entropy: Entropy) -> Outcome:
    """Return what a finished sign-in means for devices."""
    device = _known(attempt, facts)
    if device is None:
        tracked = attempt.flow is Flow.CUSTOM_AUTH or PASSWORD_FACTOR in attempt.factors
        hosted = attempt.authorization_request is not None
        new = rules.new_device(facts.pool, None, entropy) if tracked and not hosted else None
        return Outcome(None, new, ())
    if attempt.device_key == device.key:
        return Outcome(device.key, None, ())  # its proof was noted already
    seen = DeviceSeen(
        key=device.key,
        at_ms=facts.now_ms,
        ip_address=facts.ip_address,
        tokens_end_ms=rules.tokens_end_ms(facts.client, facts.now_ms),
    )
    return Outcome(device.key, None, (seen,))


def is_new(attempt: Attempt, facts: Facts) -> bool:
    """Tell whether the sign-in comes from a device that a tracking pool does not know."""
    return rules.tracks(facts.pool) and _known(attempt, facts) is None


def _known(attempt: Attempt, facts: Facts) -> Device | None:
    """Return the named device as it is now; None where none is, or none is tracked."""
    device = facts.evidence.device
    if not rules.tracks(facts.pool) or not isinstance(device, Device):
        return None
    return device if device.key == attempt.named_device else None


def _proving(attempt: Attempt, facts: Facts) -> Device | None:
    """Return the named device if it has to prove itself; passkeys need no company."""
    device = _known(attempt, facts)
    if device is None or not device.proves_itself:
        return None
    return None if PASSKEY_FACTORS.intersection(attempt.factors) else device
