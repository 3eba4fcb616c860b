"""`/login`: who is it? By password, by choice, by a provider, by a passkey, or already known.

Source: docs/behaviours/pages.md.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec

from poolkeep.base.refusal import (
    InvalidParameter,
    NotAuthorized,
    Refusal,
    UserNotFound,
)
from poolkeep.core.directory.offers import Offered, asks_address, domain_of
from poolkeep.core.oauth.browser_sessions import Known
from poolkeep.core.oauth.decision import counts
from poolkeep.core.pools.client_checks import LOCAL_USERS
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import auth_flows, recovery_mechanisms
from poolkeep.core.signin.commands import Asked as Challenged
from poolkeep.core.users.model import User
from poolkeep.http.hosted import autofill, cookies, csrf, journey, signing, steps, texts
from poolkeep.http.hosted.branding.theme import theme as theme_of
from poolkeep.http.hosted.journey import Asked, Asks, Flow
from poolkeep.http.hosted.looks import PLAIN, Theme
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import language_of, render
from poolkeep.http.hosted.web import Answer, Visit, redirect

SELECT_ACCOUNT: Final = "select_account"
NAMES: Final = {
    "LoginWithAmazon": "Amazon",
    "SignInWithApple": "Apple",
}
"""What people call providers whose names are not what people say."""
AUTHORIZE: Final = "/oauth2/authorize"
CHOSEN: Final = frozenset({"identity_provider", "idp_identifier"})
NAME_CHARACTERS_MAX: Final = 2_048
FORM_ERROR: Final = 400

_LABELS: Final = {
    frozenset[str](): "common.username",
    frozenset({"email"}): "common.username_or_email",
    frozenset({"phone_number"}): "common.username_or_phone",
    frozenset({"email", "phone_number"}): "common.username_email_or_phone",
}


class Button(NamedTuple):
    """A link to a provider."""

    name: str
    label: str
    href: str
    icon: str | None
    social: bool


class Said(NamedTuple):
    """What the page is told to say besides what it always says."""

    username: str | None = None
    error: str | None = None
    note: str | None = None
    lookup_error: str | None = None
    lookup_value: str = ""


@route("GET", "/login")
async def show(visit: Visit) -> Answer:
    """Show the page, or go on at once where the browser is signed in."""
    asked = await journey.asked(visit)
    known = await _known(visit, asked)
    if known is not None and _asks_who(visit, asked, known):
        return await _account(visit, asked, known)
    arrived = await journey.arrive(visit, asked)
    if not isinstance(arrived, Asks):
        return arrived
    flow = await journey.flow(visit, asked)
    if flow is None or flow.challenge is not None or flow.note is None:
        return await page(visit, asked)
    await journey.drop(visit, asked)
    note = texts.text(language_of(visit), flow.note)
    return await page(visit, asked, Said(username=flow.username, note=note))


@route("POST", "/login")
async def submit(visit: Visit) -> Answer:
    """Take the form: which of the page's ways it was, its fields tell."""
    csrf.check(visit)
    asked = await journey.asked(visit)
    form = visit.form
    match form.get("account"):
        case "other":
            return await page(visit, asked, Said(username=""))
        case "continue":
            return await _go_on(visit, asked)
    if form.has("idp_address"):
        return await _look_up(visit, asked, form.get("idp_address") or "")
    if LOCAL_USERS not in (asked.client.settings.supported_identity_providers or ()):
        return await page(visit, asked, status=FORM_ERROR)
    if form.has("credential"):
        return await _with_passkey(visit, asked, form.get("credential") or "")
    return await _with_name(visit, asked)


async def _with_name(visit: Visit, asked: Asked) -> Answer:
    """Begin a sign-in with a name, and a password where the page has asked for one."""
    name, password = (visit.form.get("username") or "").strip(), visit.form.get("password")
    chooses = by_choice(visit, asked)
    missing = _missing(name, password, chooses=chooses)
    if missing is not None:
        said = Said(username=name, error=texts.text(language_of(visit), missing))
        return await page(visit, asked, said, status=FORM_ERROR)
    flow, given = signing.PASSWORD_FLOW, {"USERNAME": name, "PASSWORD": password or ""}
    if chooses:
        flow, given = signing.CHOICE_FLOW, {"USERNAME": name}
        if password is not None:
            given |= {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password}
    try:
        outcome = await signing.begin(visit, asked, flow=flow, parameters=given)
    except UserNotFound as refusal:
        if password is None and _migrates(visit.pool):
            # Somebody whom the function may bring along: it wants to see a password.
            cookie = await journey.keep(visit, asked, Flow(challenge="PASSWORD", username=name))
            return redirect(visit.to(signing.FACTOR, visit.query.raw), cookie)
        return await refused(visit, asked, refusal, username=name)
    except Refusal as refusal:
        return await refused(visit, asked, refusal, username=name)
    return await signing.advance(visit, asked, outcome, username=name)


async def _with_passkey(visit: Visit, asked: Asked, credential: str) -> Answer:
    """Sign in whom a passkey names that the browser has offered by itself."""
    try:
        who, challenge = autofill.answered(visit, asked, credential)
        given = {"USERNAME": who, "PREFERRED_CHALLENGE": "WEB_AUTHN"}
        outcome = await signing.begin(
            visit, asked, flow=signing.CHOICE_FLOW, parameters=given, challenge=challenge
        )
        if not isinstance(outcome, Challenged) or outcome.challenge != "WEB_AUTHN":
            raise autofill.useless()
        flow = Flow(challenge="WEB_AUTHN", session=outcome.session, username=who)
        outcome = await signing.respond(visit, asked, flow, {"CREDENTIAL": credential})
    except Refusal as refusal:
        failed = isinstance(refusal, NotAuthorized | UserNotFound | InvalidParameter)
        error = texts.text(language_of(visit), "passkey.failed") if failed else None
        return await refused(visit, asked, refusal, username="", error=error)
    return await signing.advance(visit, asked, outcome, username=who)


async def refused(
    visit: Visit, asked: Asked, refusal: Refusal, *, username: str, error: str | None = None
) -> Answer:
    """Return the page with what was refused, or the page where a reset or a code is owed."""
    elsewhere = await steps.elsewhere(visit, asked, refusal, username=username)
    if elsewhere is not None:
        return elsewhere
    said = Said(username=username, error=error or steps.told(visit, refusal))
    return await page(visit, asked, said, status=FORM_ERROR)


async def page(
    visit: Visit, asked: Asked, said: Said | None = None, *, status: int = 200
) -> Answer:
    """Return the sign-in page."""
    said = said or Said()
    client, pool = asked.client, visit.pool
    theme = await theme_of(visit, client) or PLAIN
    offered: tuple[Offered, ...] = await visit.services.directory.offers.of(pool, client)
    searches = asks_address(offered) if visit.is_classic else theme.search_providers
    has_local = LOCAL_USERS in (client.settings.supported_identity_providers or ())
    chooses = by_choice(visit, asked)
    username = said.username if said.username is not None else asked.request.login_hint or ""
    return await render(
        visit,
        "login.html",
        client=client,
        status=status,
        error=said.error,
        note=said.note,
        username=username[:NAME_CHARACTERS_MAX],
        username_label=_label(pool),
        username_type="email" if set(pool.username_attributes) == {"email"} else "text",
        by_choice=chooses,
        has_local=has_local,
        providers=_buttons(visit, offered, theme, searches=searches),
        lookup=searches and any(one.identifiers for one in offered),
        lookup_error=said.lookup_error,
        lookup_value=said.lookup_value,
        forgot=has_local and recovers(pool),
        sign_up=has_local and signs_up(pool),
        autofill=autofill.offer(visit, asked) if has_local and chooses else None,
    )


def by_choice(visit: Visit, asked: Asked) -> bool:
    """Tell whether the page asks for a name first: managed login of a client that lets choose."""
    return not visit.is_classic and "USER_AUTH" in auth_flows(asked.client)


def recovers(pool: LoadedPool) -> bool:
    """Tell whether users may reset a forgotten password themselves."""
    return recovery_mechanisms(pool) != ("admin_only",)


def signs_up(pool: LoadedPool) -> bool:
    """Tell whether people may make accounts themselves."""
    config = pool.pool.settings.admin_create_user_config
    return config is None or not config.allow_admin_create_user_only


async def _known(visit: Visit, asked: Asked) -> Known | None:
    """Return who is signed in with this browser, where that counts for this client."""
    known: Known | None = await visit.services.oauth.authorizations.known(
        visit.pool, cookies.session(visit)
    )
    if known is None or not counts(known.session, visit.pool, asked.client, now_ms=visit.now_ms):
        return None
    return known


def _asks_who(visit: Visit, asked: Asked, known: Known) -> bool:
    """Tell whether the page asks before it goes on as who is signed in.

    Classic pages do; managed login does where the application wants a choice.
    """
    prompts = asked.request.prompts
    if prompts & {"none", "login"}:
        return False
    offered = asked.client.settings.supported_identity_providers or ()
    if known.session.provider not in offered:
        return False
    return visit.is_classic or SELECT_ACCOUNT in prompts


async def _account(visit: Visit, asked: Asked, known: Known) -> Answer:
    return await render(visit, "account.html", client=asked.client, name=called(known.user))


async def _go_on(visit: Visit, asked: Asked) -> Answer:
    """Answer the application as who is signed in; the choice was this press of a button."""
    prompts = asked.request.prompts - {SELECT_ACCOUNT}
    chosen = msgspec.structs.replace(
        asked, request=msgspec.structs.replace(asked.request, prompts=prompts)
    )
    arrived = await journey.arrive(visit, chosen)
    return await page(visit, asked) if isinstance(arrived, Asks) else arrived


async def _look_up(visit: Visit, asked: Asked, address: str) -> Answer:
    """Go to the provider of an address."""
    offered = await visit.services.directory.offers.of(visit.pool, asked.client)
    domain = domain_of(address, offered)
    if domain is not None:
        return redirect(visit.to(AUTHORIZE, _chosen(visit, {"idp_identifier": domain})))
    error = texts.text(language_of(visit), "sign_in.lookup_unknown")
    said = Said(lookup_error=error, lookup_value=address[:NAME_CHARACTERS_MAX])
    return await page(visit, asked, said, status=FORM_ERROR)


def _chosen(visit: Visit, choice: Mapping[str, str]) -> str:
    """Return this page's query with a provider chosen."""
    kept = [pair for pair in visit.query.pairs if pair[0] not in CHOSEN]
    return urlencode([*kept, *choice.items()])


def _buttons(
    visit: Visit, offered: tuple[Offered, ...], theme: Theme, *, searches: bool
) -> list[Button]:
    """Return the links to providers in the style's order, none where an address is asked for."""
    if searches:
        offered = tuple(one for one in offered if not one.identifiers)
    order = {name: place for place, name in enumerate(theme.provider_order)}
    ranked = sorted(offered, key=lambda one: order.get(one.name, len(order)))
    return [
        Button(
            name=one.name,
            label=NAMES.get(one.name, one.name),
            href=visit.to(AUTHORIZE, _chosen(visit, {"identity_provider": one.name})),
            icon=theme.idp_icon_of.get(one.name) if theme.idp_icons else None,
            social=one.is_social,
        )
        for one in ranked
    ]


def _missing(name: str, password: str | None, *, chooses: bool) -> str | None:
    if chooses:
        return None if name else "sign_in.missing_username"
    return None if name and password else "sign_in.missing"


def _label(pool: LoadedPool) -> str:
    """Return the key of what users type to say who they are."""
    kinds = set(pool.username_attributes)
    if kinds:
        return {
            frozenset({"email"}): "common.email",
            frozenset({"phone_number"}): "common.phone",
        }.get(frozenset(kinds), "common.email_or_phone")
    return _LABELS.get(frozenset(set(pool.aliases) - {"preferred_username"}), "common.username")


def called(user: User) -> str:
    """Return how a page names somebody who is signed in."""
    has = user.attributes.get
    return has("email") or has("phone_number") or has("preferred_username") or user.username


def _migrates(pool: LoadedPool) -> bool:
    lambdas = pool.pool.settings.lambda_config
    return lambdas is not None and lambdas.user_migration is not None
