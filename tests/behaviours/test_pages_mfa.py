"""The pages of second factors: docs/behaviours/pages.md."""

import re
import urllib.parse
from typing import Final

import pytest
import segno

from tests.behaviours.account_pages import CALLBACK, CLIENT, Site, pages_of, path
from tests.behaviours.factors import (
    ALL,
    MAIL,
    SMS,
    TOTP,
    Authenticator,
    Person,
    a_person,
    an_mfa_app,
    list_of,
    set_mfa,
)
from tests.behaviours.pages import press, said, the_input
from tests.sdk.support import PASSWORD, Json, Wire, a_phone, an_email, holds
from tests.support.visitor import Seen, Visitor

OPT_IN: Final = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
ALWAYS: Final = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
NOT_RIGHT: Final = "That code is not right. Please check it and try again."


def a_site(wire: Wire, mode: str, *factors: str, **pool: Json) -> Site:
    """Return pages of a pool with second factors."""
    app = an_mfa_app(wire, mode, *factors, **pool)
    return pages_of(app.another_client(**CLIENT, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]))


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    """Return pages of a pool whose users may have every factor."""
    return a_site(wire, "OPTIONAL", *ALL)


def begun(site: Site, visitor: Visitor, name: str) -> Seen:
    """Give name and password, and return what comes next."""
    return visitor.sign_in(site.url("/login"), name, PASSWORD, until=CALLBACK)


def newest(site: Site, person: Person, factor: str) -> str:
    return person.code(site.app.wire, factor)


@holds("PAGE-21")
@pytest.mark.parametrize("factor", ALL)
def test_a_code_of_each_kind_signs_in(site: Site, factor: str) -> None:
    visitor, person = Visitor(), a_person(site.app, factor, preferred=factor)
    page = begun(site, visitor, person.name)
    assert path(page) == "/mfa"
    assert person.email not in page.text
    assert person.phone not in page.text
    if factor != TOTP:
        assert (person.phone[-4:] if factor == SMS else "@e***") in page.text
    field = the_input(page, "code")
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    assert "autofocus" in field
    empty = visitor.submit(page, code="")
    assert (empty.status, said(empty)) == (400, "Please enter the code.")
    code = newest(site, person, factor)
    other = (
        person.app.wrong() if person.app else f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
    )
    wrong = visitor.submit(empty, code=other)
    assert (wrong.status, said(wrong)) == (400, NOT_RIGHT)
    assert the_input(wrong, "code")["aria-invalid"] == "true"
    assert the_input(wrong, "code")["aria-describedby"] == "message"
    done = visitor.submit(wrong, until=CALLBACK, code=f" {code[:3]} {code[3:]}")
    assert site.username(done) == person.name


@holds("PAGE-21")
def test_a_spent_code_of_an_app_stays_on_the_page(site: Site) -> None:
    person = a_person(site.app, TOTP, preferred=TOTP)
    assert person.app is not None
    first = Visitor()
    code = person.app.code()
    assert (
        site.username(first.submit(begun(site, first, person.name), until=CALLBACK, code=code))
        == person.name
    )
    second = Visitor()
    refused = second.submit(begun(site, second, person.name), until=CALLBACK, code=code)
    assert (refused.status, path(refused)) == (400, "/mfa")


@holds("PAGE-22")
@pytest.mark.parametrize("factor", [SMS, MAIL])
def test_another_code_takes_the_place_of_the_last(site: Site, factor: str) -> None:
    visitor, person = Visitor(), a_person(site.app, factor, preferred=factor)
    page = begun(site, visitor, person.name)
    first = newest(site, person, factor)
    again = press(visitor, page, "again")
    assert (path(again), said(again)) == ("/mfa", "A new code is on its way.")
    second = newest(site, person, factor)
    if first != second:
        refused = visitor.submit(again, code=first)
        assert (refused.status, said(refused)) == (400, NOT_RIGHT)
        again = refused
    assert site.username(visitor.submit(again, until=CALLBACK, code=second)) == person.name


@holds("PAGE-20")
def test_a_factor_is_chosen_and_chosen_again(site: Site) -> None:
    visitor, person = Visitor(), a_person(site.app, SMS, TOTP)
    asked = begun(site, visitor, person.name)
    assert path(asked) == "/mfaOption"
    assert set(re.findall(r'name="factor" value="(\w+)"', asked.text)) == {SMS, TOTP}
    unknown = visitor.submit(asked, factor=MAIL)
    assert path(unknown) == "/mfaOption"
    page = visitor.submit(unknown, factor=SMS)
    assert path(page) == "/mfa"
    again = press(visitor, page, "another")
    assert path(again) in {"/mfaOption", "/login"}
    if path(again) == "/login":
        again = visitor.submit(again, username=person.name, password=PASSWORD)
    page = visitor.submit(again, factor=TOTP)
    code = newest(site, person, TOTP)
    assert site.username(visitor.submit(page, until=CALLBACK, code=code)) == person.name


def key_of(page: Seen) -> str:
    """Return the key that people type into an app."""
    shown = re.search(r'id="secret">([A-Z2-7 ]+)<', page.text)
    assert shown is not None
    return shown[1].replace(" ", "")


@holds("PAGE-23", "PAGE-24")
def test_an_app_is_set_up_by_its_picture_or_its_key(wire: Wire) -> None:
    site = a_site(wire, "ON", TOTP)
    visitor, name = Visitor(), site.app.user()
    page = begun(site, visitor, name)
    assert path(page) == "/mfaOption"
    key = key_of(page)
    pool = wire.call("DescribeUserPool", UserPoolId=site.app.pool_id)["UserPool"]["Name"]
    label = urllib.parse.quote(f"{pool}:{name}", safe="")
    address = f"otpauth://totp/{label}?secret={key}&issuer={urllib.parse.quote(pool)}"
    expected = segno.make(address, error="m").svg_inline(omitsize=True, border=2, dark="#000")
    assert str(expected) in page.text
    assert "<img" not in page.text
    assert 'role="img"' in page.text
    phone = Authenticator(key)
    wrong = visitor.submit(page, code=phone.wrong())
    assert (wrong.status, said(wrong)) == (400, NOT_RIGHT)
    assert key_of(wrong) == key
    done = visitor.submit(wrong, until=CALLBACK, code=phone.code(), device_name="My phone")
    assert site.username(done) == name
    assert list_of(site.app, name) == [TOTP]
    later = Visitor()
    page = begun(site, later, name)
    assert "My phone" in page.text
    assert site.username(later.submit(page, until=CALLBACK, code=phone.code())) == name


@holds("PAGE-23")
@pytest.mark.parametrize("factor", [SMS, MAIL])
def test_an_address_or_a_number_is_set_up_by_its_code(wire: Wire, factor: str) -> None:
    site = a_site(wire, "ON", TOTP, factor)
    visitor, name = Visitor(), site.app.user()
    asked = begun(site, visitor, name)
    offered = set(re.findall(r'name="factor" value="(\w+)"', asked.text))
    assert offered == {TOTP, factor}
    page = visitor.submit(asked, factor=TOTP)
    assert key_of(page)
    page = visitor.submit(press(visitor, page, "other"), factor=factor)
    to = a_phone() if factor == SMS else an_email()
    empty = visitor.submit(page, address="")
    assert empty.status == 400
    assert the_input(empty, "address")["aria-describedby"].split()[0] == "message"
    bad = visitor.submit(empty, address="nowhere")
    assert (bad.status, path(bad)) == (400, "/mfaOption")
    page = visitor.submit(bad, address=to)
    assert path(page) == "/mfa"
    done = visitor.submit(page, until=CALLBACK, code=wire.code(to))
    assert site.username(done) == name
    assert list_of(site.app, name) == [factor]


def test_no_factor_that_the_pool_lacks_can_be_set_up(wire: Wire) -> None:
    site = a_site(wire, "ON", TOTP, MAIL)
    visitor, name = Visitor(), site.app.user()
    asked = begun(site, visitor, name)
    assert path(visitor.submit(asked, factor=SMS)) == "/mfaOption"
    assert list_of(site.app, name) == []


def with_an_app(site: Site) -> Person:
    person = a_person(site.app, TOTP, preferred=TOTP)
    assert person.app is not None
    return person


@holds("PAGE-25")
def test_a_browser_is_remembered_when_its_user_says_so(wire: Wire) -> None:
    site = a_site(wire, "OPTIONAL", TOTP, DeviceConfiguration=OPT_IN)
    person, other = with_an_app(site), with_an_app(site)
    shy = Visitor()
    page = begun(site, shy, other.name)
    assert the_input(page, "remember")["type"] == "checkbox"
    assert (
        site.username(shy.submit(page, until=CALLBACK, code=newest(site, other, TOTP)))
        == other.name
    )
    forget_session(shy)
    assert path(begun(site, shy, other.name)) == "/mfa"
    visitor = Visitor()
    page = begun(site, visitor, person.name)
    form = {**page.form("code").fields, "code": newest(site, person, TOTP), "remember": "yes"}
    done = visitor.visit(page.form("code").action, form, until=CALLBACK)
    assert site.username(done) == person.name
    assert len(devices_of(site, person)) == 1
    forget_session(visitor)
    assert site.username(begun(site, visitor, person.name)) == person.name
    forget_session(visitor)
    assert path(begun(site, visitor, other.name)) == "/mfa"
    (device,) = devices_of(site, person)
    site.app.admin("AdminForgetDevice", person.name, DeviceKey=device)
    forget_session(visitor)
    assert path(begun(site, visitor, person.name)) == "/mfa"


@holds("PAGE-26")
def test_a_pool_may_remember_every_browser(wire: Wire) -> None:
    site = a_site(wire, "OPTIONAL", TOTP, DeviceConfiguration=ALWAYS)
    visitor, person = Visitor(), with_an_app(site)
    page = begun(site, visitor, person.name)
    assert "remember" not in page.text
    done = visitor.submit(page, until=CALLBACK, code=newest(site, person, TOTP))
    assert site.username(done) == person.name
    forget_session(visitor)
    assert site.username(begun(site, visitor, person.name)) == person.name
    assert path(begun(site, Visitor(), person.name)) == "/mfa"


def devices_of(site: Site, person: Person) -> list[str]:
    told = site.app.admin("AdminListDevices", person.name)
    return [one["DeviceKey"] for one in told["Devices"]]


def forget_session(visitor: Visitor) -> None:
    """End the browser's session, and leave it the device that it is."""
    for cookie in list(visitor.cookies):
        if "device" not in cookie.name:
            visitor.cookies.clear(cookie.domain, cookie.path, cookie.name)


def test_a_pool_that_stops_demanding_lets_a_sign_in_pass(wire: Wire) -> None:
    site = a_site(wire, "ON", TOTP)
    visitor, name = Visitor(), site.app.user()
    assert path(begun(site, visitor, name)) == "/mfaOption"
    set_mfa(site.app, "OFF")
    assert site.username(begun(site, visitor, name)) == name
