# ruff: noqa: N803, N806 -- the letters are the protocol's, and case tells public from private
"""The server's half of SRP-6a as Cognito's clients speak it, for passwords and devices alike.

    client                                   server
    A = g^a             ── USER, A ──▶       b, B = k·v + g^b
                        ◀─ SALT, B, block ─
    K from S, claim     ── claim ──▶         K from S = (A·v^u)^b, the same claim?

For a device read "device group key" for the pool's suffix, "device key" for the user and
"device password" for the password. Numbers are hashed in Java's form (`pad`). Two worked
examples, which three independent clients agree on, stand in tests/unit/crypto/test_srp.py.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from poolkeep.base.entropy import Entropy
from poolkeep.crypto import modexp
from poolkeep.crypto.group import G, N

__all__ = [
    "DegenerateExchange",
    "G",
    "K",
    "N",
    "ServerStep",
    "claim",
    "is_degenerate",
    "pad",
    "parse_a",
    "private_value",
    "session_key",
    "start",
    "timestamp_ms",
    "verifier",
]

A_HEX_CHARS_MAX: Final = 800
"""N has 768 hex digits and some clients send leading zeros; more is an attack on our time."""

_B_BYTES: Final = 32  # 256 bits cost the best attack on the exponent 2^128, as N itself does
KEY_BYTES: Final = 16
KEY_INFO: Final = b"Caldera Derived Key\x01"
_HEX: Final = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_TIMESTAMP: Final = re.compile(
    rf"({'|'.join(DAYS)}) ({'|'.join(MONTHS)}) ([1-9]|[12][0-9]|3[01]) "
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]) UTC ([0-9]{4})",
    re.ASCII,
)


class DegenerateExchange(ValueError):
    """The client's number leaves nothing secret; no proof can be accepted."""


class ServerStep(NamedTuple):
    """The server's move: `b` stays secret, `B` goes out as `%x`."""

    b: int
    B: int


def pad(number: int) -> bytes:
    """Return the shortest big-endian bytes of `number` whose first bit is 0 (Java's form)."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


K: Final = int.from_bytes(hashlib.sha256(pad(N) + pad(G)).digest(), "big")
"""The multiplier k of SRP-6a."""


def private_value(pool_suffix: str, username: str, password: str, salt: int | bytes) -> int:
    """Return x, which the password, the stored username and the salt determine."""
    number = int.from_bytes(salt, "big") if isinstance(salt, bytes) else salt
    # A lone surrogate is refused long before; were one to come, it must not become an error here.
    identity = f"{pool_suffix}{username}:{password}".encode("utf-8", "surrogatepass")
    inner = hashlib.sha256(identity).digest()
    return int.from_bytes(hashlib.sha256(pad(number) + inner).digest(), "big")


def verifier(x: int) -> int:
    """Return v = g^x mod N."""
    return modexp.generator_power(x)


def start(entropy: Entropy, verifier: int) -> ServerStep:
    """Return a fresh b and its B = k·v + g^b mod N."""
    b = int.from_bytes(entropy.bytes(_B_BYTES), "big")
    return ServerStep(b, (K * verifier + modexp.generator_power(b)) % N)


def parse_a(hex_text: str) -> int:
    """Return A as a number; ValueError for anything but 1 to 800 hex digits."""
    if len(hex_text) > A_HEX_CHARS_MAX or not _HEX.fullmatch(hex_text):
        raise ValueError("SRP_A is not a hexadecimal number of acceptable length")
    return int(hex_text, 16)


def is_degenerate(A: int) -> bool:
    """Say whether A mod N is 0, 1 or N - 1, so that S would not depend on the password."""
    return A % N in {0, 1, N - 1}


def session_key(A: int, B: int, b: int, v: int) -> bytes:
    """Return the 16 bytes that client and server share if the client knows the password.

    Raises DegenerateExchange, before any exponentiation, for an A that proves nothing
    or a u of zero. `B` is the number that was sent.
    """
    if is_degenerate(A):
        raise DegenerateExchange("A is degenerate")
    u = int.from_bytes(hashlib.sha256(pad(A) + pad(B)).digest(), "big")
    if u == 0:
        raise DegenerateExchange("u is zero")
    tier = modexp.best()
    S = tier.power(tier.multiply(A, tier.power(v, u)), b)
    extracted = hmac.digest(pad(u), pad(S), "sha256")
    return hmac.digest(extracted, KEY_INFO, "sha256")[:KEY_BYTES]


def claim(
    key: bytes, pool_suffix_or_group: str, user_id: str, secret_block: bytes, timestamp: str
) -> str:
    """Return the base64 signature that a client with this session key sends."""
    who = (pool_suffix_or_group + user_id).encode("utf-8", "surrogatepass")
    when = timestamp.encode("utf-8", "surrogatepass")
    digest = hmac.digest(key, who + secret_block + when, "sha256")
    return base64.b64encode(digest).decode("ascii")


def timestamp_ms(text: str) -> int | None:
    """Return the milliseconds of `EEE MMM d HH:mm:ss UTC yyyy`; None for any other form.

    English names, the day without a leading zero, and the weekday that the date really has.
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    weekday, month, day, hour, minute, second, year = match.groups()
    try:
        when = datetime(
            int(year),
            MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=UTC,
        )
    except ValueError:  # February 30, or the year 0
        return None
    if DAYS[when.weekday()] != weekday:
        return None
    return int(when.timestamp()) * 1000
