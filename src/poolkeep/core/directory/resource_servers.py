"""Resource servers and their scopes. Source: docs/behaviours/resource-servers.md."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from poolkeep.base.limits import RESOURCE_SERVERS_PER_POOL
from poolkeep.base.refusal import InvalidParameter, LimitExceeded, ResourceNotFound
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory import wording
from poolkeep.core.directory.changes import PoolChanges
from poolkeep.core.directory.model import ResourceServer, Scope
from poolkeep.core.directory.ports import ResourceServers
from poolkeep.core.pools.model import UserPool

RESERVED: Final = "aws.cognito"
"""The system's own scopes begin so; nobody may make others that read like them."""


class ServerPage(NamedTuple):
    """Servers of one page, and where the next one begins."""

    servers: list[ResourceServer]
    next_token: str | None


class ResourceServerService:
    """Resource servers of one region's pools."""

    def __init__(self, *, changes: PoolChanges, servers: ResourceServers) -> None:
        """Keep them in `servers`."""
        self._changes = changes
        self._servers = servers

    async def create(
        self, actor: Actor, pool_id: str, identifier: str, *, name: str, scopes: Sequence[Scope]
    ) -> ResourceServer:
        """Make a server."""
        pool = await self._changes.pool(actor, pool_id)
        if identifier.lower().startswith(RESERVED):
            raise InvalidParameter(wording.RESERVED_SERVER)
        server = ResourceServer(
            pool_id=pool_id,
            identifier=identifier,
            name=name,
            scopes=_checked(scopes),
            created_ms=self._changes.now_ms(),
        )

        def work(tx: Transaction, _pool: UserPool) -> None:
            if self._servers.get(tx, pool_id, identifier) is not None:
                raise InvalidParameter(wording.server_exists(identifier, pool_id))
            if self._servers.count(tx, pool_id) >= RESOURCE_SERVERS_PER_POOL:
                raise LimitExceeded(wording.TOO_MANY_SERVERS)
            if not self._servers.insert(tx, server):
                raise InvalidParameter(wording.server_exists(identifier, pool_id))

        await self._changes.write(
            actor, pool, "CreateResourceServer", work=work, identifier=identifier
        )
        return server

    async def describe(self, actor: Actor, pool_id: str, identifier: str) -> ResourceServer:
        """Return a server."""
        await self._changes.pool(actor, pool_id)
        return await self._changes.read(lambda tx: self._server(tx, pool_id, identifier))

    async def update(
        self, actor: Actor, pool_id: str, identifier: str, *, name: str, scopes: Sequence[Scope]
    ) -> ResourceServer:
        """Replace name and scopes; clients keep naming scopes that are gone, to no effect."""
        pool = await self._changes.pool(actor, pool_id)
        checked = _checked(scopes)

        def work(tx: Transaction, _pool: UserPool) -> ResourceServer:
            old = self._server(tx, pool_id, identifier)
            changed = msgspec.structs.replace(old, name=name, scopes=checked)
            self._servers.save(tx, changed)
            return changed

        return await self._changes.write(
            actor, pool, "UpdateResourceServer", work=work, identifier=identifier
        )

    async def delete(self, actor: Actor, pool_id: str, identifier: str) -> None:
        """Remove a server; clients keep naming its scopes, to no effect."""
        pool = await self._changes.pool(actor, pool_id)

        def work(tx: Transaction, _pool: UserPool) -> None:
            if not self._servers.delete(tx, pool_id, identifier):
                raise ResourceNotFound(wording.no_server(identifier))

        await self._changes.write(
            actor, pool, "DeleteResourceServer", work=work, identifier=identifier
        )

    async def list(
        self, actor: Actor, pool_id: str, *, limit: int, next_token: str | None
    ) -> ServerPage:
        """Return a page of the pool's servers, oldest first."""
        await self._changes.pool(actor, pool_id)
        scope = f"ListResourceServers/{pool_id}"
        after = self._changes.after(next_token, scope)
        found = await self._changes.read(
            lambda tx: self._servers.page(tx, pool_id, after=after, limit=limit + 1)
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._changes.next_token(scope, (last.created_ms, last.identifier))
        return ServerPage(found[:limit], token)

    def _server(self, tx: Transaction, pool_id: str, identifier: str) -> ResourceServer:
        server = self._servers.get(tx, pool_id, identifier)
        if server is None:
            raise ResourceNotFound(wording.no_server(identifier))
        return server


def _checked(scopes: Sequence[Scope]) -> tuple[Scope, ...]:
    """Return the scopes; refuse a name that stands twice."""
    seen: set[str] = set()
    for scope in scopes:
        if scope.scope_name in seen:
            raise InvalidParameter(wording.scope_twice(scope.scope_name))
        seen.add(scope.scope_name)
    return tuple(scopes)
