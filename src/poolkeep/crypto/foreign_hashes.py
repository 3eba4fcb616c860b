"""Password hashes that other systems made: read strictly, checked once, then replaced.

    BCRYPT          $2a$ $2b$ $2y$   cost 4 to 14
    SCRYPT          $scrypt$ln=…,r=…,p=…$salt$hash
    ARGON2ID        $argon2id$v=19$m=…,t=…,p=…$salt$hash
    PBKDF2_SHA256   $pbkdf2-sha256$i=…[,l=…]$salt$hash, $pbkdf2-sha256$…$salt$hash,
                    pbkdf2_sha256$…$salt$hash

A hash brings its own cost, and whoever knows the user's name can have it worked out, so the cost
is bounded where the hash is read. `parse` returns the one spelling that `check` takes.
Source: docs/behaviours/imports.md; the PHC string format; passlib's and Django's documentation.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Final

from poolkeep.crypto.passwords import check_argon2

BCRYPT_COST_MIN: Final = 4
BCRYPT_COST_MAX: Final = 14
BCRYPT_BYTES_MAX: Final = 72
"""What bcrypt reads of a password; the systems that made the hashes cut the rest off."""
SCRYPT_BLOCKS_MAX: Final = 2**21
"""N · r, of 128 bytes each: 256 MiB, twice what OWASP recommends and what Argon2id gets here."""
SCRYPT_WORK_MAX: Final = 2**22
"""N · r · p."""
ARGON2_MEMORY_KIB_MAX: Final = 256 * 1024
ARGON2_PASSES_MAX: Final = 10
ARGON2_LANES_MAX: Final = 16
PBKDF2_ROUNDS_MAX: Final = 2_000_000
SALT_BYTES_MAX: Final = 64
HASH_BYTES_MIN: Final = 16
HASH_BYTES_MAX: Final = 64
TEXT_MAX: Final = 512

_BCRYPT: Final = re.compile(
    # 16 bytes in 22 characters and 23 in 31 leave bits over, which are zero.
    r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]",
    re.ASCII,
)
_SCRYPT: Final = re.compile(
    r"\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]{0,7}),p=([1-9][0-9]{0,7})"
    r"\$([A-Za-z0-9+/]*={0,2})\$([A-Za-z0-9+/]+={0,2})",
    re.ASCII,
)
_ARGON2: Final = re.compile(
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]{0,2}),p=([1-9][0-9]{0,2})"
    r"\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})",
    re.ASCII,
)
_PBKDF2: Final = re.compile(
    r"\$pbkdf2-sha256\$i=([1-9][0-9]{0,8})(?:,l=([1-9][0-9]{0,2}))?"
    r"\$([A-Za-z0-9+/]*={0,2})\$([A-Za-z0-9+/]+={0,2})",
    re.ASCII,
)
# passlib writes a full stop where base64 has a plus sign.
_PASSLIB: Final = re.compile(
    r"\$pbkdf2-sha256\$([1-9][0-9]{0,8})\$([A-Za-z0-9./]*)\$([A-Za-z0-9./]+)", re.ASCII
)
# Django's salt is text, used as it stands.
_DJANGO: Final = re.compile(
    r"pbkdf2_sha256\$([1-9][0-9]{0,8})\$([!-#%-~]{0,64})\$([A-Za-z0-9+/]+={0,2})", re.ASCII
)

NOT_OF_THIS_KIND: Final = "it does not have the form of a hash of this algorithm"
TOO_COSTLY: Final = "it costs more than this server works for one password"
NOT_BASE64: Final = "its salt or its hash is not base64"
SIZE: Final = "its salt or its hash has an unusual size"


class BadHash(ValueError):
    """The text is no hash that we would check; the message says why, without the text."""


def parse(algorithm: str, text: str) -> str:
    """Return the hash in the spelling that `check` takes; raises BadHash, and for other kinds."""
    reader = _READERS.get(algorithm)
    if reader is None or len(text) > TEXT_MAX:
        raise BadHash(NOT_OF_THIS_KIND)
    return reader(text)


def check(known: str, password: str) -> bool:
    """Say whether `password` is the one that was hashed; False for what `parse` never returns."""
    secret = password.encode("utf-8", "surrogatepass")
    if known.startswith("$2"):
        return _check_bcrypt(known, secret)
    if known.startswith("$argon2id$"):
        return check_argon2(known, password)
    if match := _SCRYPT.fullmatch(known):
        return _check_scrypt(match, secret)
    if match := _PBKDF2.fullmatch(known):
        rounds, _, salt, expected = match.groups()
        wanted = _bytes(expected)
        found = hashlib.pbkdf2_hmac("sha256", secret, _bytes(salt), int(rounds), len(wanted))
        return hmac.compare_digest(found, wanted)
    return False


def _check_bcrypt(known: str, secret: bytes) -> bool:
    import bcrypt  # noqa: PLC0415  only where hashes were imported

    try:
        return bcrypt.checkpw(secret[:BCRYPT_BYTES_MAX], known.encode("ascii"))
    except ValueError:
        return False


def _check_scrypt(match: "re.Match[str]", secret: bytes) -> bool:
    exponent, r, p = (int(group) for group in match.groups()[:3])
    wanted = _bytes(match[5])
    found = hashlib.scrypt(
        secret,
        salt=_bytes(match[4]),
        n=1 << exponent,
        r=r,
        p=p,
        maxmem=128 * r * ((1 << exponent) + p + 2) + 1024,
        dklen=len(wanted),
    )
    return hmac.compare_digest(found, wanted)


def _read_bcrypt(text: str) -> str:
    match = _BCRYPT.fullmatch(text)
    if match is None:
        raise BadHash(NOT_OF_THIS_KIND)
    if not BCRYPT_COST_MIN <= int(match[1]) <= BCRYPT_COST_MAX:
        raise BadHash(TOO_COSTLY if int(match[1]) > BCRYPT_COST_MAX else NOT_OF_THIS_KIND)
    return text


def _read_scrypt(text: str) -> str:
    match = _SCRYPT.fullmatch(text)
    if match is None:
        raise BadHash(NOT_OF_THIS_KIND)
    exponent, r, p = (int(group) for group in match.groups()[:3])
    # Two digits of exponent and eight of r and p are no large numbers yet.
    if r << exponent > SCRYPT_BLOCKS_MAX or r * p << exponent > SCRYPT_WORK_MAX:
        raise BadHash(TOO_COSTLY)
    salt, found = _sized(_bytes(match[4]), _bytes(match[5]))
    return f"$scrypt$ln={exponent},r={r},p={p}${_bare(salt)}${_bare(found)}"


def _read_argon2(text: str) -> str:
    match = _ARGON2.fullmatch(text)
    if match is None:
        raise BadHash(NOT_OF_THIS_KIND)
    memory, passes, lanes = (int(group) for group in match.groups()[:3])
    if memory > ARGON2_MEMORY_KIB_MAX or passes > ARGON2_PASSES_MAX or lanes > ARGON2_LANES_MAX:
        raise BadHash(TOO_COSTLY)
    if memory < 8 * lanes:  # RFC 9106, section 3.1
        raise BadHash(NOT_OF_THIS_KIND)
    salt, found = _sized(_bytes(match[4]), _bytes(match[5]), salt_bytes_min=8)
    return f"$argon2id$v=19$m={memory},t={passes},p={lanes}${_bare(salt)}${_bare(found)}"


def _read_pbkdf2(text: str) -> str:
    if match := _PBKDF2.fullmatch(text):
        rounds, length, salt, found = int(match[1]), match[2], _bytes(match[3]), _bytes(match[4])
        if length is not None and int(length) != len(found):
            raise BadHash(SIZE)
    elif match := _PASSLIB.fullmatch(text):
        rounds, salt, found = (
            int(match[1]),
            *(_bytes(part.replace(".", "+")) for part in (match[2], match[3])),
        )
    elif match := _DJANGO.fullmatch(text):
        rounds, salt, found = int(match[1]), match[2].encode("ascii"), _bytes(match[3])
    else:
        raise BadHash(NOT_OF_THIS_KIND)
    if rounds > PBKDF2_ROUNDS_MAX:
        raise BadHash(TOO_COSTLY)
    salt, found = _sized(salt, found)
    return f"$pbkdf2-sha256$i={rounds},l={len(found)}${_bare(salt)}${_bare(found)}"


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "BCRYPT": _read_bcrypt,
    "SCRYPT": _read_scrypt,
    "ARGON2ID": _read_argon2,
    "PBKDF2_SHA256": _read_pbkdf2,
}


def _sized(salt: bytes, found: bytes, *, salt_bytes_min: int = 0) -> tuple[bytes, bytes]:
    if not salt_bytes_min <= len(salt) <= SALT_BYTES_MAX:
        raise BadHash(SIZE)
    if not HASH_BYTES_MIN <= len(found) <= HASH_BYTES_MAX:
        raise BadHash(SIZE)
    return salt, found


def _bytes(text: str) -> bytes:
    """Return what base64 stands for, with or without padding; no bit may be left over."""
    bare = text.rstrip("=")
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        raise BadHash(NOT_BASE64) from None
    if _bare(data) != bare:
        raise BadHash(NOT_BASE64)
    return data


def _bare(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode("ascii")
