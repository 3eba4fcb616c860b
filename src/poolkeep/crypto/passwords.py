"""What is kept of a password, and how one is checked against it.

A pool that allows SRP keeps the SRP verifier (sealed by the caller: a stolen one can be guessed
at the speed of SHA-256) and checks plain passwords against it too. A pool that forbids SRP keeps
an Argon2id hash only. For a user who does not exist, `decoy_verifier` stands in, so that the
answer takes the same path and the same time.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from poolkeep.base.entropy import Entropy
from poolkeep.crypto import srp
from poolkeep.crypto.group import BYTES, N

_FORMAT: Final = 1
_SALT_BYTES: Final = 16
_SALT_BYTES_MAX: Final = 64  # a device chooses its own salt
_HEADER_BYTES: Final = 2

# OWASP's first recommendation for Argon2id.
_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_LANES: Final = 1
_HASH_BYTES: Final = 32
_CURRENT: Final = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}$"

# Imported hashes bring their own cost; beyond this we would be working for an attacker.
_MEMORY_KIB_MAX: Final = 256 * 1024
_PASSES_MAX: Final = 16
_LANES_MAX: Final = 16
_PHC: Final = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,3})"
    r"\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86}",
    re.ASCII,
)


class StoredVerifier(msgspec.Struct, frozen=True):
    """A salt and the verifier made with it. `v` is worth the password: seal before storing."""

    salt: int
    v: int

    def encode(self) -> bytes:
        """Return the stored form: format, length of the salt, salt, v at full length."""
        size = max(_SALT_BYTES, (self.salt.bit_length() + 7) // 8)
        if size > _SALT_BYTES_MAX or not 0 < self.v < N:
            raise ValueError("salt or verifier out of range")
        head = bytes((_FORMAT, size))
        return head + self.salt.to_bytes(size, "big") + self.v.to_bytes(BYTES, "big")

    @classmethod
    def decode(cls, data: bytes) -> "StoredVerifier":
        """Return what `encode` was given; ValueError for bytes that it never returns."""
        if len(data) < _HEADER_BYTES or data[0] != _FORMAT:
            raise ValueError("not a stored verifier")
        end_of_salt = _HEADER_BYTES + data[1]
        stored = cls(
            int.from_bytes(data[_HEADER_BYTES:end_of_salt], "big"),
            int.from_bytes(data[end_of_salt:], "big"),
        )
        if stored.encode() != data:
            raise ValueError("not a stored verifier")
        return stored

    def __repr__(self) -> str:
        """Show the salt, which is public, and never v."""
        return f"StoredVerifier(salt={self.salt:#x}, v=***)"


def make_verifier(
    entropy: Entropy, pool_suffix: str, username: str, password: str
) -> StoredVerifier:
    """Return the verifier of a new password under a fresh salt."""
    salt = _salt(entropy.bytes(_SALT_BYTES))
    x = srp.private_value(pool_suffix, username, password, salt)
    return StoredVerifier(salt, srp.verifier(x))


def check_verifier(stored: StoredVerifier, pool_suffix: str, username: str, password: str) -> bool:
    """Say whether `password` is the one that `stored` was made from."""
    x = srp.private_value(pool_suffix, username, password, stored.salt)
    found = srp.verifier(x).to_bytes(BYTES, "big")
    return hmac.compare_digest(found, stored.v.to_bytes(BYTES, "big"))


def decoy_verifier(key: bytes, username: str) -> StoredVerifier:
    """Return the stand-in for a user who does not exist: always the same for the same name.

    `key` is the pool's purpose key for simulated users. v costs no exponentiation: it is only
    ever seen inside B, under a fresh g^b, where any number of the group looks like any other.
    """
    name = username.encode("utf-8", "surrogatepass")
    seed = hmac.digest(key, name, "sha256")
    # 128 bits more than N, so that the remainder is as good as uniform.
    stream = hashlib.shake_256(seed).digest(_SALT_BYTES + BYTES + 16)
    v = int.from_bytes(stream[_SALT_BYTES:], "big") % (N - 1) + 1
    return StoredVerifier(_salt(stream[:_SALT_BYTES]), v)


def make_argon2(entropy: Entropy, password: str) -> str:
    """Return the Argon2id hash of a new password as a PHC string (about 22 ms, 19 MiB)."""
    return Argon2id(
        salt=entropy.bytes(_SALT_BYTES),
        length=_HASH_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    ).derive_phc_encoded(_utf8(password))


def check_argon2(phc: str, password: str) -> bool:
    """Say whether `password` is the one that was hashed; False for a string we do not accept."""
    match = _PHC.fullmatch(phc)
    if match is None:
        return False
    memory, passes, lanes = map(int, match.groups())
    if memory > _MEMORY_KIB_MAX or passes > _PASSES_MAX or lanes > _LANES_MAX:
        return False
    try:
        Argon2id.verify_phc_encoded(_utf8(password), phc)
    except (InvalidKey, ValueError):
        return False
    return True


def argon2_is_current(phc: str) -> bool:
    """Say whether a hash has today's cost; if not, the caller hashes anew at the next sign-in."""
    return phc.startswith(_CURRENT)


def decoy_argon2(key: bytes, username: str) -> str:
    """Return a hash of today's cost that no password has, to be checked for an absent user."""
    seed = hmac.digest(key, username.encode("utf-8", "surrogatepass"), "sha256")
    stream = hashlib.shake_256(seed).digest(_SALT_BYTES + _HASH_BYTES)
    return f"{_CURRENT}{_bare_base64(stream[:_SALT_BYTES])}${_bare_base64(stream[_SALT_BYTES:])}"


def _salt(data: bytes) -> int:
    """Return 16 bytes as a number of exactly 32 hex digits.

    Clients differ over a leading zero digit of SALT, so there is none. Setting one bit instead
    of drawing again favours the digit 1, which a salt can bear.
    """
    number = int.from_bytes(data, "big")
    return number if number >> 124 else number | 1 << 124


def _utf8(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _bare_base64(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode("ascii")
