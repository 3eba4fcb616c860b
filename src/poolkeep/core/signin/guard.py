"""Let proofs be checked no faster than their lock allows, and count every wrong one.

Passwords and SRP proofs share one lock, codes have another.

As long as a user has no failures, a password is checked without a write. From the first failure
on, or while another check of the same user is under way in this process, a check is paid for
first: one transaction looks at the lock and counts a failure in advance, and a right password
takes it back. So a burst of parallel guesses on any number of nodes gets at most one free try on
each, whatever it does.
"""

from collections.abc import Callable
from typing import Final

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import NotAuthorized
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.users.limits import CODE, CODE_MEMORY_MS, PASSWORD, AttemptLimits, subject_of
from poolkeep.core.users.model import User
from poolkeep.core.users.names import login_key
from poolkeep.core.users.passwords import Passwords
from poolkeep.core.users.ports import Attempts
from poolkeep.core.users.upgrade import CredentialUpgrade

CODES_PER_SESSION: Final = 10
"""Codes that one session may be answered with, the right one included."""


class ProofGuard:
    """Judges proofs under the lock-out rule."""

    def __init__(
        self,
        *,
        database: Database,
        attempts: Attempts,
        passwords: Passwords,
        upgrade: CredentialUpgrade,
        limits: AttemptLimits,
        clock: Clock,
    ) -> None:
        """Count in `attempts`."""
        self._upgrade = upgrade
        self._database = database
        self._attempts = attempts
        self._passwords = passwords
        self._limits = limits
        self._clock = clock
        self._under_way: dict[tuple[str, str], int] = {}

    async def check(self, facts: Facts, password: str, *, name: str) -> bool:
        """Tell whether the password is the user's; refuses while the lock holds."""
        subject = self._subject(facts, name)
        key = (facts.pool.pool.id, subject)
        paid = facts.row.failures > 0 or key in self._under_way
        self._under_way[key] = self._under_way.get(key, 0) + 1
        try:
            if paid:
                await self._pay(facts.pool, subject)
            right = await self._is_right(facts, password, name)
            if right and paid:
                await self._database.write(
                    lambda tx: self._attempts.forgive(tx, facts.pool.pool.id, subject, PASSWORD)
                )
            elif not right and not paid:
                await self._pay(facts.pool, subject)
        finally:
            self._under_way[key] -= 1
            if not self._under_way[key]:
                del self._under_way[key]
        return right

    async def upgraded(self, facts: Facts, password: str) -> Facts:
        """Return the facts after a right password, which is kept in the pool's form from now on."""
        if facts.user is None:
            return facts
        return facts.with_user(await self._upgrade.after_proof(facts.pool, facts.user, password))

    async def count(
        self,
        facts: Facts,
        attempt: Attempt,
        *,
        kind: str = PASSWORD,
        spend: Callable[[Transaction], bool] | None = None,
    ) -> None:
        """Count a wrong proof, and use up its handle; a handle used before counts nothing.

        Refuses while the lock holds, as `accept` does for a right proof: whoever sends many
        proofs at once learns no more of them than one by one.
        """
        subject = self._subject(facts, attempt.name)

        def save(tx: Transaction) -> None:
            if spend is not None and not spend(tx):
                raise NotAuthorized(wording.SESSION_SPENT)
            if kind == CODE:
                self._use_try(tx, facts.pool, attempt)
            self._fail(tx, facts.pool, subject, kind)

        await self._database.write(save)

    def accept(
        self,
        tx: Transaction,
        pool: LoadedPool,
        user: User,
        *,
        attempt: Attempt,
        kind: str = PASSWORD,
    ) -> None:
        """Forget a user's failures after a right proof; refuses while the lock holds."""
        if kind == CODE:
            self._use_try(tx, pool, attempt)
        self._refuse_inside(self.forgive(tx, pool, user, kind=kind), self._clock.now_ms())

    def forgive(
        self, tx: Transaction, pool: LoadedPool, user: User, *, kind: str = PASSWORD
    ) -> int:
        """Forget a user's failures; return the end of the lock that stood."""
        return self._attempts.forgive(tx, pool.pool.id, subject_of(user.id), kind)

    def _use_try(self, tx: Transaction, pool: LoadedPool, attempt: Attempt) -> None:
        """Count one code for a session; refuses when the session has had its share."""
        used = self._attempts.use(
            tx,
            pool.pool.id,
            f"handle:{attempt.handle}",
            kind=CODE,
            window_ms=max(attempt.expires_ms - attempt.started_ms, 1),
            now_ms=self._clock.now_ms(),
        )
        if used > CODES_PER_SESSION:
            raise NotAuthorized(wording.SESSION_INVALID)

    async def _pay(self, pool: LoadedPool, subject: str) -> None:
        await self._database.write(lambda tx: self._fail(tx, pool, subject, PASSWORD))

    def _fail(self, tx: Transaction, pool: LoadedPool, subject: str, kind: str) -> None:
        """Count first and look at the lock then, so that parallel callers queue at the row."""
        now_ms = self._clock.now_ms()
        locked_until_ms = self._attempts.fail(
            tx,
            pool.pool.id,
            subject,
            kind=kind,
            now_ms=now_ms,
            free=self._limits.password_failures_free,
            cap_ms=self._limits.lock_cap_ms,
            memory_ms=CODE_MEMORY_MS if kind == CODE else None,
        )
        self._refuse_inside(locked_until_ms, now_ms)

    def _refuse_inside(self, locked_until_ms: int, now_ms: int) -> None:
        """Refuse inside a lock; the transaction is undone, so nothing counts."""
        if locked_until_ms > now_ms:
            raise NotAuthorized(wording.ATTEMPTS_EXCEEDED)

    async def _is_right(self, facts: Facts, password: str, name: str) -> bool:
        if facts.user is None:
            await self._passwords.check_decoy(facts.pool, name, password)
            return False
        return await self._passwords.check(facts.pool, facts.user, password)

    def _subject(self, facts: Facts, name: str) -> str:
        user = facts.user
        return f"name:{login_key(facts.pool, name)}" if user is None else subject_of(user.id)
