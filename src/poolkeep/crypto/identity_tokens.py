"""RS512 tokens of identities: the one form that identity pools give out and take back.

As in `jose`, the reader knows one algorithm and one spelling, and refuses every other one before
it looks at keys. The certificate goes into the key set, for verifiers that take no bare keys.
"""

import base64
import json
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import load_der_private_key

from poolkeep.crypto import base64url

CHARS_MAX: Final = 16 * 1024
ALGORITHM: Final = "RS512"
_TYPE: Final = "JWS"
_SEGMENTS: Final = 3
_PADDING: Final = PKCS1v15()
_SHA512: Final = SHA512()


class IdentityTokenRefused(ValueError):
    """The text is no token of the form that we issue."""


class Unproven(msgspec.Struct, frozen=True):
    """A well-formed token whose signature is not checked yet: believe nothing of it."""

    kid: str
    signing_input: bytes
    signature: bytes
    claims: dict[str, Any]


class IdentityKey:
    """A private key, its `kid` and its certificate."""

    __slots__ = ("_front", "_private", "_public", "certificate", "kid")

    def __init__(self, kid: str, private: bytes, certificate: bytes) -> None:
        """Take a PKCS #8 key that came out of one of our own envelopes, and a DER certificate."""
        key = load_der_private_key(private, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("not an RSA key")  # noqa: TRY004  the bytes are wrong, not the type
        self.kid = kid
        self.certificate = certificate
        self._private = key
        self._public = key.public_key()
        header = msgspec.json.encode({"kid": kid, "typ": _TYPE, "alg": ALGORITHM})
        self._front = base64url.encode(header) + b"."

    def sign(self, claims: bytes) -> str:
        """Return the token over claims as JSON."""
        text = self._front + base64url.encode(claims)
        signature = self._private.sign(text, _PADDING, _SHA512)
        return (text + b"." + base64url.encode(signature)).decode("ascii")

    def proves(self, token: Unproven) -> bool:
        """Tell whether this key signed a token."""
        if token.kid != self.kid:
            return False
        try:
            self._public.verify(token.signature, token.signing_input, _PADDING, _SHA512)
        except InvalidSignature:
            return False
        return True

    def jwk(self) -> dict[str, Any]:
        """Return the published form, with the certificate and its thumbprint."""
        numbers = self._public.public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": ALGORITHM,
            "kid": self.kid,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
            "x5c": [base64.b64encode(self.certificate).decode("ascii")],
        }

    def __repr__(self) -> str:
        """Show the kid only."""
        return f"IdentityKey(kid={self.kid!r})"


def read(text: str) -> Unproven:
    """Return the parts of a token; IdentityTokenRefused for any other text."""
    if len(text) > CHARS_MAX or not text.isascii():
        raise IdentityTokenRefused("not a token")
    segments = text.encode("ascii").split(b".")
    if len(segments) != _SEGMENTS:
        raise IdentityTokenRefused("not a token")
    try:
        header, claims = (_object(base64url.decode(part)) for part in segments[:2])
        signature = base64url.decode(segments[2])
    except ValueError:
        raise IdentityTokenRefused("not canonical") from None
    kid = header.get("kid")
    expected = {"kid": kid, "typ": _TYPE, "alg": ALGORITHM}
    if not isinstance(kid, str) or header != expected:
        raise IdentityTokenRefused("another header")
    return Unproven(kid, b".".join(segments[:2]), signature, claims)


def _object(data: bytes) -> dict[str, Any]:
    """Return a JSON object, no member of which is named twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member named twice")
        return found

    try:
        value = json.loads(data, object_pairs_hook=once)
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  the text is wrong, not the type
    return value


def _number(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode("ascii")
