"""From signals to an assessment to an action.

The gate exists in every sign-in; until threat protection is built it allows, and says so.
"""

import msgspec

from poolkeep.core.pools.loaded import LoadedPool


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a sign-in's risk: a level, its reasons, and whether it must not go on.

    `demands` is what it asks of a user's second factors, in the words of EventAction.
    """

    level: str = "NoRisk"
    reasons: tuple[str, ...] = ()
    blocks: bool = False
    demands: str = "NO_ACTION"


def assess(pool: LoadedPool, *, now_ms: int) -> Assessment:  # noqa: ARG001  the shape that scoring needs
    """Return the assessment of a sign-in; without a scoring model every sign-in is NoRisk."""
    return Assessment()
