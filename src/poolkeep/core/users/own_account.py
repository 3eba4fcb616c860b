"""What the holder of an access token does to the own account.

Every use case takes the `Caller` that the token stands for. Attempts are spent before a proof is
looked at, failures are counted before the caller hears of them.
Source: docs/behaviours/users.md, docs/behaviours/recovery.md.
"""

from collections.abc import Mapping, Sequence

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid
from poolkeep.base.refusal import ExpiredCode, InvalidParameter, NotAuthorized, Refusal
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import AuthEvent, AuthEvents
from poolkeep.core.messages.codes import check
from poolkeep.core.tokens.model import Caller
from poolkeep.core.users import wording
from poolkeep.core.users.attributes import (
    VERIFIABLE,
    changed,
    check_writable,
    value_to_verify,
    verified,
    without,
)
from poolkeep.core.users.limits import (
    PASSWORD,
    AttemptLimits,
    Kind,
    count_wrong_password,
    refuse_while_locked,
    spend,
    subject_of,
)
from poolkeep.core.users.model import CodeDelivery
from poolkeep.core.users.passwords import Passwords, check_policy
from poolkeep.core.users.ports import Attempts, Users
from poolkeep.core.users.revision import (
    Proofs,
    get_user,
    revised,
    save,
    until_saved,
    with_change,
)


class OwnAccount:
    """Use cases of users on themselves."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        attempts: Attempts,
        passwords: Passwords,
        proofs: Proofs,
        events: AuthEvents,
        limits: AttemptLimits,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Work on the users of one region."""
        self._database = database
        self._users = users
        self._attempts = attempts
        self._passwords = passwords
        self._proofs = proofs
        self._events = events
        self._limits = limits
        self._clock = clock
        self._entropy = entropy

    async def update_attributes(
        self,
        caller: Caller,
        *,
        attributes: Mapping[str, str],
        client_metadata: Mapping[str, str] | None = None,
    ) -> list[CodeDelivery]:
        """Change what the client may write; return where codes for new addresses went."""
        pool = caller.pool
        check_writable(pool, caller.client, [name for name in attributes if name != "sub"])

        async def attempt() -> list[CodeDelivery]:
            user = await self._database.read(
                lambda tx: get_user(tx, self._users, pool, caller.user.id)
            )
            change = changed(pool, user, attributes, by_admin=False)
            after = with_change(user, change, self._clock.now_ms())
            if after is user:
                return []
            proofs = await self._proofs.prepare(
                pool,
                after,
                change.to_prove,
                source="UpdateUserAttribute",
                client_id=caller.client.id,
                client_metadata=client_metadata,
            )

            def work(tx: Transaction) -> None:
                save(tx, self._users, pool, after)
                self._proofs.forget_stale(tx, user, after)
                self._proofs.store(tx, proofs)

            await self._database.write(work)
            return self._proofs.sent(proofs)

        return await until_saved(attempt)

    async def delete_attributes(self, caller: Caller, names: Sequence[str]) -> None:
        """Delete what the client may write; absent attributes are deleted already."""
        pool = caller.pool
        check_writable(pool, caller.client, [name for name in names if name != "sub"])
        now_ms = self._clock.now_ms()

        def work(tx: Transaction) -> None:
            user = get_user(tx, self._users, pool, caller.user.id)
            after = with_change(user, without(pool, user, names), now_ms)
            if after is not user:
                save(tx, self._users, pool, after)
                self._proofs.forget_stale(tx, user, after)

        await until_saved(lambda: self._database.write(work))

    async def send_code(
        self,
        caller: Caller,
        *,
        attribute: str,
        client_metadata: Mapping[str, str] | None = None,
    ) -> CodeDelivery:
        """Send a code that proves the address, the pending one if there is one."""
        pool, user = caller.pool, caller.user
        value = value_to_verify(user, attribute) if attribute in VERIFIABLE else None
        if not value:
            raise InvalidParameter(wording.no_such_value(attribute))
        await self._spend(caller, "attribute_code")
        proofs = await self._proofs.prepare(
            pool,
            user,
            {attribute: value},
            source="VerifyUserAttribute",
            client_id=caller.client.id,
            client_metadata=client_metadata,
        )
        await self._database.write(lambda tx: self._proofs.store(tx, proofs))
        return self._proofs.sent(proofs)[0]

    async def verify_attribute(self, caller: Caller, *, attribute: str, code: str) -> None:
        """Mark the address verified that the code went to; a pending one takes its place.

        Refuses CodeMismatch, ExpiredCode, LimitExceeded, and AliasExists where another user
        has verified the same address first.
        """
        pool = caller.pool
        if attribute not in VERIFIABLE:
            raise InvalidParameter(wording.no_such_value(attribute))
        await self._spend(caller, "verify_attribute")
        now_ms = self._clock.now_ms()

        def work(tx: Transaction) -> None:
            user = get_user(tx, self._users, pool, caller.user.id)
            row = check(
                pool,
                self._proofs.peek(tx, user, attribute),
                claimed_code=code,
                client_id=caller.client.id,
                now_ms=now_ms,
            )
            if row.value_key != value_to_verify(user, attribute):
                raise ExpiredCode(wording.CODE_EXPIRED)  # it went to another address
            after = with_change(user, verified(pool, user, attribute, row.value_key), now_ms)
            if after is not user:
                save(tx, self._users, pool, after)
            self._proofs.spend(tx, row, now_ms)

        await until_saved(lambda: self._database.write(work))

    async def change_password(
        self,
        caller: Caller,
        *,
        previous: str | None,
        proposed: str,
        source_ip: str = "",
        user_agent: str = "",
    ) -> None:
        """Replace the password, given the present one; sessions stay.

        Shares the lock with sign-in. A user who never had a password needs to name none.
        """
        await self._spend(caller, "change_password")
        event = AuthEvent(
            id=timed_uuid(self._entropy, self._clock.now_ms()),
            pool_id=caller.pool.pool.id,
            user_id=caller.user.id,
            client_id=caller.client.id,
            event_type="PasswordChange",
            event_response="Pass",
            at_ms=self._clock.now_ms(),
            ip_address=source_ip,
            user_agent=user_agent,
        )
        try:
            await until_saved(lambda: self._change_password(caller, previous, proposed))
        except Refusal:
            failed = msgspec.structs.replace(event, event_response="Fail")
            await self._events.record(caller.pool, failed)
            raise
        await self._events.record(caller.pool, event)

    async def delete(self, caller: Caller) -> None:
        """Remove the account with everything that is its own."""
        pool_id, user_id = caller.pool.pool.id, caller.user.id
        await self._database.write(lambda tx: self._users.delete(tx, pool_id, user_id))

    async def _change_password(self, caller: Caller, previous: str | None, proposed: str) -> None:
        pool = caller.pool
        subject = subject_of(caller.user.id)
        now_ms = self._clock.now_ms()
        user, locked_until_ms = await self._database.read(
            lambda tx: (
                get_user(tx, self._users, pool, caller.user.id),
                self._attempts.locked_until_ms(tx, pool.pool.id, subject, PASSWORD),
            )
        )
        if user.credential is not None:
            refuse_while_locked(locked_until_ms, now_ms)
            if previous is None:
                raise NotAuthorized(wording.WRONG_PASSWORD)
            if not await self._passwords.check(pool, user, previous):
                await count_wrong_password(
                    self._database,
                    self._attempts,
                    pool_id=pool.pool.id,
                    subject=subject,
                    limits=self._limits,
                    now_ms=now_ms,
                )
                raise NotAuthorized(wording.WRONG_PASSWORD)
        check_policy(pool, proposed, wording.CHANGE_PREFIX)
        await self._passwords.check_history(pool, user, proposed)
        credential = await self._passwords.replace(pool, user, proposed)
        after = revised(user, now_ms, credential=credential)

        def work(tx: Transaction) -> None:
            save(tx, self._users, pool, after)
            self._attempts.forgive(tx, pool.pool.id, subject, PASSWORD)
            self._proofs.forget_older_than_password(tx, user)

        await self._database.write(work)

    async def _spend(self, caller: Caller, kind: Kind) -> None:
        await spend(
            self._database,
            self._attempts,
            pool_id=caller.pool.pool.id,
            subject=subject_of(caller.user.id),
            kind=kind,
            limits=self._limits,
            now_ms=self._clock.now_ms(),
        )
