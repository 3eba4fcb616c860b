"""How commands speak: results on standard output, faults on standard error, always with advice."""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import click

from poolkeep.base.log import printable
from poolkeep.base.refusal import Refusal
from poolkeep.cli.ports import Admin
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings

EXIT_FAILED: Final = 1
EXIT_CONFIGURATION: Final = 78  # EX_CONFIG of sysexits.h

T = TypeVar("T")


def fail(lines: str | Iterable[str], code: int = EXIT_FAILED) -> NoReturn:
    """Say what is wrong and what to do, and end."""
    for line in [lines] if isinstance(lines, str) else lines:
        click.echo(f"poolkeep: {printable(line)}", err=True)
    sys.exit(code)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns; the last column runs free."""
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(map(printable, lines))


def ask_admin(settings: Settings, work: Callable[[Admin], Awaitable[T]]) -> T:
    """Do `work` with an administration of this installation; raises what stands in its way."""
    # By name and late: compose imports everything, and nothing imports compose.
    compose = importlib.import_module("poolkeep.compose")

    async def run() -> T:
        admin: Admin = compose.admin(settings)
        try:
            return await work(admin)
        finally:
            await admin.close()

    return asyncio.run(run())


def with_admin(settings: Settings, work: Callable[[Admin], Awaitable[T]]) -> T:
    """Do `work` with an administration of this installation; a refusal ends the command."""
    try:
        return ask_admin(settings, work)
    except CannotStart as error:
        fail(error.lines, EXIT_CONFIGURATION)
    except Refusal as refusal:
        fail(refusal.text or refusal.code)
    except FileNotFoundError as error:
        fail(f"{error.filename} does not exist. Start the server once, or give --data or --config.")


def written(folder: Path, name: str, text: str) -> Path:
    """Write a file into a folder, which is made if need be; a folder that cannot be is told."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}. Give another folder with --out.")
    return path
