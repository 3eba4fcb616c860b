"""`/mfa` and `/mfaOption`: the second factor; which one, its code, and setting one up.

Source: docs/behaviours/pages.md.
"""

from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
import segno

from poolkeep.base.refusal import Refusal
from poolkeep.core.factors.model import EMAIL_OTP, SMS_MFA, SOFTWARE_TOKEN_MFA
from poolkeep.core.signin.setup import MfaSetup
from poolkeep.http.hosted import account, csrf, devices, journey, signing, steps
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.pages import codes
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import render
from poolkeep.http.hosted.web import Answer, Visit, redirect

SETUP: Final = "setup"
"""In a flow's `extra`: the factor that is being set up."""
SEED: Final = "seed"
"""In a flow's `extra`: the seed of an app that is being set up."""
NAMES: Final = {SMS_MFA: "sms", SOFTWARE_TOKEN_MFA: "app", EMAIL_OTP: "email"}
ANSWERS: Final = {EMAIL_OTP: "EMAIL", SMS_MFA: "PHONE_NUMBER"}
MISSING: Final = {EMAIL_OTP: "mfa_setup.missing_email", SMS_MFA: "mfa_setup.missing_phone"}
NAME_CHARACTERS_MAX: Final = 128


@route("GET", signing.MFA)
async def show_code(visit: Visit) -> Answer:
    """Ask for the code of the second factor."""
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.MFA)
    return flow if isinstance(flow, Answer) else await _code_page(visit, asked, flow)


@route("POST", signing.MFA)
async def submit_code(visit: Visit) -> Answer:
    """Take the code."""
    csrf.check(visit)
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.MFA)
    if isinstance(flow, Answer):
        return flow

    async def shown(error: str) -> Answer:
        return await _code_page(visit, asked, flow, error=error, status=steps.FORM_ERROR)

    moved = await steps.moved(visit, asked, flow, shown=shown)
    if moved is not None:
        return moved
    code = codes.given(visit)
    if not code:
        return await shown(account.speaker(visit)("code.missing"))
    answers = {f"{flow.challenge}_CODE": code}
    remember = visit.form.has(devices.REMEMBER)
    return await steps.answered(visit, asked, flow, answers, shown=shown, remember=remember)


@route("GET", signing.MFA_OPTION)
async def show_option(visit: Visit) -> Answer:
    """Let the user choose a second factor, or set one up."""
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.MFA_OPTION)
    if isinstance(flow, Answer):
        return flow
    factors = _factors(flow)
    if flow.challenge == "MFA_SETUP" and SETUP not in flow.extra and len(factors) == 1:
        return await _set_up(visit, asked, flow, factors[0])
    return await _option_page(visit, asked, flow)


@route("POST", signing.MFA_OPTION)
async def submit_option(visit: Visit) -> Answer:
    """Take the choice, or what a new factor needs."""
    csrf.check(visit)
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.MFA_OPTION)
    if isinstance(flow, Answer):
        return flow

    async def shown(error: str) -> Answer:
        return await _option_page(visit, asked, flow, error=error, status=steps.FORM_ERROR)

    if visit.form.has("other"):
        return await _kept(visit, asked, _undecided(flow))
    moved = await steps.moved(visit, asked, flow, shown=shown)
    if moved is not None:
        return moved
    chosen = visit.form.get("factor") or ""
    match flow.challenge, flow.extra.get(SETUP):
        case _, None if chosen not in _factors(flow):
            return await _option_page(visit, asked, flow)
        case "SELECT_MFA_TYPE", _:
            return await steps.answered(visit, asked, flow, {"ANSWER": chosen}, shown=shown)
        case _, None:
            return await _set_up(visit, asked, flow, chosen)
        case _, "SOFTWARE_TOKEN_MFA":
            return await _verify(visit, asked, flow, shown)
    return await _address(visit, asked, flow, shown)


async def _address(visit: Visit, asked: Asked, flow: Flow, shown: steps.Shown) -> Answer:
    """Send a code to an address or a number, which becomes the user's by it."""
    factor = flow.extra[SETUP]
    address = (visit.form.get("address") or "").strip()
    if not address:
        return await shown(account.speaker(visit)(MISSING[factor]))
    return await steps.answered(visit, asked, flow, {ANSWERS[factor]: address}, shown=shown)


async def _set_up(visit: Visit, asked: Asked, flow: Flow, factor: str) -> Answer:
    """Begin to set a factor up; an app gets its seed."""
    chosen = msgspec.structs.replace(flow, extra={**flow.extra, SETUP: factor})
    if factor != SOFTWARE_TOKEN_MFA:
        return await _kept(visit, asked, chosen)

    async def shown(error: str) -> Answer:
        return await _option_page(visit, asked, flow, error=error, status=steps.FORM_ERROR)

    service: MfaSetup = visit.services.mfa.mfa_setup
    try:
        seed, session = await service.associate(flow.session or "")
    except Refusal as refusal:
        return await steps.refused(visit, asked, refusal, username=flow.username or "", shown=shown)
    extra = {**chosen.extra, SEED: seed}
    return await _kept(visit, asked, msgspec.structs.replace(chosen, session=session, extra=extra))


async def _verify(visit: Visit, asked: Asked, flow: Flow, shown: steps.Shown) -> Answer:
    """Turn an app on by its first code, which is the second factor of this sign-in as well."""
    code = codes.given(visit)
    if not code:
        return await shown(account.speaker(visit)("code.missing"))
    name = (visit.form.get("device_name") or "").strip()[:NAME_CHARACTERS_MAX]
    service: MfaSetup = visit.services.mfa.mfa_setup
    try:
        session = await service.verify(flow.session or "", code=code, friendly_name=name)
    except Refusal as refusal:
        return await steps.refused(visit, asked, refusal, username=flow.username or "", shown=shown)
    verified = msgspec.structs.replace(flow, session=session)
    return await steps.answered(visit, asked, verified, {}, shown=shown)


async def _kept(visit: Visit, asked: Asked, flow: Flow) -> Answer:
    cookie = await journey.keep(visit, asked, flow)
    return redirect(visit.to(signing.MFA_OPTION, visit.query.raw), cookie)


def _undecided(flow: Flow) -> Flow:
    """Return the flow with no factor chosen."""
    extra = {name: value for name, value in flow.extra.items() if name not in {SETUP, SEED}}
    return msgspec.structs.replace(flow, extra=extra)


def _factors(flow: Flow) -> tuple[str, ...]:
    """Return the second factors to choose from."""
    if flow.challenge == "SELECT_MFA_TYPE":
        return signing.choices(flow)
    listed = flow.parameters.get("MFAS_CAN_SETUP", "[]")
    return tuple(msgspec.json.decode(listed, type=list[str]))


async def _code_page(
    visit: Visit, asked: Asked, flow: Flow, *, error: str | None = None, status: int = 200
) -> Answer:
    common = _common(visit, asked, flow, error=error, status=status)
    return await codes.page(
        visit, flow, path=signing.MFA, remember=signing.remembers(visit), **common
    )


async def _option_page(
    visit: Visit, asked: Asked, flow: Flow, *, error: str | None = None, status: int = 200
) -> Answer:
    t = account.speaker(visit)
    common = _common(visit, asked, flow, error=error, status=status)
    setup = flow.extra.get(SETUP)
    if setup == SOFTWARE_TOKEN_MFA:
        seed = flow.extra.get(SEED, "")
        address = otpauth(visit.pool.pool.settings.name, flow.username or "", seed)
        return await render(
            visit, "mfa_app.html", qr=qr_code(address), seed=_spaced(seed), **common
        )
    if setup is not None:
        return await render(visit, "mfa_address.html", kind=NAMES[setup], **common)
    sets_up = flow.challenge == "MFA_SETUP"
    options = [(name, t(f"mfa_choice.{NAMES[name]}"), None) for name in _factors(flow)]
    return await render(visit, "mfa_option.html", options=options, sets_up=sets_up, **common)


def _common(
    visit: Visit, asked: Asked, flow: Flow, *, error: str | None, status: int
) -> dict[str, Any]:
    note = None if flow.note is None or error else account.speaker(visit)(flow.note)
    others = _factors(flow) if flow.challenge == "MFA_SETUP" else signing.choices(flow)
    return {
        "client": asked.client,
        "status": status,
        "error": error,
        "note": note,
        "note_kind": "info",
        "username": flow.username or "",
        "another": len(others) > 1,
    }


def otpauth(issuer: str, name: str, seed: str) -> str:
    """Return the address that authenticator apps read from a picture."""
    label = quote(f"{issuer}:{name}", safe="")
    query = urlencode({"secret": seed, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{query}"


def qr_code(text: str) -> str:
    """Return a picture of a text, as an element of SVG without styles of its own."""
    return str(segno.make(text, error="m").svg_inline(omitsize=True, border=2, dark="#000"))


def _spaced(seed: str) -> str:
    """Return a seed in groups of four, as people type it."""
    return " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
