"""The life of a code that a user types back.

A code is six uniform digits. The store keeps a keyed hash, bound to pool, user and purpose, so
that neither the database nor a code of another user, flow or pool is of any use. Each purpose
holds one code per user: a new one supersedes the last. A code is spent by a conditional delete
inside the write that it permits; `check` only looks.
"""

import hmac
from enum import StrEnum

import msgspec

from poolkeep.base.entropy import Entropy, digits
from poolkeep.base.refusal import CodeMismatch, ExpiredCode
from poolkeep.core.messages import wording
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto.codes import code_digest
from poolkeep.crypto.envelope import Purpose as KeyPurpose

CODE_DIGITS = 6
HOUR_MS = 3_600_000


class Purpose(StrEnum):
    """What a code permits; one code of each is outstanding per user."""

    SIGN_UP = "sign-up"
    FORGOT_PASSWORD = "forgot-password"
    VERIFY_EMAIL = "verify-email"
    VERIFY_PHONE = "verify-phone_number"


VERIFY_PURPOSE = {"email": Purpose.VERIFY_EMAIL, "phone_number": Purpose.VERIFY_PHONE}
"""Purpose of the code that verifies an attribute."""


class CodeLives(msgspec.Struct, frozen=True, kw_only=True):
    """How long a code is good, in milliseconds."""

    sign_up_ms: int = 24 * HOUR_MS
    attribute_ms: int = 24 * HOUR_MS
    forgot_password_ms: int = HOUR_MS


class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An outstanding code as stored.

    `attribute` and `value_key` say where it went, so that only that very value becomes verified.
    `client_id` is the client that asked; empty when an administrator did: then any may spend it.
    """

    pool_id: str
    user_id: str
    purpose: str
    digest: bytes
    attribute: str
    value_key: str
    client_id: str
    created_ms: int
    expires_ms: int


def new_code(entropy: Entropy) -> str:
    """Return six uniform digits, leading zeros included."""
    return digits(entropy, CODE_DIGITS)


def digest_of(pool: LoadedPool, user_id: str, *, purpose: str, code: str) -> bytes:
    """Return what the store keeps of `code`."""
    key = pool.keys.key(KeyPurpose.CODES)
    return code_digest(key, pool=pool.pool.id, user=user_id, purpose=purpose, code=code)


def code_row(
    pool: LoadedPool,
    user_id: str,
    *,
    purpose: str,
    code: str,
    attribute: str,
    value: str,
    client_id: str | None,
    now_ms: int,
    life_ms: int,
) -> CodeRow:
    """Return the row of a fresh code that went to `value` of `attribute`."""
    return CodeRow(
        pool_id=pool.pool.id,
        user_id=user_id,
        purpose=purpose,
        digest=digest_of(pool, user_id, purpose=purpose, code=code),
        attribute=attribute,
        value_key=value,
        client_id=client_id or "",
        created_ms=now_ms,
        expires_ms=now_ms + life_ms,
    )


def check(
    pool: LoadedPool, row: CodeRow | None, *, claimed_code: str, client_id: str, now_ms: int
) -> CodeRow:
    """Return the outstanding code if `claimed_code` is it; nothing is spent.

    Refuses ExpiredCode when there is none or it is too old, CodeMismatch for another code or
    another client's. Source: docs/behaviours/users.md.
    """
    if row is None or row.expires_ms <= now_ms:
        raise ExpiredCode(wording.EXPIRED_CODE)
    found = digest_of(pool, row.user_id, purpose=row.purpose, code=claimed_code)
    same_code = hmac.compare_digest(found, row.digest)
    if not same_code or row.client_id not in {"", client_id}:
        raise CodeMismatch(wording.CODE_MISMATCH)
    return row
