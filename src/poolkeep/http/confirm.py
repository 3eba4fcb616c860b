"""`/confirmUser`: where the link of a verification e-mail leads.

Opening the link changes nothing, because mail scanners open links too; the page has a button,
and pressing it confirms. The page needs no script and loads nothing.
"""

import base64
import hashlib
import html
from typing import Final
from urllib.parse import parse_qsl

from poolkeep.base.refusal import Refusal
from poolkeep.http.aws.regions import Regions

PATH: Final = "/confirmUser"
FIELDS: Final = ("client_id", "user_name", "confirmation_code")
BODY_BYTES_MAX: Final = 16_384
ALREADY: Final = "User cannot be confirmed. Current status is CONFIRMED"

STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1rem}"
    "button{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:.4rem;"
    "background:#0b57d0;color:#fff}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'".encode(),
    ),
]

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class Confirmation:
    """The page behind confirmation links."""

    def __init__(self, regions: Regions) -> None:
        """Confirm users of `regions`."""
        self._regions = regions

    async def answer(self, method: str, raw: bytes) -> Answer:
        """Show the button for a GET, confirm for a POST; `raw` is the query, or the form."""
        given = _fields(raw)
        if given is None:
            return _page(400, "This link is not complete. Please open it again from the message.")
        if method == "GET":
            return _page(200, "One more step to confirm your account.", form=given)
        if method != "POST":
            return _page(405, "Please open the link from the message.")
        region = await self._regions.of_client(given["client_id"])
        try:
            await region.services.sign_up.confirm_by_link(*(given[name] for name in FIELDS))
        except Refusal as refusal:
            if refusal.text == ALREADY:
                return _page(200, "Your account is confirmed.")
            # One text for every other refusal: who holds a link learns nothing else.
            return _page(400, "This link has expired or was used before. Please ask for a new one.")
        return _page(200, "Your account is confirmed. You can sign in now.")


def _fields(raw: bytes) -> dict[str, str] | None:
    """Return the three fields of a link; None when it does not hold each exactly once."""
    if len(raw) > BODY_BYTES_MAX:
        return None
    try:
        pairs = parse_qsl(raw.decode("ascii"), strict_parsing=True, max_num_fields=8)
    except ValueError:
        return None
    given = dict(pairs)
    complete = all(given.get(name) for name in FIELDS) and len(given) == len(pairs)
    return {name: given[name] for name in FIELDS} if complete else None


def _page(status: int, text: str, *, form: dict[str, str] | None = None) -> Answer:
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in (form or {}).items()
    )
    button = f'<form method="post" action="{PATH}">{fields}<button>Confirm</button></form>'
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Confirm your account</title><style>{STYLE}</style></head>"
        f"<body><main><h1>Confirm your account</h1><p>{html.escape(text)}</p>"
        f"{button if form else ''}</main></body></html>"
    )
    return status, HEADERS, body.encode()
