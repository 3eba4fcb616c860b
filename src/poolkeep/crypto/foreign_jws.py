"""JSON Web Signatures made by other people's keys, over joserfc.

What `jose.py` does for our own tokens, this does for a client's proofs: one serialisation, in its
one canonical spelling, a short list of asymmetric algorithms, and keys of a decent size. The
algorithm is one of the list *and* fits the key, so no text chooses how it is judged.
"""

import hashlib
import json
from collections.abc import Collection
from typing import Any, Final, NoReturn

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry

from poolkeep.crypto import base64url

CHARS_MAX: Final = 16 * 1024
ALGORITHMS: Final = ("ES256", "RS256", "PS256", "Ed25519")
RSA_BITS_MIN: Final = 2048
RSA_BITS_MAX: Final = 8192
_SEGMENTS: Final = 3
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS: Final = {
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
    "OKP": ("crv", "kty", "x"),
}
"""What a thumbprint is taken over (RFC 7638), by kind of key."""
_FITS: Final = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "Ed25519": ("OKP", "Ed25519"),
}

PublicKey = ECKey | RSAKey | OKPKey


class JwsRefused(ValueError):
    """The text is no signature that we accept; the message says why, without the text."""


class Unproven(msgspec.Struct, frozen=True):
    """A well-formed text whose signature is not checked yet: believe nothing of it."""

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]


def read(text: str, algorithms: Collection[str] = ALGORITHMS) -> Unproven:
    """Return header and claims of a compact serialisation by one of these algorithms.

    Raises JwsRefused for any other text.
    """
    if len(text) > CHARS_MAX or not text.isascii():
        raise JwsRefused("too long")
    segments = text.encode("ascii").split(b".")
    if len(segments) != _SEGMENTS:
        raise JwsRefused("not three segments")
    try:
        header, claims = (_object(base64url.decode(part)) for part in segments[:2])
        base64url.decode(segments[2])
    except ValueError as error:
        raise JwsRefused("not canonical") from error
    if header.get("alg") not in algorithms or "crit" in header or "b64" in header:
        raise JwsRefused("algorithm")
    return Unproven(text, header, claims)


def public_key(jwk: object) -> PublicKey:
    """Return the key that a JWK describes; JwsRefused for a private, weak or strange one."""
    if not isinstance(jwk, dict) or _PRIVATE & jwk.keys():
        raise JwsRefused("key")
    if jwk.get("kty") not in _MEMBERS or jwk.get("use", "sig") != "sig":
        raise JwsRefused("key")
    try:
        if jwk["kty"] == "RSA":
            modulus = int.from_bytes(base64url.decode(jwk["n"].encode("ascii")), "big")
            if not RSA_BITS_MIN <= modulus.bit_length() <= RSA_BITS_MAX:
                raise JwsRefused("key size")
        key = import_key({name: jwk[name] for name in _MEMBERS[jwk["kty"]]})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise JwsRefused("key") from error
    if not isinstance(key, ECKey | RSAKey | OKPKey):
        raise JwsRefused("key")
    return key


def verify(unproven: Unproven, key: PublicKey) -> dict[str, Any]:
    """Return the claims, proven by this key; JwsRefused for a wrong signature."""
    algorithm: str = unproven.header["alg"]
    kind, curve = _FITS[algorithm]
    if key.key_type != kind or (curve is not None and key.get("crv") != curve):
        raise JwsRefused("algorithm does not fit the key")
    try:
        registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        jws.deserialize_compact(unproven.text, key, algorithms=[algorithm], registry=registry)
    except (JoseError, ValueError) as error:
        raise JwsRefused("signature") from error
    return unproven.claims


def thumbprint(jwk: dict[str, Any]) -> str:
    """Return the key's SHA-256 thumbprint (RFC 7638)."""
    members = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return base64url.encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _object(data: bytes) -> dict[str, Any]:
    """Return a JSON object, no member of which is named twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member named twice")
        return found

    def never(_text: str) -> NoReturn:
        raise ValueError("not JSON")

    try:
        value = json.loads(data, object_pairs_hook=once, parse_constant=never)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  the text is wrong, not the type
    return value
