"""`/login/factor`: the first factor of somebody who may choose one.

Source: docs/behaviours/pages.md.
"""

from typing import Any, Final

import msgspec

from poolkeep.base.refusal import NotAuthorized, Refusal
from poolkeep.core.signin import wording
from poolkeep.http.hosted import account, csrf, journey, signing, steps
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.pages import codes, login
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import render
from poolkeep.http.hosted.web import Answer, Visit

PASSWORD: Final = "PASSWORD"
PASSKEY: Final = "WEB_AUTHN"
PASSKEY_FAILED: Final = "passkey.failed"
NAMES: Final = {
    PASSWORD: "password",
    "EMAIL_OTP": "email",
    "SMS_OTP": "sms",
    PASSKEY: "passkey",
}


@route("GET", signing.FACTOR)
async def show(visit: Visit) -> Answer:
    """Show the page of the factor that is awaited, or the choice."""
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.FACTOR)
    return flow if isinstance(flow, Answer) else await _page(visit, asked, flow)


@route("POST", signing.FACTOR)
async def submit(visit: Visit) -> Answer:
    """Take the choice, or the factor."""
    csrf.check(visit)
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.FACTOR)
    if isinstance(flow, Answer):
        return flow

    async def shown(error: str) -> Answer:
        return await _page(visit, asked, flow, error=error, status=steps.FORM_ERROR)

    moved = await steps.moved(visit, asked, flow, shown=shown)
    if moved is not None:
        return moved
    match flow.challenge:
        case "SELECT_CHALLENGE":
            answers = {"ANSWER": visit.form.get("factor") or ""}
            if answers["ANSWER"] not in signing.choices(flow):
                return await _page(visit, asked, flow)
        case "PASSWORD":
            return await _password(visit, asked, flow, shown)
        case "WEB_AUTHN":
            return await _passkey(visit, asked, flow, shown)
        case _:
            code = codes.given(visit)
            if not code:
                return await shown(account.speaker(visit)("code.missing"))
            answers = {f"{flow.challenge}_CODE": code}
    return await steps.answered(visit, asked, flow, answers, shown=shown)


async def _password(visit: Visit, asked: Asked, flow: Flow, shown: steps.Shown) -> Answer:
    password = visit.form.get("password")
    if not password:
        return await shown(account.speaker(visit)("sign_in.missing_password"))
    if flow.session is not None:
        return await steps.answered(visit, asked, flow, {PASSWORD: password}, shown=shown)
    username = flow.username or ""
    given = {"USERNAME": username, "PREFERRED_CHALLENGE": PASSWORD, PASSWORD: password}
    try:
        outcome = await signing.begin(visit, asked, flow=signing.CHOICE_FLOW, parameters=given)
        return await signing.advance(visit, asked, outcome, username=username)
    except Refusal as refusal:
        return await steps.refused(visit, asked, refusal, username=username, shown=shown)


async def _passkey(visit: Visit, asked: Asked, flow: Flow, shown: steps.Shown) -> Answer:
    """Judge a passkey; one that is not right leaves the other ways open."""
    username = flow.username or ""
    given = {"CREDENTIAL": visit.form.get("credential") or ""}
    if not given["CREDENTIAL"]:
        return await shown(account.speaker(visit)(PASSKEY_FAILED))
    try:
        outcome = await signing.respond(visit, asked, flow, given)
        return await signing.advance(visit, asked, outcome, username=username, before=flow)
    except NotAuthorized as refusal:
        if refusal.text != wording.INCORRECT:
            return await steps.refused(visit, asked, refusal, username=username, shown=shown)
    except Refusal as refusal:
        return await steps.refused(visit, asked, refusal, username=username, shown=shown)
    try:
        outcome = await signing.begin(
            visit, asked, flow=signing.CHOICE_FLOW, parameters={"USERNAME": username}
        )
        return await signing.advance(visit, asked, outcome, username=username, note=PASSKEY_FAILED)
    except Refusal as refusal:
        return await steps.refused(visit, asked, refusal, username=username, shown=shown)


async def _page(
    visit: Visit, asked: Asked, flow: Flow, *, error: str | None = None, status: int = 200
) -> Answer:
    t = account.speaker(visit)
    note = None if flow.note is None or error is not None else t(flow.note)
    common: dict[str, Any] = {
        "client": asked.client,
        "status": status,
        "error": error,
        "note": note,
        "note_kind": "warning" if flow.note == PASSKEY_FAILED else "info",
        "username": flow.username or "",
        "another": len(signing.choices(flow)) > 1 and flow.challenge != "SELECT_CHALLENGE",
    }
    match flow.challenge:
        case "SELECT_CHALLENGE":
            options = [
                (name, t(f"factor.{NAMES[name]}"), t(f"factor.{NAMES[name]}_detail"))
                for name in signing.choices(flow)
                if name in NAMES
            ]
            return await render(visit, "factor.html", options=options, **common)
        case "PASSWORD":
            forgot = login.recovers(visit.pool)
            return await render(visit, "password.html", forgot=forgot, **common)
        case "WEB_AUTHN":
            text = flow.parameters.get("CREDENTIAL_REQUEST_OPTIONS", "{}")
            options_of = msgspec.json.decode(text)
            return await render(visit, "passkey.html", options=options_of, **common)
    return await codes.page(visit, flow, path=signing.FACTOR, remember=False, **common)
