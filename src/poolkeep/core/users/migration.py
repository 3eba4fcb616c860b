"""Bring a user over from elsewhere, on the word of the UserMigration function.

Consulted at a sign-in that carries the password, when nobody has the name that was typed.
Source: docs/behaviours/sign-in.md.
"""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import NotAuthorized, Refusal, UserLambdaValidation, UserNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import hides_user_existence
from poolkeep.core.triggers import Consultant, Subject
from poolkeep.core.triggers.sources import USER_MIGRATION, UserMigrationReply, UserMigrationRequest
from poolkeep.core.users.attributes import new_attributes
from poolkeep.core.users.model import Status, User, UserDocument
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.core.users.passwords import Passwords
from poolkeep.core.users.ports import Users
from poolkeep.core.users.usernames import stored_username, taken_at_creation, with_address

INCORRECT = "Incorrect username or password."
ALIAS_MARKERS = {"email": "email_verified", "phone_number": "phone_number_verified"}


class Migration:
    """Creates users whom the pool's migration function vouches for."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        consultant: Consultant,
        passwords: Passwords,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Store in `database`."""
        self._database = database
        self._users = users
        self._consultant = consultant
        self._passwords = passwords
        self._clock = clock
        self._entropy = entropy

    def is_configured(self, pool: LoadedPool) -> bool:
        """Tell whether the pool has a migration function."""
        return self._consultant.function(pool, USER_MIGRATION) is not None

    async def at_sign_in(
        self, pool: LoadedPool, client: AppClient, name: str, request: UserMigrationRequest
    ) -> User | None:
        """Return the migrated user, None when the function knows nobody.

        A function that throws is told to the caller as Cognito does: UserNotFound, or as a wrong
        password where the client hides who exists.
        """
        try:
            reply = await self._ask(pool, client, name, source="Authentication", request=request)
        except UserLambdaValidation as thrown:
            raise _hidden(client, f"Exception migrating user in app client {client.id}") from thrown
        if reply is None or not reply.user_attributes:
            return None
        return await self._create(pool, name, request.password, reply)

    async def _ask(
        self,
        pool: LoadedPool,
        client: AppClient,
        name: str,
        *,
        source: str,
        request: UserMigrationRequest,
    ) -> UserMigrationReply | None:
        return await self._consultant.consult(
            pool,
            USER_MIGRATION,
            source=source,
            subject=Subject(username=name, client_id=client.id),
            request=request,
            reply=UserMigrationReply,
        )

    async def _create(
        self, pool: LoadedPool, name: str, password: str | None, reply: UserMigrationReply
    ) -> User:
        now_ms = self._clock.now_ms()
        given = dict(reply.user_attributes or {})
        username = given.pop("username", None) or name
        user_id = uuid4(self._entropy)
        attributes = new_attributes(pool, with_address(pool, username, given), demand_required=True)
        confirmed = reply.final_user_status == Status.CONFIRMED and password is not None
        stored = stored_username(pool, username, user_id)
        credential = (
            await self._passwords.make(pool, user_id=user_id, username=stored, password=password)
            if confirmed and password is not None
            else None
        )
        user = User(
            pool_id=pool.pool.id,
            id=user_id,
            username=stored,
            status=Status.CONFIRMED if confirmed else Status.RESET_REQUIRED,
            enabled=True,
            created_ms=now_ms,
            modified_ms=now_ms,
            version=1,
            signed_out_ms=0,
            document=UserDocument(attributes=attributes),
            credential=credential,
        )

        def save(tx: Transaction) -> None:
            logins = logins_of(pool, user)
            if reply.force_alias_creation:
                self._release_aliases(tx, pool, user)
            taken = self._users.insert(tx, user, logins, index_of(user))
            if taken is not None:
                raise taken_at_creation(pool, taken, by_admin=False)

        await self._database.write(save)
        return user

    def _release_aliases(self, tx: Transaction, pool: LoadedPool, user: User) -> None:
        """Move verified aliases here: the earlier owner keeps the value, unverified."""
        for login in logins_of(pool, user):
            flag = ALIAS_MARKERS.get(login.kind)
            if login.kind not in pool.aliases or flag is None:
                continue
            owner_id = self._users.release_login(tx, pool.pool.id, login.key)
            owner = self._users.get(tx, pool.pool.id, owner_id) if owner_id else None
            if owner is None:
                continue
            attributes = {**owner.attributes, flag: "false"}
            document = msgspec.structs.replace(owner.document, attributes=attributes)
            former = msgspec.structs.replace(owner, document=document)
            self._users.save(tx, former, logins_of(pool, former), index_of(former))


def _hidden(client: AppClient, text: str) -> Refusal:
    return NotAuthorized(INCORRECT) if hides_user_existence(client) else UserNotFound(text)
