"""`poolkeep kms`: the keys that encrypt codes for custom senders."""

import click

from poolkeep.cli.options import store_settings
from poolkeep.cli.say import table, with_admin
from poolkeep.cli.sources import Loaded
from poolkeep.http.ops.inbox import moment

of_region = click.option("--region", help="Region of the key; default: the default region.")


@click.group()
def kms() -> None:
    """List and make the keys that encrypt codes for custom senders."""


@kms.command("create-key")
@of_region
@click.option("--description", default="", help="What the key is for.")
@click.option("--key-id", help="Id of the key, where functions know one already; default: random.")
@store_settings
def create_key(loaded: Loaded, region: str | None, description: str, key_id: str | None) -> None:
    """Make a key for an account (--account), and print its ARN: a pool's KMSKeyID."""
    account = loaded.settings.account
    click.echo(
        with_admin(
            loaded.settings,
            lambda admin: admin.create_encryption_key(
                account, region, description=description, key_id=key_id
            ),
        )
    )


@kms.command("list-keys")
@of_region
@store_settings
def list_keys(loaded: Loaded, region: str | None) -> None:
    """List the keys of a region."""
    found = with_admin(loaded.settings, lambda admin: admin.encryption_keys(region))
    rows = [(key.arn, key.description or "-", moment(key.created_ms)) for key in found]
    click.echo(table([("key", "description", "created"), *rows]))
