"""`/forgotPassword` and `/confirmForgotPassword`: a new password by a code.

Where a client hides who exists, every name is answered alike: a code is on its way.
Source: docs/behaviours/pages-sign-up.md.
"""

from collections.abc import Mapping
from typing import Final

from poolkeep.base.refusal import InvalidPassword, PasswordHistoryViolation, Refusal
from poolkeep.core.recovery.model import ConfirmForgotPassword, ForgotPassword
from poolkeep.core.recovery.rules import is_left_to_administrators
from poolkeep.core.users.model import CodeDelivery
from poolkeep.http.hosted import account, csrf, fields, journey
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import render
from poolkeep.http.hosted.web import Answer, Visit

FORGOT: Final = "/forgotPassword"
RESET: Final = "/confirmForgotPassword"
RESEND: Final = "resend"
CODE: Final = "code"
PASSWORD: Final = "password"
REPEAT: Final = "confirmPassword"


@route("GET", FORGOT)
async def show(visit: Visit) -> Answer:
    """Ask who it is."""
    asked = await journey.asked(visit)
    if is_left_to_administrators(visit.pool) or not account.has_directory(asked):
        return await _closed(visit, asked)
    return await _forgot_page(visit, asked, username=asked.request.login_hint or "")


@route("POST", FORGOT)
async def forgot(visit: Visit) -> Answer:
    """Send a code, or seem to."""
    asked = await journey.asked(visit)
    csrf.check(visit)
    if is_left_to_administrators(visit.pool) or not account.has_directory(asked):
        return await _closed(visit, asked)
    t = account.speaker(visit)
    username = (visit.form.get("username") or "").strip()
    if not username:
        error = t("sign_in.missing_username")
        return await _forgot_page(visit, asked, error=error, status=400)
    try:
        sent: CodeDelivery = await visit.services.recovery.forgot_password(
            ForgotPassword(**account.call(visit, asked, username))
        )
    except Refusal as refusal:
        error = account.message(t, refusal)
        return await _forgot_page(visit, asked, username=username, error=error, status=400)
    flow = Flow(
        username=username,
        note="common.sent_again" if visit.form.has(RESEND) else None,
        extra={
            "medium": sent.delivery_medium,
            "destination": sent.destination,
            account.RESETTING: "yes",
        },
    )
    return await account.onto(visit, asked, RESET, flow)


@route("GET", RESET)
async def show_reset(visit: Visit) -> Answer:
    """Ask for the code and a new password."""
    asked = await journey.asked(visit)
    flow = await journey.flow(visit, asked)
    if flow is None or flow.username is None or flow.challenge is not None:
        return account.restart(visit)
    return await _reset_page(visit, asked, flow)


@route("POST", RESET)
async def reset(visit: Visit) -> Answer:
    """Set the new password, and go on to sign in with it."""
    asked = await journey.asked(visit)
    csrf.check(visit)
    flow = await journey.flow(visit, asked)
    if flow is None or flow.username is None or flow.challenge is not None:
        return account.restart(visit)
    t = account.speaker(visit)
    code, password = (visit.form.get(CODE) or "").strip(), visit.form.get(PASSWORD) or ""
    wrong: dict[str, str] = {}
    if not password:
        wrong[PASSWORD] = "new_password.missing"
    elif not fields.keeps_policy(visit.pool, password):
        wrong[PASSWORD] = "sign_up.weak"
    # Scripts of the classic page, which had no such field, leave it out.
    if visit.form.has(REPEAT) and (visit.form.get(REPEAT) or "") != password:
        wrong[REPEAT] = "new_password.differ"
    if wrong or not code:
        error = None if code else t("code.missing")
        return await _reset_page(visit, asked, flow, error=error, wrong=wrong)
    try:
        await visit.services.recovery.confirm_forgot_password(
            ConfirmForgotPassword(
                **account.call(visit, asked, flow.username),
                confirmation_code=code,
                password=password,
            )
        )
    except (InvalidPassword, PasswordHistoryViolation) as refusal:
        wrong = {PASSWORD: account.key_of(refusal) or "sign_up.weak"}
        return await _reset_page(visit, asked, flow, wrong=wrong)
    except Refusal as refusal:
        return await _reset_page(visit, asked, flow, error=account.message(t, refusal))
    after = Flow(username=flow.username, note="reset.done")
    return await account.onto(visit, asked, account.SIGN_IN, after)


async def _forgot_page(
    visit: Visit,
    asked: Asked,
    *,
    username: str = "",
    error: str | None = None,
    status: int = 200,
) -> Answer:
    t = account.speaker(visit)
    return await render(
        visit,
        "forgot.html",
        status=status,
        client=asked.client,
        error=error,
        username=username,
        username_label=t(fields.username_label(visit.pool)),
    )


async def _reset_page(
    visit: Visit,
    asked: Asked,
    flow: Flow,
    *,
    error: str | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Answer:
    t = account.speaker(visit)
    failed = error is not None or wrong is not None
    note, kind = (error, "error") if failed else await account.noted(visit, asked, flow)
    password = visit.form.get(PASSWORD) if wrong and PASSWORD in wrong else None
    return await render(
        visit,
        "reset.html",
        status=400 if failed else 200,
        client=asked.client,
        note=note,
        kind=kind,
        error=note if kind == "error" else None,
        username=flow.username,
        destination=flow.extra.get("destination"),
        medium=flow.extra.get("medium"),
        wrong={name: t(key) for name, key in (wrong or {}).items()},
        rules=fields.password_rules(visit.pool, t, password),
    )


async def _closed(visit: Visit, asked: Asked) -> Answer:
    t = account.speaker(visit)
    return await render(
        visit,
        "account_end.html",
        status=403,
        client=asked.client,
        title=t("forgot.title"),
        heading=t("forgot.heading"),
        text=t("forgot.by_administrator"),
        kind="warning",
        next_path=account.SIGN_IN,
        next_text=t("forgot.to_sign_in"),
    )
