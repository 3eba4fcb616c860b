"""Say what the installed service models add, remove or change against the generated tables.

    pip install botocore==<newer> && python tools/model_drift.py

Prints a checklist in Markdown, one heading for each service, and exits with 1 when there is
anything on it. Adopting a newer model means: raise models/pin.json, work through the list,
regenerate.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
for folder in (ROOT, ROOT / "src"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from poolkeep.wire.service import Operation, Service, load  # noqa: E402  found through the above
from poolkeep.wire.tables import Table  # noqa: E402  the same
from tools.wire_model import (  # noqa: E402  the same
    Json,
    installed_version,
    is_document,
    patched_model,
    reachable_shapes,
    read_json,
)


def drift(service: Service, model: Json, *, everything: bool) -> Iterator[str]:
    """Yield one line for each difference; `everything` asks for new operations too."""
    theirs = model["operations"]
    for name in sorted(set(service.operations) - set(theirs)):
        yield f"operation {name} is gone"
    if everything:
        for name in sorted(set(theirs) - set(service.operations)):
            yield f"new operation {name}"
    common = sorted(set(theirs) & set(service.operations))
    for name in common:
        yield from _operation(service.operations[name], theirs[name], model)
    for name in reachable_shapes(model, common):
        yield from _shape(service.table, name, model["shapes"][name])


def _operation(ours: Operation, theirs: Json, model: Json) -> Iterator[str]:
    """Yield what changed about an operation."""
    codes = {
        model["shapes"][e["shape"]].get("error", {}).get("code", e["shape"])
        for e in theirs.get("errors", ())
    }
    yield from _sets(f"{ours.name} declares", set(ours.errors), codes)
    pairs = (
        ("input", ours.input_shape, theirs.get("input", {}).get("shape", "")),
        ("output", ours.output_shape, theirs.get("output", {}).get("shape", "")),
        ("method", ours.http_method, theirs["http"]["method"]),
        ("URI", ours.http_uri, theirs["http"]["requestUri"]),
    )
    for what, was, now in pairs:
        if was != now:
            yield f"{ours.name}: {what} was {was or 'nothing'}, is {now or 'nothing'}"
    if theirs.get("authtype") == "none" and ours.signed:
        yield f"{ours.name} needs no signature any more"


def _shape(table: Table, name: str, shape: Json) -> Iterator[str]:
    """Yield what changed about a shape."""
    sensitive = bool(shape.get("sensitive"))
    low, high = shape.get("min"), shape.get("max")
    if name in table.structures and not is_document(shape):
        members, hidden = table.structures[name]
        known = {member: (target, required) for member, target, required in members}
        required_now = set(shape.get("required", ()))
        yield from _sets(f"{name} has member", set(known), set(shape.get("members", {})))
        for member, reference in shape.get("members", {}).items():
            was = known.get(member)
            now = (reference["shape"], member in required_now)
            if was is not None and was != now:
                yield f"{name}.{member}: shape and requiredness were {was}, are {now}"
    elif name in table.strings:
        was_low, was_high, pattern, enum, hidden = table.strings[name]
        yield from _sets(f"{name} allows", set(enum), set(shape.get("enum", ())))
        if pattern != shape.get("pattern"):
            yield f"{name}: pattern was {pattern}, is {shape.get('pattern')}"
        yield from _bounds(name, (was_low, was_high), (low, high))
    elif name in table.lists:
        _, was_low, was_high, hidden = table.lists[name]
        yield from _bounds(name, (was_low, was_high), (low, high))
    elif name in table.maps:
        _, _, was_low, was_high, hidden = table.maps[name]
        yield from _bounds(name, (was_low, was_high), (low, high))
    elif name in table.scalars:
        _, was_low, was_high, hidden = table.scalars[name]
        yield from _bounds(name, (was_low, was_high), (low, high))
    else:
        yield f"new {shape['type']} {name}"
        return
    if hidden != sensitive:
        yield f"{name} is {'now' if sensitive else 'no longer'} sensitive"


def _bounds(
    name: str, was: tuple[int | None, int | None], now: tuple[int | None, int | None]
) -> Iterator[str]:
    """Yield a change of bounds."""
    if was != now:
        yield f"{name}: minimum and maximum were {was}, are {now}"


def _sets(what: str, was: set[str], now: set[str]) -> Iterator[str]:
    """Yield what entered and left a set."""
    for item in sorted(now - was):
        yield f"{what} {item}: new"
    for item in sorted(was - now):
        yield f"{what} {item}: gone"


def main() -> int:
    """Print the checklist."""
    pin = read_json("pin.json")
    print(f"# Service models: {pin['botocore']} → {installed_version()}")
    found = False
    for name, choice in pin["services"].items():
        lines = list(
            drift(load(name), patched_model(name), everything=choice["operations"] == "all")
        )
        if lines:
            found = True
            print(f"\n## {name}\n")
            print("\n".join(f"- [ ] {line}" for line in lines))
    if not found:
        print("\nNothing to do.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
