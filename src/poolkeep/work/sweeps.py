"""All sweeps of one region."""

from collections.abc import Mapping

from poolkeep.base.clock import Clock
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database
from poolkeep.core.messages.ports import OutboxRows, Transport
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.pools.ports import PoolRows
from poolkeep.work.expiry import ExpiredRows, ExpirySweep
from poolkeep.work.messages import Delivery, MessageSweep
from poolkeep.work.purge import PurgeSweep
from poolkeep.work.sweep import Sweep


def sweeps(  # noqa: PLR0913  what the sweeps need together
    *,
    database: Database,
    outbox: OutboxRows,
    expired: ExpiredRows,
    pools: PoolBook,
    pool_rows: PoolRows,
    transports: Mapping[str, Transport],
    clock: Clock,
    wall_clock: Clock,
    log: Log,
    delivery: Delivery | None = None,
) -> tuple[Sweep, ...]:
    """Return the sweeps over one region's database.

    Rows expire by `clock`, which development moves; leases and pauses go by `wall_clock`.
    """
    return (
        MessageSweep(
            database=database,
            outbox=outbox,
            pools=pools,
            transports=transports,
            clock=wall_clock,
            log=log,
            delivery=delivery,
        ),
        ExpirySweep(database=database, rows=expired, clock=clock),
        PurgeSweep(database=database, pools=pool_rows),
    )
