"""How long a start takes, and what a worker holds at rest."""

import statistics
from pathlib import Path
from typing import NamedTuple

from bench.serving import poolkeep


class Results(NamedTuple):
    """Milliseconds from the command to the first answer; megabytes (PSS) of each worker at rest."""

    first_ms: float
    """Of the very first start, which makes keys and tables."""
    again_ms: float
    again_best_ms: float
    one_worker_mb: float
    two_workers_mb: float


async def measure(folder: Path, *, rounds: int) -> Results:
    """Start a server again and again."""
    first, again = [], []
    for number in range(rounds):
        data = folder / f"start-{number}"
        async with poolkeep(data) as server:
            first.append(server.start_ms)
        async with poolkeep(data) as server:
            again.append(server.start_ms)
    # Other modes hide their memory from everybody but root.
    async with poolkeep(folder / "rest-1", "--dev") as server:
        one = server.worker_pss_mb()
    async with poolkeep(folder / "rest-2", "--dev", workers=2) as server:
        two = server.worker_pss_mb()
    return Results(
        first_ms=statistics.median(first),
        again_ms=statistics.median(again),
        again_best_ms=min(again),
        one_worker_mb=max(one),
        two_workers_mb=max(two),
    )
