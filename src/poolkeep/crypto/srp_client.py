# ruff: noqa: N806 -- the letters are the protocol's, as in crypto/srp.py
"""The client's half of SRP-6a, for devices whose password is the server's to use: browsers.

A browser without scripts cannot prove anything. Its cookie holds the device's password, and the
proof is made here, so that the sign-in machine sees a device like any other.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from poolkeep.base.entropy import Entropy
from poolkeep.crypto.group import G, N
from poolkeep.crypto.srp import DAYS, KEY_BYTES, KEY_INFO, MONTHS, K, claim, pad, private_value

_A_BYTES: Final = 32
_MS_PER_S: Final = 1_000


class ClientStep(NamedTuple):
    """The client's move: `a` stays secret, `A` goes out as `%x`."""

    a: int
    A: int


def start(entropy: Entropy) -> ClientStep:
    """Return a fresh a and its A = g^a mod N."""
    a = int.from_bytes(entropy.bytes(_A_BYTES), "big")
    return ClientStep(a, pow(G, a, N))


def answers(
    step: ClientStep,
    told: Mapping[str, str],
    *,
    place: str,
    name: str,
    password: str,
    now_ms: int,
) -> dict[str, str]:
    """Return the claim of whoever knows the password, from what the server has told.

    `place` and `name` are a device's group key and key.
    """
    B, salt = int(told["SRP_B"], 16), int(told["SALT"], 16)
    u = int.from_bytes(hashlib.sha256(pad(step.A) + pad(B)).digest(), "big")
    x = private_value(place, name, password, salt)
    S = pow((B - K * pow(G, x, N)) % N, step.a + u * x, N)
    extracted = hmac.digest(pad(u), pad(S), "sha256")
    key = hmac.digest(extracted, KEY_INFO, "sha256")[:KEY_BYTES]
    when = timestamp(now_ms)
    return {
        "PASSWORD_CLAIM_SECRET_BLOCK": told["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": claim(
            key, place, name, base64.b64decode(told["SECRET_BLOCK"]), when
        ),
        "TIMESTAMP": when,
    }


def timestamp(now_ms: int) -> str:
    """Return a time as `EEE MMM d HH:mm:ss UTC yyyy`."""
    when = datetime.fromtimestamp(now_ms // _MS_PER_S, UTC)
    day, month = DAYS[when.weekday()], MONTHS[when.month - 1]
    return f"{day} {month} {when.day} {when:%H:%M:%S} UTC {when.year:04}"
