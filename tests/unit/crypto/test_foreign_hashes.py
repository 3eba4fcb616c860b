"""Hashes that other systems made: right and wrong passwords, cost bombs, other spellings."""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.crypto.foreign_hashes import BadHash, check, parse

SALT: Final = bytes(range(16))
PASSWORDS: Final = ["Correct-Horse-7", "pässwörd ✓", " ", "x" * 72, "a\0b"]

BCRYPT_SALT: Final = b"$2b$04$" + b"abcdefghijklmnopqrstuu"
"""Fixed, as the other salts: parameters of tests are the same in every process."""


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def bare(data: bytes) -> str:
    return b64(data).rstrip("=")


def of_bcrypt(password: str, prefix: bytes = b"2b") -> str:
    made = bcrypt.hashpw(password.encode()[:72], BCRYPT_SALT)
    return made.replace(b"$2b$", b"$" + prefix + b"$").decode()


def of_scrypt(password: str, ln: int = 8, r: int = 8, p: int = 1) -> str:
    made = hashlib.scrypt(password.encode(), salt=SALT, n=1 << ln, r=r, p=p, dklen=32)
    return f"$scrypt$ln={ln},r={r},p={p}${bare(SALT)}${bare(made)}"


def of_argon2(password: str) -> str:
    kdf = Argon2id(salt=SALT, length=32, iterations=1, lanes=2, memory_cost=64)
    return kdf.derive_phc_encoded(password.encode())


def pbkdf2(password: str, rounds: int = 10, salt: bytes = SALT) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)


def of_pbkdf2(password: str) -> str:
    return f"$pbkdf2-sha256$i=10${bare(SALT)}${bare(pbkdf2(password))}"


def of_django(password: str) -> str:
    return f"pbkdf2_sha256$10$seasalt${b64(pbkdf2(password, salt=b'seasalt'))}"


def of_passlib(password: str) -> str:
    parts = [bare(part).replace("+", ".") for part in (SALT, pbkdf2(password))]
    return "$pbkdf2-sha256$10$" + "$".join(parts)


MAKERS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "bcrypt 2b": ("BCRYPT", of_bcrypt),
    "bcrypt 2a": ("BCRYPT", lambda password: of_bcrypt(password, b"2a")),
    "bcrypt 2y": ("BCRYPT", lambda password: of_bcrypt(password, b"2y")),
    "scrypt": ("SCRYPT", of_scrypt),
    "argon2id": ("ARGON2ID", of_argon2),
    "pbkdf2": ("PBKDF2_SHA256", of_pbkdf2),
    "django": ("PBKDF2_SHA256", of_django),
    "passlib": ("PBKDF2_SHA256", of_passlib),
}


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("kind", MAKERS)
def test_the_right_password_and_no_other_matches(kind: str, password: str) -> None:
    algorithm, make = MAKERS[kind]
    known = parse(algorithm, make(password))
    assert check(known, password)
    for other in (
        "",
        password + "x" if len(password) < 72 else "y" * 72,
        password.swapcase() + "1",
    ):
        assert not check(known, other)


@pytest.mark.parametrize("kind", MAKERS)
def test_what_was_read_is_read_as_itself(kind: str) -> None:
    algorithm, make = MAKERS[kind]
    known = parse(algorithm, make("Correct-Horse-7"))
    assert parse(algorithm, known) == known


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("algorithm", ["BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256", "", "MD5"])
def test_a_hash_of_another_algorithm_is_refused(kind: str, algorithm: str) -> None:
    own, make = MAKERS[kind]
    if own != algorithm:
        with pytest.raises(BadHash):
            parse(algorithm, make("x"))


@pytest.mark.parametrize(
    "algorithm, text",
    [
        ("BCRYPT", of_bcrypt("x").replace("$04$", "$15$")),
        ("BCRYPT", of_bcrypt("x").replace("$04$", "$31$")),
        ("BCRYPT", of_bcrypt("x").replace("$04$", "$03$")),
        ("SCRYPT", of_scrypt("x").replace("ln=8", "ln=20")),
        ("SCRYPT", of_scrypt("x").replace("ln=8", "ln=99")),
        ("SCRYPT", of_scrypt("x").replace("r=8", "r=99999999")),
        ("SCRYPT", of_scrypt("x").replace("p=1", "p=99999999")),
        ("ARGON2ID", of_argon2("x").replace("m=64", "m=262145")),
        ("ARGON2ID", of_argon2("x").replace("t=1", "t=11")),
        ("ARGON2ID", of_argon2("x").replace("p=2", "p=17")),
        ("PBKDF2_SHA256", of_pbkdf2("x").replace("i=10", "i=2000001")),
        ("PBKDF2_SHA256", of_django("x").replace("$10$", "$2000001$")),
        ("PBKDF2_SHA256", of_passlib("x").replace("$10$", "$999999999$")),
    ],
)
def test_a_hash_that_costs_too_much_is_refused(algorithm: str, text: str) -> None:
    with pytest.raises(BadHash):
        parse(algorithm, text)


@pytest.mark.parametrize(
    "algorithm, text",
    [
        ("BCRYPT", of_bcrypt("x").replace("$2b$", "$2x$")),
        ("BCRYPT", of_bcrypt("x")[:-1]),
        ("BCRYPT", of_bcrypt("x") + "A"),
        ("BCRYPT", of_bcrypt("x")[:-1] + "/"),  # a bit that bcrypt never sets
        ("BCRYPT", f" {of_bcrypt('x')}"),
        ("SCRYPT", "$scrypt$ln=8,r=8,p=1$AAAA$AAAA"),
        ("SCRYPT", "$scrypt$ln=0,r=8,p=1$AAAA$" + bare(SALT)),
        ("SCRYPT", of_scrypt("x").replace("r=8", "r=0")),
        ("SCRYPT", of_scrypt("x").replace("ln=8,", "")),
        ("ARGON2ID", of_argon2("x").replace("v=19", "v=16")),
        ("ARGON2ID", of_argon2("x").replace("argon2id", "argon2i")),
        ("ARGON2ID", of_argon2("x").replace("m=64", "m=8")),
        ("ARGON2ID", f"$argon2id$v=19$m=64,t=1,p=1$AAAA${bare(SALT)}"),
        ("PBKDF2_SHA256", "$pbkdf2-sha512$i=10$AAAA$" + bare(SALT)),
        ("PBKDF2_SHA256", of_pbkdf2("x").replace("i=10", "i=10,l=31")),
        ("PBKDF2_SHA256", of_pbkdf2("x").replace("i=10", "i=010")),
        ("PBKDF2_SHA256", of_pbkdf2("x") + "==="),
        ("PBKDF2_SHA256", "$pbkdf2-sha256$i=10$AAB$" + bare(SALT)),  # bits left over
        ("PBKDF2_SHA256", f"$pbkdf2-sha256$i=10$AAAA${bare(bytes(65))}"),
        ("PBKDF2_SHA256", "pbkdf2_sha256$10$a b$" + b64(SALT)),
        ("PBKDF2_SHA256", "x" * 10_000),
        ("PBKDF2_SHA256", ""),
    ],
)
def test_a_malformed_hash_is_refused(algorithm: str, text: str) -> None:
    with pytest.raises(BadHash):
        parse(algorithm, text)


@pytest.mark.parametrize("length", [71, 72, 73, 200])
def test_bcrypt_reads_72_bytes(length: int) -> None:
    known = parse("BCRYPT", of_bcrypt("é" * 36 + "tail" * 40))
    assert check(known, ("é" * 36 + "tail" * 40)[:length]) == (length >= 36)
    assert not check(known, "é" * 35)


@given(st.sampled_from(sorted(MAKERS)), st.integers(0, 60), st.characters())
def test_a_changed_hash_matches_no_more_or_is_refused(kind: str, place: int, new: str) -> None:
    algorithm, make = MAKERS[kind]
    if kind.startswith("argon2"):
        return  # a changed cost takes its time; the parameters are the same code's
    text = make("x")
    changed = text[: place % len(text)] + new + text[place % len(text) + 1 :]
    try:
        known = parse(algorithm, changed)
    except BadHash:
        return
    assert known == parse(algorithm, text) or _is_slow(known) or not check(known, "x")


def _is_slow(known: str) -> bool:
    """Say whether the changed character made the hash one of minutes for a test."""
    return "$04$" not in known and "ln=8,r=8,p=1" not in known and "i=10," not in known


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for algorithm in ("BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"):
        with pytest.raises(BadHash):
            parse(algorithm, text)


@pytest.mark.parametrize("text", ["", "$", "$1$abc", "$2b$04$short", "$scrypt$", "plain"])
def test_what_was_never_read_matches_nothing(text: str) -> None:
    assert not check(text, "")
    assert not check(text, text)
