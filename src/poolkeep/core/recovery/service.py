"""Recovery: load, consult, decide, save in one write. Source: docs/behaviours/recovery.md."""

from collections.abc import Mapping
from typing import NoReturn

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid
from poolkeep.base.refusal import (
    ExpiredCode,
    InvalidParameter,
    NotAuthorized,
    Refusal,
    UserNotFound,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.audit.events import AuthEvent, AuthEvents
from poolkeep.core.messages import wording as message_wording
from poolkeep.core.messages.codes import CodeRow, Purpose
from poolkeep.core.messages.desk import CodeDesk, Prepared
from poolkeep.core.messages.model import Target
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import hides_user_existence, owned_pool
from poolkeep.core.recovery import wording
from poolkeep.core.recovery.model import ConfirmForgotPassword, ForgotPassword
from poolkeep.core.recovery.rules import (
    NO_RESET,
    check_may_be_reset,
    check_may_recover,
    decoy_medium,
    is_left_to_administrators,
    target_of,
)
from poolkeep.core.signup.callers import address_of, calling_client
from poolkeep.core.signup.consults import SignUpConsults
from poolkeep.core.signup.model import PublicCall
from poolkeep.core.triggers.service import Consultant
from poolkeep.core.triggers.sources import UserMigrationRequest
from poolkeep.core.triggers.telling import metadata
from poolkeep.core.users import wording as user_wording
from poolkeep.core.users.attributes import verified
from poolkeep.core.users.limits import PASSWORD, AttemptLimits, Kind, spend, subject_of
from poolkeep.core.users.migration import Migration
from poolkeep.core.users.model import CodeDelivery, Status, User
from poolkeep.core.users.names import index_of, login_key, logins_of
from poolkeep.core.users.passwords import Passwords, check_policy
from poolkeep.core.users.ports import Attempts, Users
from poolkeep.core.users.revision import find_user, revised, until_saved, with_change


class Recovery:
    """Use cases of people who cannot sign in, and of administrators who make them choose anew."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        *,
        database: Database,
        users: Users,
        attempts: Attempts,
        book: PoolBook,
        consultant: Consultant,
        desk: CodeDesk,
        passwords: Passwords,
        audit: AuditTrail,
        events: AuthEvents,
        clock: Clock,
        entropy: Entropy,
        migration: Migration,
        limits: AttemptLimits | None = None,
    ) -> None:
        """Work on the users of one region."""
        self._database = database
        self._users = users
        self._attempts = attempts
        self._book = book
        self._consults = SignUpConsults(consultant)
        self._migration = migration
        self._desk = desk
        self._passwords = passwords
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._limits = limits or AttemptLimits()

    async def forgot_password(self, command: ForgotPassword) -> CodeDelivery:
        """Send a reset code; the old password stays good until the code comes back."""
        pool, client = await calling_client(self._book, command)
        login = login_key(pool, command.username)
        hidden = hides_user_existence(client)
        user = await self._find(pool, login)
        if user is None:
            user = await self._migrated(pool, client, command)
        target = self._reset_target(pool, user, hidden=hidden, by_pages=command.by_pages)
        await self._spend(pool, user, login, "forgot_password")
        if user is None or target is None:
            return await self._desk.pretend_to_send(
                pool, login, user, medium=decoy_medium(pool), purpose=Purpose.FORGOT_PASSWORD
            )
        prepared = await self._prepare(pool, user, target, client.id, command.client_metadata)
        await self._database.write(lambda tx: self._desk.store(tx, prepared))
        self._desk.sent()
        await self._record(pool, client, user, command)
        return prepared.details

    async def confirm_forgot_password(self, command: ConfirmForgotPassword) -> None:
        """Set a new password by code.

        The code is looked at first and spent last, in the write that sets the password, so that
        a weak password costs nothing and of many callers one wins.
        """
        pool, client = await calling_client(self._book, command)
        login = login_key(pool, command.username)
        user = await self._find(pool, login)
        if user is None or not user.enabled:
            await self._refuse_unknown(pool, client, login, user, command)
        await self._spend(pool, user, login, "confirm_forgot_password")
        row = await self._desk.look(
            pool,
            user.id,
            purpose=Purpose.FORGOT_PASSWORD,
            claimed_code=command.confirmation_code,
            client_id=client.id,
        )
        check_policy(pool, command.password, user_wording.CHANGE_PREFIX)
        changed = await until_saved(lambda: self._replace(pool, row, command.password))
        await self._consults.post_confirmation(
            pool,
            changed,
            client_id=client.id,
            client_metadata=command.client_metadata,
            source="ConfirmForgotPassword",
        )

    async def admin_reset(
        self,
        actor: Actor,
        pool_id: str,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Make the password unusable and send a reset code."""
        pool = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)

        async def attempt() -> None:
            user = await self._database.read(lambda tx: find_user(tx, self._users, pool, username))
            check_may_be_reset(user)
            target = None if is_left_to_administrators(pool) else target_of(pool, user)
            if target is None:
                raise InvalidParameter(wording.NO_CONTACT)
            prepared = await self._prepare(pool, user, target, None, client_metadata)
            now_ms = self._clock.now_ms()
            after = revised(user, now_ms, status=Status.RESET_REQUIRED)

            def work(tx: Transaction) -> None:
                self._users.save(tx, after, logins_of(pool, after), index_of(after))
                self._desk.store(tx, prepared)
                self._audit.record(
                    tx,
                    actor,
                    operation="AdminResetUserPassword",
                    resource=pool.pool.arn,
                    now_ms=now_ms,
                    detail={"sub": user.id},
                )

            await self._database.write(work)

        await until_saved(attempt)
        self._desk.sent()

    # ------------------------------------------------------------------------------ steps

    async def _find(self, pool: LoadedPool, login: str) -> User | None:
        return await self._database.read(lambda tx: self._users.find(tx, pool.pool.id, login))

    async def _migrated(
        self, pool: LoadedPool, client: AppClient, command: ForgotPassword
    ) -> User | None:
        try:
            return await self._migration.at_forgotten_password(
                pool,
                client,
                command.username,
                UserMigrationRequest(
                    client_metadata=metadata(dict(command.client_metadata or {}) or None)
                ),
            )
        except Refusal:
            if hides_user_existence(client):
                return None
            raise

    def _reset_target(
        self, pool: LoadedPool, user: User | None, *, hidden: bool, by_pages: bool
    ) -> Target | None:
        """Return where the code goes; None where the caller is to believe that one was sent.

        The pages go on for every name alike, also for users who have no password to forget.
        """
        if not hidden and user is None:
            raise UserNotFound(wording.NO_COMBINATION)
        if is_left_to_administrators(pool):
            raise NotAuthorized(wording.ADMINISTRATOR_ONLY)
        if user is None:
            return None
        if not user.enabled:
            if hidden:
                return None
            raise NotAuthorized(wording.DISABLED)
        if hidden and by_pages and user.status in NO_RESET:
            return None
        check_may_recover(user)
        target = target_of(pool, user)
        if target is None and not hidden:
            raise InvalidParameter(wording.NO_CONTACT)
        return target

    async def _prepare(
        self,
        pool: LoadedPool,
        user: User,
        target: Target,
        client_id: str | None,
        client_metadata: Mapping[str, str] | None,
    ) -> Prepared:
        return await self._desk.prepare(
            pool,
            user,
            target,
            source="ForgotPassword",
            purpose=Purpose.FORGOT_PASSWORD,
            client_id=client_id,
            client_metadata=client_metadata,
        )

    async def _replace(self, pool: LoadedPool, row: CodeRow, password: str) -> User:
        """Hash the new password and save it in the write that spends the code."""
        user = await self._database.read(lambda tx: self._users.get(tx, pool.pool.id, row.user_id))
        if user is None:
            raise ExpiredCode(message_wording.EXPIRED_CODE)
        check_may_recover(user)
        await self._passwords.check_history(pool, user, password)
        credential = await self._passwords.replace(pool, user, password)
        now_ms = self._clock.now_ms()
        after = revised(user, now_ms, status=Status.CONFIRMED, credential=credential)

        def work(tx: Transaction) -> User:
            self._desk.spend(tx, row)
            self._desk.drop(tx, pool, user.id, purpose=Purpose.SIGN_UP)
            self._attempts.forgive(tx, pool.pool.id, subject_of(user.id), PASSWORD)
            return self._save_proven(tx, pool, after, row)

        return await self._database.write(work)

    def _save_proven(self, tx: Transaction, pool: LoadedPool, user: User, row: CodeRow) -> User:
        """Save the user, the address that the code went to verified unless another one owns it."""
        if user.attributes.get(row.attribute) == row.value_key:
            change = verified(pool, user, row.attribute, row.value_key)
            proven = with_change(user, change, user.modified_ms)
            if self._users.save(tx, proven, logins_of(pool, proven), index_of(proven)) is None:
                return proven
        self._users.save(tx, user, logins_of(pool, user), index_of(user))
        return user

    async def _refuse_unknown(
        self,
        pool: LoadedPool,
        client: AppClient,
        login: str,
        user: User | None,
        command: ConfirmForgotPassword,
    ) -> NoReturn:
        if not hides_user_existence(client):
            if user is not None:
                raise NotAuthorized(wording.DISABLED)
            raise UserNotFound(wording.NO_COMBINATION)
        await self._spend(pool, user, login, "confirm_forgot_password")
        await self._desk.refuse_hidden(
            pool,
            login,
            user,
            purpose=Purpose.FORGOT_PASSWORD,
            claimed_code=command.confirmation_code,
            client_id=client.id,
        )

    async def _spend(self, pool: LoadedPool, user: User | None, login: str, kind: Kind) -> None:
        await spend(
            self._database,
            self._attempts,
            pool_id=pool.pool.id,
            subject=subject_of(user.id) if user else f"name:{login}",
            kind=kind,
            limits=self._limits,
            now_ms=self._clock.now_ms(),
        )

    async def _record(
        self, pool: LoadedPool, client: AppClient, user: User, command: PublicCall
    ) -> None:
        now_ms = self._clock.now_ms()
        event = AuthEvent(
            id=timed_uuid(self._entropy, now_ms),
            pool_id=pool.pool.id,
            user_id=user.id,
            client_id=client.id,
            event_type="ForgotPassword",
            event_response="Pass",
            at_ms=now_ms,
            ip_address=address_of(pool, client, command),
            user_agent=command.user_agent,
        )
        await self._events.record(pool, event)
