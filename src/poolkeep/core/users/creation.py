"""AdminCreateUser: a new user with a temporary password, and the invitation that brings it.

    load      is a login taken?
    consult   PreSignUp_AdminCreateUser, then CustomMessage for each invitation
    save      the user, the moved alias, the invitations and the audit entry, in one write

The store has the last word on whether a login is taken. Source: docs/behaviours/users.md.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import InvalidParameter, UnsupportedUserState
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.messages.model import EMAIL, SMS, OutboxMessage
from poolkeep.core.messages.service import Messenger
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.rules import first_factors, owned_pool
from poolkeep.core.triggers.service import Consultant, Subject
from poolkeep.core.triggers.sources import PRE_SIGN_UP, PreSignUpReply, PreSignUpRequest
from poolkeep.core.triggers.telling import attributes_before, metadata
from poolkeep.core.users import wording
from poolkeep.core.users.aliases import move_alias, proven_aliases
from poolkeep.core.users.attributes import new_attributes
from poolkeep.core.users.model import Status, User, UserDocument
from poolkeep.core.users.names import Login, index_of, logins_of
from poolkeep.core.users.passwords import Passwords, check_policy, temporary_expiry_ms
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import find_user, redocumented, save, until_saved
from poolkeep.core.users.usernames import stored_username, taken_at_creation, with_address

DEFAULT_MEDIUMS: Final = (SMS,)
PASSWORDLESS: Final = frozenset({"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"})
_ADDRESS: Final = {EMAIL: "email", SMS: "phone_number"}


class CreateUser(msgspec.Struct, frozen=True, kw_only=True):
    """What AdminCreateUser is told."""

    pool_id: str
    username: str
    attributes: Mapping[str, str] = {}
    validation_data: Mapping[str, str] | None = None
    temporary_password: str | None = None
    force_alias_creation: bool = False
    message_action: str | None = None
    desired_delivery_mediums: Sequence[str] | None = None
    client_metadata: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        """Never show the password."""
        return f"CreateUser(pool_id={self.pool_id!r})"


class UserCreation:
    """Creates and invites users."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        book: PoolBook,
        audit: AuditTrail,
        passwords: Passwords,
        messenger: Messenger,
        consultant: Consultant,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Work on the users of one region."""
        self._database = database
        self._users = users
        self._book = book
        self._audit = audit
        self._passwords = passwords
        self._messenger = messenger
        self._consultant = consultant
        self._clock = clock
        self._entropy = entropy

    async def create(self, actor: Actor, command: CreateUser) -> User:
        """Return the new user, or the one whose invitation is sent again."""
        loaded = await self._book.pool(command.pool_id)
        pool = owned_pool(loaded, command.pool_id, actor.account)
        if command.message_action == "RESEND":
            return await until_saved(lambda: self._resend(actor, pool, command))
        return await self._create(actor, pool, command)

    async def _create(self, actor: Actor, pool: LoadedPool, command: CreateUser) -> User:
        given = {name: value for name, value in command.attributes.items() if value}
        named = with_address(pool, command.username, given)
        attributes = new_attributes(pool, named, demand_required=False)
        password = self._temporary_password(pool, command)
        now_ms = self._clock.now_ms()
        user_id = uuid4(self._entropy)
        expiry = None if password is None else temporary_expiry_ms(pool, now_ms)
        user = User(
            pool_id=pool.pool.id,
            id=user_id,
            username=stored_username(pool, command.username, user_id),
            status=Status.CONFIRMED if password is None else Status.FORCE_CHANGE_PASSWORD,
            enabled=True,
            created_ms=now_ms,
            modified_ms=now_ms,
            version=1,
            signed_out_ms=0,
            document=UserDocument(attributes=attributes, temporary_password_expires_ms=expiry),
        )
        destinations = self._destinations(pool, user, command) if password is not None else {}
        movable = proven_aliases(pool, user) if command.force_alias_creation else ()
        await self._refuse_taken(pool, user, movable)
        await self._consult(pool, user, command)
        if password is not None:
            credential = await self._passwords.make(
                pool, user_id=user.id, username=user.username, password=password
            )
            user = msgspec.structs.replace(user, credential=credential)
        invitations = await self._invitations(pool, user, destinations, password or "", command)

        def work(tx: Transaction) -> None:
            for alias in movable:
                move_alias(tx, self._users, pool, alias, now_ms=now_ms)
            taken = self._users.insert(tx, user, logins_of(pool, user), index_of(user))
            if taken is not None:
                raise taken_at_creation(pool, taken, by_admin=True)
            self._finish(tx, actor, pool, user, invitations)

        await until_saved(lambda: self._database.write(work))
        if invitations:
            self._messenger.wake()
        return user

    async def _resend(self, actor: Actor, pool: LoadedPool, command: CreateUser) -> User:
        user = await self._database.read(
            lambda tx: find_user(tx, self._users, pool, command.username)
        )
        if user.status != Status.FORCE_CHANGE_PASSWORD:
            raise UnsupportedUserState(wording.resend_impossible(command.username))
        password = command.temporary_password or self._passwords.temporary(pool)
        check_policy(pool, password, wording.ADMIN_PREFIX)
        destinations = self._destinations(pool, user, command)
        credential = await self._passwords.replace(pool, user, password)
        now_ms = self._clock.now_ms()
        expiry = temporary_expiry_ms(pool, now_ms)
        after = msgspec.structs.replace(
            redocumented(user, now_ms, temporary_password_expires_ms=expiry),
            credential=credential,
        )
        invitations = await self._invitations(pool, after, destinations, password, command)

        def work(tx: Transaction) -> None:
            save(tx, self._users, pool, after)
            self._finish(tx, actor, pool, after, invitations)

        await self._database.write(work)
        if invitations:
            self._messenger.wake()
        return after

    def _temporary_password(self, pool: LoadedPool, command: CreateUser) -> str | None:
        """Return the password to set; None for a user who signs in without one."""
        if command.temporary_password is not None:
            check_policy(pool, command.temporary_password, wording.ADMIN_PREFIX)
            return command.temporary_password
        if PASSWORDLESS.intersection(first_factors(pool)):
            return None
        return self._passwords.temporary(pool)

    def _destinations(self, pool: LoadedPool, user: User, command: CreateUser) -> dict[str, str]:
        """Return where the invitation goes, by medium; refuses a wish that cannot be met.

        By default it goes by SMS, and nowhere when there is no number.
        """
        if command.message_action == "SUPPRESS":
            return {}
        wished = command.desired_delivery_mediums
        destinations = {}
        for medium in wished or DEFAULT_MEDIUMS:
            attribute = _ADDRESS[medium]
            if value := user.attributes.get(attribute):
                self._messenger.can_send(pool, medium)
                destinations[medium] = value
            elif wished:
                raise InvalidParameter(wording.no_such_value(attribute))
        return destinations

    async def _refuse_taken(self, pool: LoadedPool, user: User, movable: Sequence[Login]) -> None:
        """Refuse a taken login before any function is asked."""
        keep = [login for login in logins_of(pool, user) if login not in movable]

        def first_taken(tx: Transaction) -> Login | None:
            for login in keep:
                if self._users.find(tx, pool.pool.id, login.key) is not None:
                    return login
            return None

        taken = await self._database.read(first_taken)
        if taken is not None:
            raise taken_at_creation(pool, taken, by_admin=True)

    async def _consult(self, pool: LoadedPool, user: User, command: CreateUser) -> None:
        """Ask PreSignUp; its flags are of no effect here, only a refusal is."""
        request = PreSignUpRequest(
            user_attributes=attributes_before(pool, user.attributes),
            validation_data=dict(command.validation_data) if command.validation_data else None,
            client_metadata=metadata(command.client_metadata),
        )
        await self._consultant.consult(
            pool,
            PRE_SIGN_UP,
            source="AdminCreateUser",
            subject=Subject(username=user.username),
            request=request,
            reply=PreSignUpReply,
        )

    async def _invitations(
        self,
        pool: LoadedPool,
        user: User,
        destinations: Mapping[str, str],
        password: str,
        command: CreateUser,
    ) -> list[OutboxMessage]:
        return [
            await self._messenger.render(
                pool,
                source="AdminCreateUser",
                user=user,
                client_id=None,
                medium=medium,
                destination=destination,
                code=password,
                client_metadata=command.client_metadata,
            )
            for medium, destination in destinations.items()
        ]

    def _finish(
        self,
        tx: Transaction,
        actor: Actor,
        pool: LoadedPool,
        user: User,
        invitations: Sequence[OutboxMessage],
    ) -> None:
        for invitation in invitations:
            self._messenger.enqueue(tx, invitation)
        self._audit.record(
            tx,
            actor,
            operation="AdminCreateUser",
            resource=pool.pool.arn,
            now_ms=self._clock.now_ms(),
            detail={"sub": user.id},
        )
