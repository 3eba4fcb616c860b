"""`poolkeep explain`: may somebody do something, and which statement says so."""

import click

from poolkeep.cli.options import store_settings
from poolkeep.cli.say import table, with_admin
from poolkeep.cli.sources import Loaded

EXIT_DENIED = 1


@click.command()
@click.argument("who")
@click.argument("action")
@click.argument("resource", default="*")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="NAME=VALUE",
    help="A condition key of the request (aws:SourceIp=10.0.0.1); repeatable.",
)
@click.option("--guest", is_flag=True, help="Take a role as guests of an identity pool have it.")
@click.option("--show-keys", is_flag=True, help="Print every condition key that is known.")
@store_settings
def explain(
    loaded: Loaded,
    who: str,
    action: str,
    resource: str,
    *,
    keys: tuple[str, ...],
    guest: bool,
    show_keys: bool,
) -> None:
    """Say whether WHO may do ACTION on RESOURCE, and why.

    WHO is root, user/NAME, role/NAME or an ARN of them, in the account --account. The exit code
    is 0 when it is allowed, and 1 when it is not.
    """  # fmt: skip
    given = {}
    for pair in keys:
        name, equals, value = pair.partition("=")
        if not equals or ":" not in name:
            raise click.UsageError(f"--key {pair}: write NAME=VALUE, as in aws:SourceIp=10.0.0.1")
        given[name] = value
    found = with_admin(
        loaded.settings,
        lambda admin: admin.explain(
            loaded.settings.account, who, action=action, resource=resource, context=given,
            is_guest=guest,
        ),
    )  # fmt: skip
    click.echo(f"{found.effect}: {found.who} {found.action} on {found.resource}")
    click.echo(f"because: {found.reason}")
    rows = [("layer", "alone it says", "policies")]
    for layer in found.layers:
        rows.append((layer.name, layer.effect, ", ".join(layer.policies) or "-"))
        rows.extend(("", "", f"  {statement}") for statement in layer.statements)
    if len(rows) > 1:
        click.echo(table(rows))
    if show_keys:
        click.echo(table([("condition key", "value"), *found.keys.items()]))
    if found.effect != "allowed":
        raise SystemExit(EXIT_DENIED)
