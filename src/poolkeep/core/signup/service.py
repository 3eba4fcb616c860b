"""Sign-up and its confirmation: load, consult, decide, save in one write.

Source: docs/behaviours/sign-up.md.
"""

from collections.abc import Mapping
from typing import NoReturn

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid, uuid4
from poolkeep.base.refusal import InvalidParameter, NotAuthorized, Refusal, UserNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.audit.events import AuthEvent, AuthEvents, wants_events
from poolkeep.core.messages.codes import CodeRow, Purpose
from poolkeep.core.messages.desk import CodeDesk, Prepared
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import hides_user_existence, owned_pool
from poolkeep.core.signup import wording
from poolkeep.core.signup.callers import address_of, calling_client
from poolkeep.core.signup.consults import SignUpConsults
from poolkeep.core.signup.model import (
    ConfirmSignUp,
    PublicCall,
    ResendCode,
    SignedUp,
    SignUp,
)
from poolkeep.core.signup.ports import Continuation, NoContinuation
from poolkeep.core.signup.rules import (
    attributes_at_sign_up,
    check_may_lack_password,
    check_open,
    check_unconfirmed,
    code_target,
    decoy_medium,
)
from poolkeep.core.triggers.service import Consultant
from poolkeep.core.users import wording as user_wording
from poolkeep.core.users.aliases import write_user
from poolkeep.core.users.attributes import verified
from poolkeep.core.users.limits import PASSWORD, AttemptLimits, Kind, spend, subject_of
from poolkeep.core.users.model import CodeDelivery, Status, User, UserDocument
from poolkeep.core.users.names import login_key, logins_of
from poolkeep.core.users.passwords import Passwords, check_policy
from poolkeep.core.users.ports import Attempts, Users
from poolkeep.core.users.revision import find_user, redocumented, revised, until_saved
from poolkeep.core.users.usernames import stored_username, taken_name


class SignUpService:
    """Use cases of people who have no account yet, and of administrators who help them."""

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
        limits: AttemptLimits | None = None,
        continuation: Continuation | None = None,
    ) -> None:
        """Work on the users of one region."""
        self._database = database
        self._users = users
        self._attempts = attempts
        self._book = book
        self._consults = SignUpConsults(consultant)
        self._desk = desk
        self._passwords = passwords
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._limits = limits or AttemptLimits()
        self._continuation: Continuation = continuation or NoContinuation()

    async def sign_up(self, command: SignUp) -> SignedUp:
        """Make a user; a code goes out where the pool verifies an address that was given.

        A code that cannot be sent leaves the user in place, unconfirmed.
        """
        pool, client = await self._client(command)
        check_open(pool)
        attributes = attributes_at_sign_up(pool, client, command.username, command.user_attributes)
        if command.password is None:
            check_may_lack_password(pool, client)
        else:
            check_policy(pool, command.password, user_wording.SIGN_UP_PREFIX)
        user = self._new_user(pool, command.username, attributes)
        await self._check_name_is_free(pool, user)
        user = await self._consults.pre_sign_up(pool, user, command)
        if command.password is not None:
            user = msgspec.structs.replace(
                user,
                credential=await self._passwords.make(
                    pool, user_id=user.id, username=user.username, password=command.password
                ),
            )
        prepared, failure = await self._prepare_first_code(pool, user, command)
        await self._database.write(lambda tx: self._insert(tx, pool, user, prepared))
        if prepared is not None:
            self._desk.sent()
        await self._record(pool, client, user, command, "SignUp")
        if failure is not None:
            raise failure
        confirmed = user.status == Status.CONFIRMED
        if confirmed:
            await self._consults.post_confirmation(
                pool, user, client_id=client.id, client_metadata=command.client_metadata
            )
        return SignedUp(
            user_confirmed=confirmed,
            user_sub=user.id,
            code_delivery_details=prepared.details if prepared else None,
            session=None
            if confirmed and not command.by_pages
            else self._continuation.continuation(pool, client, user, by_pages=command.by_pages),
        )

    async def confirm(self, command: ConfirmSignUp) -> str | None:
        """Confirm by code; the address that the code went to becomes verified.

        Returns a session for USER_AUTH where the client has that flow. The session of the sign-up
        need not come along: some clients keep it to themselves.
        """
        pool, client = await self._client(command)
        login = login_key(pool, command.username)
        user = await self._find(pool, login)
        if user is None:
            await self._refuse_unknown(pool, client, login, command.confirmation_code)
        check_unconfirmed(user)
        if command.session is not None:
            self._continuation.check_continuation(pool, client, user, command.session)
        confirmed = await self._confirmed(
            pool,
            client,
            user,
            code=command.confirmation_code,
            force=command.force_alias_creation,
            client_metadata=command.client_metadata,
        )
        return self._continuation.continuation(pool, client, confirmed, by_pages=command.by_pages)

    async def confirm_by_link(self, client_id: str, username: str, code: str) -> None:
        """Confirm by the link of a message. The page that shows the link's button calls this."""
        found = await self._book.client(client_id)
        if found is None:
            raise UserNotFound(wording.NO_COMBINATION)
        pool, client = found
        login = login_key(pool, username)
        user = await self._find(pool, login)
        past = user is not None and user.status != Status.UNCONFIRMED
        if user is None or (past and hides_user_existence(client)):
            # Nobody proves a secret here, so this tells even less than ConfirmSignUp.
            await self._refuse_unknown(pool, client, login, code)
        check_unconfirmed(user)
        await self._spend(pool, user, "", "confirm_sign_up")
        row = await self._desk.look(
            pool, user.id, purpose=Purpose.SIGN_UP, claimed_code=code, client_id=client.id
        )
        confirmed = await until_saved(
            lambda: self._database.write(lambda tx: self._confirmed_by(tx, pool, row, force=False))
        )
        await self._consults.post_confirmation(
            pool, confirmed, client_id=client.id, client_metadata=None
        )

    async def resend(self, command: ResendCode) -> CodeDelivery:
        """Send another code in place of the last one."""
        pool, client = await self._client(command)
        login = login_key(pool, command.username)
        user = await self._find(pool, login)
        hidden = hides_user_existence(client)
        if user is None or (hidden and not user.enabled):
            if not hidden:
                raise UserNotFound(wording.NO_COMBINATION)
            medium = decoy_medium(pool)
            await self._spend(pool, user, login, "resend")
            return await self._desk.pretend_to_send(
                pool, login, user, medium=medium, purpose=Purpose.SIGN_UP
            )
        if not user.enabled:
            raise NotAuthorized(wording.DISABLED)
        if user.status != Status.UNCONFIRMED:
            raise InvalidParameter(wording.ALREADY_CONFIRMED)
        target = code_target(pool, user.attributes)
        if target is None:
            raise NotAuthorized(wording.CANNOT_RESEND)
        await self._spend(pool, user, login, "resend")
        prepared = await self._desk.prepare(
            pool,
            user,
            target,
            source="ResendCode",
            purpose=Purpose.SIGN_UP,
            client_id=client.id,
            client_metadata=command.client_metadata,
        )
        await self._database.write(lambda tx: self._desk.store(tx, prepared))
        self._desk.sent()
        await self._record(pool, client, user, command, "ResendCode")
        return prepared.details

    async def admin_confirm(
        self,
        actor: Actor,
        pool_id: str,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Confirm without a code; nothing becomes verified, and the password lock is lifted."""
        pool = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)

        def work(tx: Transaction) -> User:
            now_ms = self._clock.now_ms()
            user = find_user(tx, self._users, pool, username)
            check_unconfirmed(user)
            after = revised(user, now_ms, status=Status.CONFIRMED)
            self._save(tx, pool, after, force=False)
            self._desk.drop(tx, pool, user.id, purpose=Purpose.SIGN_UP)
            self._attempts.forgive(tx, pool.pool.id, subject_of(user.id), PASSWORD)
            self._audit.record(
                tx,
                actor,
                operation="AdminConfirmSignUp",
                resource=pool.pool.arn,
                now_ms=now_ms,
                detail={"sub": user.id},
            )
            return after

        confirmed = await until_saved(lambda: self._database.write(work))
        await self._consults.post_confirmation(
            pool, confirmed, client_id=None, client_metadata=client_metadata
        )

    # ------------------------------------------------------------------------------ steps

    async def _client(self, command: PublicCall) -> tuple[LoadedPool, AppClient]:
        return await calling_client(self._book, command)

    async def _find(self, pool: LoadedPool, login: str) -> User | None:
        return await self._database.read(lambda tx: self._users.find(tx, pool.pool.id, login))

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

    def _new_user(self, pool: LoadedPool, username: str, attributes: dict[str, str]) -> User:
        user_id = uuid4(self._entropy)
        now_ms = self._clock.now_ms()
        return User(
            pool_id=pool.pool.id,
            id=user_id,
            username=stored_username(pool, username, user_id),
            status=Status.UNCONFIRMED,
            enabled=True,
            created_ms=now_ms,
            modified_ms=now_ms,
            version=1,
            signed_out_ms=0,
            document=UserDocument(attributes=attributes),
        )

    async def _check_name_is_free(self, pool: LoadedPool, user: User) -> None:
        """Refuse a taken name before the function hears of it; the insert decides in the end."""
        names = [login for login in logins_of(pool, user) if login.key != user.id]

        def work(tx: Transaction) -> None:
            for login in names:
                if self._users.find(tx, pool.pool.id, login.key) is not None:
                    raise taken_name(login, by_admin=False)

        await self._database.read(work)

    async def _prepare_first_code(
        self, pool: LoadedPool, user: User, command: SignUp
    ) -> tuple[Prepared | None, Refusal | None]:
        """Return the code to send, or why it cannot be sent; neither where none is due."""
        target = code_target(pool, user.attributes)
        if user.status == Status.CONFIRMED or target is None:
            return None, None
        try:
            prepared = await self._desk.prepare(
                pool,
                user,
                target,
                source="SignUp",
                purpose=Purpose.SIGN_UP,
                client_id=command.client_id,
                client_metadata=command.client_metadata,
            )
        except Refusal as failure:
            return None, failure
        return prepared, None

    def _insert(
        self, tx: Transaction, pool: LoadedPool, user: User, prepared: Prepared | None
    ) -> None:
        write_user(
            tx,
            self._users.insert,
            self._users,
            pool,
            user,
            force_aliases=True,  # only what PreSignUp vouched for is an alias already
            now_ms=user.created_ms,
        )
        if prepared is not None:
            self._desk.store(tx, prepared)

    async def _confirmed(
        self,
        pool: LoadedPool,
        client: AppClient,
        user: User,
        *,
        code: str,
        force: bool,
        client_metadata: Mapping[str, str] | None,
    ) -> User:
        """Count the attempt, check the code, confirm, and tell PostConfirmation."""
        await self._spend(pool, user, "", "confirm_sign_up")
        row = await self._desk.look(
            pool, user.id, purpose=Purpose.SIGN_UP, claimed_code=code, client_id=client.id
        )
        confirmed = await until_saved(
            lambda: self._database.write(lambda tx: self._confirmed_by(tx, pool, row, force=force))
        )
        await self._consults.post_confirmation(
            pool, confirmed, client_id=client.id, client_metadata=client_metadata
        )
        return confirmed

    def _confirmed_by(
        self, tx: Transaction, pool: LoadedPool, row: CodeRow, *, force: bool
    ) -> User:
        """Spend the code and confirm whoever it belongs to, in one transaction."""
        self._desk.spend(tx, row)
        user = self._users.get(tx, pool.pool.id, row.user_id)
        if user is None:
            raise UserNotFound(wording.NO_COMBINATION)
        check_unconfirmed(user)
        now_ms = self._clock.now_ms()
        after = revised(user, now_ms, status=Status.CONFIRMED)
        if user.attributes.get(row.attribute) == row.value_key:
            proven = verified(pool, user, row.attribute, row.value_key)
            after = redocumented(
                after, now_ms, attributes=proven.attributes, pending=proven.pending
            )
        self._save(tx, pool, after, force=force)
        return after

    def _save(self, tx: Transaction, pool: LoadedPool, user: User, *, force: bool) -> None:
        write_user(
            tx,
            self._users.save,
            self._users,
            pool,
            user,
            force_aliases=force,
            now_ms=user.modified_ms,
        )

    async def _refuse_unknown(
        self, pool: LoadedPool, client: AppClient, login: str, code: str
    ) -> NoReturn:
        if not hides_user_existence(client):
            raise UserNotFound(wording.NO_COMBINATION)
        await self._spend(pool, None, login, "confirm_sign_up")
        await self._desk.refuse_hidden(
            pool, login, None, purpose=Purpose.SIGN_UP, claimed_code=code, client_id=client.id
        )

    async def _record(
        self, pool: LoadedPool, client: AppClient, user: User, command: PublicCall, event_type: str
    ) -> None:
        if not wants_events(pool):
            return
        now_ms = self._clock.now_ms()
        event = AuthEvent(
            id=timed_uuid(self._entropy, now_ms),
            pool_id=pool.pool.id,
            user_id=user.id,
            client_id=client.id,
            event_type=event_type,
            event_response="Pass",
            at_ms=now_ms,
            ip_address=address_of(pool, client, command),
            user_agent=command.user_agent,
        )
        await self._events.record(pool, event)
