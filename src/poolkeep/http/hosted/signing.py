"""Drive the sign-in machine from pages: begin, answer, and go where the next challenge is.

    outcome = await begin(visit, asked, flow=…, parameters=…)   a Refusal is the page's to tell
    answer  = await advance(visit, asked, outcome, username=…)  the next page, or back to the
                                                                application
Challenges that a browser needs nobody for are answered here: the proof of a remembered device,
and a choice that is none. Source: docs/behaviours/pages.md.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.devices import rules as device_rules
from poolkeep.core.devices.browsers import BrowserDevice, BrowserDevices
from poolkeep.core.signin import wording
from poolkeep.core.signin.commands import Asked as Challenged
from poolkeep.core.signin.commands import Authenticated, Respond, SignedIn, Start
from poolkeep.core.tokens import levels
from poolkeep.http.hosted import ceremonies, devices, journey, passkey_offer
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.web import Answer, Visit, redirect

Outcome = Challenged | Authenticated | SignedIn

PASSWORD_FLOW: Final = "USER_PASSWORD_AUTH"
CHOICE_FLOW: Final = "USER_AUTH"
SIGN_IN: Final = "/login"
FACTOR: Final = "/login/factor"
MFA: Final = "/mfa"
MFA_OPTION: Final = "/mfaOption"
NEW_PASSWORD: Final = "/resetPassword"
CODES: Final = frozenset({"EMAIL_OTP", "SMS_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA"})
PLACES: Final = {
    "SELECT_CHALLENGE": FACTOR,
    "PASSWORD": FACTOR,
    "WEB_AUTHN": FACTOR,
    "SMS_OTP": FACTOR,
    "SMS_MFA": MFA,
    "SOFTWARE_TOKEN_MFA": MFA,
    "SELECT_MFA_TYPE": MFA_OPTION,
    "MFA_SETUP": MFA_OPTION,
    "NEW_PASSWORD_REQUIRED": NEW_PASSWORD,
}
"""The page of each challenge. A code by e-mail is a first factor or a second one."""
UNREACHABLE: Final = frozenset({wording.LEVEL_UNREACHABLE, levels.INVALID_TARGETS})
SILENT_MAX: Final = 4
"""Challenges that a browser is asked for and answers itself, in one request."""
FIRST: Final = "first"
"""In a flow's `extra`: the code that is awaited is a first factor."""
CHOICES: Final = "choices"
"""In a flow's `extra`: what the user could choose from, with spaces between."""


def place_of(flow: Flow | None) -> str:
    """Return the path of the page where a sign-in stands; the beginning for none."""
    if flow is None or flow.challenge is None:
        return SIGN_IN
    if flow.challenge == "EMAIL_OTP":
        return FACTOR if FIRST in flow.extra else MFA
    return PLACES.get(flow.challenge, SIGN_IN)


async def begin(
    visit: Visit,
    asked: Asked,
    *,
    flow: str,
    parameters: Mapping[str, str],
    session: str | None = None,
    challenge: bytes | None = None,
) -> Outcome:
    """Start a sign-in; `session` is a sign-up's, `challenge` what passkeys were asked to sign.

    A level that the application wishes for, and this user cannot reach, is passed over.
    """
    given = dict(parameters)
    device = await devices.of(visit, given["USERNAME"])
    if device is not None:
        given["DEVICE_KEY"] = device.key
    targets = _targets(visit, asked)
    if targets:
        flow, given = _towards(flow, given, targets)
    command = Start(
        flow=flow,
        client_id=asked.client.id,
        parameters=given,
        session=session,
        origin=journey.origin(visit),
        authorization_request=asked.digest,
        passkey_place=ceremonies.place(visit),
        passkey_challenge=challenge,
    )
    try:
        outcome: Outcome = await visit.services.sign_in.start(command)
    except InvalidParameter as refusal:
        if not targets or refusal.text not in UNREACHABLE:
            raise
        given.pop("TARGET_ACR_VALUES")
        outcome = await visit.services.sign_in.start(
            msgspec.structs.replace(command, parameters=given)
        )
    return outcome


async def respond(visit: Visit, asked: Asked, flow: Flow, answers: Mapping[str, str]) -> Outcome:
    """Answer the challenge that the flow stands at."""
    outcome: Outcome = await visit.services.sign_in.respond(
        Respond(
            client_id=asked.client.id,
            challenge=flow.challenge or "",
            answers={"USERNAME": flow.username or "", **answers},
            session=flow.session,
            origin=journey.origin(visit),
            authorization_request=asked.digest,
        )
    )
    return outcome


async def advance(
    visit: Visit,
    asked: Asked,
    outcome: Outcome,
    *,
    username: str,
    before: Flow | None = None,
    remember: bool = False,
    note: str | None = None,
) -> Answer:
    """Return the redirect to what comes next; `remember`: the user wants this browser known.

    `before` is where the sign-in stood, `note` what the next page says once.
    """
    for _ in range(SILENT_MAX):
        if not isinstance(outcome, Challenged):
            break
        flow = _flow_of(outcome, username=username, before=before, note=note, remember=remember)
        silent = await _silent(visit, asked, flow)
        if silent is None:
            cookie = await journey.keep(visit, asked, flow)
            return redirect(visit.to(place_of(flow), visit.query.raw), cookie)
        outcome, before = silent, flow
    if not isinstance(outcome, Authenticated):
        message = "a sign-in of the pages has ended in something else"
        raise TypeError(message)
    wished = remember or (before is not None and devices.REMEMBER in before.extra)
    return await _finished(visit, asked, outcome, wished=wished)


async def _finished(visit: Visit, asked: Asked, done: Authenticated, *, wished: bool) -> Answer:
    """Return the way back to the application, with a device's cookie where there is a new one."""
    made = await devices.register(visit, done, wished=wished)
    end = passkey_offer.paused if passkey_offer.is_wanted(visit) else journey.finish
    if made is None:
        return await end(visit, asked, done)
    known = msgspec.structs.replace(done, device_key=made.key)
    answer = await end(visit, asked, known)
    return answer.with_cookies((devices.cookie(visit, made),))


async def _silent(visit: Visit, asked: Asked, flow: Flow) -> Outcome | None:
    """Answer what nobody needs to be asked; None where somebody has to look."""
    match flow.challenge:
        case "DEVICE_SRP_AUTH":
            return await _prove_device(visit, asked, flow)
        case "SELECT_CHALLENGE":
            offered = choices(flow)
            if len(offered) == 1:
                return await respond(visit, asked, flow, {"ANSWER": offered[0]})
    return None


async def _prove_device(visit: Visit, asked: Asked, flow: Flow) -> Outcome | None:
    """Let the browser's cookie prove what it is; the proof is one of SRP, as of any device."""
    key = flow.parameters.get("DEVICE_KEY", "")
    device: BrowserDevice | None = devices.named(visit, key)
    if device is None:
        return None
    service: BrowserDevices = visit.services.browser_devices
    step = service.begin()
    named = {"DEVICE_KEY": key}
    told = await respond(visit, asked, flow, {**named, "SRP_A": f"{step.A:x}"})
    if not isinstance(told, Challenged):
        return told
    following = _flow_of(told, username=flow.username or "", before=flow)
    proof = service.prove(visit.pool, device, step, told=told.parameters)
    return await respond(visit, asked, following, {**named, **proof})


def choices(flow: Flow) -> tuple[str, ...]:
    """Return which first factors a user may choose; by SRP alone nobody on a page can prove."""
    offered = flow.available or tuple(flow.extra.get(CHOICES, "").split())
    return tuple(name for name in offered if name != "PASSWORD_SRP")


def _flow_of(
    outcome: Challenged,
    *,
    username: str,
    before: Flow | None,
    note: str | None = None,
    remember: bool = False,
) -> Flow:
    """Return where a sign-in stands that was just asked something."""
    extra: dict[str, str] = {}
    kept = {} if before is None else before.extra
    offered = outcome.available or ()
    if outcome.challenge == "SELECT_MFA_TYPE":
        offered = tuple(
            msgspec.json.decode(outcome.parameters.get("MFAS_CAN_CHOOSE", "[]"), type=list[str])
        )
    if offered:
        extra[CHOICES] = " ".join(offered)
    elif CHOICES in kept and outcome.challenge in {*CODES, "PASSWORD", "WEB_AUTHN"}:
        extra[CHOICES] = kept[CHOICES]
    if outcome.challenge in CODES and (outcome.available is not None or _again(outcome, before)):
        extra[FIRST] = "yes"
    if remember or devices.REMEMBER in kept:
        extra[devices.REMEMBER] = "yes"
    return Flow(
        challenge=outcome.challenge,
        session=outcome.session,
        parameters=dict(outcome.parameters),
        available=outcome.available,
        username=username,
        note=note,
        extra=extra,
    )


def _again(outcome: Challenged, before: Flow | None) -> bool:
    """Tell whether this is the same first factor, asked for once more."""
    return before is not None and before.challenge == outcome.challenge and FIRST in before.extra


def _targets(visit: Visit, asked: Asked) -> str:
    """Return the levels that the application wishes for, of those that the pool has."""
    known = set(levels.names(visit.pool).values())
    wished = (asked.request.acr_values or "").split()
    return " ".join(name for name in wished if name in known)


def _towards(flow: str, given: dict[str, str], targets: str) -> tuple[str, dict[str, str]]:
    """Return flow and parameters of a sign-in that aims at a level: only a choice can."""
    aimed = {**given, "TARGET_ACR_VALUES": targets}
    if flow == PASSWORD_FLOW:
        aimed["PREFERRED_CHALLENGE"] = "PASSWORD"
    return CHOICE_FLOW, aimed


def remembers(visit: Visit) -> bool:
    """Tell whether the pool wants the user's word before a browser is remembered."""
    return device_rules.waits_for_user(visit.pool)
