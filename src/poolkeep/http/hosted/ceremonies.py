"""Passkeys on the pages: where a ceremony takes place, and what autofill asks for.

A browser may offer passkeys before anybody has typed a name. Then the page has asked for a
signature already, and whose it is, the answer tells: `signer`.
Source: docs/behaviours/pages-sign-up.md.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.passkeys.model import Place
from poolkeep.core.passkeys.rules import is_enabled, place_of, request_options
from poolkeep.crypto.webauthn import CredentialRefused, parse_assertion
from poolkeep.http.hosted.web import Visit

MALFORMED: Final = "Invalid credential."


def place(visit: Visit) -> Place | None:
    """Return where this page's ceremonies take place; None where there can be none.

    Classic pages have none, nor has an installation that is reached by a bare address.
    """
    if visit.is_classic or not is_enabled(visit.pool):
        return None
    host = (urlsplit(visit.origin).hostname or "").lower()
    return place_of(visit.pool, host=host, origin=visit.origin, below=bool(visit.base))


def autofill(visit: Visit, where: Place, challenge: bytes, *, timeout_ms: int) -> dict[str, Any]:
    """Return what a browser needs to offer every passkey that it has for this place."""
    return request_options(
        visit.pool, where.party, challenge=challenge, allowed=(), timeout_ms=timeout_ms
    )


def signer(credential: str) -> str:
    """Return whose passkey has signed, as it says itself: a `sub`, which signs in like a name.

    Refuses what is no assertion. Whether the signature is theirs, the sign-in judges.
    """
    try:
        handle = parse_assertion(credential).user_handle
        return (handle or b"").decode("ascii")
    except (CredentialRefused, UnicodeDecodeError):
        raise InvalidParameter(MALFORMED) from None
