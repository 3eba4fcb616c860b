"""Risk configurations and log delivery: kept with the pool and the client that they are of.

A client's risk configuration stands in place of the pool's, whole. So whoever has pool and client
loaded knows what to do about a risky sign-in. Source: docs/behaviours/threat-settings.md.
"""

from collections.abc import Sequence

import msgspec

from poolkeep.base.refusal import FeatureUnavailableInTier, InvalidParameter
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory import wording
from poolkeep.core.directory.changes import PoolChanges, find_client
from poolkeep.core.directory.model import LogConfiguration, RiskConfiguration
from poolkeep.core.directory.risk_rules import check, demand_protection, described, is_empty
from poolkeep.core.pools.copies import check_risk_change
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.ports import ClientRows
from poolkeep.core.pools.rules import tier
from poolkeep.core.pools.wording import above_tier

NOTICES = "userNotification"
ACTIVITY = "userAuthEvents"


class ThreatSettings:
    """Risk configurations and log delivery of one region's pools."""

    def __init__(self, *, changes: PoolChanges, clients: ClientRows, tiers_enforced: bool) -> None:
        """Keep clients' configurations in `clients`."""
        self._changes = changes
        self._clients = clients
        self._tiers_enforced = tiers_enforced

    async def set_risk(
        self, actor: Actor, pool_id: str, client_id: str | None, wanted: RiskConfiguration
    ) -> RiskConfiguration:
        """Replace the configuration of the pool or of one client; one that is empty removes it."""
        pool = await self._changes.pool(actor, pool_id)
        check(wanted)
        now_ms = self._changes.now_ms()
        kept = None
        if not is_empty(wanted):
            kept = msgspec.structs.replace(wanted, modified_ms=now_ms)

        def work(tx: Transaction, fresh: UserPool) -> None:
            demand_protection(fresh)
            check_risk_change(fresh, kept, client_id)
            if client_id is None:
                self._changes.save_pool(tx, msgspec.structs.replace(fresh, risk=kept))
                return
            row = find_client(tx, self._clients, pool_id, client_id)
            document = msgspec.structs.replace(row.document, risk=kept)
            self._clients.save(tx, msgspec.structs.replace(row, document=document))

        detail = {} if client_id is None else {"client_id": client_id}
        await self._changes.write(actor, pool, "SetRiskConfiguration", work=work, **detail)
        return described(kept or RiskConfiguration())

    async def describe_risk(
        self, actor: Actor, pool_id: str, client_id: str | None
    ) -> RiskConfiguration:
        """Return the configuration of exactly the pool or the client; empty when there is none."""
        pool = await self._changes.stored(actor, pool_id)
        demand_protection(pool)
        found = pool.risk
        if client_id is not None:
            row = await self._changes.read(
                lambda tx: find_client(tx, self._clients, pool_id, client_id)
            )
            found = row.document.risk
        return described(found or RiskConfiguration())

    async def set_logs(
        self, actor: Actor, pool_id: str, wanted: Sequence[LogConfiguration]
    ) -> tuple[LogConfiguration, ...]:
        """Replace where logs go; an empty list turns delivery off."""
        pool = await self._changes.pool(actor, pool_id)
        kept = tuple(wanted)
        _check_logs(kept)

        def work(tx: Transaction, fresh: UserPool) -> None:
            exports = any(log.event_source == ACTIVITY for log in kept)
            if self._tiers_enforced and exports and tier(fresh) != "PLUS":
                text = above_tier(tier(fresh), [wording.LOG_EXPORT_FEATURE])
                raise FeatureUnavailableInTier(text)
            changed = msgspec.structs.replace(fresh, log_configurations=kept)
            self._changes.save_pool(tx, changed)

        await self._changes.write(actor, pool, "SetLogDeliveryConfiguration", work=work)
        return kept

    async def logs(self, actor: Actor, pool_id: str) -> tuple[LogConfiguration, ...]:
        """Return where logs go."""
        return (await self._changes.stored(actor, pool_id)).log_configurations


def _check_logs(logs: tuple[LogConfiguration, ...]) -> None:
    if len({log.event_source for log in logs}) != len(logs):
        raise InvalidParameter(wording.LOG_TWICE)
    for log in logs:
        group = log.cloud_watch_logs_configuration
        bucket, stream = log.s3_configuration, log.firehose_configuration
        given = [
            group is not None and group.log_group_arn,
            bucket is not None and bucket.bucket_arn,
            stream is not None and stream.stream_arn,
        ]
        places = [place for place in (group, bucket, stream) if place is not None]
        if log.event_source == NOTICES:
            fine = log.log_level == "ERROR" and len(places) == 1 and bool(given[0])
        else:
            fine = log.log_level == "INFO" and len(places) == 1 and any(given)
        if not fine:
            raise InvalidParameter(wording.bad_log(log.event_source))
