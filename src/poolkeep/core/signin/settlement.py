"""Write what a step brought, in one transaction; count what failed, in one of its own."""

from poolkeep.base.refusal import AliasExists, NotAuthorized
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.messages.service import Messenger
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges import new_password
from poolkeep.core.signin.course import Course
from poolkeep.core.signin.guard import ProofGuard
from poolkeep.core.signin.marks import Writers
from poolkeep.core.signin.ports import Attempts
from poolkeep.core.signin.steps import Refuse
from poolkeep.core.users.limits import PASSWORD, subject_of
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.core.users.ports import Users


class Settlement:
    """The writes of every sign-in."""

    def __init__(
        self,
        *,
        database: Database,
        attempts: Attempts,
        users: Users,
        guard: ProofGuard,
        messenger: Messenger,
        writers: Writers,
    ) -> None:
        """Write in `database`; `writers` knows every mark."""
        self._database = database
        self._attempts = attempts
        self._users = users
        self._guard = guard
        self._messenger = messenger
        self._writers = writers

    async def settle(self, course: Course) -> None:
        """Save the used handle, the changed user, the marks, the messages, forgiven failures."""
        if course.is_settled:
            return
        if not await self._spent_without_ado(course):
            await self._database.write(lambda tx: self._save(tx, course))
            if course.messages:
                self._messenger.wake()
        course.settled()

    async def count(self, step: Refuse, course: Course, attempt: Attempt) -> None:
        """Count a failure, and use its handle up where the verdict does."""
        spends = course.spends if step.spends else None
        pool_id = course.facts.pool.pool.id
        if step.counts is None:
            if spends is not None:
                await self._database.write(lambda tx: self._spend(tx, pool_id, spends))
            return
        await self._guard.count(
            course.facts,
            attempt,
            kind=step.counts,
            spend=None
            if spends is None
            else lambda tx: self._attempts.spend(tx, pool_id, spends.handle, spends.expires_ms),
        )

    def _spend(self, tx: Transaction, pool_id: str, spends: Attempt) -> None:
        if not self._attempts.spend(tx, pool_id, spends.handle, spends.expires_ms):
            raise NotAuthorized(wording.SESSION_SPENT)

    async def _spent_without_ado(self, course: Course) -> bool:
        """Use the handle up in one statement, as a sign-in without former failures can."""
        spends, facts = course.spends, course.facts
        if (
            spends is None
            or facts.user is None
            or course.guard != PASSWORD
            or course.new_user
            or course.marks
            or course.messages
            or course.pretended
            or course.kept
            or course.session
            or facts.row.failures
        ):
            return False
        return await self._attempts.spend_if_clean(
            self._database,
            facts.pool.pool.id,
            spends.handle,
            expires_ms=spends.expires_ms,
            subject=subject_of(facts.user.id),
        )

    def _save(self, tx: Transaction, course: Course) -> None:
        spends, user, facts = course.spends, course.new_user, course.facts
        pool = facts.pool
        if spends is not None:
            self._spend(tx, pool.pool.id, spends)
        if user is not None:
            taken = self._users.save(tx, user, logins_of(pool, user), index_of(user))
            if taken is not None:
                raise AliasExists(f"An account with the given {taken.kind} already exists.")
        if facts.user is not None:
            for mark in course.marks:
                self._writers[type(mark)](tx, pool, facts.user.id, mark)
            if spends is not None and course.guard is not None:
                self._guard.accept(tx, pool, facts.user, attempt=spends, kind=course.guard)
            elif spends is not None and spends.awaiting == new_password.NAME:
                self._guard.forgive(tx, pool, facts.user)
        for message in course.messages:
            self._messenger.enqueue(tx, message)
        if course.pretended is not None:
            unused = f"pretended:{course.pretended.hex()}"
            self._attempts.spend(tx, pool.pool.id, unused, facts.now_ms)
        if course.kept is not None:
            self._attempts.keep(
                tx,
                pool.pool.id,
                course.kept.handle,
                sealed=course.kept.sealed,
                expires_ms=course.kept.expires_ms,
            )
        if course.session is not None:
            course.session(tx)
