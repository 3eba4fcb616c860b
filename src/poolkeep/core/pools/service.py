"""Use cases of user pools.

Configuration is changed inside one write that begins by bumping the epoch: on PostgreSQL that
lines writers up on all nodes, so the pool that a rule has looked at is the pool that is replaced,
and quotas are counted exactly. Every node sees the new epoch and reloads.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from poolkeep.base import ids
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.limits import POOLS_PER_ACCOUNT
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import (
    FeatureUnavailableInTier,
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
    Unavailable,
    UserImportInProgress,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools import wording
from poolkeep.core.pools.copies import check_change, is_copy
from poolkeep.core.pools.defaults import MfaConfig, described_mfa, mirrored, replace
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.pools.mfa import change_mfa
from poolkeep.core.pools.model import PoolSettings, SchemaAttribute, UserPool
from poolkeep.core.pools.pool_checks import check_new, check_tags, check_update
from poolkeep.core.pools.ports import ClientRows, PoolKeyMaker, PoolRows
from poolkeep.core.pools.rules import password_storage_of, rotates, tier
from poolkeep.core.pools.schema import add_custom, build_schema, csv_header

PURGE_BATCH: Final = 500
"""Left-over rows of each kind that one write deletes."""
PURGE_BATCHES: Final = 20
"""Batches that DeleteUserPool itself waits for; a sweep deletes what is left."""
COUNTED_EXACTLY: Final = 10_000
"""Users that every description counts afresh."""
COUNTED_AT_MOST: Final = 1_000_000
COUNT_KEPT_MS: Final = 600_000
"""How long the count of a larger pool may be told again; it is an estimate by name."""


class PoolView(NamedTuple):
    """A pool and about how many users it has."""

    pool: UserPool
    users: int


class Page(NamedTuple):
    """Pools of one page, and where the next one begins."""

    pools: list[UserPool]
    next_token: str | None


class PoolService:
    """User pools of one region."""

    def __init__(  # noqa: PLR0913  one name for each collaborator
        self,
        *,
        database: Database,
        pools: PoolRows,
        clients: ClientRows,
        keys: PoolKeyMaker,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        entropy: Entropy,
        page_tokens: PageTokens,
        region: str,
        tiers_enforced: bool = True,
    ) -> None:
        """Take what the use cases need; `tiers_enforced` is the setting of that name."""
        self._database = database
        self._pools = pools
        self._clients = clients
        self._keys = keys
        self._book = book
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._page_tokens = page_tokens
        self._region = region
        self._tiers_enforced = tiers_enforced
        self._counts: dict[str, tuple[int, int]] = {}

    async def create(self, actor: Actor, settings: PoolSettings) -> UserPool:
        """Make a pool with keys of its own. `settings.schema_attributes` is the schema as sent."""
        now_ms = self._clock.now_ms()
        pool = UserPool(
            id=ids.pool_id(self._entropy, self._region),
            account=actor.account,
            region=self._region,
            created_ms=now_ms,
            modified_ms=now_ms,
            settings=replace(
                mirrored(settings), schema_attributes=build_schema(settings.schema_attributes)
            ),
            password_storage=password_storage_of(settings.user_pool_tags, "srp-verifier"),
        )
        check_new(pool, tiers_enforced=self._tiers_enforced)
        bundle = await self._keys.make(pool.id, now_ms)

        def save(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            if self._pools.count(tx, actor.account) >= POOLS_PER_ACCOUNT:
                raise LimitExceeded(wording.TOO_MANY_POOLS)
            if not self._pools.insert(tx, pool):
                raise Unavailable  # a drawn id that is taken; the next draw will not be
            self._keys.store(tx, bundle)
            self._record(tx, actor, "CreateUserPool", pool)

        await self._database.write(save)
        self._book.changed()
        return pool

    async def describe(self, actor: Actor, pool_id: str) -> PoolView:
        """Return a pool as it is in the database now."""
        pool = await self._database.read(lambda tx: self._owned(tx, actor, pool_id))
        return PoolView(pool, await self._count_users(pool_id))

    async def update(self, actor: Actor, pool_id: str, settings: PoolSettings) -> None:
        """Replace the settings; what the request cannot hold stays. An empty name keeps the name.

        Tier, dynamic registration, issuer, keys and level names stay when left out: resetting
        them silently would change tokens under live clients.
        """

        def decide(tx: Transaction, pool: UserPool) -> UserPool:
            self._refuse_while_importing(tx, pool_id)
            old = pool.settings
            changed = replace(
                pool,
                settings=replace(
                    mirrored(settings),
                    name=settings.name or old.name,
                    schema_attributes=old.schema_attributes,
                    alias_attributes=old.alias_attributes,
                    username_attributes=old.username_attributes,
                    username_configuration=old.username_configuration,
                    user_pool_tier=settings.user_pool_tier or old.user_pool_tier,
                    dcr_configuration=settings.dcr_configuration or old.dcr_configuration,
                    key_configuration=settings.key_configuration or old.key_configuration,
                    issuer_configuration=settings.issuer_configuration or old.issuer_configuration,
                    acr_configuration=(
                        old.acr_configuration
                        if settings.acr_configuration is None
                        else settings.acr_configuration
                    ),
                ),
                password_storage=password_storage_of(
                    settings.user_pool_tags, pool.password_storage
                ),
            )
            check_update(pool, changed, tiers_enforced=self._tiers_enforced)
            if self._tiers_enforced and tier(changed) == "LITE" != tier(pool):
                self._refuse_rotating_clients(tx, pool_id)
            return changed

        await self._change(actor, pool_id, "UpdateUserPool", decide=decide)

    async def delete(self, actor: Actor, pool_id: str) -> None:
        """Delete a pool: at once for every caller, its last rows in batches."""

        def remove(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            pool = self._owned(tx, actor, pool_id)
            self._refuse_while_importing(tx, pool_id)
            if pool.replica_regions:
                raise InvalidParameter(wording.HAS_REPLICA)
            if pool.settings.deletion_protection == "ACTIVE":
                raise InvalidParameter(wording.DELETION_PROTECTED)
            if pool.domains:
                raise InvalidParameter(wording.HAS_DOMAIN)
            self._pools.delete(tx, pool_id)
            self._record(tx, actor, "DeleteUserPool", pool)

        await self._database.write(remove)
        self._book.changed()
        self._counts.pop(pool_id, None)
        await self._purge(pool_id)

    async def purge(self) -> bool:
        """Delete some rows of deleted pools; True when nothing is left. For a sweep."""
        left = await self._database.read(self._pools.purges)
        return all([await self._purge(pool_id) for pool_id in left])

    async def list(self, actor: Actor, *, limit: int, next_token: str | None) -> Page:
        """Return a page of the account's pools, oldest first."""
        scope = f"ListUserPools/{self._region}/{actor.account}"
        after = read_position(self._page_tokens, next_token, scope, now_ms=self._clock.now_ms())
        found = await self._database.read(
            lambda tx: self._pools.page(tx, actor.account, after=after, limit=limit + 1)
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._page_tokens.issue(scope, f"{last.created_ms}/{last.id}")
        return Page(found[:limit], token)

    async def add_custom_attributes(
        self, actor: Actor, pool_id: str, added: Sequence[SchemaAttribute]
    ) -> None:
        """Add attributes at the end of the schema."""

        def decide(tx: Transaction, pool: UserPool) -> UserPool:
            self._refuse_while_importing(tx, pool_id)
            schema = add_custom(pool.settings.schema_attributes, added)
            return replace(pool, settings=replace(pool.settings, schema_attributes=schema))

        await self._change(actor, pool_id, "AddCustomAttributes", decide=decide)

    async def csv_header(self, actor: Actor, pool_id: str) -> tuple[str, ...]:
        """Return the columns of an import file."""
        pool = await self._database.read(lambda tx: self._owned(tx, actor, pool_id))
        return csv_header(pool.settings.schema_attributes)

    async def mfa(self, actor: Actor, pool_id: str) -> MfaConfig:
        """Return the second factors."""
        return described_mfa(await self._database.read(lambda tx: self._owned(tx, actor, pool_id)))

    async def set_mfa(self, actor: Actor, pool_id: str, change: MfaConfig) -> MfaConfig:
        """Replace the second factors and return them."""

        def decide(_tx: Transaction, pool: UserPool) -> UserPool:
            return change_mfa(pool, change, tiers_enforced=self._tiers_enforced)

        return described_mfa(
            await self._change(actor, pool_id, "SetUserPoolMfaConfig", decide=decide)
        )

    async def tags(self, actor: Actor, arn: str) -> dict[str, str]:
        """Return the tags of the pool with this ARN."""
        pool_id = pool_id_of(arn)
        pool = await self._database.read(lambda tx: self._owned(tx, actor, pool_id))
        _check_arn(pool, arn)
        return pool.settings.user_pool_tags or {}

    async def tag(self, actor: Actor, arn: str, tags: dict[str, str]) -> None:
        """Add tags, replacing values of equal keys."""

        def decide(_tx: Transaction, pool: UserPool) -> UserPool:
            _check_arn(pool, arn)
            merged = {**(pool.settings.user_pool_tags or {}), **tags}
            check_tags(merged, InvalidParameter)
            return replace(
                pool,
                settings=replace(pool.settings, user_pool_tags=merged),
                password_storage=password_storage_of(tags, pool.password_storage),
            )

        await self._change(actor, pool_id_of(arn), "TagResource", decide=decide)

    async def untag(self, actor: Actor, arn: str, keys: Sequence[str]) -> None:
        """Remove tags. How passwords are stored stays, whatever tag goes."""

        def decide(_tx: Transaction, pool: UserPool) -> UserPool:
            _check_arn(pool, arn)
            tags = pool.settings.user_pool_tags or {}
            left = {key: value for key, value in tags.items() if key not in keys}
            return replace(pool, settings=replace(pool.settings, user_pool_tags=left))

        await self._change(actor, pool_id_of(arn), "UntagResource", decide=decide)

    # ------------------------------------------------------------------------------ parts

    async def _change(
        self,
        actor: Actor,
        pool_id: str,
        operation: str,
        *,
        decide: Callable[[Transaction, UserPool], UserPool],
    ) -> UserPool:
        """Replace a pool by what `decide` makes of it, and tell every node."""
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> UserPool:
            self._pools.bump_epoch(tx)
            stored = self._owned(tx, actor, pool_id)
            changed = decide(tx, stored)
            if is_copy(stored):
                changed = replace(changed, password_storage=stored.password_storage)
            check_change(stored, changed)
            changed = replace(changed, modified_ms=now_ms)
            self._pools.save(tx, changed)
            self._record(tx, actor, operation, changed)
            return changed

        changed = await self._database.write(save)
        self._book.changed()
        return changed

    def _owned(self, tx: Transaction, actor: Actor, pool_id: str) -> UserPool:
        pool = self._pools.get(tx, pool_id)
        if pool is None or pool.account != actor.account:
            raise ResourceNotFound(wording.no_pool(pool_id))
        return pool

    def _record(self, tx: Transaction, actor: Actor, operation: str, pool: UserPool) -> None:
        now_ms = self._clock.now_ms()
        self._audit.record(tx, actor, operation=operation, resource=pool.arn, now_ms=now_ms)

    def _refuse_while_importing(self, tx: Transaction, pool_id: str) -> None:
        """Refuse to change what a running import judges its rows by."""
        if self._pools.is_importing(tx, pool_id):
            raise UserImportInProgress(wording.IMPORT_IN_PROGRESS)

    def _refuse_rotating_clients(self, tx: Transaction, pool_id: str) -> None:
        rows = self._clients.page(
            tx, pool_id, after=(0, ""), limit=self._clients.count(tx, pool_id)
        )
        if any(rotates(row.document.settings) for row in rows):
            raise FeatureUnavailableInTier(wording.above_tier("LITE", [wording.ROTATION_FEATURE]))

    async def _count_users(self, pool_id: str) -> int:
        now_ms = self._clock.now_ms()
        kept, at_ms = self._counts.get(pool_id, (0, 0))
        if kept and now_ms - at_ms < COUNT_KEPT_MS:
            return kept

        def up_to(cap: int) -> Awaitable[int]:
            return self._database.read(lambda tx: self._pools.count_users(tx, pool_id, cap=cap))

        counted = await up_to(COUNTED_EXACTLY)
        if counted == COUNTED_EXACTLY:
            counted = await up_to(COUNTED_AT_MOST)
            self._counts[pool_id] = (counted, now_ms)
        return counted

    async def _purge(self, pool_id: str) -> bool:
        for _ in range(PURGE_BATCHES):
            if await self._database.write(
                lambda tx: self._pools.purge(tx, pool_id, limit=PURGE_BATCH)
            ):
                return True
        return False


def pool_id_of(arn: str) -> str:
    """Return the id of the pool that an ARN names; refuse an ARN of anything else."""
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[2] == "cognito-idp":
        kind, _, pool_id = parts[5].partition("/")
        if kind == "userpool" and pool_id:
            return pool_id
    raise InvalidParameter(wording.INVALID_ARN)


def _check_arn(pool: UserPool, arn: str) -> None:
    """Refuse an ARN with another account or region than the pool's."""
    if pool.arn != arn:
        raise ResourceNotFound(wording.no_pool(pool.id))


def read_position(
    tokens: PageTokens, token: str | None, scope: str, *, now_ms: int
) -> tuple[int, str]:
    """Return (time, name) after which a page begins; the very beginning without a token."""
    if token is None:
        return (0, "")
    time, _, name = tokens.read(token, scope, now_ms).partition("/")
    return (int(time), name)
