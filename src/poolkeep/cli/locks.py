"""`poolkeep locks`: what counts against a user, and how to forgive it."""

import click

from poolkeep.cli.options import store_settings
from poolkeep.cli.say import table, with_admin
from poolkeep.cli.sources import Loaded
from poolkeep.http.ops.inbox import moment

HEAD = ("kind", "count", "until")


@click.command()
@click.argument("pool_id")
@click.argument("username")
@click.option("--lift", is_flag=True, help="Forget all of it.")
@store_settings
def locks(loaded: Loaded, pool_id: str, username: str, *, lift: bool) -> None:
    """Show a user's lock-out and used-up attempts; USERNAME may be any name that signs in."""
    if lift:
        with_admin(loaded.settings, lambda admin: admin.lift(pool_id, username))
        click.echo(f"Nothing counts against {username} any more.")
        return
    found = with_admin(loaded.settings, lambda admin: admin.counters(pool_id, username))
    rows = [
        (counter.kind, str(counter.count), moment(counter.until_ms) if counter.until_ms else "-")
        for counter in found
    ]
    click.echo(table([HEAD, *rows]) if rows else f"Nothing counts against {username}.")
