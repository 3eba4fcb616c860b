"""`/signup`: people make their own accounts. Source: docs/behaviours/pages-sign-up.md."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import (
    CodeDeliveryFailure,
    InvalidParameter,
    InvalidPassword,
    NotAuthorized,
    Refusal,
    UsernameExists,
)
from poolkeep.core.directory.terms import link_in
from poolkeep.core.messages.templates import by_link
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signup.model import SignedUp, SignUp
from poolkeep.core.signup.rules import check_may_lack_password, check_open
from poolkeep.core.users import wording as user_wording
from poolkeep.core.users.model import CodeDelivery
from poolkeep.http.hosted import account, csrf, fields, journey, passkey_offer, rendering, signing
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit

PATH: Final = "/signup"
CONFIRM: Final = "/confirm"
PASSWORD: Final = "password"
REPEAT: Final = "confirmPassword"
SOURCE: Final = "SignUp"
MODE: Final = "mode"
BY_CODE: Final = "code"
BY_LINK: Final = "link"
BY_APPROVAL: Final = "approval"
MISSING: Final = "new_password.missing_attribute"
WRONG: Final = "sign_up.wrong_form"
_NAMED: Final = re.compile(r"(?:^|\n|: )([\w:.-]{1,64}): ")
_NAME_FORM: Final = frozenset(
    {
        user_wording.NEED_EMAIL,
        user_wording.NEED_PHONE,
        user_wording.NEED_EITHER,
        user_wording.LOOKS_LIKE_EMAIL,
        user_wording.LOOKS_LIKE_PHONE,
    }
)


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows: what was given, and what is wrong with it."""

    username: str = ""
    attributes: Mapping[str, str] = {}
    wrong: Mapping[str, str] = {}
    message: str | None = None
    password: str | None = None


@route("GET", PATH)
async def show(visit: Visit) -> Answer:
    """Show the form."""
    asked = await journey.asked(visit)
    if _is_closed(visit.pool, asked):
        return await _closed(visit, asked)
    hint = asked.request.login_hint or ""
    email = {"email": hint} if "@" in hint else {}
    return await _page(visit, asked, _Form(username=hint, attributes=email))


@route("POST", PATH)
async def sign_up(visit: Visit) -> Answer:
    """Make the account, and go on to its confirmation or straight to the application."""
    asked = await journey.asked(visit)
    csrf.check(visit)
    if _is_closed(visit.pool, asked):
        return await _closed(visit, asked)
    form = _given(visit, asked)
    if form.wrong:
        return await _page(visit, asked, form, status=400)
    password = form.password or None
    command = SignUp(
        **account.call(visit, asked, form.username),
        password=password,
        user_attributes=form.attributes,
    )
    try:
        made: SignedUp = await visit.services.sign_up.sign_up(command)
    except CodeDeliveryFailure:
        # The user stands; only the message did not go out.
        flow = Flow(username=form.username, note="sign_up.unsent")
        return await account.onto(visit, asked, CONFIRM, flow)
    except Refusal as refusal:
        return await _page(visit, asked, _refused(visit, form, refusal), status=400)
    if made.user_confirmed:
        return await _go_on(visit, asked, form.username, password, made)
    return await account.onto(
        visit,
        asked,
        CONFIRM,
        Flow(
            username=form.username,
            extra=waiting_for(visit.pool, made.code_delivery_details),
        ),
    )


def waiting_for(pool: LoadedPool, sent: CodeDelivery | None) -> dict[str, str]:
    """Return what `/confirm` shows after a message of sign-up, or after none."""
    if sent is None:
        return {MODE: BY_APPROVAL}
    mode = BY_LINK if by_link(pool.pool, SOURCE, sent.delivery_medium) else BY_CODE
    return {MODE: mode, "medium": sent.delivery_medium, "destination": sent.destination}


def awaited(pool: LoadedPool) -> str:
    """Return what its unconfirmed accounts wait for, as far as the pool alone tells."""
    verified = pool.pool.settings.auto_verified_attributes or ()
    if not verified:
        return BY_APPROVAL
    sends_links = set(verified) == {"email"} and by_link(pool.pool, SOURCE, "EMAIL")
    return BY_LINK if sends_links else BY_CODE


async def _go_on(
    visit: Visit, asked: Asked, username: str, password: str | None, made: SignedUp
) -> Answer:
    """Sign in whom a function of the pool has confirmed already."""
    visit = passkey_offer.ends_in_offer(visit)
    try:
        if password is None:
            outcome = await signing.begin(
                visit,
                asked,
                flow=signing.CHOICE_FLOW,
                parameters={"USERNAME": username},
                session=made.session,
            )
        else:
            outcome = await signing.begin(
                visit,
                asked,
                flow=signing.PASSWORD_FLOW,
                parameters={"USERNAME": username, "PASSWORD": password},
            )
        return await signing.advance(visit, asked, outcome, username=username)
    except Refusal:
        # The account is there; why it cannot sign in, the sign-in page says.
        flow = Flow(username=username, note="confirm.done")
        return await account.onto(visit, asked, account.SIGN_IN, flow)


def _is_closed(pool: LoadedPool, asked: Asked) -> bool:
    try:
        check_open(pool)
    except NotAuthorized:
        return True
    return not account.has_directory(asked)


def _may_lack_password(pool: LoadedPool, asked: Asked) -> bool:
    try:
        check_may_lack_password(pool, asked.client)
    except InvalidParameter:
        return False
    return True


def _given(visit: Visit, asked: Asked) -> _Form:
    """Return the form as it came, with what can be told to be wrong before anybody is asked."""
    form, pool = visit.form, visit.pool
    password = form.get(PASSWORD) or ""
    attributes = fields.given_attributes(form)
    username = (form.get("username") or "").strip()
    wrong = {
        name: MISSING
        for name, is_required in fields.sign_up_attributes(pool).items()
        if is_required and name not in attributes
    }
    if not username:
        wrong["username"] = MISSING
    may_lack = _may_lack_password(pool, asked)
    if not password and not may_lack:
        wrong[PASSWORD] = "new_password.missing"
    elif password and not fields.keeps_policy(pool, password):
        wrong[PASSWORD] = "sign_up.weak"
    # Scripts of the classic page, which had no such field, leave it out.
    if form.has(REPEAT) and (form.get(REPEAT) or "") != password:
        wrong[REPEAT] = "new_password.differ"
    return _Form(username=username, attributes=attributes, wrong=wrong, password=password)


def _refused(visit: Visit, form: _Form, refusal: Refusal) -> _Form:
    """Return the form with what core has found wrong."""
    t = account.speaker(visit)
    if isinstance(refusal, UsernameExists):
        kinds = {"email": "sign_up.taken_email", "phone_number": "sign_up.taken_phone"}
        named = {user_wording.account_exists(kind): key for kind, key in kinds.items()}
        wrong = {"username": named.get(refusal.text, "sign_up.taken")}
        return msgspec.structs.replace(form, wrong=wrong)
    if isinstance(refusal, InvalidPassword):
        return msgspec.structs.replace(form, wrong={PASSWORD: "sign_up.weak"})
    if isinstance(refusal, InvalidParameter):
        if refusal.text in _NAME_FORM:
            return msgspec.structs.replace(form, wrong={"username": WRONG})
        asked = fields.sign_up_attributes(visit.pool)
        told = {
            user_wording.INVALID_EMAIL: "email",
            user_wording.INVALID_PHONE: "phone_number",
        }
        named_ones = [*_NAMED.findall(refusal.text)]
        named_ones += [name for text, name in told.items() if text in refusal.text]
        attributes = {
            (name if name in asked else "username"): WRONG
            for name in named_ones
            if name in asked or name in visit.pool.username_attributes
        }
        if attributes:
            return msgspec.structs.replace(form, wrong=attributes)
    return msgspec.structs.replace(form, message=account.message(t, refusal))


async def _page(visit: Visit, asked: Asked, form: _Form, *, status: int = 200) -> Answer:
    t, pool = account.speaker(visit), visit.pool
    password = form.password if status != 200 else None
    return await rendering.render(
        visit,
        "sign_up.html",
        status=status,
        client=asked.client,
        error=form.message or (t("sign_up.incomplete") if form.wrong else None),
        username=form.username,
        username_label=t(fields.username_label(pool)),
        username_type=_username_type(pool),
        username_hint=t("common.phone_hint") if _username_type(pool) == "tel" else None,
        fields=fields.sign_up_fields(pool, t, form.attributes, form.wrong),
        wrong={name: t(key) for name, key in form.wrong.items()},
        rules=fields.password_rules(pool, t, password or None),
        may_lack_password=_may_lack_password(pool, asked),
        terms=await _terms(visit, asked),
    )


def _username_type(pool: LoadedPool) -> str:
    kinds = set(pool.username_attributes)
    if kinds == {"email"}:
        return "email"
    return "tel" if kinds == {"phone_number"} else "text"


async def _terms(visit: Visit, asked: Asked) -> tuple[str, str] | None:
    """Return where the terms and the privacy policy stand. Classic pages show none."""
    if visit.is_classic:
        return None
    found = await visit.services.directory.terms.shown(visit.pool.pool.id, asked.client.id)
    if found is None:
        return None
    language = rendering.language_of(visit)
    use, privacy = found
    return link_in(use, language), link_in(privacy, language)


async def _closed(visit: Visit, asked: Asked) -> Answer:
    t = account.speaker(visit)
    return await rendering.render(
        visit,
        "account_end.html",
        status=403,
        client=asked.client,
        title=t("sign_up.title"),
        heading=t("sign_up.heading"),
        text=t("sign_up.closed"),
        kind="warning",
        next_path=account.SIGN_IN,
        next_text=t("sign_up.sign_in"),
    )
