"""What a finished sign-in ends in: tokens, or on the pages the word of who it is."""

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.audit.events import AuthEvents
from poolkeep.core.signin import wording
from poolkeep.core.signin.commands import Authenticated, SignedIn
from poolkeep.core.signin.course import Course
from poolkeep.core.signin.recorder import record
from poolkeep.core.signin.settlement import Settlement
from poolkeep.core.signin.stages import device as device_stage
from poolkeep.core.signin.steps import Complete
from poolkeep.core.tokens import Grant, Tokens


class Completion:
    """The last step of every sign-in."""

    def __init__(
        self, *, entropy: Entropy, settlement: Settlement, tokens: Tokens, events: AuthEvents
    ) -> None:
        """Issue by `tokens`, save by `settlement`."""
        self._entropy = entropy
        self._settlement = settlement
        self._tokens = tokens
        self._events = events

    async def complete(self, step: Complete, course: Course) -> SignedIn | Authenticated:
        """Save what the last answer brought, and return what it has earned."""
        facts = course.facts
        user = facts.user
        if user is None:
            raise NotAuthorized(wording.INCORRECT)
        device = device_stage.outcome(step.attempt, facts, self._entropy)
        course.marks = (*course.marks, *device.marks)
        grant = Grant(
            pool=facts.pool,
            client=facts.client,
            user=user,
            groups=facts.row.groups,
            auth_time_ms=facts.now_ms,
            event_id=step.attempt.event_id,
            factors=step.attempt.factors,
            device_key=device.key,
            sso_session_id=step.attempt.sso_session_id,
            activity=course.origin,
        )
        if step.attempt.authorization_request is not None:
            await self._settlement.settle(course)
            await record(self._events, course, step.attempt, "Pass")
            return Authenticated(
                pool=grant.pool,
                client=grant.client,
                user=grant.user,
                groups=grant.groups,
                factors=grant.factors,
                authenticated_ms=grant.auth_time_ms,
                event_id=grant.event_id,
                device_key=grant.device_key,
                new_device=device.new,
            )
        tokens, course.session = await self._tokens.prepare(
            grant, source=course.source, client_metadata=dict(facts.client_metadata)
        )
        await self._settlement.settle(course)
        await record(self._events, course, step.attempt, "Pass")
        return SignedIn(tokens=tokens, new_device=device.new)
