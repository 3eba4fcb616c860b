"""`poolkeep where OPERATION`: every place that has to do with an operation."""

import ast
import difflib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

import poolkeep
from poolkeep.cli.say import fail, table
from poolkeep.http.aws import registry
from poolkeep.wire import service as wire

PLACES_MAX: Final = 12


@click.command()
@click.argument("operation")
def where(operation: str) -> None:
    """Show where OPERATION (such as RespondToAuthChallenge) is handled, tested and described."""
    service, name = _named(operation)
    model = wire.load(service).operations[name]
    rows = [
        ("operation", f"{service} {name}"),
        ("signature", "optional" if model.optional_signature else "yes" if model.signed else "no"),
        ("permission", f"{model.iam_action} on {model.resource}" if model.resource else "-"),
        ("quota", model.category or "-"),
        *_handler(service, name),
        *(("test", place) for place in _mentions("tests", name, "*.py")),
        *(("page", place) for place in _mentions("docs/behaviours", name, "*.md")),
    ]
    click.echo(table(rows))


def _named(operation: str) -> tuple[str, str]:
    """Return service and exact name; case and underscores do not matter."""
    wanted = operation.replace("_", "").replace("-", "").lower()
    names = {
        name.lower(): (service, name)
        for service in reversed(wire.NAMES)
        for name in wire.load(service).operations
    }
    if wanted not in names:
        near = difflib.get_close_matches(wanted, names, n=1)
        advice = (
            f"Did you mean {names[near[0]][1]}?"
            if near
            else "docs/reference/operations.md lists all."
        )
        fail(f"there is no operation {operation}. {advice}")
    return names[wanted]


def _handler(service: str, name: str) -> Iterator[tuple[str, str]]:
    handler = registry.handler(service, name)
    if handler is None:
        yield "handler", "not built yet: answers 501 NotImplementedException"
        return
    source = inspect.getsourcefile(handler)
    lines, first = inspect.getsourcelines(handler)
    yield "handler", f"{_relative(Path(source or '?'))}:{first} {handler.__name__}"
    about = (inspect.getdoc(handler) or "").splitlines()
    if about:
        yield "does", about[0]
    for called in _service_calls("".join(lines)):
        yield "service", called
        yield from (("rules", place) for place in _definitions(called.rpartition(".")[2]))


def _service_calls(source: str) -> list[str]:
    """Return the use cases that a handler calls, such as `sign_in.respond`."""
    found: list[str] = []
    for node in ast.walk(ast.parse(inspect.cleandoc(source))):
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            text = ast.unparse(node.value.func).removeprefix("call.region.")
            if text not in found:
                found.append(text)
    return found


def _definitions(function: str) -> list[str]:
    core = Path(poolkeep.__file__).parent / "core"
    pattern = re.compile(rf"^\s*(?:async )?def {re.escape(function)}\(", re.MULTILINE)
    return [
        f"{_relative(path)}:{text.count(chr(10), 0, match.start()) + 1}"
        for path in sorted(core.rglob("*.py"))
        if (match := pattern.search(text := path.read_text("utf-8")))
    ][:PLACES_MAX]


def _mentions(folder: str, name: str, pattern: str) -> list[str]:
    """Return files of a source checkout that name the operation, in either spelling."""
    root = _root() / folder
    if not root.is_dir():
        return [f"{folder}/ is part of the source checkout, not of the installed package"]
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    word = re.compile(rf"\b({name}|{snake})\b")
    found = [path for path in sorted(root.rglob(pattern)) if word.search(path.read_text("utf-8"))]
    return [_relative(path) for path in found[:PLACES_MAX]]


def _root() -> Path:
    return Path(poolkeep.__file__).resolve().parents[2]


def _relative(path: Path) -> str:
    return str(path.relative_to(_root())) if path.is_relative_to(_root()) else str(path)
