"""After the proofs."""

from poolkeep.base.entropy import Entropy
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.stages.device import is_new
from poolkeep.core.signin.stages.gates import has_no_functions
from poolkeep.core.signin.steps import Consult, Step
from poolkeep.core.triggers.sources import (
    POST_AUTHENTICATION,
    EmptyReply,
    PostAuthenticationRequest,
)
from poolkeep.core.triggers.telling import attributes_of, metadata


def post_authentication(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Tell the function that sees every finished sign-in."""
    user = facts.user
    if Proof.POST_AUTHENTICATION in attempt.proofs or user is None or has_no_functions(facts):
        return None
    return Consult(
        attempt=attempt,
        trigger=POST_AUTHENTICATION,
        source="Authentication",
        request=PostAuthenticationRequest(
            user_attributes=attributes_of(user),
            new_device_used=is_new(attempt, facts),
            client_metadata=metadata(dict(facts.client_metadata)),
        ),
        reply=EmptyReply,
        proof=Proof.POST_AUTHENTICATION,
    )
