"""`poolkeep export` and `poolkeep restore`: a whole pool in one encrypted file, and back."""

import sys
from pathlib import Path
from typing import Final

import click

from poolkeep.base.log import printable
from poolkeep.base.secret import Secret
from poolkeep.cli.options import store_settings
from poolkeep.cli.ports import FileKey, PoolFile
from poolkeep.cli.say import fail, table, with_admin
from poolkeep.cli.sources import Loaded

PASSPHRASE_CHARACTERS_MIN: Final = 12
STEP: Final = 5_000
"""Rows between two lines of progress that go to a log instead of a terminal."""

_passphrase = click.option(
    "--passphrase-file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE", help="Read the passphrase from the first line of FILE; - is standard input.",
)  # fmt: skip


@click.command()
@click.argument("pool_id")
@click.option(
    "--to", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="The file to make; an existing one is not overwritten.",
)  # fmt: skip
@_passphrase
@click.option(
    "--recipient", type=click.Path(path_type=Path, dir_okay=False), metavar="KEY.pub",
    help="Encrypt for the owner of a key of `poolkeep keys recipient` instead of a passphrase.",
)  # fmt: skip
@click.option(
    "--from-region", metavar="NAME", help="Whose copy to export, where replicas have others."
)
@store_settings
def export(
    loaded: Loaded,
    pool_id: str,
    to: Path,
    passphrase_file: Path | None,
    recipient: Path | None,
    from_region: str | None,
) -> None:
    """Write the user pool POOL_ID to one encrypted file.

    With it goes everything that signs its users in: users, groups, passwords, factors, clients,
    keys. The server may run; the file shows one moment. Whoever opens the file can sign tokens
    of the pool: keep it like a master key.
    """
    key = _key(passphrase_file, recipient, new=True)
    progress = _Progress("exported")
    made = with_admin(
        loaded.settings,
        lambda admin: admin.export_pool(
            pool_id, to, key, region=from_region, progress=progress.tell
        ),
    )
    progress.end()
    click.echo(_rows(made))
    click.echo(f"{made.pool_id} is in {to}. Try it: poolkeep restore --check {to}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_passphrase
@click.option(
    "--key", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="The private key that the file was made for.",
)  # fmt: skip
@click.option(
    "--into-region", metavar="NAME",
    help="Region to restore into. Default: the one the pool is called after, or the first.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Only read the file to its end and say what is in it.")
@click.option(
    "--take-over", is_flag=True, help="Do not wait for a killed restore of this pool to lapse."
)
@store_settings
def restore(
    loaded: Loaded,
    file: Path,
    passphrase_file: Path | None,
    key: Path | None,
    into_region: str | None,
    *,
    check: bool,
    take_over: bool,
) -> None:
    """Make the user pool of FILE in this installation.

    The pool keeps its id, because passwords and issued tokens hang on it; a pool that exists is
    never overwritten. It belongs to --account afterwards. All or nothing: the pool appears with
    the last step, and after a kill the same command begins anew.
    """
    secret = _key(passphrase_file, key, new=False)
    if check:
        found = with_admin(loaded.settings, lambda admin: admin.check_pool_file(file, secret))
        click.echo(_rows(found))
        click.echo(f"{file} is whole: {found.pool_id}, from {found.region}.")
        return
    progress = _Progress("restored")
    made = with_admin(
        loaded.settings,
        lambda admin: admin.restore_pool(
            file, secret, region=into_region, take_over=take_over, progress=progress.tell
        ),
    )
    progress.end()
    click.echo(_rows(made))
    click.echo(f"{made.pool_id} is in {made.region}, in account {loaded.settings.account}.")


def _key(passphrase_file: Path | None, key_file: Path | None, *, new: bool) -> FileKey:
    """Return what locks or opens the file; ask for a passphrase when no flag tells."""
    if key_file is not None:
        if passphrase_file is not None:
            fail("a passphrase or a key, not both")
        return key_file
    if passphrase_file is None:
        if not sys.stdin.isatty():
            fail("give --passphrase-file or a key file: there is no terminal to ask at")
        text = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new)
    else:
        text = _first_line(passphrase_file)
    if new and len(text) < PASSPHRASE_CHARACTERS_MIN:
        fail(f"the passphrase is too short: use {PASSPHRASE_CHARACTERS_MIN} characters or more")
    return Secret(text)


def _first_line(path: Path) -> str:
    try:
        with click.open_file(str(path), encoding="utf-8") as file:
            return str(file.readline().rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path} cannot be read: {error}")


def _rows(made: PoolFile) -> str:
    rows = [(name, f"{count:,}") for name, count in made.counts.items()]
    return table([("table", "rows"), *rows])


class _Progress:
    """One line that changes on a terminal; lines now and then where there is none."""

    def __init__(self, done: str) -> None:
        self._done = done
        self._live = sys.stderr.isatty()
        self._told: dict[str, int] = {}
        self._open = False

    def tell(self, name: str, count: int) -> None:
        """Show how many rows of a table are done."""
        if self._live:
            click.echo(f"\r\033[K{self._done} {printable(name)}: {count:,}", err=True, nl=False)
            self._open = True
        elif count - self._told.get(name, 0) >= STEP:
            self._told[name] = count
            click.echo(f"{self._done} {printable(name)}: {count:,}", err=True)

    def end(self) -> None:
        """Leave the line behind."""
        if self._open:
            click.echo("\r\033[K", err=True, nl=False)
