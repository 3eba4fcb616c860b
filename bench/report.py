"""The page docs/benchmarks.md: what was asked, what was measured, and whether it is enough."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench import flows, functions, identity, imports, moto, oauth, scale, second_factor, starts
from bench.flows import Kind
from bench.operations import OPERATIONS

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
ONE: Final = Kind("SQLite", 1)
TWO: Final = Kind("SQLite", 2)
FIRST_TIME: Final = "GetUser, token not seen before"
AGAIN: Final = "GetUser, token seen before"
SIGN_IN_TARGETS: Final = {"password sign-in": 0.80, "SRP sign-in": 0.82, "refresh": 0.85}
GET_USER_TARGET: Final = 3.5
WORKERS_TARGET: Final = 1.08
SCALED: Final = ("password sign-in", "refresh", AGAIN, "ListUsers, 60 users")
SIZE_TARGET: Final = 1.7
START_TARGET_MS: Final = 400
MEMORY_TARGET_MB: Final = 60
ROUND_TRIPS_TARGET: Final = 2.5
MOTO_TARGETS: Final = {
    "sign-up": 8.0,
    "password sign-in": 3.0,
    "refresh": 3.5,
    AGAIN: 20.0,
    "ListUsers, email ^= (10 users)": 200.0,
}
PRIMITIVES: Final = {
    "rs256_sign": "RS256 signature",
    "rs256_verify": "its verification",
    "srp_power": "exponentiation modulo N",
    "srp_fixed_base": "exponentiation of the generator",
    "argon2id": "Argon2id",
}
HEAD: Final = """\
# Benchmarks

Written by `make bench`. The figures are of one run on one machine; the ratios are the result, the
microseconds are colour.

CPU is the time that poolkeep's own processes spent on a processor for one operation, user and
system, while sixteen were under way. The floor of an operation is what its cryptography alone
costs, measured in the same minutes. Other work on the machine can only add to a figure, so the
cheapest of many short turns counts, for the floors as well."""
OF_FLOORS: Final = """\
A sign-up makes one verifier, a password sign-in checks one and signs two tokens, SRP adds two
exponentiations, a refresh signs two tokens, GetUser verifies one. Most calls bring a token that
was seen before: its signature is not verified again, everything else about it is.

PostgreSQL's own processes are not counted, while SQLite runs inside ours; PostgreSQL does not wait
for its disk here, SQLite does."""
OF_SIZES: Final = """\
The users who are asked for are spread over the whole pool. Most of them were put into the tables
directly, with the rows that the server itself would write."""
OF_MOTO: Final = """\
moto keeps everything in memory, looks tokens up without verifying them, and serves each request on
a connection of its own."""
OF_MACHINES: Final = """\
What an operation costs beyond its floor is HTTP, JSON, claims, the store and the log, nearly all of
it in Python. Where Python is fast, or cryptography slow, the ratios to the floor look better."""
REPEAT: Final = """\
## Repeat it

```console
$ make bench
```

It takes forty minutes and 10 GB of disk. `make bench ARGS=--quick` takes some minutes and
only prints: fewer turns, no pool above 100,000 users, no moto. `make bench ARGS="--only oauth"`
measures one section anew and puts it in its place; `second_factor`, `functions`, `identity`
(three minutes) and `imports` can be asked for likewise. The floors alone:
`.venv/bin/python -m bench.floor`. Leave the machine alone meanwhile."""


class Run(NamedTuple):
    """Everything that one run has measured."""

    machine: list[str]
    quick: bool
    minutes: float
    loads: tuple[float, float]
    flows: flows.Results
    scale: scale.Results
    second_factor: dict[str, second_factor.Costs]
    functions: functions.Results
    oauth: oauth.Results
    identity: identity.Results
    imports: imports.Results
    starts: starts.Results
    round_trips: dict[str, float] | None
    moto: moto.Results | str


class Verdict(NamedTuple):
    """One target and what came of it."""

    what: str
    target: str
    value: str
    met: bool


def page(run: Run) -> str:
    """Return the page."""
    parts = [
        HEAD,
        _targets(run),
        _operations(run.flows),
        _workers(run.flows),
        _sizes(run.scale),
        second_factor.section(run.second_factor),
        functions.section(run.functions),
        oauth.section(run.oauth),
        identity.section(run.identity),
        imports.section(run.imports),
        _rest(run),
        _moto(run.moto),
        _machine(run),
        REPEAT,
    ]
    return "\n\n".join(parts) + "\n"


def alone(before: float, after: float) -> str:
    """Return what to say below a section that was not measured together with the others."""
    return (
        f"This section is of a run of its own; load average {before:.1f} before it and"
        f" {after:.1f} after it."
    )


def with_section(page: str, section: str) -> str:
    """Return the page with a section in place of the old one of the same title."""
    title = section.partition("\n")[0]
    before, found, rest = page.partition(f"{title}\n")
    if not found:
        raise ValueError(f"the page has no section {title!r}")
    after = rest.partition("\n## ")[2]
    return f"{before}{section}\n\n## {after}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _targets(run: Run) -> str:
    found = [*_of_operations(run.flows), *_of_sizes(run.scale), *_of_starts(run.starts)]
    for name in ("password sign-in", "SRP sign-in"):
        if run.round_trips is not None:
            trips = run.round_trips[name]
            what = f"PostgreSQL round trips, {name}"
            found.append(_most(what, trips, ROUND_TRIPS_TARGET, f"{trips:.1f}"))
    if isinstance(run.moto, moto.Results):
        for name, target in MOTO_TARGETS.items():
            ratio = run.moto.theirs[name] / run.moto.ours[name]
            what = f"moto ÷ poolkeep, {name}"
            found.append(Verdict(what, f"≥ {target:g}", f"{ratio:.1f}", ratio >= target))
    rows = [
        [each.what, each.target, each.value, "met" if each.met else "**not met**"] for each in found
    ]
    table = _table(["", "target", "measured", "verdict"], rows)
    return f"## Targets\n\nSQLite and one worker, unless it says otherwise.\n\n{table}"


def _of_operations(found: flows.Results) -> list[Verdict]:
    one, two = found.costs[ONE], found.costs[TWO]
    verdicts = []
    for name, target in SIGN_IN_TARGETS.items():
        ratio = found.floors[_floor_of(name)] / one[name]
        what = f"{name}: floor ÷ CPU"
        verdicts.append(Verdict(what, f"≥ {target:.0%}", f"{ratio:.0%}", ratio >= target))
    for name in (AGAIN, FIRST_TIME):
        ratio = one[name] / found.floors["rs256_verify"]
        what = f"{name} ÷ RS256 verification"
        verdicts.append(_most(what, ratio, GET_USER_TARGET, f"{ratio:.1f}"))
    worst = max(SCALED, key=lambda name: two[name] / one[name])
    ratio = two[worst] / one[worst]
    what = f"CPU with two workers ÷ one, the worst of reads, password, refresh ({worst})"
    return [*verdicts, _most(what, ratio, WORKERS_TARGET, f"{ratio:.2f}")]


def _of_sizes(found: scale.Results) -> list[Verdict]:
    verdicts = []
    for database, sizes in found.costs.items():
        small, large = min(sizes), max(sizes)
        growth = {name: sizes[large][name] / sizes[small][name] for name in scale.OPERATIONS}
        worst = max(growth, key=lambda name: growth[name])
        what = f"{large:,} users ÷ {small:,}, {database}, the worst ({worst})"
        verdicts.append(_most(what, growth[worst], SIZE_TARGET, f"{growth[worst]:.2f}"))
    return verdicts


def _of_starts(found: starts.Results) -> list[Verdict]:
    best = found.again_best_ms
    megabytes = max(found.one_worker_mb, found.two_workers_mb)
    return [
        _most("start to first answer, ms", best, START_TARGET_MS, f"{best:.0f}"),
        _most("memory of a worker at rest, MB", megabytes, MEMORY_TARGET_MB, f"{megabytes:.0f}"),
    ]


def _most(what: str, value: float, target: float, shown: str) -> Verdict:
    return Verdict(what, f"≤ {target:g}", shown, value <= target)


def _operations(found: flows.Results) -> str:
    kinds = [kind for kind in found.costs if kind.workers == 1]
    rows = []
    for operation in OPERATIONS:
        floor = found.floors[operation.floor] if operation.floor else None
        row = [operation.name, f"{floor:.0f}" if floor else ""]
        for kind in kinds:
            cost = found.costs[kind][operation.name]
            row += [f"{cost:.0f}", f"{floor / cost:.0%}" if floor else ""]
        rows.append(row)
    head = ["CPU µs", "floor"]
    for kind in kinds:
        head += [kind.database, "floor ÷ CPU"]
    floors = [[label, f"{found.floors[name]:.0f}"] for name, label in PRIMITIVES.items()]
    tables = f"{_table(head, rows)}\n\n{_table(['the floors, CPU µs', ''], floors)}"
    return f"## Operations\n\n{tables}\n\n{OF_FLOORS}"


def _workers(found: flows.Results) -> str:
    costs = found.costs
    databases = dict.fromkeys(kind.database for kind in costs)
    rows = []
    for operation in OPERATIONS:
        name = operation.name
        ratios = [costs[Kind(each, 2)][name] / costs[Kind(each, 1)][name] for each in databases]
        rows.append([name, *(f"{ratio:.2f}" for ratio in ratios)])
    table = _table(["CPU with two workers ÷ with one", *databases], rows)
    note = "The generator of the requests shares the processors with the workers."
    return f"## Two workers\n\n{table}\n\n{note}"


def _sizes(found: scale.Results) -> str:
    tables = []
    for database, sizes in found.costs.items():
        small, large = min(sizes), max(sizes)
        rows = []
        for name in scale.OPERATIONS:
            costs = [f"{costs[name]:.0f}" for costs in sizes.values()]
            rows.append([name, *costs, f"{sizes[large][name] / sizes[small][name]:.2f}"])
        head = [f"CPU µs, {database}", *(f"{size:,} users" for size in sizes), "last ÷ first"]
        tables.append(_table(head, rows))
    return "\n\n".join(["## Size of a pool", *tables, OF_SIZES])


def _rest(run: Run) -> str:
    found = run.starts
    facts = [
        ["start to first answer, ms: the best", f"{found.again_best_ms:.0f}"],
        ["the median", f"{found.again_ms:.0f}"],
        ["the very first start, which makes keys and tables, median", f"{found.first_ms:.0f}"],
        ["memory of a single worker at rest, MB (PSS)", f"{found.one_worker_mb:.0f}"],
        ["of one of two workers", f"{found.two_workers_mb:.0f}"],
    ]
    for name, trips in (run.round_trips or {}).items():
        facts.append([f"round trips to PostgreSQL, {name}", f"{trips:.1f}"])
    title = "## Start, memory, round trips"
    return f"{title}\n\n{_table(['', ''], facts)}"


def _moto(found: moto.Results | str) -> str:
    title = f"## Against moto {moto.VERSION}"
    if isinstance(found, str):
        return f"{title}\n\n{found}"
    rows = []
    for name, theirs in found.theirs.items():
        ours = found.ours[name]
        rows.append([name, f"{theirs:.0f}", f"{ours:.0f}", f"{theirs / ours:.1f}"])
    table = _table(["CPU µs", "moto's server", "poolkeep", "moto ÷ poolkeep"], rows)
    wanted = (
        "" if found.users == moto.USERS else f", which is what moto took in {moto.FILL_S:.0f} s"
    )
    lists = (
        f"The filtered lists are over {found.users:,} users{wanted}; the rest over some hundred."
    )
    start = f"Its start to the first answer took {found.start_ms:.0f} ms."
    return f"{title}\n\n{table}\n\n{lists}\n{OF_MOTO}\n{start}"


def _machine(run: Run) -> str:
    before, after = run.loads
    lines = [
        *run.machine,
        f"load average {before:.1f} before the run and {after:.1f} after it",
        f"{run.minutes:.0f} minutes{', a quick run' if run.quick else ''}",
    ]
    listed = "\n".join(f"- {line}" for line in lines)
    return f"## The machine\n\n{listed}\n\n{OF_MACHINES}"


def _floor_of(name: str) -> str:
    return next(each.floor for each in OPERATIONS if each.name == name and each.floor)
