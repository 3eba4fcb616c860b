"""`poolkeep import`: users from a file of any size, and the logs of import jobs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import click

from poolkeep.base.clock import SystemClock
from poolkeep.cli.import_files import FailedRows, FileSource
from poolkeep.cli.options import store_settings
from poolkeep.cli.ports import Admin
from poolkeep.cli.say import EXIT_FAILED, fail, table, with_admin
from poolkeep.cli.sources import Loaded
from poolkeep.core.imports.batches import log_lines
from poolkeep.core.imports.model import Stretch
from poolkeep.core.imports.rows import Unreadable
from poolkeep.core.imports.stream import Order, Report
from poolkeep.http.ops.inbox import moment

ALGORITHMS: Final = ("BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256")
JOBS_HEAD: Final = ("job", "name", "status", "created", "imported", "skipped", "failed")
STDIN: Final = Path("-")
STDIN_FAILED: Final = Path("import.failed.jsonl")
EXIT_INTERRUPTED: Final = 130
TELL_MS: Final = 200
WIDTH: Final = 24


class _FileOrCommand(click.Group):
    """`poolkeep import POOL_ID FILE` beside commands with names: no pool id is one of them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named or not args else ["file", *args])


@click.group("import", cls=_FileOrCommand, subcommand_metavar="POOL_ID FILE | COMMAND …")
def imports() -> None:
    """Import users from a CSV file, or from one JSON object a line.

    A file has the columns that GetCSVHeader tells; those that no user has may be left out. There is
    no limit of size. After a kill the same command goes on where it was.
    """


@imports.command("file")
@click.argument("pool_id")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--hashes", type=click.Choice(ALGORITHMS, case_sensitive=False),
    help="Algorithm of the column cognito:password_hash.",
)  # fmt: skip
@click.option(
    "--failed", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Where rows that fail go, with the reason. [FILE.failed.jsonl]",
)  # fmt: skip
@click.option("--restart", is_flag=True, help="Begin anew, whatever an earlier run has done.")
@store_settings
def import_file(
    loaded: Loaded,
    pool_id: str,
    file: Path,
    *,
    hashes: str | None,
    failed: Path | None,
    restart: bool,
) -> None:
    """Import FILE (- for standard input) into a pool; a server may run meanwhile."""
    order = Order(pool_id=pool_id, algorithm=hashes, restart=restart)
    rejects = failed or (
        STDIN_FAILED if file == STDIN else file.with_name(f"{file.name}.failed.jsonl")
    )
    if file == STDIN:
        _import(loaded, order, sys.stdin.buffer, rejects=rejects, size=None)
        return
    try:
        with file.open("rb") as opened:
            _import(loaded, order, opened, rejects=rejects, size=file.stat().st_size)
    except OSError as error:
        fail(f"{error.filename or file}: {error.strerror}.")


@imports.command("jobs")
@click.argument("pool_id")
@store_settings
def jobs(loaded: Loaded, pool_id: str) -> None:
    """List the import jobs of a pool, newest first."""
    found = with_admin(loaded.settings, lambda admin: admin.imports().jobs(pool_id))
    rows = [
        (
            job.id, job.name, str(job.status), moment(job.created_ms), str(job.tally.imported),
            str(job.tally.skipped), str(job.tally.failed),
        )
        for job in found
    ]  # fmt: skip
    click.echo(table([JOBS_HEAD, *rows]) if rows else f"{pool_id} has no import jobs.")


@imports.command("log")
@click.argument("job_id")
@click.option("--failed", is_flag=True, help="Only the rows that were not imported.")
@store_settings
def log(loaded: Loaded, job_id: str, *, failed: bool) -> None:
    """Show what became of each row of an import job."""

    def show(stretches: Sequence[Stretch]) -> None:
        for stretch in stretches:
            if not failed or stretch.reason:
                for line in log_lines(stretch):
                    click.echo(line)

    with_admin(loaded.settings, lambda admin: admin.imports().log(job_id, show))


def _import(
    loaded: Loaded, order: Order, opened: BinaryIO, *, rejects: Path, size: int | None
) -> None:
    progress = _Progress(size)
    source, kept = FileSource(opened), FailedRows(rejects)

    async def work(admin: Admin) -> Report:
        return await admin.imports().run(order, source, kept, progress.tell)

    try:
        report = with_admin(loaded.settings, work)
    except Unreadable as problem:
        progress.end()
        fail(str(problem))
    except KeyboardInterrupt:
        progress.end()
        click.echo("Interrupted. The same command goes on from here.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    progress.end()
    click.echo(progress.summary(report))
    if report.tally.failed:
        click.echo(f"The rows that failed are in {rejects}, with the reasons.", err=True)
        sys.exit(EXIT_FAILED)


class _Progress:
    """One line on a terminal, rewritten; nothing elsewhere."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._clock = SystemClock()
        self._began_ms = self._clock.now_ms()
        self._told_ms = 0
        self._shown = 0
        self._first: Report | None = None

    def tell(self, report: Report) -> None:
        """Show how far the import has come."""
        now_ms = self._clock.now_ms()
        if self._first is None:
            self._first = report
            self._began_ms = now_ms
        if now_ms - self._told_ms < TELL_MS or not sys.stderr.isatty():
            return
        self._told_ms = now_ms
        self._show(self._line(report, now_ms))

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            self._show("")

    def summary(self, report: Report) -> str:
        """Return what the import has done."""
        seconds = max(self._clock.now_ms() - self._began_ms, 1) / 1000
        tally = report.tally
        rows = tally.rows - report.resumed.rows
        resumed = f", {report.resumed.rows:,} rows of them earlier" if report.resumed.rows else ""
        return (
            f"Imported {tally.imported:,} users; {tally.skipped:,} existed, "
            f"{tally.failed:,} failed{resumed}. "
            f"{seconds:,.1f} s, {rows / seconds:,.0f} rows a second."
        )

    def _line(self, report: Report, now_ms: int) -> str:
        first = self._first or report
        seconds = max(now_ms - self._began_ms, 1) / 1000
        rows = report.tally.rows
        parts = [f"{rows:,} rows", f"{(rows - first.tally.rows) / seconds:,.0f}/s"]
        if self._size:
            share = min(report.read_bytes / self._size, 1)
            full = round(share * WIDTH)
            parts.insert(0, f"[{'#' * full}{'.' * (WIDTH - full)}] {share:.0%}")
            read = report.read_bytes - first.read_bytes
            if read:
                left_s = round((self._size - report.read_bytes) * seconds / read)
                parts.append(f"{left_s // 60}:{left_s % 60:02d} left")
        if report.tally.failed:
            parts.append(f"{report.tally.failed:,} failed")
        return "  ".join(parts)

    def _show(self, line: str) -> None:
        end = "" if line else "\r"
        sys.stderr.write(f"\r{line.ljust(self._shown)}{end}")
        sys.stderr.flush()
        self._shown = len(line)
