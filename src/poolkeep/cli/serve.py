"""`poolkeep serve`."""

import os
import shlex
import shutil
import sys
from pathlib import Path

import click

from poolkeep.cli.client import DEFAULT_URL
from poolkeep.cli.options import server_settings
from poolkeep.cli.production import (
    environment_facts,
    production_refusals,
    production_warnings,
)
from poolkeep.cli.say import EXIT_CONFIGURATION, fail, with_admin
from poolkeep.cli.sources import Loaded
from poolkeep.settings import DEFAULT_REGION, ENVIRONMENT_PREFIX
from poolkeep.transport_settings import Inbox


@click.command()
@server_settings
def serve(loaded: Loaded) -> None:
    """Run the server until it gets SIGTERM or Ctrl-C.

    Without flags: on this machine only, with a SQLite database and keys in the user's data
    directory; `poolkeep demo` then shows a first token. Another --host means production, which
    starts only when everything that production needs is there. Every setting can stand in the
    --config file or, as POOLKEEP_NAME, in the environment; flags win.
    """
    settings = loaded.settings
    if settings.mode == "production":
        _insist(loaded)
    for name in [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX)]:
        del os.environ[name]  # read already; no library or child process has business with it
    from poolkeep.http.server.launcher import announce_now, launch  # noqa: PLC0415  slow imports

    def announce(text: str) -> None:
        announce_now("\n".join([text, *_hints(loaded, url=text.split()[3])]))

    sys.exit(launch(settings, announce=announce))


def _insist(loaded: Loaded) -> None:
    """End with code 78 unless everything that production needs is there."""
    facts = environment_facts(loaded)
    refusals = production_refusals(loaded.settings, facts)
    if not refusals:  # the databases are asked only by a configuration that could stand
        databases = with_admin(loaded.settings, lambda admin: admin.database_facts())
        refusals = production_refusals(loaded.settings, facts, databases)
        for warning in production_warnings(loaded.settings, databases):
            click.echo(f"poolkeep: warning: {warning}", err=True)
    if refusals:
        fail((refusal.line for refusal in refusals), EXIT_CONFIGURATION)


def _hints(loaded: Loaded, *, url: str) -> list[str]:
    """Return what a newcomer may type next, with the flags that this server needs."""
    settings = loaded.settings
    if settings.mode == "production":
        return []
    at = "" if url == DEFAULT_URL else f" --url {url}"
    data = f" --data {shlex.quote(str(settings.data_dir))}" if "data" in loaded.sources else ""
    region = settings.default_region
    options = f"{at}{data if settings.mode == 'local' else ''}"
    options += "" if region == DEFAULT_REGION else f" --region {region}="
    me = _command()
    hints = [f"  a first token:  {me} demo{options}"]
    if isinstance(settings.mail_transport, Inbox):
        hints.append(f"  messages:       {me} inbox{at}, or {url}/_poolkeep/inbox")
    if settings.tls.development:
        hints += _trust(settings.ca_file)
    return hints


def _trust(path: Path) -> list[str]:
    """Return how the authority that made this server's certificates comes to be trusted."""
    file = shlex.quote(str(path))
    return [
        f"  its authority:  {file}",
        f"    curl:         curl --cacert {file} …",
        f"    Node:         export NODE_EXTRA_CA_CERTS={file}",
        f"    Python:       export REQUESTS_CA_BUNDLE={file} SSL_CERT_FILE={file}",
        f"    AWS:          export AWS_CA_BUNDLE={file}",
        "    browsers:     import it as an authority for web sites",
    ]


def _command() -> str:
    """Return what to type for `poolkeep` here: the bare name only where a shell would find it."""
    typed = Path(sys.argv[0])
    if typed.name != "poolkeep" or shutil.which("poolkeep"):
        return "poolkeep"
    here = Path.cwd()
    return shlex.quote(str(typed.relative_to(here) if typed.is_relative_to(here) else typed))
