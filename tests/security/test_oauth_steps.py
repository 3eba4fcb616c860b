"""Sign-ins on the pages that are half done: docs/behaviours/oauth-attacks.md."""

import contextlib
from collections.abc import Iterable, Iterator
from http.cookiejar import Cookie
from urllib.parse import urlencode

import pytest

from tests.conformance.browser import Landing, Page
from tests.conformance.provider import CALLBACK, Provider
from tests.conformance.relying import Relying
from tests.sdk.support import holds, unique
from tests.security.oauth import EVIL, browsing, query, stays, told

TEMPORARY = "Temporary-Horse-7"
CHOSEN = {"new_password": "Another-Horse-8", "repeat_password": "Another-Horse-8"}


@contextlib.contextmanager
def half_done(
    op: Provider, asked: str | None = None, planted: Iterable[Cookie] = ()
) -> Iterator[tuple[Relying, Page, str]]:
    """Return a browser that a new password is asked of, the page, and the request's query."""
    name = unique()
    who = {"UserPoolId": op.pool_id, "Username": name}
    op.wire.call("AdminCreateUser", **who, MessageAction="SUPPRESS", TemporaryPassword=TEMPORARY)
    with browsing(op) as party:
        asked = asked or query(party)
        for cookie in planted:
            party.browser.client.cookies.jar.set_cookie(cookie)
        party.browser.go(f"{op.metadata['authorization_endpoint']}?{asked}")
        page = party.browser.sign_in(name, TEMPORARY)
        assert isinstance(page, Page), page
        assert is_a_way_on(page)
        yield party, page, asked


def is_a_way_on(at: object) -> bool:
    """Tell whether a page asks for what only the one who is signing in may give."""
    return isinstance(at, Landing) or (
        isinstance(at, Page) and any("new_password" in form.fields for form in at.forms)
    )


@holds("SES-07")
def test_a_half_done_sign_in_goes_on_where_it_began(op: Provider) -> None:
    with half_done(op) as (party, page, _):
        party.browser.submit(page.form("new_password"), **CHOSEN)
        assert party.answer().params["code"]


@holds("SES-07")
def test_a_half_done_sign_in_is_the_browsers_that_began_it(op: Provider) -> None:
    with half_done(op) as (_, page, asked), browsing(op) as thief:
        thief.browser.go(f"{op.at('/login')}?{asked}")  # has the cookies of a visitor
        assert not is_a_way_on(thief.browser.go(page.url))
        token = thief.browser.client.cookies.get("XSRF-TOKEN") or ""
        at = thief.browser.go(page.url, {**CHOSEN, "_csrf": token})
        assert not is_a_way_on(at)
        told(thief, thief.authorize(prompt="none"), "login_required")


@holds("SES-07")
@pytest.mark.parametrize("name", ["client_id", "scope", "state", "nonce", "redirect_uri"])
def test_a_half_done_sign_in_is_for_its_request(op: Provider, name: str) -> None:
    """What somebody has agreed to with one application is not what another one gets."""
    with half_done(op) as (party, page, _):
        form = page.form("new_password")
        other = {"client_id": op.client2.id, "scope": "openid email", "redirect_uri": EVIL}
        asked = urlencode(party.parameters(**{name: other.get(name, "another")}))
        address = page.url.partition("?")[0]
        at = party.browser.go(f"{address}?{asked}", {**form.fields, **CHOSEN})
        assert not is_a_way_on(at)
        told(party, party.authorize(prompt="none"), "login_required")


@holds("SES-12")
def test_a_planted_cookie_leads_nobody_into_the_middle(op: Provider) -> None:
    """Who knew the victim's cookies before the password must not stand where it has led."""
    with half_done(op) as (attacker, _, asked):
        known = list(attacker.browser.client.cookies.jar)
        with half_done(op, asked, known) as (victim, page, _):
            before = {one.value for one in known if "XSRF" not in one.name}
            after = {one.value for one in victim.browser.client.cookies.jar}
            assert before, known
            assert not before & after
            at = attacker.browser.go(page.url)
            assert not is_a_way_on(at)
            victim.browser.submit(page.form("new_password"), **CHOSEN)
            assert isinstance(victim.browser.at, Landing)


@holds("OAU-01")
@pytest.mark.parametrize("name", ["redirect_uri", "client_id", "response_type"])
def test_a_form_is_judged_by_its_own_address(op: Provider, name: str) -> None:
    """A page that was valid makes no other request valid: each form is judged anew."""
    with browsing(op) as party:
        page = party.authorize()
        assert isinstance(page, Page)
        form = page.form("username", "password")
        wrong = {"redirect_uri": EVIL, "client_id": "0" * 26, "response_type": "none"}
        asked = urlencode(party.parameters(**{name: wrong[name]}))
        address = form.action.partition("?")[0]
        fields = {**form.fields, "username": op.username, "password": op.password}
        at = party.browser.go(f"{address}?{asked}", fields)
        if name == "response_type":
            told(party, at, "invalid_request", "unsupported_response_type")
        else:
            stays(at)
        told(party, party.authorize(prompt="none"), "login_required")


@holds("OAU-01")
def test_a_field_of_a_form_is_no_request(op: Provider) -> None:
    with browsing(op) as party:
        page = party.authorize()
        assert isinstance(page, Page)
        form = page.form("username", "password")
        smuggled = {"redirect_uri": EVIL, "client_id": op.client2.id, "response_type": "token",
                    "scope": "openid email", "state": "another"}  # fmt: skip
        fields = {**form.fields, **smuggled, "username": op.username, "password": op.password}
        party.browser.go(form.action, fields)
        landing = party.answer()
        assert landing.address == CALLBACK
        party.redeemed(landing.params["code"])
