"""What the pages of an account share: how they speak, what refusals become, where they lead.

    sign-up ─▶ /confirm ─▶ sign-in goes on by itself ─▶ offer of a passkey ─▶ the application
    forgot  ─▶ /confirmForgotPassword ─▶ /login

Source: docs/behaviours/pages-sign-up.md.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from poolkeep.base.refusal import (
    AliasExists,
    CodeDeliveryFailure,
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    InvalidPassword,
    LimitExceeded,
    NotAuthorized,
    PasswordHistoryViolation,
    Refusal,
    TooManyFailedAttempts,
    TooManyRequests,
    UserNotFound,
)
from poolkeep.core.pools.client_checks import LOCAL_USERS
from poolkeep.core.recovery import wording as recovery_wording
from poolkeep.core.signup import wording as sign_up_wording
from poolkeep.http.hosted import journey, rendering, texts
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.web import Answer, Visit, redirect

SIGN_IN: Final = "/login"
CODE_CHARACTERS_MAX: Final = 16
RESETTING: Final = "resetting"
"""In a flow's `extra`: whoever is named there has forgotten a password, as anybody may say."""
DONE: Final = frozenset(
    {"common.sent_again", "link.resent", "confirm.done", "reset.done", "reset.required"}
)
"""Notes that tell of no failure."""

_BY_TEXT: Final = {
    recovery_wording.ADMINISTRATOR_ONLY: "forgot.by_administrator",
    recovery_wording.NO_CONTACT: "forgot.no_contact",
    recovery_wording.NOT_IN_THIS_STATE: "forgot.not_now",
    sign_up_wording.NOT_PERMITTED: "sign_up.closed",
    sign_up_wording.CANNOT_RESEND: "confirm.cannot_send",
}
_BY_CLASS: Final[dict[type[Refusal], str]] = {
    AliasExists: "confirm.alias_taken",
    CodeDeliveryFailure: "confirm.cannot_send",
    CodeMismatch: "confirm.wrong",
    ExpiredCode: "confirm.expired",
    InvalidPassword: "sign_up.weak",
    LimitExceeded: "confirm.too_often",
    PasswordHistoryViolation: "reset.used_before",
    TooManyFailedAttempts: "confirm.too_often",
    TooManyRequests: "confirm.too_often",
    UserNotFound: "forgot.unknown",
}

Translate = Callable[..., str]


def speaker(visit: Visit) -> Translate:
    """Return what says a sentence of the catalogue in the visitor's language."""
    return partial(texts.text, rendering.language_of(visit))


def key_of(refusal: Refusal) -> str | None:
    """Return the key of what the page says to a refusal; None where it says the text itself."""
    if isinstance(refusal, (NotAuthorized, InvalidParameter)):
        return _BY_TEXT.get(refusal.text)
    return next((key for kind, key in _BY_CLASS.items() if isinstance(refusal, kind)), None)


def message(t: Translate, refusal: Refusal) -> str:
    """Return what the page says to a refusal. What a function of the pool says is said as it is."""
    key = key_of(refusal)
    return refusal.text if key is None else t(key)


def has_directory(asked: Asked) -> bool:
    """Tell whether the client signs users of the pool itself in."""
    return LOCAL_USERS in (asked.client.settings.supported_identity_providers or ())


def call(visit: Visit, asked: Asked, username: str) -> dict[str, Any]:
    """Return what every call of the pages to sign-up and recovery carries."""
    return {
        "client_id": asked.client.id,
        "username": username,
        "source_ip": visit.source_ip,
        "user_agent": visit.user_agent,
        "by_pages": True,
    }


async def noted(visit: Visit, asked: Asked, flow: Flow) -> tuple[str | None, str]:
    """Return what the page says once, and as what kind of message; it is said no second time."""
    if flow.note is None:
        return None, "info"
    await journey.reword(visit, asked, _without_note(flow))
    kind = "success" if flow.note in DONE else "error"
    return speaker(visit)(flow.note), "warning" if flow.note == "reset.required" else kind


async def onto(visit: Visit, asked: Asked, path: str, flow: Flow) -> Answer:
    """Return the redirect to a page that finds the flow there."""
    cookie = await journey.keep(visit, asked, flow)
    return redirect(visit.to(path, visit.query.raw), cookie)


def restart(visit: Visit) -> Answer:
    """Return the redirect to where a sign-in begins, for a page that nothing leads to."""
    return redirect(visit.to(SIGN_IN, visit.query.raw))


def _without_note(flow: Flow) -> Flow:
    return Flow(
        challenge=flow.challenge,
        session=flow.session,
        parameters=flow.parameters,
        available=flow.available,
        username=flow.username,
        extra=flow.extra,
    )
