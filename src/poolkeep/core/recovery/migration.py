"""Bring a user over from another directory when a forgotten password is the first we hear of them.

The function vouches for attributes and a verified address; the user is created without a
password, and the reset code goes to that address.
"""

from collections.abc import Mapping

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import UsernameExists
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signup.aliases import write_user
from poolkeep.core.triggers.service import Consultant, Subject, metadata
from poolkeep.core.triggers.sources import (
    USER_MIGRATION,
    UserMigrationReply,
    UserMigrationRequest,
)
from poolkeep.core.users.addresses import is_phone, looks_like_email
from poolkeep.core.users.attributes import FLAGS, new_attributes
from poolkeep.core.users.model import Status, User, UserDocument
from poolkeep.core.users.names import login_key
from poolkeep.core.users.ports import Users
from poolkeep.core.users.usernames import stored_username, with_address


class RecoveryMigration:
    """Asks UserMigration_ForgotPassword and stores whom it knows."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        consultant: Consultant,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Create users in `users`."""
        self._database = database
        self._users = users
        self._consultant = consultant
        self._clock = clock
        self._entropy = entropy

    async def migrated(
        self,
        pool: LoadedPool,
        name: str,
        *,
        client_id: str,
        client_metadata: Mapping[str, str] | None,
    ) -> User | None:
        """Return the new user; None without such a function, or when it does not know the name.

        Refuses what the function's failure means, and attributes that the pool does not take.
        """
        if self._consultant.function(pool, USER_MIGRATION) is None:
            return None
        reply = await self._consultant.consult(
            pool,
            USER_MIGRATION,
            source="ForgotPassword",
            subject=Subject(username=name, client_id=client_id),
            request=UserMigrationRequest(
                client_metadata=metadata(dict(client_metadata) if client_metadata else None)
            ),
            reply=UserMigrationReply,
        )
        user = self._user(pool, name, reply)
        if user is None or reply is None:
            return None
        force = reply.force_alias_creation is True
        try:
            await self._database.write(lambda tx: self._insert(tx, pool, user, force=force))
        except UsernameExists:  # another request has just brought the same user over
            return await self._database.read(
                lambda tx: self._users.find(tx, pool.pool.id, login_key(pool, name))
            )
        return user

    def _user(self, pool: LoadedPool, name: str, reply: UserMigrationReply | None) -> User | None:
        given = dict(reply.user_attributes or {}) if reply is not None else {}
        if reply is None or not any(given.get(flag) == "true" for flag in FLAGS):
            return None  # nobody vouched for, or nowhere to send a code
        chosen = given.pop("username", None)
        if not pool.username_attributes and _is_alias_form(pool, name):
            if not chosen:
                return None
            name = chosen
        attributes = new_attributes(pool, with_address(pool, name, given), demand_required=True)
        user_id = uuid4(self._entropy)
        now_ms = self._clock.now_ms()
        confirmed = reply.final_user_status == Status.CONFIRMED
        return User(
            pool_id=pool.pool.id,
            id=user_id,
            username=stored_username(pool, name, user_id),
            status=Status.CONFIRMED if confirmed else Status.RESET_REQUIRED,
            enabled=True,
            created_ms=now_ms,
            modified_ms=now_ms,
            version=1,
            signed_out_ms=0,
            document=UserDocument(attributes=attributes),
        )

    def _insert(self, tx: Transaction, pool: LoadedPool, user: User, *, force: bool) -> None:
        write_user(
            tx,
            self._users.insert,
            self._users,
            pool,
            user,
            force_aliases=force,
            now_ms=user.created_ms,
        )


def _is_alias_form(pool: LoadedPool, name: str) -> bool:
    return ("email" in pool.aliases and looks_like_email(name)) or (
        "phone_number" in pool.aliases and is_phone(name)
    )
