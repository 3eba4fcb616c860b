"""`poolkeep inbox`: messages of a development server, in the terminal."""

import json
from typing import Any, Final

import click

from poolkeep.base.clock import SystemClock
from poolkeep.base.log import printable
from poolkeep.cli.client import DEFAULT_URL, CallFailed, Client
from poolkeep.cli.say import fail
from poolkeep.settings import DEFAULT_REGION

WAIT_S_MAX: Final = 60


@click.command()
@click.option("--to", metavar="ADDRESS", help="Only messages to this address or phone number.")
@click.option(
    "--wait", type=click.IntRange(0, WAIT_S_MAX), default=0, metavar="SECONDS",
    help="Wait this long for a message if there is none.",
)  # fmt: skip
@click.option("--follow", is_flag=True, help="Go on showing messages as they come.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a message.")
@click.option("--url", default=DEFAULT_URL, show_default=True, help="Address of the server.")
def inbox(to: str | None, wait: int, *, follow: bool, as_json: bool, url: str) -> None:
    """Show messages that a development server delivered, newest first.

    With --wait it ends with 1 when no message came, so that a script can tell.
    """
    try:
        client = Client(url, DEFAULT_REGION, clock=SystemClock())
        messages = _ask(client, to, wait_s=wait)
        # Newest first reads best at once; while following, the newest must come last.
        _show(messages[::-1] if follow else messages, as_json=as_json)
        while follow:
            after = messages[0]["id"] if messages else ""
            newer = _ask(client, to, wait_s=WAIT_S_MAX, after=after)
            _show(newer[::-1], as_json=as_json)
            messages = newer or messages
    except CallFailed as error:
        fail(str(error))
    except KeyboardInterrupt:
        return
    if not messages:
        fail("no messages" + (f" to {to}." if to else ".") + " Wait for one with --wait 30.")


def _ask(client: Client, to: str | None, *, wait_s: int, after: str = "") -> list[dict[str, Any]]:
    query = {
        "wait": str(wait_s),
        **({"to": to} if to else {}),
        **({"after": after} if after else {}),
    }
    status, answer = client.get("/_poolkeep/inbox.json", wait_s=wait_s, **query)
    if status == 404:
        raise CallFailed(
            f"{client.url} has no inbox: it sends messages for real. "
            "Set mail = inbox or sms = inbox outside production."
        )
    if status != 200:
        raise CallFailed(f"{client.url}: {answer.get('message', status)}")
    messages: list[dict[str, Any]] = answer["messages"]
    return messages


def _show(messages: list[dict[str, Any]], *, as_json: bool) -> None:
    for message in messages:
        click.echo(json.dumps(message) if as_json else _lines(message))


def _lines(message: dict[str, Any]) -> str:
    head = f"{message['at']}  {message['medium']}  to {message['to']}"
    lines = [head, *(f"  {message[name]}" for name in ("subject",) if message.get(name))]
    lines += [f"  {name}: {message[name]}" for name in ("code", "link") if message.get(name)]
    if not message.get("code") and not message.get("link"):
        lines += [f"  {line}" for line in message["body"].splitlines()]
    return printable("\n".join(lines))
