"""Codes of authenticator apps: RFC 6238 with SHA-1, six digits, thirty seconds."""

import base64
import hmac
from typing import Final

from poolkeep.base.entropy import Entropy

STEP_MS: Final = 30_000
DIGITS: Final = 6
_SEED_BYTES: Final = 32  # 52 base32 characters, the length of Cognito's SecretCode
_SKEW_STEPS: Final = 1


def make_seed(entropy: Entropy) -> bytes:
    """Return a fresh seed."""
    return entropy.bytes(_SEED_BYTES)


def seed_text(seed: bytes) -> str:
    """Return the seed in base32, upper case, as apps take it."""
    return base64.b32encode(seed).rstrip(b"=").decode("ascii")


def seed_of(text: str) -> bytes:
    """Return the seed that a text in base32 holds, however people write it; raises ValueError."""
    compact = "".join(text.split()).replace("-", "").rstrip("=").upper()
    if not compact:
        message = "no seed"
        raise ValueError(message)
    return base64.b32decode(compact + "=" * (-len(compact) % 8))


def code_at(seed: bytes, step: int) -> str:
    """Return the code of one time step. Source: RFC 4226, section 5.3."""
    digest = hmac.digest(seed, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(code: str, seed: bytes, now_ms: int) -> int | None:
    """Return the newest step, now or one either side, whose code this is; None if none's."""
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    now = now_ms // STEP_MS
    found: int | None = None
    for step in range(max(0, now - _SKEW_STEPS), now + _SKEW_STEPS + 1):
        if hmac.compare_digest(code_at(seed, step), code):  # no early end: same time for each
            found = step
    return found


def accepts(code: str, seed: bytes, now_ms: int, spent_step: int | None) -> int | None:
    """Return the step that `code` proves, for the caller to mark spent; None if it proves none.

    A step at or before `spent_step` proves nothing more. Ask `matching_step` to tell a
    repeated code from a wrong one. Source: RFC 6238, section 5.2.
    """
    step = matching_step(code, seed, now_ms)
    return None if step is None or (spent_step is not None and step <= spent_step) else step
