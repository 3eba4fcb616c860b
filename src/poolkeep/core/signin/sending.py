"""Make codes, and the messages that bring them. Source: docs/behaviours/user-auth.md."""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy, digits
from poolkeep.base.transaction import Database
from poolkeep.core.messages.service import Messenger
from poolkeep.core.signin.attempt import CodeState
from poolkeep.core.signin.challenges import one_time_code
from poolkeep.core.signin.course import Course
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, SendCode
from poolkeep.core.users.limits import AttemptLimits, spend, subject_of
from poolkeep.core.users.names import login_key
from poolkeep.core.users.ports import Attempts

DIGEST_BYTES = 32


class CodeSender:
    """Sends the codes of sign-ins, so many an hour to each user."""

    def __init__(
        self,
        *,
        database: Database,
        attempts: Attempts,
        messenger: Messenger,
        limits: AttemptLimits,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Count in `attempts`."""
        self._database = database
        self._attempts = attempts
        self._messenger = messenger
        self._limits = limits
        self._clock = clock
        self._entropy = entropy

    async def send(self, step: SendCode, course: Course) -> Ask:
        """Make a code and its message, and ask for the code.

        Nobody's code is counted and stored like another, but no message brings it and no answer
        is right. Refuses where there is no way to send, and what is too often.
        """
        facts = course.facts
        self._messenger.can_send(facts.pool, step.medium)
        await self._count(facts, step)
        code = digits(self._entropy, step.digits)
        digest = one_time_code.digest_of(facts.pool, step.attempt, step.challenge, code)
        if facts.user is None or step.pretended:
            digest = self._entropy.bytes(DIGEST_BYTES)
            course.pretended = digest
        else:
            message = await self._messenger.render(
                facts.pool,
                source="Authentication",
                user=facts.user,
                client_id=facts.client.id,
                medium=step.medium,
                destination=step.destination,
                code=code,
                client_metadata=facts.client_metadata,
            )
            course.messages = (*course.messages, message)
        state = CodeState(digest=digest, medium=step.medium, destination=step.destination)
        return Ask(
            attempt=msgspec.structs.replace(step.attempt, awaiting=step.challenge, code=state),
            challenge=step.challenge,
            parameters=step.parameters,
            available=step.available,
        )

    async def _count(self, facts: Facts, step: SendCode) -> None:
        """Count a message before it is made; of callers racing no more get one than may."""
        user = facts.user
        name = login_key(facts.pool, step.attempt.name)
        await spend(
            self._database,
            self._attempts,
            pool_id=facts.pool.pool.id,
            subject=f"name:{name}" if user is None else subject_of(user.id),
            kind="sign_in_code",
            limits=self._limits,
            now_ms=self._clock.now_ms(),
        )
