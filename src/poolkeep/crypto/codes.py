"""What is kept of a confirmation, reset or sign-in code: a keyed hash, bound to its use.

Six digits can be tried out in no time by somebody who reads the database, so the hash is keyed
with the pool's purpose key for codes. Pool, user and purpose are part of what is hashed: a code
is worth nothing for another user or another flow.
"""

import hmac


def code_digest(key: bytes, *, pool: str, user: str, purpose: str, code: str) -> bytes:
    """Return the 32 bytes to store."""
    fields = [part.encode("utf-8", "surrogatepass") for part in (pool, user, purpose, code)]
    # Each field carries its length, so that no two sets of fields read the same.
    message = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return hmac.digest(key, message, "sha256")


def code_matches(
    digest: bytes, key: bytes, *, pool: str, user: str, purpose: str, code: str
) -> bool:
    """Say in constant time whether `code` is the one that was stored."""
    found = code_digest(key, pool=pool, user=user, purpose=purpose, code=code)
    return hmac.compare_digest(digest, found)
