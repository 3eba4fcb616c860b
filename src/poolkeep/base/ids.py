"""Formats and makers of identifiers. Source: docs/behaviours/identifiers.md."""

import uuid
from typing import Final

from poolkeep.base.entropy import DIGITS, Entropy, text

LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
UPPER: Final = LOWER.upper()
BASE62: Final = DIGITS + UPPER + LOWER

# The digit of a UUID whose upper two bits say "RFC 9562"; the lower two are kept.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def pool_id(entropy: Entropy, region: str) -> str:
    """Return `<region>_` and nine alphanumerics."""
    return f"{region}_{text(entropy, BASE62, 9)}"


def pool_suffix(pool: str) -> str:
    """Return the part of a pool id after its first underscore; SRP hashes it."""
    return pool.partition("_")[2]


def region_of_pool(pool: str) -> str:
    """Return the region that a pool id names."""
    return pool.partition("_")[0]


def client_id(entropy: Entropy) -> str:
    """Return 26 lower-case alphanumerics."""
    return text(entropy, DIGITS + LOWER, 26)


def client_secret(entropy: Entropy) -> str:
    """Return 51 lower-case alphanumerics."""
    return text(entropy, DIGITS + LOWER, 51)


def uuid4(entropy: Entropy) -> str:
    """Return a random UUID (version 4), lower case."""
    return _spelled(entropy.bytes(16).hex(), "4")


def timed_uuid(entropy: Entropy, now_ms: int) -> str:
    """Return a UUID (version 7) whose first 48 bits are `now_ms`.

    Tokens carry one as `jti`, so that a sign-out can be compared with the moment of issue in
    milliseconds although `iat` has only seconds. Source: RFC 9562, section 5.7.
    """
    return _spelled(f"{now_ms & (2**48 - 1):012x}{entropy.bytes(10).hex()}", "7")


def timed_uuid_ms(value: str) -> int | None:
    """Return the milliseconds inside a version-7 UUID; None for any other text."""
    try:
        parsed = uuid.UUID(value)
    except ValueError:
        return None
    return parsed.int >> 80 if parsed.version == 7 else None


def _spelled(digits: str, version: str) -> str:
    """Return 32 hex digits as a UUID of this version; a third of the time that `uuid` takes."""
    front, middle = f"{digits[:8]}-{digits[8:12]}", f"{version}{digits[13:16]}"
    return f"{front}-{middle}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"
