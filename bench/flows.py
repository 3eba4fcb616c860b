"""What each operation costs: on SQLite and PostgreSQL, with one and two workers.

Servers of all kinds run side by side. Each operation is measured on each of them in short turns,
and so are the floors; a disturbance of the machine then meets all alike. Other load can only add
to what a turn costs, so the cheapest turn of many counts.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Final, NamedTuple

from bench import aws
from bench.client import Client
from bench.floor import Calibration
from bench.operations import OPERATIONS, Subject
from bench.postgres import RoundTrips
from bench.serving import SETTLE_S, Process, poolkeep
from bench.tenant import Tenant
from tests.support.postgres import Cluster

CALIBRATED: Final = ("rs256_sign", "rs256_verify", "srp_fixed_base", "srp_power")
COUNTED: Final = 128
COUNTED_NAMES: Final = ("sign-up", "password sign-in", "SRP sign-in", "refresh")


class Kind(NamedTuple):
    """One way to run a server."""

    database: str
    workers: int

    @property
    def name(self) -> str:
        many = "worker" if self.workers == 1 else "workers"
        return f"{self.database}, {self.workers} {many}"


class Results(NamedTuple):
    """CPU µs of operations by kind and name, and the floors of the same minutes."""

    costs: dict[Kind, dict[str, float]]
    floors: dict[str, float]


async def measure(folder: Path, cluster: Cluster | None, *, rounds: int) -> Results:
    """Measure every operation on every kind of server."""
    databases = ["SQLite"] if cluster is None else ["SQLite", "PostgreSQL"]
    kinds = [Kind(database, workers) for database in databases for workers in (1, 2)]
    best = {kind: {each.name: float("inf") for each in OPERATIONS} for kind in kinds}
    calibration = Calibration()
    calibration.sample("argon2id")
    async with contextlib.AsyncExitStack() as stack:
        subjects: dict[Kind, Subject] = {}
        for number, kind in enumerate(kinds):
            on_postgres = cluster is not None and kind.database == "PostgreSQL"
            url = cluster.url(cluster.create()) if cluster and on_postgres else None
            subjects[kind] = await new_subject(
                stack,
                poolkeep(folder / f"flows-{number}", workers=kind.workers, database_url=url),
            )
        await asyncio.sleep(SETTLE_S)
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds}", flush=True)
            # As often and as long as each operation, so that the best of both is found alike.
            calibration.sample(*CALIBRATED)
            for operation in OPERATIONS:
                for kind, subject in subjects.items():
                    cost = await operation.run(subject, operation.turn)
                    best[kind][operation.name] = min(best[kind][operation.name], cost)
    return Results(best, calibration.floors())


async def round_trips(folder: Path, cluster: Cluster) -> dict[str, float]:
    """Return how often PostgreSQL is asked for each operation."""
    proxy = RoundTrips(cluster.url(cluster.create()))
    found: dict[str, float] = {}
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(proxy.running())
        server = poolkeep(folder / "counted", database_url=proxy.url)
        subject = await new_subject(stack, server)
        await asyncio.sleep(SETTLE_S)
        for operation in [each for each in OPERATIONS if each.name in COUNTED_NAMES]:
            await operation.run(subject, COUNTED)  # so that every connection knows its statements
            before = proxy.count
            await operation.run(subject, COUNTED)
            found[operation.name] = (proxy.count - before) / COUNTED
    return found


async def new_subject(stack: contextlib.AsyncExitStack, server: Process) -> Subject:
    """Start a server, and give it pools and users."""
    await stack.enter_async_context(server)
    client = await stack.enter_async_context(Client(server.port))
    credentials = aws.credentials_of(server.folder)
    tenant, coded = Tenant(client, credentials), Tenant(client, credentials)
    await tenant.create(AliasAttributes=["email"])
    await coded.create(AutoVerifiedAttributes=["email"])
    subject = Subject(server, tenant, coded)
    await subject.prepare()
    return subject
