"""What a caller sees of a code for a user who does not exist, where the client hides that.

The answer is the same for the same name, and a code that "was sent" leaves a row that no code
matches, so that the next step refuses a wrong code, and not a missing one, as it would for
somebody real. Source: docs/behaviours/sign-in.md.
"""

import hmac
import string
from typing import Final

from poolkeep.core.messages.codes import CodeRow
from poolkeep.core.messages.masks import delivery
from poolkeep.core.messages.model import SMS
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.model import CodeDelivery
from poolkeep.crypto.envelope import Purpose as KeyPurpose

LETTERS: Final = string.ascii_lowercase
PHONE_DIGITS_MAX: Final = 15


def decoy_id(pool: LoadedPool, login: str) -> str:
    """Return the id under which the codes of an unknown name are kept; no user has it."""
    return f"decoy:{_digest(pool, login, b'id').hex()}"


def decoy_row(
    pool: LoadedPool, user_id: str, *, purpose: str, unknown: bytes, now_ms: int, life_ms: int
) -> CodeRow:
    """Return an outstanding code that nobody knows: its hash is `unknown`, random."""
    return CodeRow(
        pool_id=pool.pool.id,
        user_id=user_id,
        purpose=purpose,
        digest=unknown,
        attribute="",
        value_key="",
        client_id="",
        created_ms=now_ms,
        expires_ms=now_ms + life_ms,
    )


def decoy_delivery(pool: LoadedPool, login: str, medium: str) -> CodeDelivery:
    """Return details of a delivery that does not happen, as the name suggests them."""
    return delivery(medium, decoy_destination(pool, login, medium))


def decoy_destination(pool: LoadedPool, login: str, medium: str) -> str:
    """Return where nobody's code would go: to what was typed, or to something made of it."""
    digest = _digest(pool, login, b"destination")
    if medium == SMS:
        number = login.removeprefix("+")
        typed = login.startswith("+") and number.isdigit() and len(number) <= PHONE_DIGITS_MAX
        return login if typed else "".join(str(byte % 10) for byte in digest)
    if "@" in login.strip("@"):
        return login
    local, domain = (LETTERS[byte % len(LETTERS)] for byte in digest[:2])
    return f"{local}@{domain}"


def _digest(pool: LoadedPool, login: str, use: bytes) -> bytes:
    key = pool.keys.key(KeyPurpose.FAKE_USER)
    return hmac.digest(
        key, b"code " + use + b":" + login.encode("utf-8", "surrogatepass"), "sha256"
    )
