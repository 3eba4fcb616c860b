import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto import jose
from poolkeep.crypto.jose import SigningKey, TokenRefused, VerifyingKey
from poolkeep.crypto.signer import LocalSigner, Signer

KEY = SigningKey.generate(SeededEntropy())
OTHER = SigningKey.generate(SeededEntropy("other"))
PUBLIC = KEY.verifying_key()
CLAIMS = {"sub": "11111111-2222-4333-8444-555555555555", "exp": 1800003600, "ok": True}


def b64(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: object, payload: bytes | str = b"{}", key: SigningKey = KEY) -> str:
    """Return a truly signed token, whatever its header says."""
    text = header if isinstance(header, str) else json.dumps(header)
    front = f"{b64(text)}.{b64(payload)}"
    return front + "." + b64(key._private.sign(front.encode(), jose._PADDING, jose._SHA256))


def accepted(token: str) -> bool:
    try:
        return jose.verify(PUBLIC, jose.parse(token))
    except TokenRefused:
        return False


GOOD = jose.sign(KEY, json.dumps(CLAIMS).encode())
HEADER = {"kid": KEY.kid, "alg": "RS256"}


class TestSign:
    def test_the_header_is_exactly_kid_and_alg(self) -> None:
        header = base64.urlsafe_b64decode(GOOD.split(".")[0] + "==")
        assert header == f'{{"kid":"{KEY.kid}","alg":"RS256"}}'.encode()

    def test_pyjwt_accepts_it_with_our_published_key(self) -> None:
        key = jwt.PyJWK(jose.jwk(PUBLIC))
        assert jwt.decode(GOOD, key, algorithms=["RS256"]) == CLAIMS
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(GOOD, jwt.PyJWK(jose.jwk(OTHER.verifying_key())), algorithms=["RS256"])

    @given(claims=st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53), max_size=8))
    def test_what_was_signed_verifies_and_reads_back(self, claims: dict[str, Any]) -> None:
        parsed = jose.parse(jose.sign(KEY, json.dumps(claims).encode()))
        assert json.loads(parsed.payload) == claims
        assert (parsed.kid, parsed.alg, parsed.header.typ) == (KEY.kid, "RS256", None)
        assert jose.verify(PUBLIC, parsed)
        assert not jose.verify(OTHER.verifying_key(), parsed)

    async def test_the_local_signer_signs_likewise(self) -> None:
        signer: Signer = LocalSigner()
        assert await signer.sign(KEY, json.dumps(CLAIMS).encode()) == GOOD


class TestKeys:
    def test_a_kid_is_base64_of_32_bytes(self) -> None:
        assert len(KEY.kid) == 44
        assert KEY.kid.endswith("=")
        assert len(base64.b64decode(KEY.kid, validate=True)) == 32
        assert KEY.kid != OTHER.kid

    def test_the_published_form_has_cognitos_members(self) -> None:
        published = jose.jwk(PUBLIC)
        assert list(published) == ["alg", "e", "kid", "kty", "n", "use"]
        assert published["e"] == "AQAB"
        assert (published["alg"], published["kty"], published["use"]) == ("RS256", "RSA", "sig")
        n = base64.urlsafe_b64decode(published["n"] + "==")
        assert int.from_bytes(n, "big") == PUBLIC.public.public_numbers().n
        assert len(n) == 256

    def test_keys_come_back_from_their_stored_form(self) -> None:
        again = SigningKey.from_der(KEY.kid, KEY.to_der())
        assert jose.sign(again, b"{}") == jose.sign(KEY, b"{}")
        public = VerifyingKey.from_der(KEY.kid, PUBLIC.to_der())
        assert jose.verify(public, jose.parse(GOOD))
        assert KEY.to_pem().startswith(b"-----BEGIN PRIVATE KEY-----")

    def test_small_and_foreign_keys_are_refused(self) -> None:
        small = rsa.generate_private_key(65537, 1024)
        with pytest.raises(ValueError, match="2048"):
            SigningKey("k", small)
        curve = ec.generate_private_key(ec.SECP256R1())
        pkcs8 = curve.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        spki = curve.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(ValueError, match="RSA"):
            SigningKey.from_der("k", pkcs8)
        with pytest.raises(ValueError, match="RSA"):
            VerifyingKey.from_der("k", spki)

    def test_a_private_key_is_not_shown(self) -> None:
        assert repr(KEY) == f"SigningKey(kid={KEY.kid!r})"


class TestVerify:
    def test_a_token_of_another_library_is_accepted(self) -> None:
        token = jwt.encode(CLAIMS, KEY.to_pem(), algorithm="RS256", headers={"kid": KEY.kid})
        assert jose.parse(token).header.typ == "JWT"
        assert accepted(token)

    def test_every_changed_character_is_noticed(self) -> None:
        for place, character in enumerate(GOOD):
            for other in "AQgw-_.=+/ ":
                if other != character:
                    assert not accepted(GOOD[:place] + other + GOOD[place + 1 :])

    def test_every_missing_or_additional_character_is_noticed(self) -> None:
        for place in range(len(GOOD)):
            assert not accepted(GOOD[:place])
            assert not accepted(GOOD[:place] + GOOD[place + 1 :])
            for other in "A.=":
                assert not accepted(GOOD[:place] + other + GOOD[place:])
        assert not accepted(GOOD + "A")
        assert not accepted(GOOD + ".")
        assert not accepted(GOOD + "\n")

    def test_a_key_of_another_name_does_not_verify(self) -> None:
        assert not jose.verify(VerifyingKey("other", PUBLIC.public), jose.parse(GOOD))

    def test_a_signature_under_the_public_key_as_a_shared_secret_is_refused(self) -> None:
        pem = PUBLIC.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        modulus = base64.urlsafe_b64decode(jose.jwk(PUBLIC)["n"] + "==")
        published = json.dumps(jose.jwk(PUBLIC)).encode()
        for secret in (pem, pem.strip(), PUBLIC.to_der(), modulus, published, b""):
            for alg in ("HS256", "RS256"):
                front = f"{b64(json.dumps({'kid': KEY.kid, 'alg': alg}))}.{b64('{}')}"
                mac = hmac.digest(secret, front.encode(), hashlib.sha256)
                assert not accepted(f"{front}.{b64(mac)}")


ODD_KIDS: list[object] = [None, 1, "", [], {}, True, "k" * 257]
REFUSED_HEADERS: list[object] = [
    *({"kid": KEY.kid, "alg": alg} for alg in ("none", "None", "nOnE", "", "HS256", "PS256")),
    *({"kid": KEY.kid, "alg": alg} for alg in ("rs256", "RS384", "ES256", "RS256 ", None, 1)),
    *({"kid": KEY.kid, "alg": alg} for alg in (["RS256"], {"RS256": 1}, True)),
    {"kid": KEY.kid},
    {"alg": "RS256"},
    *({"kid": kid, "alg": "RS256"} for kid in ODD_KIDS),
    *({**HEADER, "typ": typ} for typ in ("jwt", "at+jwt", "JOSE", "", None, 1)),
    {**HEADER, "jwk": jose.jwk(PUBLIC)},
    {**HEADER, "jku": "https://attacker.example/keys"},
    {**HEADER, "x5u": "https://attacker.example/cert"},
    {**HEADER, "x5c": ["AAAA"]},
    {**HEADER, "crit": ["exp"], "exp": 1},
    {**HEADER, "crit": []},
    {**HEADER, "b64": False},
    {**HEADER, "zip": "DEF"},
    {**HEADER, "cty": "JWT"},
    {**HEADER, "enc": "A256GCM"},
    {**HEADER, "Kid": "x"},
    {**HEADER, "": ""},
    f'{{"kid":"x","kid":"{KEY.kid}","alg":"RS256"}}',
    f'{{"kid":"{KEY.kid}","alg":"none","alg":"RS256"}}',
    f'{{"kid":"{KEY.kid}","alg":"RS256","\\u0061lg":"RS256"}}',
    f'{{"kid":"{KEY.kid}","alg":"RS256"}} trailing',
    f'{{"kid":"{KEY.kid}","alg":"RS256",}}',
    f"{{'kid':'{KEY.kid}','alg':'RS256'}}",
    f'\ufeff{{"kid":"{KEY.kid}","alg":"RS256"}}',
    f'[{{"kid":"{KEY.kid}","alg":"RS256"}}]',
    *("", "null", "[]", '"RS256"', "{", "{}", "1"),
]


@pytest.mark.parametrize("header", REFUSED_HEADERS, ids=lambda header: str(header)[:60])
def test_a_signed_token_with_another_header_is_refused(header: object) -> None:
    with pytest.raises(TokenRefused):
        jose.parse(signed(header))


@pytest.mark.parametrize("kid", ["../../dev/null", "x' OR '1'='1", "https://k.example", "k" * 256])
def test_an_odd_kid_is_only_a_name_that_is_not_ours(kid: str) -> None:
    parsed = jose.parse(signed({"kid": kid, "alg": "RS256"}))
    assert parsed.kid == kid
    assert not jose.verify(PUBLIC, parsed)


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"foo", b"[]", b"null", b"1", b'"x"', b"{", b"{}{}", b"{} x", b"{'a':1}", b"\xff"),
        *(b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":01}', b'{"a":"\n"}'),
        b'{"sub":"a","sub":"b"}',
        b'{"sub":"a","s\\u0075b":"b"}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":[{"b":1,"b":1}]}',
        b"\xef\xbb\xbf{}",
        '{"a":"é"}'.encode("latin-1"),
        b'{"a":' * 3000,
        b'{"a":' + b"[" * 9000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=lambda payload: repr(payload[:30]),
)
def test_a_signed_token_with_another_payload_is_refused(payload: bytes) -> None:
    with pytest.raises(TokenRefused):
        jose.parse(signed(HEADER, payload))


def segments(token: str = GOOD) -> tuple[str, str, str]:
    header, payload, signature = token.split(".")
    return header, payload, signature


def unused_bits(segment: str) -> str:
    """Return another spelling of the same bytes, for a segment with unused bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) | 1]


@pytest.mark.parametrize(
    "token",
    [
        *("", ".", "..", "...", "a.b.c", "{}", "ü.ü.ü", "\ud800.a.b"),
        GOOD + ".",
        "." + GOOD,
        GOOD.replace(".", ".."),
        f"{GOOD}.{GOOD}",
        ".".join([*segments(), "AA"]),
        ".".join([*segments(), "AA", "AA"]),
        ".".join(segments()[:2]),
        ".".join(segments()[:2]) + ".",
        f"{segments()[0]}..{segments()[2]}",
        f".{segments()[1]}.{segments()[2]}",
        f" {GOOD}",
        f"{GOOD} ",
        f"Bearer {GOOD}",
        GOOD.replace(".", ". "),
        ".".join([*segments()[:2], segments()[2] + "=="]),
        ".".join([*segments()[:2], unused_bits(segments()[2])]),
        ".".join([*segments()[:2], segments()[2][:100] + "+" + segments()[2][101:]]),
        ".".join([*segments()[:2], segments()[2][:100] + "/" + segments()[2][101:]]),
        ".".join([*segments()[:2], segments()[2][:100] + "\n" + segments()[2][100:]]),
        ".".join([*segments()[:2], segments()[2][:100] + "!" + segments()[2][100:]]),
        json.dumps(
            {"protected": segments()[0], "payload": segments()[1], "signature": segments()[2]}
        ),
        "A" * 20_000,
        f"{segments()[0]}.{'A' * 17_000}.{segments()[2]}",
        f"{'A' * 1400}.{segments()[1]}.{segments()[2]}",
    ],
    ids=lambda token: repr(token[:30]),
)
def test_another_framing_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        jose.parse(token)


def test_unused_bits_were_really_another_spelling() -> None:
    spelled = unused_bits(segments()[2])
    assert spelled != segments()[2]
    assert base64.urlsafe_b64decode(spelled + "==") == base64.urlsafe_b64decode(
        segments()[2] + "=="
    )
