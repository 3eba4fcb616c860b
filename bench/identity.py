"""Identities: credentials, policies, signatures, and pools of a million: `bench.identity`.

python -m bench --only identity     measured, and put into docs/benchmarks.md
python -m bench.identity --rounds 4 --sizes 1000    printed only
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench import deciding, identity_flows, identity_scale, imports, postgres
from bench.identity_flows import FLOORS, floor_of
from tests.support.postgres import Cluster

TITLE: Final = "## Identities"
ROUNDS: Final = 12
QUICK_SIZES: Final = (1_000, 10_000)
QUICK_ROUNDS: Final = 3
OF_FLOWS: Final = """\
A user brings an ID token that the server has not seen; a guest brings nothing and gets an identity
each time. The classic flow has no GetId in it. The floor is the cryptography of a flow alone: of a
user's login the verification of one RS256 signature and the making of one session token, of a
guest's that token, of the classic flow an RS512 signature and its verification besides, of a signed
request two digests and an HMAC. All of that costs little but the RS512 signature, so most of a call
is HTTP, JSON, the store and the log. A user's key is read from the database at each request, a
session's comes with it. One worker; how many a second there are depends on whoever asks, too, who
shares the processors. Read the ratios: floor ÷ CPU here, statements and sizes against each other
below."""
OF_FLOORS: Final = "the floors, CPU µs"
OF_DECISIONS: Final = """\
In one process, without sockets: decisions by a policy that allows with the last of its statements,
so that all are looked at. "Decide" is what a signed request meets: the session's role and its
policies as they are kept in memory, the condition keys, and the evaluator. Plain statements have
wildcards; the others a variable in the resource and a condition, as roles of identities do."""
OF_SIGNATURES: Final = """\
A signature is checked with the key pair at hand; a session's comes out of its session token, which
is opened once and then remembered, as is the key that is derived for a day. No database is asked.
The floor is two digests and an HMAC, and the opening of a token that was not seen before."""
OF_SIZES: Final = """\
There is no limit to the number of identities. Half of them are guests, and every other one has a
login. Most were put into the tables directly. The users' tokens were seen before."""
PRIMITIVES: Final = {
    "rs256_verify": "RS256 verification",
    "rs512_sign": "RS512 signature",
    "rs512_verify": "its verification",
    "session_issue": "making a session token",
    "session_open": "opening one",
    "sigv4": "two digests and an HMAC",
}


class Results(NamedTuple):
    """Everything that was measured."""

    flows: identity_flows.Results
    deciding: deciding.Results
    scale: identity_scale.Results


async def measure(
    folder: Path, cluster: Cluster | None, *, rounds: int, sizes: tuple[int, ...]
) -> Results:
    """Measure all of it."""
    flows = await identity_flows.measure(folder, imports.databases(cluster), rounds=rounds)
    decided = await deciding.measure(folder / "deciding", rounds=rounds)
    scale = await identity_scale.measure(folder, cluster, sizes=sizes, rounds=rounds)
    return Results(flows, decided, scale)


def section(found: Results) -> str:
    """Return the figures as a section of the page."""
    parts = [TITLE, OF_FLOWS, _flows(found.flows), _floors(found.flows.floors), OF_DECISIONS]
    parts += [_decisions(found.deciding), OF_SIGNATURES, _signatures(found.deciding)]
    return "\n\n".join([*parts, OF_SIZES, *_sizes(found.scale)])


def _flows(found: identity_flows.Results) -> str:
    head = ["", "floor, µs"]
    for database in found.costs:
        head += [f"{database}, CPU µs", "floor ÷ CPU", "a second"]
    rows = []
    for name in next(iter(found.costs.values())):
        floor = floor_of(name, found.floors) if name in FLOORS else None
        row = [name, "" if floor is None else f"{floor:.0f}"]
        for costs in found.costs.values():
            cost = costs[name]
            ratio = "" if floor is None else f"{floor / cost.us:.0%}"
            row += [f"{cost.us:.0f}", ratio, f"{cost.per_s:.0f}"]
        rows.append(row)
    return _table(head, rows)


def _floors(floors: dict[str, float]) -> str:
    return _table(
        [OF_FLOORS, ""], [[text, f"{floors[name]:.1f}"] for name, text in PRIMITIVES.items()]
    )


def _decisions(found: deciding.Results) -> str:
    counts = deciding.STATEMENTS
    head = ["decisions a second", *(_statements(count) for count in counts)]
    rows = [
        [kind, *(f"{1e6 / costs[count]:,.0f}" for count in counts), _growth(costs)]
        for kind, costs in found.decisions.items()
    ]
    return _table([*head, "CPU µs a statement more"], rows)


def _growth(costs: dict[int, float]) -> str:
    few, many = min(costs), max(costs)
    return f"{(costs[many] - costs[few]) / (many - few):.2f}"


def _signatures(found: deciding.Results) -> str:
    own = found.floors["sigv4"]
    floors = dict.fromkeys(found.signatures, own)
    floors[deciding.NEW_SESSION] = own + found.floors["session_open"]
    rows = [
        [kind, f"{1e6 / cost:,.0f}", f"{cost:.1f}", f"{floors[kind]:.1f}",
         f"{floors[kind] / cost:.0%}"]
        for kind, cost in found.signatures.items()
    ]  # fmt: skip
    return _table(["checks of SigV4", "a second", "CPU µs", "floor, µs", "floor ÷ CPU"], rows)


def _sizes(found: identity_scale.Results) -> list[str]:
    tables = []
    for database, sizes in found.items():
        small, large = min(sizes), max(sizes)
        rows = []
        for name in identity_scale.OPERATIONS:
            costs = [f"{costs[name]:.0f}" for costs in sizes.values()]
            rows.append([name, *costs, f"{sizes[large][name] / sizes[small][name]:.2f}"])
        head = [f"CPU µs, {database}", *(f"{size:,} identities" for size in sizes), "last ÷ first"]
        tables.append(_table(head, rows))
    return tables


def _statements(count: int) -> str:
    return "1 statement" if count == 1 else f"{count} statements"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description="Measure.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--sizes", type=int, nargs="+", default=identity_scale.SIZES)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="poolkeep-bench-") as name,
        postgres.cluster() as cluster,
    ):
        measured = measure(Path(name), cluster, rounds=chosen.rounds, sizes=tuple(chosen.sizes))
        print(section(asyncio.run(measured)))


if __name__ == "__main__":
    main()
