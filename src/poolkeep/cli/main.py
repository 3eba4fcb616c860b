"""The command `poolkeep`: a table of commands, each imported when it is asked for."""

import difflib
import importlib
from typing import Final, cast

import click

from poolkeep import __version__

# name: (module, attribute, what it does)
COMMANDS: Final[dict[str, tuple[str, str, str]]] = {
    "serve": ("serve", "serve", "Run the server."),
    "demo": ("demo", "demo", "Make a pool, a client and a user on a running server, and sign in."),
    "inbox": ("inbox", "inbox", "Show messages that a development server delivered."),
    "keys": ("keys", "keys", "List, make and rotate keys."),
    "kms": ("kms", "kms", "List and make the keys that encrypt codes for custom senders."),
    "explain": ("explain", "explain", "Say whether somebody may do something, and why."),
    "locks": ("locks", "locks", "Show or lift a user's lock-out and used-up attempts."),
    "doctor": ("doctor", "doctor", "Show the settings in effect and what production would refuse."),
    "where": ("where", "where", "Show where an operation is handled, tested and described."),
    "totp": ("totp", "totp", "Show the code of an authenticator app, and its QR code."),
    "export": ("pool_files", "export", "Write a whole user pool to one encrypted file."),
    "restore": ("pool_files", "restore", "Make the user pool of such a file here."),
    "import": ("imports", "imports", "Import users from a file; show the logs of import jobs."),
    "triggers": ("triggers", "triggers", "Look at functions: list, replay and test them."),
    "branding": ("branding", "branding", "Look at the pages of a client before users do."),
    "messages": ("messages", "messages", "Look at messages before users get them."),
    "migrate": ("migrate", "migrate", "Bring the databases to this release's schema."),
}


class _Lazy(click.Group):
    """A group that knows its commands' names without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(f"poolkeep.cli.{module}"), attribute)
        return cast(click.Command, found)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            advice = f" Did you mean {near[0]}?" if near else " See `poolkeep --help`."
            ctx.fail(f"There is no command {args[0]!r}.{advice}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in COMMANDS.items()])


@click.command(cls=_Lazy)
@click.version_option(__version__, prog_name="poolkeep", message="%(prog)s %(version)s")
def root() -> None:
    """Run and administer poolkeep, a self-hosted Amazon Cognito."""
