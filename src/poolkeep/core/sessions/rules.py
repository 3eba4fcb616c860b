"""How sessions are named, counted, reused and described. Pure.

Source: docs/behaviours/sessions.md.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final

from poolkeep.base.entropy import DIGITS, Entropy, text
from poolkeep.base.ids import LOWER
from poolkeep.core.sessions.model import Session

SSO_PER_USER: Final = 25
"""SSO sessions of one user; a list of 125 holds these and the most token sessions."""
LISTED_MAX: Final = 125
SSO_MINUTES_MIN: Final = 60
"""The shortest life of the pages' cookie, whatever the clients ask for."""
MS_PER_MINUTE: Final = 60_000
ID_CHARACTERS: Final = 25
ALPHABET: Final = DIGITS + LOWER
DEVICE_CHARACTERS_MAX: Final = 1_024
ADDRESS_CHARACTERS_MAX: Final = 128
UNKNOWN: Final = "unknown"

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What a browser's user agent holds, the more particular first: Edge also says Chrome."""
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PRODUCT: Final = re.compile(r"[!-.0-~]+")


def session_id_of(origin_jti: str) -> str:
    """Return the id of the token session of a sign-in.

    It follows from `origin_jti`, which every token of the sign-in carries, so a refresh token
    needs not be found again to be named, and one from before tracking has an id of its own too.
    """
    number = int.from_bytes(hashlib.sha256(f"token session/{origin_jti}".encode()).digest(), "big")
    letters = []
    for _ in range(ID_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "tkn" + "".join(letters)


def new_sso_id(entropy: Entropy) -> str:
    """Return an id for a browser's session."""
    return "sso" + text(entropy, ALPHABET, ID_CHARACTERS)


def evicted(live: Iterable[Session], keep: int) -> list[Session]:
    """Return the least recently used sessions, so that `keep` of them stay."""
    ordered = sorted(live, key=lambda session: (session.last_active_ms, session.id))
    return ordered[: max(0, len(ordered) - keep)]


def may_reuse(session: Session, max_validity_minutes: int, *, now_ms: int) -> bool:
    """Tell whether a client may sign in silently by a browser's session.

    The clock starts at the last fresh authentication; 0 minutes is never.
    """
    if not session.is_sso or session.expires_ms <= now_ms:
        return False
    return now_ms - session.authenticated_ms < max_validity_minutes * MS_PER_MINUTE


def sso_life_ms(minutes_of_clients: Iterable[int]) -> int:
    """Return how long a browser's session is kept: as long as the most patient client's."""
    return max((SSO_MINUTES_MIN, *minutes_of_clients)) * MS_PER_MINUTE


def device_type(user_agent: str) -> str:
    """Return what a user agent says of the device: browser and system, or the program's name."""
    browser = _first(_BROWSERS, user_agent) if user_agent.startswith("Mozilla/") else None
    system = _first(_SYSTEMS, user_agent)
    if browser is not None:
        return f"{browser} on {system}" if system else browser
    product = _PRODUCT.match(user_agent)
    if product is None or user_agent.startswith("Mozilla/"):
        return system or UNKNOWN
    return product.group()[:DEVICE_CHARACTERS_MAX]


def _first(signs: Sequence[tuple[str, str]], user_agent: str) -> str | None:
    return next((name for sign, name in signs if sign in user_agent), None)
