"""Whether a pool tracks sessions, how many a user may have, and how long SSO lasts at a client.

These settings stand beside the pool's and the client's own: no description shows them and no
update resets them. Source: docs/behaviours/sessions.md.
"""

from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import (
    FeatureUnavailableInTier,
    OperationNotEnabled,
    ResourceNotFound,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.clients import client_of, row_of
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.ports import ClientRows, PoolRows
from poolkeep.core.pools.rules import owned_pool, tier
from poolkeep.core.pools.wording import above_tier, no_client, no_pool
from poolkeep.core.sessions import wording
from poolkeep.core.sessions.ports import SessionRows

PURGE_BATCH: Final = 500
"""Records that one write deletes when tracking ends."""
ON: Final = "ENABLED"
OFF: Final = "DISABLED"


class PoolSessions(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's settings of sessions."""

    user_session_tracking: str
    max_per_user: int


class SessionSettings:
    """The four operations that tell and set them."""

    def __init__(
        self,
        *,
        database: Database,
        pools: PoolRows,
        clients: ClientRows,
        sessions: SessionRows,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        tiers_enforced: bool,
    ) -> None:
        """Take what the use cases need; `tiers_enforced` is the setting of that name."""
        self._database = database
        self._pools = pools
        self._clients = clients
        self._sessions = sessions
        self._book = book
        self._audit = audit
        self._clock = clock
        self._tiers_enforced = tiers_enforced

    async def of_pool(self, actor: Actor, pool_id: str) -> PoolSessions:
        """Return the pool's settings; never set, they are DISABLED and 20."""
        pool = await self._database.read(lambda tx: self._owned(tx, actor, pool_id))
        return _told(pool)

    async def set_pool(self, actor: Actor, pool_id: str, wanted: PoolSessions) -> PoolSessions:
        """Replace the pool's settings. Where tracking ends, the records go; the tokens stay."""
        tracks = wanted.user_session_tracking == ON
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> UserPool:
            self._pools.bump_epoch(tx)
            pool = self._owned(tx, actor, pool_id)
            if self._tiers_enforced and tier(pool) == "LITE":
                raise FeatureUnavailableInTier(above_tier("LITE", [wording.FEATURE]))
            changed = msgspec.structs.replace(
                pool,
                session_tracking=tracks,
                token_sessions_per_user=wanted.max_per_user,
                modified_ms=now_ms,
            )
            self._pools.save(tx, changed)
            self._record(tx, actor, "SetUserPoolSessionConfiguration", pool)
            return changed

        changed = await self._database.write(save)
        self._book.changed()
        if not tracks:
            await self._purge(pool_id)
        return _told(changed)

    async def of_client(self, actor: Actor, pool_id: str, client_id: str) -> int:
        """Return the client's minutes, dormant or not."""
        loaded = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
        row = await self._database.read(lambda tx: self._clients.get(tx, client_id))
        if row is None or row.pool_id != pool_id:
            raise ResourceNotFound(no_client(client_id))
        return client_of(row, loaded.keys).sso_minutes

    async def set_client(self, actor: Actor, pool_id: str, client_id: str, *, minutes: int) -> int:
        """Set for how many minutes a browser's sign-in is good for the client; 0 is never."""
        loaded = owned_pool(await self._book.pool(pool_id), pool_id, actor.account)
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> None:
            self._pools.bump_epoch(tx)
            pool = self._owned(tx, actor, pool_id)
            self._check_tracking(pool)
            row = self._clients.get(tx, client_id)
            if row is None or row.pool_id != pool_id:
                raise ResourceNotFound(no_client(client_id))
            client = client_of(row, loaded.keys)
            changed = msgspec.structs.replace(client, sso_minutes=minutes, modified_ms=now_ms)
            self._clients.save(tx, row_of(changed, loaded.keys))
            detail = {"client_id": client_id}
            self._record(tx, actor, "SetUserPoolClientSessionConfiguration", pool, detail)

        await self._database.write(save)
        self._book.changed()
        return minutes

    def _check_tracking(self, pool: UserPool) -> None:
        if self._tiers_enforced and tier(pool) == "LITE":
            raise FeatureUnavailableInTier(above_tier("LITE", [wording.FEATURE]))
        if not pool.session_tracking:
            raise OperationNotEnabled(wording.NOT_TRACKED)

    async def _purge(self, pool_id: str) -> None:
        """Delete the pool's records in batches that hold a lock only briefly.

        A record that survives a kill tells of tokens that live, or has expired: no harm is done
        when tracking begins again.
        """

        def delete(tx: Transaction) -> int:
            return self._sessions.delete_some(tx, pool_id, limit=PURGE_BATCH)

        while await self._database.write(delete) >= PURGE_BATCH:
            pass

    def _owned(self, tx: Transaction, actor: Actor, pool_id: str) -> UserPool:
        pool = self._pools.get(tx, pool_id)
        if pool is None or pool.account != actor.account:
            raise ResourceNotFound(no_pool(pool_id))
        return pool

    def _record(
        self,
        tx: Transaction,
        actor: Actor,
        operation: str,
        pool: UserPool,
        detail: dict[str, str] | None = None,
    ) -> None:
        self._audit.record(
            tx,
            actor,
            operation=operation,
            resource=pool.arn,
            now_ms=self._clock.now_ms(),
            detail=detail or {},
        )


def _told(pool: UserPool) -> PoolSessions:
    return PoolSessions(
        user_session_tracking=ON if pool.session_tracking else OFF,
        max_per_user=pool.token_sessions_per_user,
    )
