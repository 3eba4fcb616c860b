"""Use cases of app clients. Writes begin by bumping the epoch; why stands in `service.py`.

A client's secrets are sealed under its pool's key before they reach the store, bound to the
client's row.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from poolkeep.base import ids
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.limits import CLIENTS_PER_POOL, SECRETS_PER_CLIENT
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import (
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
    Unavailable,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools import wording
from poolkeep.core.pools.client_checks import check_client
from poolkeep.core.pools.defaults import replace
from poolkeep.core.pools.loaded import LoadedPool, PoolBook, PoolKeys
from poolkeep.core.pools.model import AppClient, ClientSecret, ClientSettings, UserPool
from poolkeep.core.pools.ports import (
    ClientDocument,
    ClientReferences,
    ClientRow,
    ClientRows,
    PoolRows,
)
from poolkeep.core.pools.rules import owned_pool
from poolkeep.core.pools.service import read_position

SECRET_PURPOSE: Final = "client-secret"
REGULAR: Final = "REGULAR"
REGISTERED: Final = "DCR"


class NewClient(msgspec.Struct, frozen=True, kw_only=True):
    """What CreateUserPoolClient is asked for beside the settings."""

    settings: ClientSettings
    generate_secret: bool = False
    secret: str | None = None
    client_type: str = REGULAR

    def __repr__(self) -> str:
        """Never show the secret."""
        return f"NewClient({self.settings.client_name!r})"


class ClientPage(NamedTuple):
    """Clients of one page, without their secrets, and where the next one begins."""

    clients: list[ClientRow]
    next_token: str | None


class ClientService:
    """App clients of one region's pools."""

    def __init__(  # noqa: PLR0913  one name for each collaborator
        self,
        *,
        database: Database,
        pools: PoolRows,
        clients: ClientRows,
        references: ClientReferences,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        entropy: Entropy,
        page_tokens: PageTokens,
        tiers_enforced: bool = True,
    ) -> None:
        """Take what the use cases need; `tiers_enforced` is the setting of that name."""
        self._database = database
        self._pools = pools
        self._clients = clients
        self._references = references
        self._book = book
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._page_tokens = page_tokens
        self._tiers_enforced = tiers_enforced

    async def create(self, actor: Actor, pool_id: str, new: NewClient) -> AppClient:
        """Make a client, with a generated, a given or no secret."""
        if new.secret is not None and new.generate_secret:
            raise InvalidParameter(wording.TWO_SECRETS)
        loaded = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()
        client_id = ids.client_id(self._entropy)
        value = ids.client_secret(self._entropy) if new.generate_secret else new.secret
        secrets: tuple[ClientSecret, ...] = ()
        if value is not None:
            secrets = (new_secret(client_id, value, (), now_ms=now_ms),)
        client = AppClient(
            id=client_id,
            pool_id=pool_id,
            created_ms=now_ms,
            modified_ms=now_ms,
            settings=new.settings,
            secrets=secrets,
            client_type=new.client_type,
        )
        registers = new.client_type == REGISTERED
        operation = "RegisterClient" if registers else "CreateUserPoolClient"

        def save(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            pool = self._bare_pool(tx, pool_id)
            self._check(tx, pool, client)
            if self._clients.count(tx, pool_id) >= CLIENTS_PER_POOL:
                raise LimitExceeded(wording.TOO_MANY_CLIENTS)
            if not self._clients.insert(tx, row_of(client, loaded.keys)):
                raise Unavailable  # a drawn id that is taken; the next draw will not be
            self._record(tx, actor, operation, loaded, client_id)

        await self._database.write(save)
        self._book.changed()
        return client

    async def describe(self, actor: Actor, pool_id: str, client_id: str) -> AppClient:
        """Return a client of the pool as it is in the database now."""
        loaded = await self._pool(actor, pool_id)
        return await self._database.read(lambda tx: self._client(tx, loaded, client_id))

    async def update(
        self, actor: Actor, pool_id: str, client_id: str, settings: ClientSettings
    ) -> AppClient:
        """Replace the settings. An empty name keeps the name; id and secrets never change."""

        def decide(tx: Transaction, pool: UserPool, client: AppClient) -> AppClient:
            name = settings.client_name or client.settings.client_name
            changed = replace(client, settings=replace(settings, client_name=name))
            self._check(tx, pool, changed)
            return changed

        return await self._change(
            actor, pool_id, client_id, operation="UpdateUserPoolClient", decide=decide
        )

    async def delete(self, actor: Actor, pool_id: str, client_id: str) -> None:
        """Remove the client; its tokens are refused from now on."""
        loaded = await self._pool(actor, pool_id)

        def remove(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            if not self._clients.delete(tx, pool_id, client_id):
                raise ResourceNotFound(wording.no_client(client_id))
            self._record(tx, actor, "DeleteUserPoolClient", loaded, client_id)

        await self._database.write(remove)
        self._book.changed()

    async def list(
        self,
        actor: Actor,
        pool_id: str,
        *,
        limit: int,
        next_token: str | None,
        client_type: str | None = None,
    ) -> ClientPage:
        """Return a page of the pool's clients, oldest first.

        The type is chosen before the page is cut, so that no page is short.
        """
        await self._pool(actor, pool_id)
        scope = f"ListUserPoolClients/{pool_id}/{client_type or ''}"
        after = read_position(self._page_tokens, next_token, scope, now_ms=self._clock.now_ms())
        ahead = limit if client_type is None else CLIENTS_PER_POOL
        rows = await self._database.read(
            lambda tx: self._clients.page(tx, pool_id, after=after, limit=ahead + 1)
        )
        found = [row for row in rows if client_type in {None, row.document.client_type}]
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._page_tokens.issue(scope, f"{last.created_ms}/{last.client_id}")
        return ClientPage(found[:limit], token)

    async def add_secret(
        self, actor: Actor, pool_id: str, client_id: str, value: str | None
    ) -> ClientSecret:
        """Give the client a second secret: `value`, or a generated one."""
        now_ms = self._clock.now_ms()
        drawn = value if value is not None else ids.client_secret(self._entropy)

        def decide(_tx: Transaction, _pool: UserPool, client: AppClient) -> AppClient:
            _refuse_unmanaged(client)
            if len(client.secrets) >= SECRETS_PER_CLIENT:
                raise LimitExceeded(wording.TOO_MANY_SECRETS)
            added = new_secret(client.id, drawn, client.secrets, now_ms=now_ms)
            return replace(client, secrets=(*client.secrets, added))

        changed = await self._change(
            actor, pool_id, client_id, operation="AddUserPoolClientSecret", decide=decide
        )
        return changed.secrets[-1]

    async def secrets(self, actor: Actor, pool_id: str, client_id: str) -> tuple[ClientSecret, ...]:
        """Return the client's secrets, oldest first; the face leaves the values out."""
        client = await self.describe(actor, pool_id, client_id)
        if client.client_type == REGISTERED:
            raise InvalidParameter(wording.REGISTERED_CLIENT)
        return client.secrets

    async def delete_secret(
        self, actor: Actor, pool_id: str, client_id: str, secret_id: str
    ) -> None:
        """Retire one of two secrets."""

        def decide(_tx: Transaction, _pool: UserPool, client: AppClient) -> AppClient:
            _refuse_unmanaged(client)
            left = tuple(secret for secret in client.secrets if secret.id != secret_id)
            if len(left) == len(client.secrets):
                raise ResourceNotFound(wording.no_secret(secret_id))
            if not left:
                raise InvalidParameter(wording.LAST_SECRET)
            return replace(client, secrets=left)

        await self._change(
            actor, pool_id, client_id, operation="DeleteUserPoolClientSecret", decide=decide
        )

    # ------------------------------------------------------------------------------ parts

    async def _change(
        self,
        actor: Actor,
        pool_id: str,
        client_id: str,
        *,
        operation: str,
        decide: Callable[[Transaction, UserPool, AppClient], AppClient],
    ) -> AppClient:
        loaded = await self._pool(actor, pool_id)
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> AppClient:
            self._pools.bump_epoch(tx)
            pool = self._bare_pool(tx, pool_id)
            changed = decide(tx, pool, self._client(tx, loaded, client_id))
            changed = replace(changed, modified_ms=now_ms)
            self._clients.save(tx, row_of(changed, loaded.keys))
            self._record(tx, actor, operation, loaded, client_id)
            return changed

        changed = await self._database.write(save)
        self._book.changed()
        return changed

    async def _pool(self, actor: Actor, pool_id: str) -> LoadedPool:
        return owned_pool(await self._book.pool(pool_id), pool_id, actor.account)

    def _bare_pool(self, tx: Transaction, pool_id: str) -> UserPool:
        """Return the pool as it is inside this write, whatever the book remembers."""
        pool = self._pools.get(tx, pool_id)
        if pool is None:
            raise ResourceNotFound(wording.no_pool(pool_id))
        return pool

    def _client(self, tx: Transaction, loaded: LoadedPool, client_id: str) -> AppClient:
        row = self._clients.get(tx, client_id)
        if row is None or row.pool_id != loaded.pool.id:
            raise ResourceNotFound(wording.no_client(client_id))
        return client_of(row, loaded.keys)

    def _check(self, tx: Transaction, pool: UserPool, client: AppClient) -> None:
        check_client(
            pool,
            client.settings,
            has_secret=bool(client.secrets),
            providers=self._references.providers(tx, pool.id),
            scopes=self._references.scopes(tx, pool.id),
            tiers_enforced=self._tiers_enforced,
        )

    def _record(
        self, tx: Transaction, actor: Actor, operation: str, loaded: LoadedPool, client_id: str
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=loaded.pool.arn,
            now_ms=self._clock.now_ms(),
            detail={"client_id": client_id},
        )


def new_secret(
    client_id: str, value: str, others: tuple[ClientSecret, ...], *, now_ms: int
) -> ClientSecret:
    """Return a secret under a name of its own: the client and the second it was made in."""
    taken = {secret.id for secret in others}
    second = now_ms // 1000
    while f"{client_id}--{second}" in taken:  # as often as the client has secrets, at most
        second += 1
    return ClientSecret(id=f"{client_id}--{second}", value=value, created_ms=now_ms)


def client_of(row: ClientRow, keys: PoolKeys) -> AppClient:
    """Return a stored client with its secrets unsealed."""
    secrets: tuple[ClientSecret, ...] = ()
    if row.secrets_sealed is not None:
        opened = keys.open(SECRET_PURPOSE, row.secrets_sealed, context=_context(row))
        secrets = msgspec.json.decode(opened, type=tuple[ClientSecret, ...])
    return AppClient(
        id=row.client_id,
        pool_id=row.pool_id,
        created_ms=row.created_ms,
        modified_ms=row.document.modified_ms,
        settings=row.document.settings,
        secrets=secrets,
        client_type=row.document.client_type,
        sso_minutes=row.document.sso_minutes,
        risk=row.document.risk,
        version=row.version,
    )


def row_of(client: AppClient, keys: PoolKeys) -> ClientRow:
    """Return a client as stored, its secrets sealed."""
    row = ClientRow(
        client_id=client.id,
        pool_id=client.pool_id,
        created_ms=client.created_ms,
        version=client.version,
        document=ClientDocument(
            settings=client.settings,
            modified_ms=client.modified_ms,
            client_type=client.client_type,
            sso_minutes=client.sso_minutes,
            risk=client.risk,
        ),
    )
    if not client.secrets:
        return row
    plaintext = msgspec.json.encode(client.secrets)
    return replace(row, secrets_sealed=keys.seal(SECRET_PURPOSE, plaintext, context=_context(row)))


def _context(row: ClientRow) -> str:
    return f"app_clients/{row.pool_id}/{row.client_id}"


def _refuse_unmanaged(client: AppClient) -> None:
    if client.client_type == REGISTERED:
        raise InvalidParameter(wording.REGISTERED_CLIENT)
    if not client.secrets:
        raise InvalidParameter(wording.PUBLIC_CLIENT)
