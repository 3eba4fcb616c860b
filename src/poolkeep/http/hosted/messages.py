"""What the pages of a sign-in say to a refusal.

What a function of the pool has said stands there as it said it: it is meant for the user. Our own
refusals have sentences in the catalogue. Source: docs/behaviours/pages.md.
"""

from collections.abc import Callable
from typing import Final

from poolkeep.base.refusal import (
    AliasExists,
    CodeDeliveryFailure,
    CodeMismatch,
    EnableSoftwareTokenMFA,
    ExpiredCode,
    InvalidPassword,
    LimitExceeded,
    PasswordHistoryViolation,
    Refusal,
    TooManyRequests,
    UserNotFound,
)
from poolkeep.core.signin import wording

Translate = Callable[..., str]

RESTART: Final = "sign_in.restarted"
OVER: Final = frozenset({wording.SESSION_INVALID, wording.SESSION_EXPIRED, wording.SESSION_SPENT})
"""What a sign-in says that cannot go on: too old, finished, or answered in another window."""

_BY_TEXT: Final = {
    wording.INCORRECT: "sign_in.wrong",
    wording.USER_DISABLED: "refused.disabled",
    wording.TEMPORARY_EXPIRED: "refused.temporary_expired",
    wording.ATTEMPTS_EXCEEDED: "refused.locked",
    wording.SECURITY_REASONS: "refused.security",
    wording.NO_USABLE_FACTOR: "refused.no_factor",
    **dict.fromkeys(OVER, RESTART),
}
_BY_KIND: Final[dict[type[Refusal], str]] = {
    UserNotFound: "refused.unknown",
    CodeMismatch: "refused.code",
    EnableSoftwareTokenMFA: "refused.code",
    ExpiredCode: "refused.code_used",
    LimitExceeded: "refused.too_often",
    TooManyRequests: "refused.too_often",
    CodeDeliveryFailure: "refused.cannot_send",
    InvalidPassword: "refused.weak",
    PasswordHistoryViolation: "reset.used_before",
    AliasExists: "refused.taken",
}


def told(t: Translate, refusal: Refusal) -> str:
    """Return the sentence for a refusal."""
    key = _BY_TEXT.get(refusal.text) or _BY_KIND.get(type(refusal))
    return refusal.text if key is None else t(key)


def is_over(refusal: Refusal) -> bool:
    """Tell whether the sign-in cannot go on and has to begin again."""
    return refusal.text in OVER
