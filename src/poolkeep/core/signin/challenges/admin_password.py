"""ADMIN_NO_SRP_AUTH: the password, asked for inside an administrator's custom authentication.

Source: docs/behaviours/custom-auth.md.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, CheckPassword, Refuse, Step

NAME: Final = "ADMIN_NO_SRP_AUTH"


def prompt(attempt: Attempt) -> Ask:
    """Ask for the password."""
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME),
        challenge=NAME,
        parameters={"USERNAME": attempt.username, "USER_ID_FOR_SRP": attempt.username},
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Have the password checked, unless the user is locked."""
    password = answers.get("PASSWORD")
    if not password:
        raise InvalidParameter(wording.missing("PASSWORD"))
    if facts.row.locked_until_ms > facts.now_ms:
        return Refuse(refusal=NotAuthorized(wording.ATTEMPTS_EXCEEDED))
    return CheckPassword(attempt=attempt, password=password)
