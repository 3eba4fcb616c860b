"""Signatures of other people's keys."""

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from poolkeep.crypto import base64url
from poolkeep.crypto.foreign_jws import JwsRefused, public_key, read, thumbprint, verify

EC = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)
ED = OKPKey.generate_key("Ed25519")
KEYS: dict[str, Any] = {"ES256": EC, "RS256": RSA, "PS256": RSA, "Ed25519": ED}
CLAIMS = {"jti": "a", "iat": 1}


def made(algorithm: str, key: Any = None, **header: Any) -> str:
    return jws.serialize_compact(
        {"alg": algorithm, **header},
        json.dumps(CLAIMS),
        key or KEYS[algorithm],
        algorithms=[algorithm],
    )


@pytest.mark.parametrize("algorithm", KEYS)
def test_each_algorithm_is_judged_by_the_key(algorithm: str) -> None:
    public = KEYS[algorithm].as_dict(private=False)
    assert verify(read(made(algorithm)), public_key(public)) == CLAIMS
    text = made(algorithm)
    front, _, signature = text.rpartition(".")
    forged = bytearray(base64url.decode(signature.encode()))
    forged[5] ^= 1
    with pytest.raises(JwsRefused):
        verify(read(f"{front}.{base64url.encode(bytes(forged)).decode()}"), public_key(public))
    stranger = ECKey.generate_key("P-256") if algorithm == "ES256" else None
    if stranger is not None:
        with pytest.raises(JwsRefused):
            verify(read(text), public_key(stranger.as_dict(private=False)))


def test_the_algorithm_must_fit_the_key() -> None:
    for algorithm, key in (("ES256", RSA), ("RS256", EC), ("Ed25519", EC), ("PS256", ED)):
        with pytest.raises(JwsRefused):
            verify(read(made(algorithm)), public_key(key.as_dict(private=False)))


def test_other_texts_are_not_read() -> None:
    good = made("ES256")
    head, body, signature = good.split(".")
    none = base64url.encode(b'{"alg":"none"}').decode()
    twice = base64url.encode(b'{"alg":"ES256","alg":"ES256"}').decode()
    for text in (
        "",
        "a.b",
        f"{good}.x",
        f"{head}=.{body}.{signature}",
        f"{head}.{body} .{signature}",
        f"{none}.{body}.",
        f"{twice}.{body}.{signature}",
        "é" + good,
        "a" * 20_000,
        f"{head}.{body}.{signature}!",
    ):
        with pytest.raises(JwsRefused):
            read(text)
    secret = OctKey.generate_key(256)
    with pytest.raises(JwsRefused):
        read(jws.serialize_compact({"alg": "HS256"}, b"{}", secret, algorithms=["HS256"]))


def test_keys_that_are_refused() -> None:
    good = EC.as_dict(private=False)
    small = _small()
    for jwk in (
        None,
        "text",
        {},
        EC.as_dict(private=True),
        {"kty": "oct", "k": "AAAA"},
        {**good, "use": "enc"},
        {**good, "x": "AAAA"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
        small,
    ):
        with pytest.raises(JwsRefused):
            public_key(jwk)


def test_the_thumbprint_of_the_rfc() -> None:
    """The example of RFC 7638, section 3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ"
        "ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW"
        "2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQ"
        "Fh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def _small() -> dict[str, Any]:
    """Return a key of 1024 bits, that joserfc makes only under protest."""
    with pytest.warns(SecurityWarning):
        return dict(RSAKey.generate_key(1024).as_dict(private=False))
