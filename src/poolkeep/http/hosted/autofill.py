"""Passkeys that a browser offers before anybody has typed a name.

The page asks for a signature of a challenge that it carries itself, sealed for this browser and
this request: nothing is stored for visitors who only look. The sign-in uses the challenge up.
Source: docs/behaviours/pages.md.
"""

from typing import Any, Final, NamedTuple

import msgspec

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.oauth.hashing import hashed
from poolkeep.core.pools.rules import auth_session_ms, first_factors
from poolkeep.core.signin import wording
from poolkeep.crypto import base64url
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose
from poolkeep.http.hosted import ceremonies, csrf
from poolkeep.http.hosted.journey import Asked
from poolkeep.http.hosted.web import Visit

TOKEN_CHARACTERS_MAX: Final = 512


class Offer(NamedTuple):
    """What a page needs: options for the browser, and the sealed challenge."""

    options: dict[str, Any]
    token: str


class _Challenge(msgspec.Struct, frozen=True):
    challenge: bytes
    expires_ms: int


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Challenge).decode


def offer(visit: Visit, asked: Asked) -> Offer | None:
    """Return what the page needs; None where passkeys begin no sign-in."""
    place = ceremonies.place(visit)
    if place is None or "WEB_AUTHN" not in first_factors(visit.pool):
        return None
    life_ms = auth_session_ms(asked.client)
    # As unpredictable as the nonce that it comes from, which no other page has.
    challenge = hashed(visit.pool, "passkey", visit.nonce)
    sealed = visit.pool.keys.seal(
        Purpose.OAUTH,
        _encode(_Challenge(challenge, visit.now_ms + life_ms)),
        context=_context(visit, asked),
    )
    options = ceremonies.autofill(visit, place, challenge, timeout_ms=life_ms)
    return Offer(options, base64url.encode(sealed).decode())


def answered(visit: Visit, asked: Asked, credential: str) -> tuple[str, bytes]:
    """Return whom an assertion names and what it had to sign; refuses what was not asked here."""
    token = visit.form.get("passkey") or ""
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise useless()
    try:
        found = _decode(
            visit.pool.keys.open(
                Purpose.OAUTH, base64url.decode(token.encode()), context=_context(visit, asked)
            )
        )
    except (EnvelopeBroken, msgspec.DecodeError, ValueError):
        raise useless() from None
    who = ceremonies.signer(credential)
    if found.expires_ms <= visit.now_ms or not who:
        raise useless()
    return who, found.challenge


def useless() -> NotAuthorized:
    """Return the refusal for an assertion from which nothing follows."""
    return NotAuthorized(wording.INCORRECT)


def _context(visit: Visit, asked: Asked) -> str:
    """Bind to the browser, by the token of its forms, and to the request."""
    return f"autofill/{visit.pool.pool.id}/{csrf.issue(visit)[0]}/{asked.digest}"
