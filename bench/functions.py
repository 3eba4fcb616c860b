"""What functions cost, and whom one that hangs delays: `python -m bench.functions`.

over the function   from the call to the answer, less what the function took by its own clock
sign-ins            a second, with a warm pre-token function and without, in turns
one that hangs      latencies of other pools' sign-ins, alone and beside 200 that hang
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from bench import aws
from bench.client import Client
from bench.serving import ROOT, SETTLE_S, Process, poolkeep
from bench.tenant import Tenant, username
from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.log import Log
from poolkeep.base.secret import Secret
from poolkeep.compose.functions import build_functions
from poolkeep.core.triggers import sources
from poolkeep.core.workbench.samples import event, sample
from poolkeep.function_settings import Functions as FunctionSettings
from poolkeep.settings import Settings
from tools import machine

TITLE: Final = "## Functions"
OF_CALLS: Final = """\
What a call of a warm function takes beyond what the function takes by its own clock, µs."""
OF_RATES: Final = """\
Sign-ins by password, a second, sixteen at a time, one worker and one warm Python pre-token
function; the function's processes share the processors with the server and whoever asks."""
OF_HANGING: Final = """\
Sign-ins in other pools, one after the other, ms: alone, and while 200 sign-ins wait for a function
of one pool that never answers. Its ten processes are killed and started anew every five seconds,
which is what the others notice."""
ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:"
HERE: Final = ROOT / "bench"
NODE_CLIENT: Final = ROOT / "tests" / "functions" / "node" / "node_modules" / "aws-lambda-ric"
USERS: Final = 64
TURN: Final = 96
HANGING: Final = 200
BESIDE: Final = 150
"""Sign-ins whose latency is taken; the hanging ones take 15 s, so they last."""
WARM: Final = 50
AHEAD_S: Final = 1.0


class Over(NamedTuple):
    """µs above the function's own time: the middle one, and the 99th of a hundred."""

    middle: float
    late: float


class Latency(NamedTuple):
    """ms of sign-ins, one after the other."""

    middle: float
    late: float
    longest: float


class Results(NamedTuple):
    """Calls by client; sign-ins a second, plain and with a function, recorded and not; others'."""

    over: dict[str, Over]
    rates: dict[bool, tuple[float, float]]
    beside: dict[str, Latency]


def over_of(taken: list[float]) -> Over:
    return Over(statistics.median(taken), statistics.quantiles(taken, n=100)[98])


async def over_the_function(target: str, rounds: int, **chosen: Any) -> Over:  # noqa: ANN401
    """Return what a call costs above the function."""
    settings = Settings(
        functions=FunctionSettings(map={"nothing": Secret(target)}, start_s=30, **chosen)
    )
    functions = build_functions(
        settings, clock=SystemClock(), entropy=SystemEntropy(), log=Log(SystemClock(), "error")
    )
    told = aws_event()
    taken: list[float] = []
    try:
        for number in range(rounds + WARM):
            began = time.perf_counter()
            answer = await functions.call(ARN + "nothing", told)
            whole_us = (time.perf_counter() - began) * 1e6
            if number >= WARM:
                taken.append(whole_us - json.loads(answer)["response"]["own_us"])
    finally:
        await functions.close()
    return over_of(taken)


def aws_event() -> bytes:
    return msgspec.json.encode(event(sample(sources.PRE_TOKEN_GENERATION.name)))


def a_server(folder: Path, *, recorded: bool = True) -> Process:
    """Return a server with the functions."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {"claim": "claim", "hang": "hang", "warm": "claim"}
    lines = [
        f'{name} = "python:{HERE / "handler.py"}:{handler}"' for name, handler in named.items()
    ]
    config = folder / "poolkeep.toml"
    config.write_text(
        "\n".join(
            [
                "[workbench]",
                f"enabled = {str(recorded).lower()}",
                "[functions]",
                "start_s = 30",
                "[functions.map]",
                *lines,
            ]
        )
    )
    return poolkeep(folder, "--config", str(config))


async def a_tenant(client: Client, server: Process, **functions: str) -> Tenant:
    """Return a pool with users, whose triggers are these functions."""
    tenant = Tenant(client, aws.credentials_of(server.folder))
    config = {member: ARN + name for member, name in functions.items()}
    await tenant.create(**({"LambdaConfig": config} if config else {}))
    await tenant.add_users(list(range(USERS)), lambda number: f"{number}@example.org")
    return tenant


def sign_ins(tenant: Tenant, count: int) -> list[bytes]:
    return [tenant.password_request(username(number % USERS)) for number in range(count)]


async def per_second(folder: Path, rounds: int, *, recorded: bool) -> tuple[float, float]:
    """Return sign-ins a second without a function, and with a warm one."""
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(a_server(folder, recorded=recorded))
        client = await stack.enter_async_context(Client(server.port))
        plain = await a_tenant(client, server)
        warm = await a_tenant(client, server, PreTokenGeneration="claim")
        await asyncio.sleep(SETTLE_S)
        best = {id(plain): 0.0, id(warm): 0.0}
        for _ in range(rounds):
            for tenant in (plain, warm):
                requests = sign_ins(tenant, TURN)
                began = time.perf_counter()
                await client.run(requests)
                rate = TURN / (time.perf_counter() - began)
                best[id(tenant)] = max(best[id(tenant)], rate)
        return best[id(plain)], best[id(warm)]


async def latency(client: Client, tenant: Tenant, count: int) -> Latency:
    """Return how long sign-ins take, one after the other."""
    taken = []
    for request in sign_ins(tenant, count):
        began = time.perf_counter()
        await client.run([request])
        taken.append((time.perf_counter() - began) * 1000)
    late = statistics.quantiles(taken, n=100)[98]
    return Latency(statistics.median(taken), late, max(taken))


async def beside_one_that_hangs(folder: Path) -> dict[str, Latency]:
    """Return other pools' latencies, alone and beside the hanging sign-ins."""
    found: dict[str, Latency] = {}
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(a_server(folder))
        client = await stack.enter_async_context(Client(server.port))
        one = await stack.enter_async_context(Client(server.port, connections=1))
        plain = await a_tenant(client, server)
        warm = await a_tenant(client, server, PreTokenGeneration="warm")
        hanging = await a_tenant(client, server, PreAuthentication="hang")
        await asyncio.sleep(SETTLE_S)
        for name, tenant in (("no function", plain), ("a warm function", warm)):
            await latency(one, tenant, WARM)
            found[f"{name}, alone"] = await latency(one, tenant, BESIDE)
        for name, tenant in (("no function", plain), ("a warm function", warm)):
            waiting = [
                asyncio.create_task(refused(server.port, request))
                for request in sign_ins(hanging, HANGING)
            ]
            await asyncio.sleep(AHEAD_S)
            found[f"{name}, beside {HANGING} that hang"] = await latency(one, tenant, BESIDE)
            left = sum(not task.done() for task in waiting)
            assert left == HANGING, f"only {left} were still hanging"
            answers = await asyncio.gather(*waiting)
            assert all(b"UnexpectedLambdaException" in answer for answer in answers)
    return found


async def refused(port: int, request: bytes) -> bytes:
    """Send a request on a connection of its own; return the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.lower().splitlines()
        if line.startswith(b"content-length")
    )
    body = await reader.readexactly(length)
    writer.close()
    return body


async def measure(folder: Path, *, rounds: int) -> Results:
    """Measure everything."""
    python, node = f"python:{HERE / 'handler.py'}:nothing", f"node:{HERE / 'handler.mjs'}:nothing"
    kinds: list[tuple[str, str, dict[str, Any]]] = [("Python, awslambdaric", python, {})]
    if machine.node_program() is not None:
        if NODE_CLIENT.exists():
            kinds.append(("Node, aws-lambda-ric", node, {"node_client": NODE_CLIENT}))
        kinds.append(("Node, our client", node, {"node_client": HERE}))
    return Results(
        {
            name: await over_the_function(target, rounds * 50, **chosen)
            for name, target, chosen in kinds
        },
        {
            recorded: await per_second(folder / f"recorded-{recorded}", rounds, recorded=recorded)
            for recorded in (True, False)
        },
        await beside_one_that_hangs(folder / "hang"),
    )


def section(found: Results) -> str:
    """Return the figures as a section of the page."""
    over = ["|  | middle | 99 % |", "| --- | ---: | ---: |"]
    over += [
        f"| {name} | {each.middle:.0f} | {each.late:.0f} |" for name, each in found.over.items()
    ]
    rates = ["|  | without a function | with one |", "| --- | ---: | ---: |"]
    for recorded, (plain, warm) in found.rates.items():
        what = "invocations are recorded" if recorded else "they are not"
        rates.append(f"| {what} | {plain:.0f} | {warm:.0f} |")
    beside = ["|  | middle | 99 % | longest |", "| --- | ---: | ---: | ---: |"]
    for what, each in found.beside.items():
        beside.append(f"| {what} | {each.middle:.1f} | {each.late:.1f} | {each.longest:.1f} |")
    tables = ["\n".join(lines) for lines in (over, rates, beside)]
    parts = [TITLE, OF_CALLS, tables[0], OF_RATES, tables[1], OF_HANGING, tables[2]]
    return "\n\n".join(parts)


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(prog="python -m bench.functions", description="Measure.")
    parser.add_argument("--rounds", type=int, default=20)
    with tempfile.TemporaryDirectory(prefix="poolkeep-bench-") as name:
        print(section(asyncio.run(measure(Path(name), rounds=parser.parse_args().rounds))))


if __name__ == "__main__":
    main()
