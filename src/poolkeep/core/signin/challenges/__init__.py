"""One file for each challenge: how it is put, and how an answer is judged.

A challenge knows neither its predecessor nor its successor; `stages.py` has the order.
"""

from collections.abc import Callable, Mapping
from typing import Final

from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges import new_password, password_verifier
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Step

Check = Callable[[Attempt, Facts, Mapping[str, str]], Attempt | Step]

CHALLENGES: Final[dict[str, Check]] = {
    password_verifier.NAME: password_verifier.check,
    new_password.NAME: new_password.check,
}
