"""Measure, and write docs/benchmarks.md.

python -m bench            all of it, about half an hour
python -m bench --quick    fewer turns, smaller pools, no moto; two minutes, and only printed
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from bench import flows, imports, machine, moto, postgres, report, scale, starts

SIZES = {
    "SQLite": [1_000, 100_000, 1_000_000],
    "PostgreSQL": [1_000, 100_000, 1_000_000],
}
QUICK_SIZES = {"SQLite": [1_000, 100_000]}
LEFT_OUT = "Left out: this was a quick run."


async def run(*, quick: bool) -> str:
    """Measure everything and return the page."""
    began = time.monotonic()
    before = machine.load()
    with (
        tempfile.TemporaryDirectory(prefix="poolkeep-bench-") as name,
        postgres.cluster() as cluster,
    ):
        folder = Path(name)
        print("starts and memory", flush=True)
        begun = await starts.measure(folder, rounds=3 if quick else 7)
        print("operations", flush=True)
        found = await flows.measure(folder, cluster, rounds=5 if quick else 24)
        trips = None
        if cluster is not None:
            print("round trips", flush=True)
            trips = await flows.round_trips(folder, cluster)
        print("moto", flush=True)
        beside: moto.Results | str = LEFT_OUT
        if not quick:
            try:
                beside = await moto.measure(folder, rounds=8)
            except moto.NotMeasured as why:
                beside = f"Not compared: {why}."
        print("sizes", flush=True)
        sizes = await scale.measure(
            folder, cluster, sizes=QUICK_SIZES if quick else SIZES, rounds=4 if quick else 12
        )
        print("imports", flush=True)
        databases = imports.databases(cluster)
        brought = await imports.measure(
            folder, databases, sizes=imports.QUICK_SIZES if quick else imports.SIZES
        )
        return report.page(
            report.Run(
                machine=machine.description(cluster),
                quick=quick,
                minutes=(time.monotonic() - began) / 60,
                loads=(before, machine.load()),
                flows=found,
                scale=sizes,
                imports=brought,
                starts=begun,
                round_trips=trips,
                moto=beside,
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure.")
    parser.add_argument("--quick", action="store_true", help="print a shorter run, write nothing")
    chosen = parser.parse_args()
    page = asyncio.run(run(quick=chosen.quick))
    print(page)
    if not chosen.quick:
        report.PAGE.write_text(page)
        print(f"Written to {report.PAGE.name}.")


if __name__ == "__main__":
    main()
