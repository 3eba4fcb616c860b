"""Where the browser goes back to, with what. Pure.

Values stand raw where they may: clients are known that cut an address at `&` and `=` and decode
nothing. Source: docs/behaviours/oauth.md; RFC 6749, 4.1.2 and 4.2.2; RFC 9207.
"""

from typing import Final
from urllib.parse import quote

import msgspec

from poolkeep.core.oauth.requests import ToClient

PLAIN: Final = "-._~!$'()*,:@/"
"""What may stand in a query and in a fragment, and that nobody reads as something else."""

Pairs = tuple[tuple[str, str], ...]


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to the client, by way of the browser.

    A redirect to `location`; or, where the client asked for it, a form with `fields` that the
    browser posts to `location`. `cookie` is a new value of the session cookie, good for
    `cookie_life_s`; None leaves the cookie alone.
    """

    location: str
    fields: Pairs | None = None
    cookie: str | None = None
    cookie_life_s: int = 0


def answered(redirect_uri: str, mode: str, pairs: Pairs) -> Finished:
    """Return an answer in the client's mode: query, fragment or form_post."""
    if mode == "form_post":
        return Finished(location=redirect_uri, fields=pairs)
    text = "&".join(f"{name}={quote(value, safe=PLAIN)}" for name, value in pairs)
    if mode == "fragment":
        return Finished(location=f"{redirect_uri}#{text}")
    if "?" not in redirect_uri:
        return Finished(location=f"{redirect_uri}?{text}")
    joint = "" if redirect_uri.endswith(("?", "&")) else "&"
    return Finished(location=f"{redirect_uri}{joint}{text}")


def refused(error: ToClient, issuer: str | None = None) -> Finished:
    """Return an error to the client."""
    given = {
        "error_description": error.description,
        "state": error.state,
        "error": error.error,
        "iss": issuer,
    }
    pairs = tuple((name, value) for name, value in given.items() if value is not None)
    return answered(error.redirect_uri, error.mode, pairs)
