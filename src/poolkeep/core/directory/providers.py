"""Identity providers as records; signing in through them is federation's work.

Details hold secrets, so the store keeps them sealed under the pool's key, bound to the row.
Source: docs/behaviours/identity-providers.md.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.limits import IDENTITY_PROVIDERS_PER_POOL
from poolkeep.base.refusal import (
    DuplicateProvider,
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
)
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory import wording
from poolkeep.core.directory.changes import PoolChanges
from poolkeep.core.directory.model import IdentityProvider
from poolkeep.core.directory.ports import ProviderDocument, ProviderRow, ProviderRows
from poolkeep.core.directory.provider_rules import (
    SAML,
    check_acr,
    check_details,
    check_mapping,
    check_name,
    flag,
    identifier_key,
    identifier_keys,
    updated_details,
)
from poolkeep.core.pools.client_checks import LOCAL_USERS
from poolkeep.core.pools.loaded import LoadedPool, PoolKeys
from poolkeep.core.pools.model import ClientSettings, UserPool
from poolkeep.core.pools.ports import ClientRows
from poolkeep.core.pools.wording import IDP_INITIATED_ALONE
from poolkeep.crypto.certificates import new_key, self_signed
from poolkeep.crypto.envelope import Purpose


class NewProvider(msgspec.Struct, frozen=True, kw_only=True):
    """What CreateIdentityProvider asks for."""

    provider_name: str
    provider_type: str
    provider_details: Mapping[str, str]
    attribute_mapping: Mapping[str, str] | None = None
    idp_identifiers: Sequence[str] = ()
    acr_mapping: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        """Never show the details."""
        return f"NewProvider({self.provider_name!r})"


class ProviderUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What UpdateIdentityProvider asks for; None leaves a part as it is."""

    provider_details: Mapping[str, str] | None = None
    attribute_mapping: Mapping[str, str] | None = None
    idp_identifiers: Sequence[str] | None = None
    acr_mapping: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        """Never show the details."""
        return "ProviderUpdate(…)"


class ProviderPage(NamedTuple):
    """Providers of one page, without details, and where the next one begins."""

    providers: list[ProviderRow]
    next_token: str | None


class _KeyPair(NamedTuple):
    key: bytes
    certificate: bytes


class _Secrets(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands inside the envelope."""

    details: dict[str, str]
    encryption_key: bytes | None = None


class IdentityProviderService:
    """Identity providers of one region's pools."""

    def __init__(
        self,
        *,
        changes: PoolChanges,
        providers: ProviderRows,
        clients: ClientRows,
        entropy: Entropy,
    ) -> None:
        """Keep them in `providers`."""
        self._changes = changes
        self._providers = providers
        self._clients = clients
        self._entropy = entropy

    async def create(self, actor: Actor, pool_id: str, new: NewProvider) -> IdentityProvider:
        """Make a provider."""
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()
        check_name(new.provider_name, new.provider_type)
        check_details(new.provider_type, new.provider_details, now_ms)
        check_acr(new.provider_type, new.acr_mapping or {})
        pair = await self._key_pair(new.provider_type, new.provider_details, pool_id)
        provider = IdentityProvider(
            pool_id=pool_id,
            provider_name=new.provider_name,
            provider_type=new.provider_type,
            provider_details=dict(new.provider_details),
            attribute_mapping=_mapping(new.attribute_mapping),
            idp_identifiers=tuple(new.idp_identifiers),
            acr_mapping=_mapping(new.acr_mapping),
            encryption_key=pair.key if pair else None,
            encryption_certificate=pair.certificate if pair else None,
            created_ms=now_ms,
            modified_ms=now_ms,
        )

        def work(tx: Transaction, fresh: UserPool) -> None:
            _check_mapping(provider, fresh)
            if self._providers.get(tx, pool_id, provider.provider_name) is not None:
                raise DuplicateProvider(wording.PROVIDER_EXISTS)
            if self._providers.count(tx, pool_id) >= IDENTITY_PROVIDERS_PER_POOL:
                raise LimitExceeded(wording.TOO_MANY_PROVIDERS)
            if not self._providers.insert(tx, row_of(provider, pool.keys)):
                raise DuplicateProvider(wording.PROVIDER_EXISTS)
            self._identify(tx, provider)

        await self._changes.write(
            actor, pool, "CreateIdentityProvider", work=work, provider=provider.provider_name
        )
        return provider

    async def describe(self, actor: Actor, pool_id: str, name: str) -> IdentityProvider:
        """Return a provider with its details."""
        pool = await self._changes.pool(actor, pool_id)
        return await self._changes.read(lambda tx: self._provider(tx, pool, name))

    async def by_identifier(self, actor: Actor, pool_id: str, identifier: str) -> IdentityProvider:
        """Return the provider that has the identifier."""
        pool = await self._changes.pool(actor, pool_id)

        def find(tx: Transaction) -> IdentityProvider:
            row = self._providers.find(tx, pool_id, identifier_key(identifier))
            if row is None:
                raise ResourceNotFound(wording.no_identifier(identifier))
            return provider_of(row, pool.keys)

        return await self._changes.read(find)

    async def update(
        self, actor: Actor, pool_id: str, name: str, change: ProviderUpdate
    ) -> IdentityProvider:
        """Replace the parts that are given; name and type never change."""
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()
        before = await self._changes.read(lambda tx: self._provider(tx, pool, name))
        wanted = updated_details(
            before.provider_type, before.provider_details, change.provider_details
        )
        pair = None
        if before.encryption_key is None:
            pair = await self._key_pair(before.provider_type, wanted, pool_id)

        def work(tx: Transaction, fresh: UserPool) -> IdentityProvider:
            old = self._provider(tx, pool, name)
            changed = _updated(old, change, pair, now_ms)
            check_details(old.provider_type, changed.provider_details, now_ms)
            check_acr(old.provider_type, changed.acr_mapping or {})
            _check_mapping(changed, fresh)
            self._check_clients(tx, changed)
            self._providers.save(tx, row_of(changed, pool.keys))
            self._identify(tx, changed)
            return changed

        return await self._changes.write(
            actor, pool, "UpdateIdentityProvider", work=work, provider=name
        )

    async def delete(self, actor: Actor, pool_id: str, name: str) -> None:
        """Remove a provider; clients lose it from their lists, users stay."""
        pool = await self._changes.pool(actor, pool_id)

        def work(tx: Transaction, _pool: UserPool) -> None:
            if not self._providers.delete(tx, pool_id, name):
                raise ResourceNotFound(wording.no_provider(name))
            self._forget_in_clients(tx, pool_id, name)

        await self._changes.write(actor, pool, "DeleteIdentityProvider", work=work, provider=name)

    async def list(
        self, actor: Actor, pool_id: str, *, limit: int, next_token: str | None
    ) -> ProviderPage:
        """Return a page of the pool's providers, oldest first, without their details."""
        await self._changes.pool(actor, pool_id)
        scope = f"ListIdentityProviders/{pool_id}"
        after = self._changes.after(next_token, scope)
        found = await self._changes.read(
            lambda tx: self._providers.page(tx, pool_id, after=after, limit=limit + 1)
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._changes.next_token(scope, (last.created_ms, last.provider_name))
        return ProviderPage(found[:limit], token)

    # ------------------------------------------------------------------------------ parts

    def _provider(self, tx: Transaction, pool: LoadedPool, name: str) -> IdentityProvider:
        row = self._providers.get(tx, pool.pool.id, name)
        if row is None:
            raise ResourceNotFound(wording.no_provider(name))
        return provider_of(row, pool.keys)

    def _identify(self, tx: Transaction, provider: IdentityProvider) -> None:
        keys = identifier_keys(provider.idp_identifiers)
        taken = self._providers.identify(tx, provider.pool_id, provider.provider_name, keys)
        if taken is not None:
            raise InvalidParameter(wording.identifier_taken(taken))

    def _check_clients(self, tx: Transaction, provider: IdentityProvider) -> None:
        """Refuse unsolicited responses where a client of the provider has others than SAML."""
        if not flag(provider.provider_details, "IDPInit"):
            return
        for _, settings in self._users_of(tx, provider.pool_id, provider.provider_name):
            for name in settings.supported_identity_providers or ():
                row = self._providers.get(tx, provider.pool_id, name)
                if name == LOCAL_USERS or (row and row.document.provider_type != SAML):
                    raise InvalidParameter(IDP_INITIATED_ALONE)

    def _forget_in_clients(self, tx: Transaction, pool_id: str, name: str) -> None:
        for position, settings in self._users_of(tx, pool_id, name):
            listed = settings.supported_identity_providers or ()
            left = tuple(other for other in listed if other != name)
            row = self._clients.get(tx, position)
            if row is not None:
                changed = msgspec.structs.replace(settings, supported_identity_providers=left)
                document = msgspec.structs.replace(row.document, settings=changed)
                self._clients.save(tx, msgspec.structs.replace(row, document=document))

    def _users_of(
        self, tx: Transaction, pool_id: str, name: str
    ) -> Sequence[tuple[str, ClientSettings]]:
        """Return the clients that list a provider."""
        every = self._clients.count(tx, pool_id)
        rows = self._clients.page(tx, pool_id, after=(0, ""), limit=every)
        return [
            (row.client_id, row.document.settings)
            for row in rows
            if name in (row.document.settings.supported_identity_providers or ())
        ]

    async def _key_pair(
        self, kind: str, details: Mapping[str, str], pool_id: str
    ) -> _KeyPair | None:
        """Make the pair that responses are encrypted for, where the provider is to do so."""
        if kind != SAML or not flag(details, "EncryptedResponses"):
            return None
        now_ms = self._changes.now_ms()

        def make() -> _KeyPair:
            key = new_key()
            return _KeyPair(
                key, self_signed(key, name=pool_id, now_ms=now_ms, entropy=self._entropy)
            )

        return await asyncio.to_thread(make)


def provider_of(row: ProviderRow, keys: PoolKeys) -> IdentityProvider:
    """Return a stored provider with its details unsealed."""
    opened = keys.open(Purpose.IDENTITY_PROVIDER, row.secrets_sealed, context=_context(row))
    secrets = msgspec.json.decode(opened, type=_Secrets)
    document = row.document
    return IdentityProvider(
        pool_id=row.pool_id,
        provider_name=row.provider_name,
        provider_type=document.provider_type,
        provider_details=secrets.details,
        attribute_mapping=document.attribute_mapping,
        idp_identifiers=document.idp_identifiers,
        acr_mapping=document.acr_mapping,
        encryption_key=secrets.encryption_key,
        encryption_certificate=document.encryption_certificate,
        created_ms=row.created_ms,
        modified_ms=document.modified_ms,
        version=row.version,
    )


def row_of(provider: IdentityProvider, keys: PoolKeys) -> ProviderRow:
    """Return a provider as stored, its details sealed."""
    row = ProviderRow(
        pool_id=provider.pool_id,
        provider_name=provider.provider_name,
        created_ms=provider.created_ms,
        version=provider.version,
        document=ProviderDocument(
            provider_type=provider.provider_type,
            modified_ms=provider.modified_ms,
            attribute_mapping=provider.attribute_mapping,
            idp_identifiers=provider.idp_identifiers,
            acr_mapping=provider.acr_mapping,
            encryption_certificate=provider.encryption_certificate,
            idp_initiated=flag(provider.provider_details, "IDPInit"),
        ),
        secrets_sealed=b"",
    )
    secrets = _Secrets(details=provider.provider_details, encryption_key=provider.encryption_key)
    sealed = keys.seal(
        Purpose.IDENTITY_PROVIDER, msgspec.json.encode(secrets), context=_context(row)
    )
    return msgspec.structs.replace(row, secrets_sealed=sealed)


def _context(row: ProviderRow) -> str:
    return f"identity_providers/{row.pool_id}/{row.provider_name}"


def _mapping(given: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return a mapping to keep; an empty one is none."""
    return dict(given) if given else None


def _check_mapping(provider: IdentityProvider, pool: UserPool) -> None:
    names = (attribute.name or "" for attribute in pool.settings.schema_attributes)
    check_mapping(provider.attribute_mapping or {}, names)


def _updated(
    old: IdentityProvider, change: ProviderUpdate, pair: _KeyPair | None, now_ms: int
) -> IdentityProvider:
    details = updated_details(old.provider_type, old.provider_details, change.provider_details)
    encrypts = flag(details, "EncryptedResponses")
    key = old.encryption_key or (pair.key if pair else None)
    certificate = old.encryption_certificate or (pair.certificate if pair else None)
    return msgspec.structs.replace(
        old,
        provider_details=details,
        attribute_mapping=(
            old.attribute_mapping
            if change.attribute_mapping is None
            else _mapping(change.attribute_mapping)
        ),
        idp_identifiers=(
            old.idp_identifiers if change.idp_identifiers is None else tuple(change.idp_identifiers)
        ),
        acr_mapping=(
            old.acr_mapping if change.acr_mapping is None else _mapping(change.acr_mapping)
        ),
        encryption_key=key if encrypts else None,
        encryption_certificate=certificate if encrypts else None,
        modified_ms=now_ms,
    )
