"""Which identities of other providers are which users. Source: docs/behaviours/linked-users.md.

    AdminLinkProviderForUser       this identity, when it signs in, is that user
    AdminDisableProviderForUser    it no longer is; or a user's own password no longer works

An identity is kept as provider and value, never as one text: names of providers hold underscores
too. The attribute `identities` of the user is derived from these rows in the same write.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.limits import ATTRIBUTE_VALUE_CHARACTERS, LINKED_IDENTITIES_PER_USER
from poolkeep.base.refusal import InvalidParameter, LimitExceeded, UserNotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.directory import wording
from poolkeep.core.directory.model import Identity, IdentityProvider
from poolkeep.core.directory.ports import ProviderRows
from poolkeep.core.directory.provider_rules import SAML, SOCIAL
from poolkeep.core.directory.providers import provider_of
from poolkeep.core.directory.saml_metadata import UnusableMetadata, read
from poolkeep.core.messages.codes import Purpose
from poolkeep.core.messages.ports import Codes
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.pools.wording import unknown_provider
from poolkeep.core.users.model import Status, User
from poolkeep.core.users.names import login_key
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import (
    find_user,
    get_user,
    redocumented,
    revised,
    save,
    until_saved,
)
from poolkeep.core.users.wording import NO_SUCH_USER

COGNITO: Final = "Cognito"
SUBJECT: Final = "Cognito_Subject"
"""Stands for whatever names a user at the provider."""
IDENTITIES: Final = "identities"
ATTRIBUTE_NAMES_PER_PROVIDER: Final = 5
PASSWORD_CODES: Final = (Purpose.FORGOT_PASSWORD, Purpose.SIGN_UP)


class Identities(Protocol):
    """Identities by pool, provider, attribute and value. Runs inside a transaction."""

    def insert(self, tx: Transaction, identity: Identity) -> bool:
        """Store an identity; False when somebody is it."""
        ...

    def get(
        self, tx: Transaction, pool_id: str, provider: str, *, attribute: str, value: str
    ) -> Identity | None:
        """Return an identity."""
        ...

    def of_user(self, tx: Transaction, pool_id: str, user_id: str) -> list[Identity]:
        """Return the identities of a user, oldest first, the one that made the user in front."""
        ...

    def delete(self, tx: Transaction, identity: Identity) -> bool:
        """Remove an identity; False when it is gone."""
        ...

    def attribute_names(self, tx: Transaction, pool_id: str, provider: str) -> set[str]:
        """Return by which attributes identities of a provider are named."""
        ...


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """How a caller names a user or an identity."""

    provider_name: str | None = None
    provider_attribute_name: str | None = None
    provider_attribute_value: str | None = None


class LinkService:
    """Links of one region's users."""

    def __init__(
        self,
        *,
        database: Database,
        identities: Identities,
        providers: ProviderRows,
        users: Users,
        codes: Codes,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        """Keep them in `identities`."""
        self._database = database
        self._identities = identities
        self._providers = providers
        self._users = users
        self._codes = codes
        self._book = book
        self._audit = audit
        self._clock = clock

    async def link(self, actor: Actor, pool_id: str, *, destination: Named, source: Named) -> None:
        """Make an identity that has not signed in yet one of a user's."""
        pool = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
        now_ms = self._clock.now_ms()
        wanted, value = _said(source)
        attribute = source.provider_attribute_name or ""
        if len(value) > ATTRIBUTE_VALUE_CHARACTERS or not attribute:
            raise InvalidParameter(wording.INCOMPLETE_IDENTITY)

        def work(tx: Transaction) -> None:
            user = self._destination(tx, pool, destination)
            provider = self._provider(tx, pool, wanted)
            self._check_attribute(tx, provider, attribute)
            identity = Identity(
                pool_id=pool_id,
                provider_name=provider.provider_name,
                provider_type=provider.provider_type,
                attribute_name=attribute,
                value=value,
                user_id=user.id,
                issuer=_issuer(provider),
                created_ms=now_ms,
            )
            self._demand_new(tx, pool, identity)
            linked = [each for each in self._mine(tx, user) if not each.is_primary]
            if len(linked) >= LINKED_IDENTITIES_PER_USER:
                raise LimitExceeded(wording.TOO_MANY_IDENTITIES)
            if not self._identities.insert(tx, identity):
                raise InvalidParameter(wording.ALREADY_LINKED)
            save(tx, self._users, pool, self._with_identities(tx, user, now_ms))
            self._record(tx, actor, "AdminLinkProviderForUser", pool, user, now_ms)

        await until_saved(lambda: self._database.write(work))

    async def disable(self, actor: Actor, pool_id: str, named: Named) -> None:
        """Undo a link; or let a user of the pool's own no longer sign in by password."""
        pool = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
        now_ms = self._clock.now_ms()
        provider, value = _said(named)

        def work(tx: Transaction) -> None:
            if provider == COGNITO:
                user = find_user(tx, self._users, pool, value)
                self._disable_native(tx, pool, user, now_ms)
            else:
                user = self._unlink(tx, pool, named, now_ms)
            self._record(tx, actor, "AdminDisableProviderForUser", pool, user, now_ms)

        await until_saved(lambda: self._database.write(work))

    # ------------------------------------------------------------------------------ parts

    def _destination(self, tx: Transaction, pool: LoadedPool, named: Named) -> User:
        """Return the user to link to: one of the pool's own, or one whom an identity made."""
        provider, value = _said(named)
        if provider == COGNITO:
            return find_user(tx, self._users, pool, value)
        found = self._identities.get(tx, pool.pool.id, provider, attribute=SUBJECT, value=value)
        if found is None:
            raise UserNotFound(NO_SUCH_USER)
        return get_user(tx, self._users, pool, found.user_id)

    def _provider(self, tx: Transaction, pool: LoadedPool, name: str) -> IdentityProvider:
        row = self._providers.get(tx, pool.pool.id, name)
        if row is None:
            raise InvalidParameter(unknown_provider(name, pool.pool.id))
        return provider_of(row, pool.keys)

    def _check_attribute(self, tx: Transaction, provider: IdentityProvider, attribute: str) -> None:
        """Refuse to find identities by what the provider does not tell about them."""
        if attribute != SUBJECT and (
            provider.provider_type in SOCIAL or attribute not in (provider.attribute_mapping or {})
        ):
            raise InvalidParameter(wording.not_an_attribute(attribute, provider.provider_name))
        known = self._identities.attribute_names(tx, provider.pool_id, provider.provider_name)
        if attribute not in known and len(known) >= ATTRIBUTE_NAMES_PER_PROVIDER:
            raise LimitExceeded(wording.TOO_MANY_ATTRIBUTE_NAMES)

    def _demand_new(self, tx: Transaction, pool: LoadedPool, identity: Identity) -> None:
        """Refuse an identity that is somebody already."""
        found = self._identities.get(
            tx,
            identity.pool_id,
            identity.provider_name,
            attribute=identity.attribute_name,
            value=identity.value,
        )
        if found is not None and not found.is_primary:
            raise InvalidParameter(wording.ALREADY_LINKED)
        profile = login_key(pool, f"{identity.provider_name}_{identity.value}")
        user = self._users.find(tx, identity.pool_id, profile)
        made = user is not None and user.status == Status.EXTERNAL_PROVIDER
        if found is not None or (identity.attribute_name == SUBJECT and made):
            raise InvalidParameter(wording.SIGNED_UP_ALREADY)

    def _unlink(self, tx: Transaction, pool: LoadedPool, named: Named, now_ms: int) -> User:
        provider, value = _said(named)
        found = self._identities.get(
            tx,
            pool.pool.id,
            provider,
            attribute=named.provider_attribute_name or "",
            value=value,
        )
        if found is None or not self._identities.delete(tx, found):
            raise UserNotFound(NO_SUCH_USER)
        user = get_user(tx, self._users, pool, found.user_id)
        save(tx, self._users, pool, self._with_identities(tx, user, now_ms))
        return user

    def _disable_native(self, tx: Transaction, pool: LoadedPool, user: User, now_ms: int) -> None:
        """Take the password away: only other providers vouch for the user from now on.

        Codes that would set another one go with it. An administrator can set one again.
        """
        if user.status == Status.EXTERNAL_PROVIDER and user.credential is None:
            return
        bare = redocumented(user, now_ms, temporary_password_expires_ms=None)
        bare = revised(bare, now_ms, status=Status.EXTERNAL_PROVIDER, credential=None)
        save(tx, self._users, pool, bare)
        for purpose in PASSWORD_CODES:
            self._codes.drop(tx, user.pool_id, user.id, purpose=purpose)

    def _mine(self, tx: Transaction, user: User) -> list[Identity]:
        return self._identities.of_user(tx, user.pool_id, user.id)

    def _with_identities(self, tx: Transaction, user: User, now_ms: int) -> User:
        """Return the user with the attribute that follows from the rows."""
        attributes = {name: value for name, value in user.attributes.items() if name != IDENTITIES}
        if mine := self._mine(tx, user):
            attributes[IDENTITIES] = identities_text(mine)
        return redocumented(user, now_ms, attributes=attributes)

    def _record(  # an entry's parts
        self,
        tx: Transaction,
        actor: Actor,
        operation: str,
        pool: LoadedPool,
        user: User,
        now_ms: int,
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=pool.pool.arn,
            now_ms=now_ms,
            detail={"sub": user.id},
        )


def identities_text(identities: Sequence[Identity]) -> str:
    """Return the attribute `identities`, in the order of keys that applications look for."""
    return msgspec.json.encode(
        [
            {
                "userId": identity.value,
                "providerName": identity.provider_name,
                "providerType": identity.provider_type,
                "issuer": identity.issuer,
                "primary": identity.is_primary,
                "dateCreated": identity.created_ms,
            }
            for identity in identities
        ]
    ).decode()


def _said(named: Named) -> tuple[str, str]:
    """Return provider and value; refuse a name that leaves one out."""
    if not named.provider_name or not named.provider_attribute_value:
        raise InvalidParameter(wording.INCOMPLETE_IDENTITY)
    return named.provider_name, named.provider_attribute_value


def _issuer(provider: IdentityProvider) -> str | None:
    """Return the entity id of a SAML provider whose metadata we have."""
    file = provider.provider_details.get("MetadataFile")
    if provider.provider_type != SAML or not file:
        return None
    try:
        return read(file, now_ms=0).entity_id
    except UnusableMetadata:
        return None
