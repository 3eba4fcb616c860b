"""Published attacks and examples against what we use and what we wrote."""

import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from poolkeep.crypto import base64url, jose
from poolkeep.crypto.jose import Header, Parsed, TokenRefused, VerifyingKey
from tests.unit.crypto.vectors import wycheproof


def rsa_key(published: dict[str, Any]) -> RSAPublicKey:
    e, n = (
        int.from_bytes(base64url.decode(published[name].encode()), "big") for name in ("e", "n")
    )
    return RSAPublicNumbers(e, n).public_key()


def our_table(group: dict[str, Any]) -> dict[str, VerifyingKey]:
    """Return the keys that a table of ours could hold: RS256 verification keys of 2048 bits."""
    keys = group.get("public") or {}
    table: dict[str, VerifyingKey] = {}
    for key in keys.get("keys", [keys]):
        if (
            key.get("kty") == "RSA"
            and key.get("alg", "RS256") == "RS256"
            and key.get("use", "sig") == "sig"
            and "verify" in key.get("key_ops", ["verify"])
            and "roca" not in group["comment"]
        ):
            table[key["kid"]] = VerifyingKey(key["kid"], rsa_key(key))
    return table


def as_sent(token: object) -> str:
    """Return a token as a caller would send it: some vectors are JSON serialisations."""
    return token if isinstance(token, str) else json.dumps(token)


def accepted(token: object, table: dict[str, VerifyingKey]) -> bool:
    try:
        parsed = jose.frame(as_sent(token))
    except TokenRefused:
        return False
    key = table.get(parsed.kid)
    return key is not None and jose.verify(key, parsed)


@pytest.mark.parametrize("name", ["json_web_signature", "json_web_crypto"])
def test_signed_tokens(name: str) -> None:
    seen = {True: 0, False: 0}
    for group in wycheproof(name):
        table = our_table(group)
        for case in group["tests"]:
            if "jws" not in case:
                continue
            got = accepted(case["jws"], table)
            expected = case["result"] == "valid" and bool(table)
            assert got == expected, (case["tcId"], case["comment"])
            seen[got] += 1
    assert seen[True] > 0
    assert seen[False] > 40


def test_encrypted_tokens_are_refused() -> None:
    texts = [
        case["jwe"]
        for group in wycheproof("json_web_crypto")
        for case in group["tests"]
        if "jwe" in case
    ]
    assert texts
    for text in texts:
        with pytest.raises(TokenRefused):
            jose.parse(as_sent(text))


def test_rsa_signatures() -> None:
    for group in wycheproof("rsa_signature_2048_sha256"):
        key = VerifyingKey.from_der("k", bytes.fromhex(group["publicKeyDer"]))
        for case in group["tests"]:
            if case["result"] == "acceptable":
                continue  # an old encoding; we never make it and need not take it
            parsed = Parsed(
                "k",
                "RS256",
                Header("k", "RS256"),
                bytes.fromhex(case["msg"]),
                bytes.fromhex(case["sig"]),
                b"",
            )
            assert jose.verify(key, parsed) == (case["result"] == "valid"), case["tcId"]


def test_aes_gcm_as_our_envelopes_use_it() -> None:
    seen = 0
    for group in wycheproof("aes_gcm"):
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue
        for case in group["tests"]:
            raw = {name: bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "ct", "tag")}
            cipher = AESGCM(raw["key"])
            seen += 1
            try:
                opened = cipher.decrypt(raw["iv"], raw["ct"] + raw["tag"], raw["aad"])
            except InvalidTag:
                assert case["result"] == "invalid", case["tcId"]
                continue
            assert case["result"] == "valid", case["tcId"]
            assert opened.hex() == case["msg"]
            assert cipher.encrypt(raw["iv"], opened, raw["aad"]) == raw["ct"] + raw["tag"]
    assert seen > 20
