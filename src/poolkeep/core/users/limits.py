"""How often a user may try.

Two kinds of counter. An attempt limit counts every try of an hour and is spent, in a transaction
of its own, before the proof is looked at; so parallel guesses are all counted and no refusal
forgives one. The password lock counts failures in a row and grows by doubling.
Source: docs/behaviours/recovery.md, docs/behaviours/sign-in.md.
"""

from typing import Final, Literal

import msgspec

from poolkeep.base.refusal import LimitExceeded, NotAuthorized
from poolkeep.base.transaction import Database
from poolkeep.core.users import wording
from poolkeep.core.users.ports import Attempts

Kind = Literal[
    "forgot_password",
    "confirm_forgot_password",
    "resend",
    "change_password",
    "attribute_code",
    "confirm_sign_up",
    "verify_attribute",
    "sign_in_code",
]

PASSWORD: Final = "password"
"""The lock's kind: every flow that proves a password shares it."""

CODE: Final = "code"
"""The lock of codes: SMS, e-mail and authenticator apps share it, apart from passwords."""

CODE_MEMORY_MS: Final = 24 * 60 * 60 * 1000
"""How long a wrong code is remembered. A code has few digits: were it forgotten with the lock, as
a wrong password is, somebody patient could guess a thousand a day."""


DEVICE: Final = "device"
"""The lock of devices: it counts wrong proofs of a remembered device's password."""


class AttemptLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts for each user and window, and the course of the password lock."""

    forgot_password: int = 5
    confirm_forgot_password: int = 5
    resend: int = 5
    change_password: int = 5
    attribute_code: int = 5
    confirm_sign_up: int = 15
    verify_attribute: int = 15
    sign_in_code: int = 20
    window_ms: int = 60 * 60 * 1000
    password_failures_free: int = 5
    lock_cap_ms: int = 15 * 60 * 1000


def subject_of(user_id: str) -> str:
    """Return under which name a known user's counters stand, whatever alias was typed."""
    return f"user:{user_id}"


async def spend(
    database: Database,
    attempts: Attempts,
    *,
    pool_id: str,
    subject: str,
    kind: Kind,
    limits: AttemptLimits,
    now_ms: int,
) -> None:
    """Count one attempt durably; refuses LimitExceeded when the window's are used up."""
    allowed: int = getattr(limits, kind)
    used = await database.write(
        lambda tx: attempts.use(
            tx, pool_id, subject, kind=kind, window_ms=limits.window_ms, now_ms=now_ms
        )
    )
    if used > allowed:
        raise LimitExceeded(wording.ATTEMPTS_USED_UP)


def refuse_while_locked(locked_until_ms: int, now_ms: int) -> None:
    """Refuse a password inside the lock, unseen and uncounted."""
    if locked_until_ms > now_ms:
        raise NotAuthorized(wording.LOCKED_OUT)


async def count_wrong_password(
    database: Database,
    attempts: Attempts,
    *,
    pool_id: str,
    subject: str,
    limits: AttemptLimits,
    now_ms: int,
) -> None:
    """Count a wrong password durably, before the caller hears of it."""
    await database.write(
        lambda tx: attempts.fail(
            tx,
            pool_id,
            subject,
            kind=PASSWORD,
            now_ms=now_ms,
            free=limits.password_failures_free,
            cap_ms=limits.lock_cap_ms,
        )
    )
