"""A new password, waiting, two windows and the way back: docs/behaviours/pages.md."""

import time
from typing import Final

import pytest

from tests.behaviours.account_pages import CALLBACK, CLIENT, Site, a_site, pages_of, path
from tests.behaviours.factors import SMS, a_person, an_mfa_app
from tests.behaviours.pages import press, said, the_input
from tests.sdk.support import PASSWORD, Wire, an_email, holds
from tests.support.visitor import Seen, Visitor

NEW: Final = "Another-Horse-7"
FLOWS: Final = ["ALLOW_USER_PASSWORD_AUTH"]
RESTARTED: Final = "That sign-in took too long or has ended. Please sign in again."


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    """Return pages of a pool that asks for a code by SMS."""
    return by_code(wire)


def by_code(wire: Wire) -> Site:
    app = an_mfa_app(wire, "OPTIONAL", SMS)
    return pages_of(app.another_client(**CLIENT, ExplicitAuthFlows=FLOWS))


def choose(visitor: Visitor, page: Seen, password: str, repeated: str = "", **more: str) -> Seen:
    values = {"new_password": password, "repeat_password": repeated or password}
    return visitor.submit(page, until=CALLBACK, **values, **more)


@holds("PAGE-30")
def test_a_temporary_password_is_replaced(wire: Wire) -> None:
    site = a_site(wire, ExplicitAuthFlows=FLOWS)
    visitor, name, email = Visitor(), site.app.temporary_user(), an_email()
    attribute = "requiredAttributes[email]"
    page = visitor.sign_in(site.url("/login"), name, PASSWORD)
    assert path(page) == "/resetPassword"
    assert the_input(page, attribute)["type"] == "email"
    assert the_input(page, "new_password")["autocomplete"] == "new-password"
    given = {attribute: email}
    differing = choose(visitor, page, NEW, PASSWORD, **given)
    assert (differing.status, said(differing)) == (400, "The two passwords are not the same.")
    assert the_input(differing, "new_password")["aria-invalid"] == "true"
    assert the_input(differing, attribute)["value"] == email
    weak = choose(visitor, differing, "short", **given)
    assert weak.status == 400
    assert "short" not in weak.text.partition("<form")[2]
    assert 'class="invalid' in weak.text
    assert 'class="valid' in weak.text
    bare = choose(visitor, weak, NEW, **{attribute: ""})
    assert bare.status == 400
    assert the_input(bare, attribute)["aria-invalid"] == "true"
    assert "aria-invalid" not in the_input(bare, "new_password")
    assert site.username(choose(visitor, bare, NEW, **given)) == name
    assert site.app.admin("AdminGetUser", name)["UserStatus"] == "CONFIRMED"
    assert site.app.sign_in(name, NEW)


@holds("PAGE-40")
@pytest.mark.parametrize("waited_s", [181, 301])
def test_a_sign_in_that_waited_too_long_begins_again(clock_wire: Wire, waited_s: int) -> None:
    site = by_code(clock_wire)
    visitor, person = Visitor(), a_person(site.app, SMS, preferred=SMS)
    page = visitor.sign_in(site.url("/login"), person.name, PASSWORD)
    code = person.code(clock_wire, SMS)
    clock_wire.advance(waited_s)
    late = visitor.submit(page, code=code)
    assert (path(late), said(late)) == ("/login", RESTARTED)
    assert said(visitor.visit(late.url)) == "", "once"
    begun = visitor.submit(late, username=person.name, password=PASSWORD)
    assert path(begun) == "/mfa"
    code = person.code(clock_wire, SMS)
    assert site.username(visitor.submit(begun, until=CALLBACK, code=code)) == person.name


@holds("PAGE-41", "PAGE-43")
def test_a_form_sent_twice_signs_in_once(site: Site) -> None:
    person, visitor = a_person(site.app, SMS, preferred=SMS), Visitor()
    first = visitor.visit(site.url("/login"))
    page = visitor.submit(first, username=person.name, password=PASSWORD)
    code = person.code(site.app.wire, SMS)
    assert site.username(visitor.submit(page, until=CALLBACK, code=code)) == person.name
    again = visitor.submit(page, until=CALLBACK, code=code)
    assert site.username(again) == person.name, "by the session that there is"
    visitor.cookies.clear()
    assert visitor.submit(page, until=CALLBACK, code=code).status == 403


@holds("PAGE-43")
def test_who_goes_back_comes_to_what_is_due(site: Site) -> None:
    one, other = (a_person(site.app, SMS, preferred=SMS) for _ in range(2))
    visitor = Visitor()
    first = visitor.visit(site.url("/login"))
    stale = visitor.submit(first, username=one.name, password=PASSWORD)
    wrong = visitor.submit(first, username=other.name, password="Wrong-Horse-1")
    assert wrong.status == 400
    page = visitor.submit(first, username=other.name, password=PASSWORD)
    assert path(page) == "/mfa"
    mixed = visitor.submit(stale, until=CALLBACK, code=one.code(site.app.wire, SMS))
    assert mixed.status == 400, "the code of another sign-in"
    code = other.code(site.app.wire, SMS)
    assert site.username(visitor.submit(mixed, until=CALLBACK, code=code)) == other.name


@holds("PAGE-42")
def test_windows_with_two_requests(site: Site) -> None:
    one, other = (a_person(site.app, SMS, preferred=SMS) for _ in range(2))
    visitor = Visitor()
    left = visitor.submit(
        visitor.visit(site.url("/login", nonce="left")), username=one.name, password=PASSWORD
    )
    right = visitor.submit(
        visitor.visit(site.url("/login", nonce="right")), username=other.name, password=PASSWORD
    )
    code = one.code(site.app.wire, SMS)
    assert site.username(visitor.submit(left, until=CALLBACK, code=code)) == one.name
    code = other.code(site.app.wire, SMS)
    assert site.username(visitor.submit(right, until=CALLBACK, code=code)) == other.name


@holds("PAGE-42", "PAGE-44")
def test_a_second_window_follows_the_first(site: Site) -> None:
    person, visitor = a_person(site.app, SMS, preferred=SMS), Visitor()
    for due in ("/mfa", "/mfaOption", "/resetPassword", "/login/factor"):
        assert path(visitor.visit(site.url(due))) == "/login"
    first = visitor.sign_in(site.url("/login"), person.name, PASSWORD)
    second = visitor.visit(site.url("/mfaOption"))
    assert path(second) == "/mfa"
    back = press(visitor, second, "back")
    assert path(back) == "/login"
    late = visitor.submit(first, code=person.code(site.app.wire, SMS))
    assert (path(late), said(late)) == ("/login", RESTARTED)
    assert Visitor().visit(first.url).url.partition("?")[0].endswith("/login")


def test_nothing_of_a_challenge_is_kept_by_browsers(site: Site) -> None:
    person, visitor = a_person(site.app, SMS, preferred=SMS), Visitor()
    page = visitor.sign_in(site.url("/login"), person.name, PASSWORD)
    assert "no-store" in str(page.headers["Cache-Control"])
    kept = [cookie for cookie in visitor.cookies if cookie.expires is not None]
    assert all(cookie.expires is None or cookie.expires > time.time() for cookie in kept)
    assert person.name not in page.url
