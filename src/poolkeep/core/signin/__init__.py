"""The sign-in machine: one path for every flow, face and factor.

    start(flow) ─▶ next_step ─▶ Ask ─▶ caller ─▶ answer ─▶ next_step ─▶ … ─▶ Complete ─▶ tokens

An attempt records what has been proven; `STAGES` is the order in which things are owed. Functions
are consulted and passwords checked by the service, between the machine's pure steps. An attempt
travels sealed in the session handle, so any node can take the next step.
"""

from poolkeep.core.signin.commands import Asked, Authenticated, Origin, Respond, SignedIn, Start
from poolkeep.core.signin.service import SignIn

__all__ = ["Asked", "Authenticated", "Origin", "Respond", "SignIn", "SignedIn", "Start"]
