"""DEVICE_SRP_AUTH: a remembered device begins its proof. Source: docs/behaviours/devices.md."""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.signin import srp_exchange, wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, Step

NAME: Final = "DEVICE_SRP_AUTH"


def prompt(attempt: Attempt, key: str) -> Ask:
    """Ask the device for its A."""
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME),
        challenge=NAME,
        parameters={"USERNAME": attempt.username, "DEVICE_KEY": key},
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Take the device's A; it proves nothing yet."""
    if not answers.get("DEVICE_KEY"):
        raise InvalidParameter(wording.missing("DEVICE_KEY"))
    a_public = srp_exchange.to_bytes(srp_exchange.public_number(answers.get("SRP_A")))
    return msgspec.structs.replace(attempt, awaiting=None, device_srp_a=a_public)
