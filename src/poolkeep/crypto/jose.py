"""RS256 tokens, framed and read by hand over `cryptography`'s RSA.

We accept the tokens that we issue and no others, so the reader knows one algorithm, one
serialisation and three header members, and refuses every other spelling before it looks at
keys. The key is found by the caller in its own table, by exact `kid`; nothing in a token can
choose or bring one. Tokens of other issuers are not read here.
"""

import base64
import functools
import json
from typing import Any, Final, NoReturn

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from poolkeep.base.entropy import Entropy
from poolkeep.crypto import base64url

CHARS_MAX: Final = 16 * 1024
"""Longer texts are refused unread."""

ALGORITHM: Final = "RS256"
_KEY_BITS: Final = 2048
_EXPONENT: Final = 65537
_KID_BYTES: Final = 32
_KID_CHARS_MAX: Final = 256
_HEADER_CHARS_MAX: Final = 1024
_DOTS: Final = 2
_HEADERS_REMEMBERED: Final = 1024
_PADDING: Final = PKCS1v15()
_SHA256: Final = SHA256()


class TokenRefused(ValueError):
    """The text is not a token of the form that we issue."""


class Header(msgspec.Struct, frozen=True, gc=False):
    """What a token's header says, all of it."""

    kid: str
    alg: str
    typ: str | None = None


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """A well-formed token whose signature is not checked yet: believe nothing of it."""

    kid: str
    alg: str
    header: Header
    signing_input: bytes
    signature: bytes
    payload: bytes


class VerifyingKey:
    """A public key and the `kid` under which it is published."""

    __slots__ = ("kid", "public")

    def __init__(self, kid: str, public: RSAPublicKey) -> None:
        """Take a key of at least 2048 bits."""
        if public.key_size < _KEY_BITS:
            raise ValueError("an RSA key has at least 2048 bits")
        self.kid = kid
        self.public = public

    @classmethod
    def from_der(cls, kid: str, der: bytes) -> "VerifyingKey":
        """Load a SubjectPublicKeyInfo."""
        public = load_der_public_key(der)
        if not isinstance(public, RSAPublicKey):
            raise ValueError("not an RSA key")  # noqa: TRY004  the bytes are wrong, not the type
        return cls(kid, public)

    def to_der(self) -> bytes:
        """Return the SubjectPublicKeyInfo."""
        return self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class SigningKey:
    """A private key, its `kid`, and the header segment that every token of it begins with."""

    __slots__ = ("_front", "_private", "_verifying", "kid")

    def __init__(self, kid: str, private: RSAPrivateKey) -> None:
        """Take a key of at least 2048 bits."""
        self.kid = kid
        self._private = private
        self._verifying = VerifyingKey(kid, private.public_key())
        header = msgspec.json.encode({"kid": kid, "alg": ALGORITHM})
        self._front = base64url.encode(header) + b"."

    @classmethod
    def generate(cls, entropy: Entropy) -> "SigningKey":
        """Make a key of 2048 bits (some 100 ms).

        `entropy` gives the `kid`; the primes come from OpenSSL's own generator.
        """
        kid = base64.b64encode(entropy.bytes(_KID_BYTES)).decode("ascii")
        return cls(kid, generate_private_key(_EXPONENT, _KEY_BITS))

    @classmethod
    def from_der(cls, kid: str, der: bytes) -> "SigningKey":
        """Load a PKCS #8 key that came out of one of our own envelopes.

        The consistency of the numbers is not tested again: it costs many signatures' time,
        and the envelope proves that the bytes are the ones we stored.
        """
        private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(private, RSAPrivateKey):
            raise ValueError("not an RSA key")  # noqa: TRY004  the bytes are wrong, not the type
        return cls(kid, private)

    def to_der(self) -> bytes:
        """Return the unencrypted PKCS #8 form; seal it before it goes anywhere."""
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def to_pem(self) -> bytes:
        """Return the unencrypted PKCS #8 form as PEM."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def verifying_key(self) -> VerifyingKey:
        """Return the public half."""
        return self._verifying

    def sign_input(self, claims_json: bytes) -> str:
        """Return the token over `claims_json`; see `sign`."""
        signing_input = self._front + base64url.encode(claims_json)
        signature = self._private.sign(signing_input, _PADDING, _SHA256)
        return (signing_input + b"." + base64url.encode(signature)).decode("ascii")

    def __repr__(self) -> str:
        """Show the kid only."""
        return f"SigningKey(kid={self.kid!r})"


def sign(key: SigningKey, claims_json: bytes) -> str:
    """Return the token over `claims_json`, its header exactly `kid` and `alg`."""
    return key.sign_input(claims_json)


def jwk(public: VerifyingKey) -> dict[str, str]:
    """Return the published form, its members in Cognito's order."""
    numbers = public.public.public_numbers()
    return {
        "alg": ALGORITHM,
        "e": _number_text(numbers.e),
        "kid": public.kid,
        "kty": "RSA",
        "n": _number_text(numbers.n),
        "use": "sig",
    }


def parse(token: str) -> Parsed:
    """Return the parts of a token whose payload is a JSON object; TokenRefused otherwise.

    Three canonical base64url segments of at most 16 KiB, a header of `alg` RS256, `kid` and at
    most `typ` JWT, and no member named twice at any depth.
    """
    parsed = frame(token)
    _object(parsed.payload)
    return parsed


def frame(token: str) -> Parsed:
    """Return the parts of a token, its payload being any bytes; TokenRefused otherwise."""
    if len(token) > CHARS_MAX or token.count(".") != _DOTS or not token.isascii():
        raise TokenRefused("not a token")
    signing_input, _, signature = token.encode("ascii").rpartition(b".")
    front, _, payload = signing_input.partition(b".")
    if not signature or len(front) > _HEADER_CHARS_MAX:
        raise TokenRefused("not a token")
    header = _header(front)
    try:
        return Parsed(
            header.kid,
            header.alg,
            header,
            signing_input,
            base64url.decode(signature),
            base64url.decode(payload),
        )
    except ValueError:
        raise TokenRefused("not canonical base64url") from None


def verify(public_key: VerifyingKey, parsed: Parsed) -> bool:
    """Say whether `public_key`, found in our table by `parsed.kid`, signed the token."""
    if parsed.alg != ALGORITHM or parsed.kid != public_key.kid:
        return False
    try:
        public_key.public.verify(parsed.signature, parsed.signing_input, _PADDING, _SHA256)
    except InvalidSignature:
        return False
    return True


@functools.lru_cache(_HEADERS_REMEMBERED)
def _header(segment: bytes) -> Header:
    """Return what a header segment says. Remembered: a pool's tokens begin with one of two."""
    try:
        members = _object(base64url.decode(segment))
    except ValueError:
        raise TokenRefused("not a token header") from None
    kid = members.get("kid")
    if (
        not members.keys() <= {"alg", "kid", "typ"}
        or members.get("alg") != ALGORITHM
        or members.get("typ", "JWT") != "JWT"
        or not isinstance(kid, str)
        or not 0 < len(kid) <= _KID_CHARS_MAX
    ):
        raise TokenRefused("not a token header of ours")
    return Header(kid, ALGORITHM, members.get("typ"))


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(members)
    if len(unique) != len(members):
        raise TokenRefused("a member is named twice")
    return unique


def _no_constant(name: str) -> NoReturn:
    raise TokenRefused(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _object(data: bytes) -> dict[str, Any]:
    """Return a JSON object, read strictly; TokenRefused for anything else."""
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise TokenRefused("not a JSON object") from None
    if not isinstance(value, dict):
        raise TokenRefused("not a JSON object")
    return value


def _number_text(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode("ascii")
