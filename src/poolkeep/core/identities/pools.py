"""Make, change, list and delete identity pools; their roles and their tags."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import (
    ConcurrentModification,
    InvalidParameter,
    LimitExceeded,
    NotAuthorized,
    ResourceNotFound,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import IdentityPool, PoolSettings, RoleMapping, TagMap
from poolkeep.core.identities.naming import Names
from poolkeep.core.identities.pool_rules import (
    POOLS_MAX,
    check_developer,
    check_mappings,
    check_owned,
    check_role,
    check_settings,
    check_tag_map,
    check_tags,
    roles_of,
)
from poolkeep.core.identities.ports import PoolRows
from poolkeep.core.identities.principal_tags import effective

ARN_FRONT: Final = "arn:aws:cognito-identity:"
LIST: Final = "ListIdentityPools"

MayPass = Callable[[str], Awaitable[bool]]


class IdentityPools:
    """The identity pools of one region."""

    def __init__(
        self,
        *,
        database: Database,
        rows: PoolRows,
        names: Names,
        audit: AuditTrail,
        pages: PageTokens,
        clock: Clock,
        entropy: Entropy,
        region: str,
        is_elsewhere: Callable[[str], bool],
    ) -> None:
        """Keep pools in `database`.

        `is_elsewhere` tells whether a pool's credentials come from another token service, whose
        roles nobody here knows.
        """
        self.is_elsewhere = is_elsewhere
        self._database = database
        self._rows = rows
        self._names = names
        self._audit = audit
        self._pages = pages
        self._clock = clock
        self._entropy = entropy
        self._region = region

    async def create(self, actor: Actor, settings: PoolSettings) -> IdentityPool:
        """Make a pool; names need not be unique."""
        check_settings(settings)
        pool = IdentityPool(
            id=f"{self._region}:{uuid4(self._entropy)}",
            account=actor.account,
            created_ms=self._clock.now_ms(),
            version=1,
            settings=settings,
        )

        def work(tx: Transaction) -> None:
            if self._rows.count(tx, actor.account) >= POOLS_MAX:
                raise LimitExceeded(wording.POOLS_MAX)
            self._rows.add(tx, pool)
            self._record(tx, actor, "CreateIdentityPool", pool)

        await self._database.write(work)
        return pool

    async def update(self, actor: Actor, pool_id: str, settings: PoolSettings) -> IdentityPool:
        """Replace the settings of a pool: what is not given is gone."""
        check_settings(settings)

        def change(pool: IdentityPool) -> IdentityPool:
            had, wanted = pool.settings.developer_provider_name, settings.developer_provider_name
            if had is not None and wanted not in {None, had}:
                raise InvalidParameter(wording.DEVELOPER_NAME_FIXED)
            kept = msgspec.structs.replace(settings, developer_provider_name=had or wanted)
            check_developer(kept)
            return msgspec.structs.replace(pool, settings=kept)

        return await self._change(actor, "UpdateIdentityPool", pool_id, change)

    async def describe(self, account: str, pool_id: str) -> IdentityPool:
        """Return a pool of the account."""
        found = await self._database.read(lambda tx: self._rows.get(tx, pool_id))
        return check_owned(found, account, pool_id)

    async def delete(self, actor: Actor, pool_id: str) -> None:
        """Remove a pool: it is gone at once, and its identities follow by and by."""

        def work(tx: Transaction) -> None:
            pool = check_owned(self._rows.get(tx, pool_id), actor.account, pool_id)
            self._rows.delete(tx, pool_id, self._clock.now_ms())
            self._record(tx, actor, "DeleteIdentityPool", pool)

        await self._database.write(work)

    async def page(
        self, account: str, limit: int, token: str | None
    ) -> tuple[list[IdentityPool], str | None]:
        """Return a page of the account's pools, and the token of the next."""
        scope = f"{LIST}/{account}"
        after = "" if token is None else self._pages.read(token, scope, self._clock.now_ms())
        found = list(
            await self._database.read(
                lambda tx: self._rows.page(tx, account, after=after, limit=limit + 1)
            )
        )
        more = len(found) > limit
        page = found[:limit]
        return page, self._pages.issue(scope, page[-1].id) if more else None

    async def set_roles(
        self,
        actor: Actor,
        pool_id: str,
        roles: Mapping[str, str],
        *,
        mappings: Mapping[str, RoleMapping],
        may_pass: MayPass,
    ) -> None:
        """Replace roles and role mappings; `may_pass` tells whether the caller may give a role."""
        pool = await self.describe(actor.account, pool_id)
        check_mappings(pool, mappings, self._names)
        for arn in roles_of(roles, mappings):
            check_role(arn, None if self.is_elsewhere(pool_id) else actor.account)
            if not await may_pass(arn):
                raise NotAuthorized(wording.role_forbidden(arn))

        def change(pool: IdentityPool) -> IdentityPool:
            return msgspec.structs.replace(pool, roles=dict(roles), role_mappings=dict(mappings))

        await self._change(actor, "SetIdentityPoolRoles", pool_id, change)

    async def set_tag_map(
        self, actor: Actor, pool_id: str, provider: str, tag_map: TagMap
    ) -> dict[str, str]:
        """Say which claims of a provider become tags of the session; return those that count."""

        def change(pool: IdentityPool) -> IdentityPool:
            check_tag_map(pool, provider, tag_map.tags, self._names)
            maps = {**pool.tag_maps, self._names.canonical(provider): tag_map}
            return msgspec.structs.replace(pool, tag_maps=maps)

        await self._change(actor, "SetPrincipalTagAttributeMap", pool_id, change)
        return effective(self._names.canonical(provider), tag_map)

    async def tag_map(
        self, account: str, pool_id: str, provider: str
    ) -> tuple[TagMap, dict[str, str]]:
        """Return what is set for a provider, and which claims become tags by that."""
        pool = await self.describe(account, pool_id)
        key = self._names.canonical(provider)
        found = pool.tag_maps.get(key, TagMap())
        return found, effective(key, found)

    async def tag(self, actor: Actor, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags to a pool."""

        def change(pool: IdentityPool) -> IdentityPool:
            together = {**(pool.settings.tags or {}), **tags}
            check_tags(together)
            return _tagged(pool, together)

        await self._change(actor, "TagResource", self._pool_of(actor.account, arn), change)

    async def untag(self, actor: Actor, arn: str, keys: Collection[str]) -> None:
        """Take tags from a pool."""

        def change(pool: IdentityPool) -> IdentityPool:
            kept = {key: text for key, text in (pool.settings.tags or {}).items()
                    if key not in keys}  # fmt: skip
            return _tagged(pool, kept)

        await self._change(actor, "UntagResource", self._pool_of(actor.account, arn), change)

    async def tags(self, account: str, arn: str) -> dict[str, str]:
        """Return the tags of a pool."""
        pool = await self.describe(account, self._pool_of(account, arn))
        return pool.settings.tags or {}

    def _pool_of(self, account: str, arn: str) -> str:
        """Return the id in the ARN of a pool."""
        if not arn.startswith(ARN_FRONT):
            raise InvalidParameter(wording.NOT_AN_ARN)
        pool_id = arn.rpartition("identitypool/")[2]
        if arn != f"{ARN_FRONT}{self._region}:{account}:identitypool/{pool_id}":
            raise ResourceNotFound(wording.no_pool(pool_id))
        return pool_id

    async def _change(
        self,
        actor: Actor,
        operation: str,
        pool_id: str,
        change: Callable[[IdentityPool], IdentityPool],
    ) -> IdentityPool:
        def work(tx: Transaction) -> IdentityPool:
            pool = check_owned(self._rows.get(tx, pool_id), actor.account, pool_id)
            changed = msgspec.structs.replace(change(pool), version=pool.version + 1)
            if not self._rows.save(tx, changed):
                raise ConcurrentModification("The identity pool was changed meanwhile; try again.")
            self._record(tx, actor, operation, changed)
            return changed

        return await self._database.write(work)

    def _record(self, tx: Transaction, actor: Actor, operation: str, pool: IdentityPool) -> None:
        self._audit.record(
            tx, actor, operation=operation, resource=pool.arn, now_ms=self._clock.now_ms()
        )


def _tagged(pool: IdentityPool, tags: dict[str, str]) -> IdentityPool:
    settings = msgspec.structs.replace(pool.settings, tags=tags or None)
    return msgspec.structs.replace(pool, settings=settings)
