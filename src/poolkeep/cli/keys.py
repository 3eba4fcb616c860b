"""`poolkeep keys`: access keys, token signing keys, the master key."""

from pathlib import Path

import click

from poolkeep.cli.options import store_settings
from poolkeep.cli.ports import Admin
from poolkeep.cli.say import table, with_admin
from poolkeep.cli.sources import Loaded
from poolkeep.http.ops.inbox import moment


@click.group()
def keys() -> None:
    """List, make and rotate keys."""


@keys.command("list")
@store_settings
def list_access(loaded: Loaded) -> None:
    """List the access keys of an account (--account)."""
    settings = loaded.settings
    found = with_admin(settings, lambda admin: admin.access_keys(settings.account))
    head = ("key", "account", "user", "state", "created")
    rows = [
        (
            key.key_id,
            key.account,
            key.user,
            "active" if key.active else "off",
            moment(key.created_ms),
        )
        for key in found
    ]
    click.echo(table([head, *rows]))


@keys.command()
@store_settings
def create(loaded: Loaded) -> None:
    """Make another root key pair for an account (--account); the secret is shown once."""
    settings = loaded.settings
    made = with_admin(settings, lambda admin: admin.create_access_key(settings.account))
    click.echo("[default]")
    click.echo(f"aws_access_key_id = {made.key_id}")
    click.echo(f"aws_secret_access_key = {made.secret.reveal()}")


@keys.command()
@click.argument("key_id")
@store_settings
def disable(loaded: Loaded, key_id: str) -> None:
    """Let an access key sign no more; `enable` takes it back."""
    with_admin(loaded.settings, lambda admin: admin.set_access_key_active(key_id, active=False))
    click.echo(f"{key_id} is off.")


@keys.command()
@click.argument("key_id")
@store_settings
def enable(loaded: Loaded, key_id: str) -> None:
    """Let an access key sign again."""
    with_admin(loaded.settings, lambda admin: admin.set_access_key_active(key_id, active=True))
    click.echo(f"{key_id} is active.")


@keys.command()
@click.argument("key_id")
@store_settings
def delete(loaded: Loaded, key_id: str) -> None:
    """Forget an access key for good."""
    with_admin(loaded.settings, lambda admin: admin.delete_access_key(key_id))
    click.echo(f"{key_id} is gone.")


@keys.command()
@click.argument("pool_id")
@store_settings
def signing(loaded: Loaded, pool_id: str) -> None:
    """List the token signing keys of a pool."""
    found = with_admin(loaded.settings, lambda admin: admin.signing_keys(pool_id))
    head = ("kid", "signs", "state", "signs from", "gone at")
    rows = [
        (
            key.kid,
            key.use,
            key.state,
            moment(max(key.signs_from_ms, key.created_ms)),
            "-" if key.gone_at_ms is None else moment(key.gone_at_ms),
        )
        for key in found
    ]
    click.echo(table([head, *rows]))


@keys.command()
@click.argument("pool_id")
@click.option(
    "--emergency",
    is_flag=True,
    help="Sign with it at once and drop the present key: its tokens die.",
)
@store_settings
def rotate(loaded: Loaded, pool_id: str, *, emergency: bool) -> None:
    """Publish a pool's next signing key; it signs after keys.publish_ahead_h hours."""
    kid = with_admin(
        loaded.settings, lambda admin: admin.rotate_signing_key(pool_id, emergency=emergency)
    )
    if emergency:
        click.echo(f"{pool_id} signs with {kid} from now on.")
    else:
        click.echo(f"{pool_id}: {kid} is published, and signs once verifiers have had time.")
        click.echo(f"`poolkeep keys signing {pool_id}` shows when.")


@keys.command("rotate-master")
@click.argument("new_key_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_settings
def rotate_master(loaded: Loaded, new_key_file: Path) -> None:
    """Wrap every pool key under the master key in NEW_KEY_FILE.

    Safe to repeat after an interruption. Afterwards set master_key_file to the new file.
    Make one with: (umask 077; openssl rand -base64 32 > NEW_KEY_FILE).
    """
    count = with_admin(loaded.settings, lambda admin: admin.rotate_master_key(new_key_file))
    click.echo(f"{count} keys are wrapped anew. Set master_key_file to {new_key_file} and restart.")


@keys.command()
@click.argument("new_file", type=click.Path(path_type=Path, dir_okay=False))
@store_settings
def recipient(loaded: Loaded, new_file: Path) -> None:
    """Make a key pair for pool files: NEW_FILE, and NEW_FILE.pub for `poolkeep export`.

    Only who has NEW_FILE can open what was exported for it. Keep it away from this machine.
    """

    async def make(admin: Admin) -> Path:
        return admin.make_file_keys(new_file)

    public = with_admin(loaded.settings, make)
    click.echo(f"{new_file} opens what `poolkeep export --recipient {public}` writes.")
