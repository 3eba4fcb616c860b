"""Measure, and write docs/benchmarks.md.

python -m bench                  all of it, about forty minutes
python -m bench --quick          fewer turns, smaller pools, no moto; and only printed
python -m bench --only oauth     one section, put in place of the page's old one
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from bench import (
    flows,
    functions,
    identity,
    identity_scale,
    imports,
    machine,
    moto,
    oauth,
    postgres,
    report,
    scale,
    second_factor,
    starts,
)
from tests.support.postgres import Cluster

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
        print("second factor", flush=True)
        factor = await second_factor.measure_all(
            folder, imports.databases(cluster), rounds=4 if quick else 24
        )
        print("functions", flush=True)
        called = await functions.measure(folder, rounds=4 if quick else 20)
        print("managed login", flush=True)
        login = await oauth.measure(folder, rounds=3 if quick else 12)
        print("identities", flush=True)
        identities = await identity.measure(
            folder,
            cluster,
            rounds=identity.QUICK_ROUNDS if quick else identity.ROUNDS,
            sizes=identity.QUICK_SIZES if quick else identity_scale.SIZES,
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
                second_factor=factor,
                functions=called,
                oauth=login,
                identity=identities,
                imports=brought,
                starts=begun,
                round_trips=trips,
                moto=beside,
            )
        )


async def _oauth(folder: Path, _: Cluster | None) -> str:
    return oauth.section(await oauth.measure(folder, rounds=12))


async def _functions(folder: Path, _: Cluster | None) -> str:
    return functions.section(await functions.measure(folder, rounds=20))


async def _second_factor(folder: Path, cluster: Cluster | None) -> str:
    databases = imports.databases(cluster)
    return second_factor.section(await second_factor.measure_all(folder, databases, rounds=24))


async def _imports(folder: Path, cluster: Cluster | None) -> str:
    databases = imports.databases(cluster)
    return imports.section(await imports.measure(folder, databases, sizes=imports.SIZES))


async def _identity(folder: Path, cluster: Cluster | None) -> str:
    rounds, sizes = identity.ROUNDS, identity_scale.SIZES
    return identity.section(await identity.measure(folder, cluster, rounds=rounds, sizes=sizes))


SECTIONS: Final[dict[str, Callable[[Path, Cluster | None], Coroutine[Any, Any, str]]]] = {
    "oauth": _oauth,
    "functions": _functions,
    "second_factor": _second_factor,
    "identity": _identity,
    "imports": _imports,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure.")
    parser.add_argument("--quick", action="store_true", help="print a shorter run, write nothing")
    parser.add_argument("--only", choices=SECTIONS, help="measure one section and replace it")
    chosen = parser.parse_args()
    if chosen.only is None:
        page = asyncio.run(run(quick=chosen.quick))
        print(page)
    else:
        with (
            tempfile.TemporaryDirectory(prefix="poolkeep-bench-") as name,
            postgres.cluster() as cluster,
        ):
            before = machine.load()
            measured = SECTIONS[chosen.only](Path(name), cluster)
            section = f"{asyncio.run(measured)}\n\n{report.alone(before, machine.load())}"
        print(section)
        page = report.with_section(report.PAGE.read_text(), section)
    if not chosen.quick:
        report.PAGE.write_text(page)
        print(f"Written to {report.PAGE.name}.")


if __name__ == "__main__":
    main()
