"""`poolkeep doctor`: what is in effect, what works, what production would refuse."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from poolkeep import __version__
from poolkeep.base.secret import Secret
from poolkeep.cli.options import server_settings
from poolkeep.cli.ports import DatabaseFacts
from poolkeep.cli.production import environment_facts, production_refusals, production_warnings
from poolkeep.cli.say import ask_admin, table
from poolkeep.cli.sources import Loaded
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings, leaves, redacted_url

SECRET_TABLES = frozenset({"functions.environment", "functions.signing_keys"})


@click.command()
@server_settings
def doctor(loaded: Loaded) -> None:
    """Show the settings in effect, check what they name, and list what production would refuse.

    Secrets are hidden. Ends with 1 when a check fails; production's list is advice.
    """
    settings = loaded.settings
    python = ".".join(map(str, sys.version_info[:3]))
    click.echo(f"poolkeep {__version__}, Python {python}, mode {settings.mode}\n")
    click.echo(table([("setting", "from", "value"), *_effective(loaded)]))
    facts, checks = _checks(settings)
    click.echo("\nChecks")
    for ok, text in checks:
        click.echo(f"  {'ok ' if ok else 'NO '} {text}")
    refusals = production_refusals(settings, environment_facts(loaded), facts)
    click.echo(f"\nProduction would refuse ({len(refusals)})")
    for refusal in refusals:
        click.echo(f"  {refusal.line}")
    for warning in production_warnings(settings, facts):
        click.echo(f"  warning: {warning}")
    if not all(ok for ok, _ in checks):
        sys.exit(1)


def _effective(loaded: Loaded) -> Iterator[tuple[str, str, str]]:
    settings = loaded.settings
    shown: dict[str, Any] = {
        "regions": settings.region_databases,
        "master_key_file": settings.key_file,
        "issuer": settings.issuer or settings.base_url,
        "public_url": settings.base_url,
    }
    for leaf in leaves():
        value: Any = settings
        for part in leaf.path:
            value = getattr(value, part)
        source = loaded.sources.get(leaf.name, "default")
        if leaf.name in SECRET_TABLES:
            value = dict.fromkeys(value, "***")
        yield leaf.name, source, _shown(shown.get(leaf.name, value))


def _shown(value: Any) -> str:  # noqa: ANN401  any setting
    match value:
        case Secret():
            return redacted_url(value.reveal())
        case dict():
            return ", ".join(f"{name}={_shown(inner)}" for name, inner in value.items()) or "-"
        case tuple():
            return ", ".join(map(str, value)) or "-"
        case None:
            return "-"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _checks(settings: Settings) -> tuple[list[DatabaseFacts], list[tuple[bool, str]]]:
    checks = [_data_check(settings.data_dir), _key_check(settings.key_file), _port_check(settings)]
    facts: list[DatabaseFacts] = []
    if not settings.data_dir.is_dir():
        return facts, checks  # nothing to ask yet, and asking must not make it
    try:
        facts = ask_admin(settings, lambda admin: admin.database_facts())
    except CannotStart as error:
        checks.extend((False, line) for line in error.lines)
    except Exception as error:  # noqa: BLE001  whatever it is, the operator wants to know which
        checks.append((False, f"databases: {type(error).__name__}. See the settings above."))
    for one in facts:
        version = f"schema {one.schema_version} of {one.code_schema_version}"
        advice = ""
        if one.master_key_fits is False:
            advice = "; the master key is not the one it was made with: set master_key_file"
        elif one.schema_version > one.code_schema_version:
            advice = "; a newer release wrote it: upgrade poolkeep, or restore a backup"
        elif one.schema_version < one.code_schema_version:
            advice = "; poolkeep migrate brings it up"
        good = one.master_key_fits is not False and one.schema_version <= one.code_schema_version
        checks.append((good, f"{one.region}: {one.kind}, {version}{advice}"))
    return facts, checks


def _data_check(path: Path) -> tuple[bool, str]:
    if not path.exists():
        return True, f"data: {path} does not exist yet; the first start makes it"
    if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
        return False, f"data: {path} is not a directory that we may write to"
    return True, f"data: {path}"


def _key_check(path: Path) -> tuple[bool, str]:
    try:
        mode = path.stat().st_mode & 0o777
    except PermissionError:
        return False, f"master key: {path} is not to be reached by this user"
    except OSError:
        return True, f"master key: {path} does not exist yet; the first local start makes it"
    if not os.access(path, os.R_OK):
        return False, f"master key: {path} cannot be read by this user. Let it own the file"
    if mode & 0o077:
        return False, f"master key: {path} has mode {mode:04o}. Run chmod 600 {path}"
    return True, f"master key: {path}"


def _port_check(settings: Settings) -> tuple[bool, str]:
    with socket.socket() as probe:
        probe.settimeout(1)
        busy = settings.port != 0 and probe.connect_ex(("127.0.0.1", settings.port)) == 0
    state = "a server listens there now" if busy else "free"
    return True, f"port {settings.port}: {state}"
