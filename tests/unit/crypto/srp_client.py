# ruff: noqa: N803, N806 -- the letters are the protocol's
"""The client's half of SRP, on Python's own arithmetic, for the tests of the server's half."""

import hashlib
import hmac

from poolkeep.crypto.group import G, N


def java_bytes(number: int) -> bytes:
    """Return the padded form by way of hex text, as clients make it."""
    text = f"{number:x}"
    if len(text) % 2:
        text = "0" + text
    elif text[0] in "89abcdef":
        text = "00" + text
    return bytes.fromhex(text)


def sha256_int(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


def client_key(identity: str, a: int, salt: int, B: int) -> bytes:
    """Return the client's session key; `identity` is `<suffix><user>:<password>`."""
    A = pow(G, a, N)
    inner = hashlib.sha256(identity.encode()).digest()
    x = sha256_int(java_bytes(salt), inner)
    u = sha256_int(java_bytes(A), java_bytes(B))
    k = sha256_int(java_bytes(N), java_bytes(G))
    S = pow(B - k * pow(G, x, N), a + u * x, N)
    extracted = hmac.new(java_bytes(u), java_bytes(S), "sha256").digest()
    return hmac.new(extracted, b"Caldera Derived Key\x01", "sha256").digest()[:16]
