"""The same requests against moto's server, side by side with ours.

moto is not a dependency: a virtual environment outside of the project is made for the
measurement and removed again. Without a package index there is nothing to compare, and the page
says so.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from bench import aws
from bench.client import Client, RequestFailed
from bench.flows import new_subject
from bench.operations import OPERATIONS, Subject, email_of
from bench.scale import Crowd, new_crowd
from bench.serving import Process, poolkeep
from bench.tenant import Tenant
from tests.support import processes

VERSION: Final = "5.2.5"
INSTALL_S: Final = 240.0
FILL_S: Final = 100.0
FILL_STEP: Final = 500
USERS: Final = 25_000
LISTS: Final = 16
COMPARED: Final = {
    "sign-up": 48,
    "password sign-in": 32,
    "refresh": 32,
    "GetUser, token seen before": 64,
}


class Results(NamedTuple):
    """CPU µs by operation, theirs and ours; how many users the list had; starts in ms."""

    theirs: dict[str, float]
    ours: dict[str, float]
    users: int
    start_ms: float


class NotMeasured(Exception):
    """moto could not be had; the text says why."""


async def measure(folder: Path, *, rounds: int) -> Results:
    """Compare. Raises NotMeasured."""
    program = await asyncio.to_thread(_install, folder / "moto")
    theirs: dict[str, float] = {}
    ours: dict[str, float] = {}
    async with contextlib.AsyncExitStack() as stack:
        mine = await new_subject(stack, poolkeep(folder / "beside-moto"))
        moto = await stack.enter_async_context(_server(program, folder))
        client = await stack.enter_async_context(Client(moto.port))
        tenant = Tenant(client, aws.ANY)
        try:
            await tenant.create()
            other = Subject(moto, tenant, tenant)
            await other.prepare()
            for operation in OPERATIONS:
                if operation.name in COMPARED:
                    count = COMPARED[operation.name]
                    for costs in (theirs, ours):
                        costs[operation.name] = float("inf")
                    for _ in range(rounds):
                        for subject, costs in ((other, theirs), (mine, ours)):
                            cost = await operation.run(subject, count)
                            costs[operation.name] = min(costs[operation.name], cost)
            users = await _fill(other)
            crowd = await new_crowd(stack, folder / "crowd-moto", None, users)
            await _lists(other, crowd, rounds, theirs=theirs, ours=ours)
        except (RequestFailed, TimeoutError) as problem:
            raise NotMeasured(f"moto answered otherwise than expected: {problem}") from problem
    return Results(theirs, ours, users, moto.start_ms)


async def _fill(subject: Subject) -> int:
    """Sign users up until the pool has enough of them, or the time is over; return how many."""
    tenant = subject.tenant
    ends = time.monotonic() + FILL_S
    number = 0
    while number < USERS and time.monotonic() < ends:
        numbers = range(number, min(number + FILL_STEP, USERS))
        requests = [
            tenant.sign_up_request(f"crowd-{each}", email=email_of(10_000_000 + each))
            for each in numbers
        ]
        await subject.client.run(requests)
        number = numbers.stop
        if number % 5_000 == 0:
            print(f"  moto: {number:,} users", flush=True)
    return number


async def _lists(
    other: Subject,
    crowd: Crowd,
    rounds: int,
    *,
    theirs: dict[str, float],
    ours: dict[str, float],
) -> None:
    """Measure filtered lists over as many users on both sides."""
    filters = {
        "ListUsers, email =": 'email = "{}"',
        "ListUsers, email ^= (10 users)": 'email ^= "{}"',
    }
    for name, form in filters.items():
        exact = "^" not in form
        theirs[name] = ours[name] = float("inf")
        for turn in range(min(rounds, 4)):
            numbers = range(turn * LISTS * 10, (turn + 1) * LISTS * 10, 10)
            for subject, first, costs in (
                (other, 10_000_000, theirs),
                (crowd.subject, 0, ours),
            ):
                texts = [email_of(first + each) for each in numbers]
                texts = texts if exact else [text.partition(".")[0] + "." for text in texts]
                cost, _ = await subject.cost_us(
                    [subject.tenant.list_request(form.format(text)) for text in texts]
                )
                costs[name] = min(costs[name], cost)


def _install(venv: Path) -> Path:
    """Return moto's server program, freshly installed."""
    pip = venv / "bin" / "pip"
    wanted = f"moto[server,cognitoidp]=={VERSION}"
    try:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True, capture_output=True)
        subprocess.run(
            [pip, "install", "--quiet", "--disable-pip-version-check", wanted],
            check=True, capture_output=True, timeout=INSTALL_S,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as problem:
        raise NotMeasured(f"moto {VERSION} could not be installed") from problem
    return venv / "bin" / "moto_server"


def _server(program: Path, folder: Path) -> Process:
    port = processes.free_port()
    data = folder / "moto-log"
    data.mkdir()
    ready = f"GET /moto-api/data.json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    command = [str(program), "-H", "127.0.0.1", "-p", str(port)]
    return Process(command, port, folder=data, ready=ready)
