"""`poolkeep migrate`."""

import click

from poolkeep.cli.options import store_settings
from poolkeep.cli.say import table, with_admin
from poolkeep.cli.sources import Loaded


@click.command()
@click.option("--status", is_flag=True, help="Only show what is applied and what is pending.")
@store_settings
def migrate(loaded: Loaded, *, status: bool) -> None:
    """Bring the databases to this release's schema.

    `serve` does the same at its start; run this first where the server's role may not alter
    tables, or to upgrade several nodes one after the other.
    """
    if status:
        found = with_admin(loaded.settings, lambda admin: admin.migrations())
        rows = [(one.region, one.name, "applied" if one.applied else "pending") for one in found]
        click.echo(table([("region", "migration", "state"), *rows]))
        return
    applied = with_admin(loaded.settings, lambda admin: admin.migrate())
    for one in applied:
        click.echo(f"{one.region}: applied {one.name}")
    if not applied:
        click.echo("Nothing to do: every database has this release's schema.")
