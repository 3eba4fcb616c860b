"""Bring a user over from elsewhere, on the word of the UserMigration function.

Consulted when nobody has the name that was typed: at a sign-in that carries the password, and at
ForgotPassword, where a verified address must come along for the code to go to.
Source: docs/behaviours/triggers.md.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import (
    CodeDeliveryFailure,
    ConcurrentModification,
    InvalidLambdaResponse,
    InvalidParameter,
    NotAuthorized,
    Refusal,
    UnexpectedLambda,
    UserLambdaValidation,
    UsernameExists,
    UserNotFound,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.factors.model import ADDRESS_OF, LISTED, SMS_MFA, MfaPreferences
from poolkeep.core.messages.masks import ATTRIBUTE_OF
from poolkeep.core.messages.model import SMS, OutboxMessage
from poolkeep.core.messages.service import Messenger
from poolkeep.core.pools.copies import is_copy
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import hides_user_existence
from poolkeep.core.triggers import Consultant, Subject, Vouched
from poolkeep.core.triggers.sources import USER_MIGRATION, UserMigrationReply, UserMigrationRequest
from poolkeep.core.users.addresses import is_phone, looks_like_email
from poolkeep.core.users.aliases import write_user
from poolkeep.core.users.attributes import FLAGS, new_attributes
from poolkeep.core.users.model import Moved, Status, User, UserDocument
from poolkeep.core.users.names import login_key
from poolkeep.core.users.passwords import Passwords
from poolkeep.core.users.ports import Users
from poolkeep.core.users.usernames import stored_username, with_address

INCORRECT: Final = "Incorrect username or password."
NO_PHONE: Final = "A user whose SMS MFA is enabled needs a phone number."
_SUB: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Asked: TypeAlias = tuple[UserMigrationReply, Vouched | None]


class Migration:
    """Creates users whom the pool's migration function vouches for."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        consultant: Consultant,
        passwords: Passwords,
        messenger: Messenger,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Store in `database`."""
        self._database = database
        self._users = users
        self._consultant = consultant
        self._passwords = passwords
        self._messenger = messenger
        self._clock = clock
        self._entropy = entropy

    async def at_sign_in(
        self, pool: LoadedPool, client: AppClient, name: str, request: UserMigrationRequest
    ) -> User | None:
        """Return the migrated user, None when the function knows nobody.

        A function that throws is told to the caller as Cognito does: UserNotFound, or as a wrong
        password where the client hides who exists; so is one that brings no proper user. A
        function that fails otherwise is told only where nothing is hidden.
        """
        if is_copy(pool.pool):
            return None  # a copy makes no users; the primary region does
        try:
            asked = await self._ask(pool, client, name, source="Authentication", request=request)
        except UserLambdaValidation as thrown:
            raise _hidden(client) from thrown
        except (UnexpectedLambda, InvalidLambdaResponse) as failure:
            if hides_user_existence(client):
                raise _hidden(client) from failure
            raise
        if asked is None or not asked[0].user_attributes:
            return None
        try:
            return await self._create(pool, client, name, asked=asked, password=request.password)
        except InvalidParameter as fault:
            raise _hidden(client) from fault

    async def at_forgotten_password(
        self, pool: LoadedPool, client: AppClient, name: str, request: UserMigrationRequest
    ) -> User | None:
        """Return the migrated user; None when the function knows nobody, or vouches for nothing."""
        asked = await self._ask(pool, client, name, source="ForgotPassword", request=request)
        attributes = (asked[0].user_attributes if asked else None) or {}
        if asked is None or not any(attributes.get(flag) == "true" for flag in FLAGS):
            return None
        return await self._create(pool, client, name, asked=asked, password=None)

    async def _ask(
        self,
        pool: LoadedPool,
        client: AppClient,
        name: str,
        *,
        source: str,
        request: UserMigrationRequest,
    ) -> "Asked | None":
        return await self._consultant.consult_vouched(
            pool,
            USER_MIGRATION,
            source=source,
            subject=Subject(username=name, client_id=client.id),
            request=request,
            reply=UserMigrationReply,
        )

    async def _create(
        self,
        pool: LoadedPool,
        client: AppClient,
        name: str,
        *,
        asked: "Asked",
        password: str | None,
    ) -> User | None:
        """Store the user; whom another request has just brought over counts as well."""
        reply, vouched = asked
        given = dict(reply.user_attributes or {})
        if vouched is not None:  # it cannot know which attributes this pool has
            given = {key: value for key, value in given.items() if key in _known(pool)}
        chosen = given.pop("username", None)
        if not pool.username_attributes and _is_alias_form(pool, name):
            if not chosen:
                return None
            username = chosen
        elif not pool.username_attributes and vouched is not None and chosen:
            username = chosen  # as the user was called elsewhere, not as it was typed
        else:
            username = name
        user_id = await self._sub(pool, vouched)
        stored = stored_username(pool, username, user_id)
        attributes = new_attributes(pool, with_address(pool, username, given), demand_required=True)
        confirmed = reply.final_user_status == Status.CONFIRMED
        credential = (
            await self._passwords.make(pool, user_id=user_id, username=stored, password=password)
            if confirmed and password is not None
            else None
        )
        now_ms = self._clock.now_ms()
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
            document=UserDocument(
                attributes=attributes,
                mfa=_factors(reply, vouched, attributes),
                moved=Moved(
                    at_ms=now_ms,
                    function=self._consultant.function(pool, USER_MIGRATION) or "",
                    kept_sub=vouched is not None and user_id == vouched.sub,
                ),
            ),
            credential=credential,
        )
        force = reply.force_alias_creation is True
        welcomes = self._welcomes(pool, client, user, reply)

        def work(tx: Transaction) -> None:
            write_user(
                tx, self._users.insert, self._users, pool, user,
                force_aliases=force, now_ms=now_ms,
            )  # fmt: skip
            for welcome in welcomes:
                self._messenger.enqueue(tx, welcome)

        try:
            await self._database.write(work)
        except (UsernameExists, ConcurrentModification):
            return await self._database.read(
                lambda tx: self._users.find(tx, pool.pool.id, login_key(pool, name))
            )
        if welcomes:
            self._messenger.wake()
        return user

    async def _sub(self, pool: LoadedPool, vouched: Vouched | None) -> str:
        """Return the sub that the user had, where nobody has it here; else a new one.

        Two requests for one user may both find it free; then one of them finds the user.
        """
        had = vouched.sub if vouched is not None else None
        if had is None or not _SUB.fullmatch(had):
            return uuid4(self._entropy)
        taken = await self._database.read(lambda tx: self._users.get(tx, pool.pool.id, had))
        return had if taken is None else uuid4(self._entropy)

    def _welcomes(
        self, pool: LoadedPool, client: AppClient, user: User, reply: UserMigrationReply
    ) -> list[OutboxMessage]:
        """Return the messages that welcome the user; one that has no way to go is left out."""
        if reply.message_action == "SUPPRESS":
            return []
        found = []
        for medium in reply.desired_delivery_mediums or (SMS,):
            if not user.attributes.get(ATTRIBUTE_OF.get(medium, "")):
                continue
            try:
                self._messenger.can_send(pool, medium)
            except (InvalidParameter, CodeDeliveryFailure):
                continue
            found.append(self._messenger.welcome(pool, user, medium=medium, client_id=client.id))
        return found


def _known(pool: LoadedPool) -> frozenset[str]:
    return frozenset((*pool.schema, "username")) - {"sub"}


def _factors(
    reply: UserMigrationReply, vouched: Vouched | None, attributes: Mapping[str, str]
) -> dict[str, Any]:
    """Return the second factors that come along. Refuses InvalidParameter for one without address.

    They bind once the pool has MFA.
    """
    wanted = {*(vouched.factors if vouched is not None else ())}
    if reply.enable_sms_mfa:
        wanted.add(SMS_MFA)
        if not attributes.get(ADDRESS_OF[SMS_MFA]):
            raise InvalidParameter(NO_PHONE)
    enabled = tuple(
        factor for factor in LISTED if factor in wanted and attributes.get(ADDRESS_OF[factor])
    )
    if not enabled:
        return {}
    return cast("dict[str, Any]", msgspec.to_builtins(MfaPreferences(enabled=enabled)))


def _is_alias_form(pool: LoadedPool, name: str) -> bool:
    return ("email" in pool.aliases and looks_like_email(name)) or (
        "phone_number" in pool.aliases and is_phone(name)
    )


def _hidden(client: AppClient) -> Refusal:
    if hides_user_existence(client):
        return NotAuthorized(INCORRECT)
    return UserNotFound(f"Exception migrating user in app client {client.id}")
