"""`poolkeep totp`: an authenticator app in the terminal, for developers and for a lost phone."""

import io
import sys
import urllib.parse
from typing import Final

import click

from poolkeep.base.clock import SystemClock
from poolkeep.cli.say import fail
from poolkeep.crypto import totp as algorithm

STDIN: Final = "-"
MS_PER_S: Final = 1_000


@click.command()
@click.argument("secret", default=STDIN)
@click.option("--qr", is_flag=True, help="Show the QR code that an authenticator app scans.")
@click.option("--account", default="user", show_default=True, help="Whom the app shows.")
@click.option("--issuer", default="poolkeep", show_default=True, help="Where the account is.")
@click.option("--plain", is_flag=True, help="Print the code and nothing else, for scripts.")
def totp(secret: str, *, qr: bool, account: str, issuer: str, plain: bool) -> None:
    """Show the current code of SECRET, as AssociateSoftwareToken answers it.

    Without SECRET, or with -, it is read from standard input, where other users of the machine do
    not see it.
    """
    text = sys.stdin.readline() if secret == STDIN else secret
    try:
        seed = algorithm.seed_of(text)
    except ValueError:
        fail("that is no secret: it has the letters A to Z and the digits 2 to 7 (base32).")
    now_ms = SystemClock().now_ms()
    code = algorithm.code_at(seed, now_ms // algorithm.STEP_MS)
    if plain:
        click.echo(code)
        return
    if qr:
        click.echo(picture(address(seed, account=account, issuer=issuer)))
    left_s = (algorithm.STEP_MS - now_ms % algorithm.STEP_MS + MS_PER_S - 1) // MS_PER_S
    click.echo(f"{code}  for {left_s} s")


def address(seed: bytes, *, account: str, issuer: str) -> str:
    """Return what the QR code says: the address that authenticator apps agree on."""
    label = urllib.parse.quote(f"{issuer}:{account}", safe="")
    query = {"secret": algorithm.seed_text(seed), "issuer": issuer}
    return f"otpauth://totp/{label}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"


def picture(text: str) -> str:
    """Return a QR code in letters of half a square each."""
    import segno  # noqa: PLC0415  only for those who want a picture

    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, compact=True)
    return out.getvalue()
