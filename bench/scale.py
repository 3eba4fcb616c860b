"""Whether an operation costs more in a larger pool.

Pools of three sizes, in databases of their own; the same turns on each, side by side. Users who
are asked for are spread over the whole pool, and there are enough of them that they do not share
a few pages of the database.
"""

import contextlib
import itertools
from pathlib import Path
from typing import Final, NamedTuple

from bench import aws, bulk
from bench.client import Client
from bench.operations import Subject, email_of
from bench.serving import poolkeep
from bench.tenant import Tenant, username
from tests.support.postgres import Cluster

PROBES_MAX: Final = 500
COUNT: Final = 192
SIGN_INS: Final = 32
OPERATIONS: Final = (
    "GetUser",
    "AdminGetUser by alias",
    "sign-in by alias",
    "ListUsers, email =",
    "ListUsers, email ^= (10 users)",
)


class Results(NamedTuple):
    """CPU µs by database, size and operation."""

    costs: dict[str, dict[int, dict[str, float]]]


class Crowd:
    """A pool of one size, and requests about users from all over it."""

    def __init__(self, subject: Subject, size: int) -> None:
        """Ask about `size` users."""
        self.subject = subject
        self.size = size
        step = max(1, size // PROBES_MAX)
        self.probes = list(range(0, size, step * 2))
        self._numbers = itertools.cycle(self.probes)
        # A prime step meets all parts of the pool.
        self._anybody = itertools.cycle(range(0, size, 7919 if size > 100_000 else 7))

    async def prepare(self) -> None:
        """Sign the probes in."""
        tokens = await self.subject.tenant.sign_in([username(n) for n in self.probes])
        self.subject.access_tokens = [each["AccessToken"] for each in tokens]
        self._tokens = itertools.cycle(self.subject.access_tokens)

    def batch(self, operation: str) -> list[bytes]:
        """Return requests for some turns' work."""
        tenant = self.subject.tenant
        match operation:
            case "GetUser":
                return [tenant.get_user_request(next(self._tokens)) for _ in range(COUNT)]
            case "sign-in by alias":
                return [
                    tenant.password_request(email_of(next(self._numbers))) for _ in range(SIGN_INS)
                ]
            case "AdminGetUser by alias":
                pool = {"UserPoolId": tenant.pool_id}
                return [
                    tenant.signed("AdminGetUser", {**pool, "Username": email_of(n)})
                    for n in itertools.islice(self._anybody, COUNT)
                ]
            case "ListUsers, email =":
                texts = [f'email = "{email_of(n)}"' for n in itertools.islice(self._anybody, COUNT)]
                return [tenant.list_request(text) for text in texts]
            case _:
                found = itertools.islice(self._anybody, COUNT)
                return [tenant.list_request(f'email ^= "{n // 10:06x}."') for n in found]


async def measure(
    folder: Path, cluster: Cluster | None, *, sizes: dict[str, list[int]], rounds: int
) -> Results:
    """Fill pools and measure on them; `sizes` by database."""
    costs: dict[str, dict[int, dict[str, float]]] = {}
    for database, wanted in sizes.items():
        if database == "PostgreSQL" and cluster is None:
            continue
        async with contextlib.AsyncExitStack() as stack:
            crowds = []
            for size in wanted:
                print(f"  {database}: {size:,} users", flush=True)
                name = f"crowd-{database}-{size}"
                url = cluster.url(cluster.create()) if cluster and database != "SQLite" else None
                crowds.append(await new_crowd(stack, folder / name, url, size))
            best = {size: dict.fromkeys(OPERATIONS, float("inf")) for size in wanted}
            for number in range(rounds):
                print(f"  {database}: round {number + 1} of {rounds}", flush=True)
                for operation in OPERATIONS:
                    for crowd in crowds:
                        cost, _ = await crowd.subject.cost_us(crowd.batch(operation))
                        known = best[crowd.size]
                        known[operation] = min(known[operation], cost)
            costs[database] = best
    return Results(costs)


async def new_crowd(
    stack: contextlib.AsyncExitStack, data: Path, url: str | None, size: int
) -> Crowd:
    """Make the probes through the API and everybody else in bulk; leave the server running."""
    async with poolkeep(data, database_url=url) as server, Client(server.port) as client:
        tenant = Tenant(client, aws.credentials_of(data))
        await tenant.create(AliasAttributes=["email"])
        crowd = Crowd(Subject(server, tenant, tenant), size)
        await tenant.add_users(crowd.probes, email_of)
    probes = set(crowd.probes)
    others = (number for number in range(size) if number not in probes)
    await bulk.fill(url or f"sqlite:///{data / 'poolkeep.db'}", tenant.pool_id, others, size=size)
    server = await stack.enter_async_context(poolkeep(data, database_url=url))
    tenant.client = await stack.enter_async_context(Client(server.port))
    crowd.subject.server = server
    await crowd.prepare()
    return crowd
