"""The flags that choose settings, shared by the commands that read them."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from poolkeep.cli.say import EXIT_CONFIGURATION, fail
from poolkeep.cli.sources import Loaded, SettingsError, load, pairs

Command = Callable[..., None]

_STORE_OPTIONS = (
    click.option(
        "--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="TOML file with settings.",
    ),
    click.option(
        "--data", metavar="DIR", help="Directory of database, keys and credentials.",
    ),
    click.option("--database", metavar="URL", help="sqlite:///path or postgresql://…"),
    click.option(
        "--region", "regions", multiple=True, metavar="NAME=DATABASE",
        help="A region and its database; repeatable, the first is the default region.",
    ),
    click.option("--account", metavar="ID", help="12-digit account id of the root key pair."),
    click.option(
        "--dev", is_flag=True, help="Development: any signature, movable clock, loopback only.",
    ),
)  # fmt: skip

_SERVER_OPTIONS = (
    click.option("--host", metavar="ADDRESS", help="Address to listen on. [127.0.0.1]"),
    click.option("--port", type=int, metavar="PORT", help="Port; 0 picks a free one. [9229]"),
    click.option(
        "--admin-port", type=int, metavar="PORT", help="Take signed operations on this port only."
    ),
    click.option("--workers", type=int, metavar="N", help="Server processes. [1]"),
    click.option(
        "--tls", is_flag=True, help="Serve https, with certificates that this machine can trust."
    ),
    click.option("--issuer", metavar="URL|aws", help="Issuer of tokens. [the own address]"),
)


def store_settings(command: Command) -> Command:
    """Give a command `loaded`: the settings that say where the data is."""
    return _with(command, _STORE_OPTIONS)


def server_settings(command: Command) -> Command:
    """Give a command `loaded`: every setting that has a flag."""
    return _with(command, (*_STORE_OPTIONS, *_SERVER_OPTIONS))


def _with(command: Command, options: tuple[Callable[[Any], Any], ...]) -> Command:
    @functools.wraps(command)
    def wrapped(**arguments: Any) -> None:  # noqa: ANN401  click's own
        flags = {name: arguments.pop(name) for name in _NAMES & arguments.keys()}
        command(loaded=_load(flags), **arguments)

    decorated: Command = wrapped
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


_NAMES = {
    "config", "data", "database", "regions", "account", "dev", "host", "port", "admin_port",
    "workers", "issuer", "tls",
}  # fmt: skip


def _load(flags: dict[str, Any]) -> Loaded:
    config = flags.pop("config", None)
    dev = flags.pop("dev", False)
    try:
        regions = flags.pop("regions", ())
        named: dict[str, object] = {"mode": "dev"} if dev else {}
        if flags.pop("tls", False):
            named["tls.development"] = True
        chosen = {**flags, **named, **({"regions": pairs(regions)} if regions else {})}
        return load(config, os.environ, flags=chosen)
    except SettingsError as error:
        fail(error.lines, EXIT_CONFIGURATION)
    except ValueError as error:
        fail(f"--region: {error}", EXIT_CONFIGURATION)
