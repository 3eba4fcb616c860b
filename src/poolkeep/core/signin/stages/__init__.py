"""The order of things. Each stage says what is owed next, or None when it is content.

Order lives in `STAGES` alone. Source: docs/behaviours/sign-in.md (evaluation order).
"""

from collections.abc import Callable
from typing import Final

from poolkeep.base.entropy import Entropy
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages.custom import custom_gate
from poolkeep.core.signin.stages.device import device_proof, known_device
from poolkeep.core.signin.stages.finish import post_authentication
from poolkeep.core.signin.stages.first_factor import first_factor, forced_new_password
from poolkeep.core.signin.stages.gates import (
    account_state,
    address_gate,
    identify,
    pre_authentication,
    risk_gate,
)
from poolkeep.core.signin.stages.level import level_aim, level_reached
from poolkeep.core.signin.stages.second_factor import second_factor
from poolkeep.core.signin.steps import Step

Stage = Callable[[Attempt, Facts, Entropy], Step | None]

STAGES: Final[tuple[Stage, ...]] = (
    address_gate,
    identify,
    custom_gate,
    pre_authentication,
    level_aim,
    first_factor,
    account_state,
    risk_gate,
    forced_new_password,
    known_device,
    second_factor,
    level_reached,
    device_proof,
    post_authentication,
)
