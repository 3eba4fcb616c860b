"""How fast `poolkeep import` is, and in how much memory: `python -m bench.imports`.

The names in the file are in no order, as after an export by age: every index but those by id is
hit all over. Each row has a verified address that signs in as an alias, two names and a birthday:
ten rows in three tables.
"""

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final, NamedTuple

from bench import aws, postgres
from bench.client import Client
from bench.serving import ROOT, poolkeep
from bench.tenant import Tenant
from tests.support.postgres import Cluster

TITLE: Final = "## Import"
NOTE: Final = """\
Users by `poolkeep import`, into a pool that signs in by verified addresses too: ten rows in
three tables for each. The names in the file are in no order. "Own" memory is without the pages of
programs and libraries. PostgreSQL's processes are not counted, and do not wait for their disk."""
SIZES: Final = (100_000, 1_000_000)
QUICK_SIZES: Final = (20_000,)
STRIDE: Final = 7919
"""A prime: meets every number of a file once, and far from the one before."""
LOOK_S: Final = 0.05


class Run(NamedTuple):
    """One import."""

    rows: int
    seconds: float
    cpu_s: float
    peak_mb: float
    anonymous_mb: float

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.seconds

    @property
    def cpu_us(self) -> float:
        return self.cpu_s / self.rows * 1e6


Results = dict[str, list[Run]]
"""Runs by database, from small to large."""


def databases(cluster: Cluster | None) -> dict[str, str | None]:
    """Return where to import: a file of its own, and a database of the cluster if there is one."""
    found: dict[str, str | None] = {"SQLite": None}
    if cluster is not None:
        found["PostgreSQL"] = cluster.url(cluster.create())
    return found


async def measure(
    folder: Path, databases: dict[str, str | None], *, sizes: tuple[int, ...]
) -> Results:
    """Import a file of each size into a fresh pool of each database; no server runs meanwhile."""
    found: Results = {}
    for name, url in databases.items():
        for rows in sizes:
            data = folder / f"import-{name}"
            pool_id, columns = await _pool(data, url)
            file = data / "users.csv"
            _write(file, columns, rows)
            print(f"  {name}: {rows:,} rows", flush=True)
            run = await asyncio.to_thread(_import, data, url, pool_id, file)
            file.unlink()
            found.setdefault(name, []).append(run._replace(rows=rows))
    return found


def section(found: Results) -> str:
    """Return the figures as a section of the page."""
    lines = [
        "| poolkeep import | rows a second | seconds | CPU µs a row | peak memory, MB | own, MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for database, runs in found.items():
        for run in runs:
            cells = [
                f"{database}, {run.rows:,} rows", f"{run.rows_per_s:,.0f}", f"{run.seconds:.0f}",
                f"{run.cpu_us:.0f}", f"{run.peak_mb:.0f}", f"{run.anonymous_mb:.0f}",
            ]  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
    return "\n\n".join([TITLE, "\n".join(lines), NOTE])


async def _pool(data: Path, url: str | None) -> tuple[str, list[str]]:
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(poolkeep(data, database_url=url))
        client = await stack.enter_async_context(Client(server.port))
        tenant = Tenant(client, aws.credentials_of(data))
        await tenant.create(AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
        [told] = await tenant.admin("GetCSVHeader", [{"UserPoolId": tenant.pool_id}])
        columns: list[str] = told["CSVHeader"]
        return tenant.pool_id, columns


def _write(file: Path, columns: list[str], rows: int) -> None:
    with file.open("w") as out:
        out.write(",".join(columns) + "\n")
        for place in range(rows):
            name = f"person{place * STRIDE % rows:07d}"
            values = {
                "cognito:username": name,
                "cognito:mfa_enabled": "FALSE",
                "email": f"{name}@example.org",
                "email_verified": "TRUE",
                "given_name": "Ada",
                "family_name": "Lovelace",
                "birthdate": "12/10/1815",
            }
            out.write(",".join(values.get(column, "") for column in columns) + "\n")


def _import(data: Path, url: str | None, pool_id: str, file: Path) -> Run:
    where = ["--data", str(data), *(["--database", url] if url else [])]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "poolkeep", "import", pool_id, str(file), *where],
        cwd=ROOT, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    peak = _Peak(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    assert status == 0, "the import failed"
    return Run(
        rows=0,
        seconds=seconds,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        anonymous_mb=peak.end(),
    )


class _Peak:
    """The most memory of its own that a process has had, without the pages of libraries."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._most_kb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return self._most_kb / 1024

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            with contextlib.suppress(OSError):
                found = re.search(r"RssAnon:\s+([0-9]+) kB", self._status.read_text())
                self._most_kb = max(self._most_kb, int(found[1]) if found else 0)


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description="Measure.")
    parser.add_argument("--quick", action="store_true", help="one small file")
    sizes = QUICK_SIZES if parser.parse_args().quick else SIZES
    with (
        tempfile.TemporaryDirectory(prefix="poolkeep-bench-") as name,
        postgres.cluster() as cluster,
    ):
        print(section(asyncio.run(measure(Path(name), databases(cluster), sizes=sizes))))


if __name__ == "__main__":
    main()
