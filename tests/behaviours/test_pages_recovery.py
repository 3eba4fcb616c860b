"""A forgotten password on the hosted pages: docs/behaviours/pages-sign-up.md."""

import re
import urllib.parse
from typing import Final

import pytest

from tests.behaviours.account_pages import BY_EMAIL, CALLBACK, Site, a_site, path
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds, unique
from tests.support.visitor import Seen, Visitor

NEW = "Another-pa55word!"
HIDDEN: Final[Json] = {"PreventUserExistenceErrors": "ENABLED"}


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    """Return pages of a client that hides who exists."""
    return a_site(wire, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], **HIDDEN)


def a_user(site: Site) -> tuple[str, str]:
    email = an_email()
    return site.app.user("", PASSWORD, email=email, email_verified="true"), email


def forget(site: Site, visitor: Visitor, name: str) -> Seen:
    return visitor.submit(visitor.visit(site.url("/forgotPassword")), username=name)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def choose(visitor: Visitor, seen: Seen, code: str, password: str = NEW) -> Seen:
    return visitor.submit(seen, code=code, password=password, confirmPassword=password)


@holds("SPAGE-20")
def test_a_forgotten_password_is_replaced(site: Site) -> None:
    visitor = Visitor()
    name, email = a_user(site)
    asked = forget(site, visitor, name)
    assert path(asked) == "/confirmForgotPassword"
    assert email not in asked.text
    done = choose(visitor, asked, site.app.wire.code(email))
    assert path(done) == "/login"
    assert "Your password is changed." in done.text
    assert "redirect_uri" in done.url
    signed_in = visitor.submit(done, until=CALLBACK, username=name, password=NEW)
    assert site.username(signed_in) == name


@holds("SPAGE-21")
def test_a_wrong_a_spent_and_somebody_elses_code(site: Site) -> None:
    visitor = Visitor()
    name, email = a_user(site)
    other, other_email = a_user(site)
    asked = forget(site, visitor, name)
    code = site.app.wire.code(email)
    wrong = choose(visitor, asked, another(code))
    assert (wrong.status, "That code is not right." in wrong.text) == (400, True)
    forget(site, Visitor(), other)
    others = site.app.wire.code(other_email)
    if others != code:
        assert choose(visitor, wrong, others).status == 400
    assert choose(visitor, wrong, code, "short").status == 400
    differing = visitor.submit(wrong, code=code, password=NEW, confirmPassword=PASSWORD)
    assert "The two passwords are not the same." in differing.text
    assert path(choose(visitor, wrong, code)) == "/login"
    assert site.app.sign_in(name, NEW)
    again = forget(site, visitor, other)
    assert choose(visitor, again, code).status == 400


@holds("SPAGE-22")
def test_nobody_learns_who_exists(site: Site, wire: Wire) -> None:
    name, _ = a_user(site)
    unverified = site.app.user("", PASSWORD, email=an_email())
    temporary = site.app.temporary_user(
        UserAttributes=[
            {"Name": "email", "Value": an_email()},
            {"Name": "email_verified", "Value": "true"},
        ]
    )
    disabled, _ = a_user(site)
    site.app.admin("AdminDisableUser", disabled)

    def shape(who: str) -> tuple[int, str, str]:
        seen = forget(site, Visitor(), who)
        text = re.sub(r'value="[^"]*"|nonce="[^"]*"|[\w*]+@[\w*.]+', "", seen.text)
        return seen.status, path(seen), re.sub(r"Support ID: [\w-]+", "", text)

    expected = shape(name)
    assert expected[:2] == (200, "/confirmForgotPassword")
    for who in (unique(), unverified, temporary, disabled):
        assert shape(who) == expected, who
    visitor = Visitor()
    asked = forget(site, visitor, unique())
    refused = choose(visitor, asked, "123456")
    real = Visitor()
    refused_too = choose(real, forget(site, real, name), "000000x")
    assert (refused.status, "That code is not right." in refused.text) == (400, True)
    assert (refused_too.status, "That code is not right." in refused_too.text) == (400, True)
    open_site = a_site(wire, PreventUserExistenceErrors="LEGACY")
    told = forget(open_site, Visitor(), unique())
    assert (told.status, "There is no such account." in told.text) == (400, True)


@holds("SPAGE-23")
def test_an_administrators_reset_leads_to_a_new_password(site: Site) -> None:
    visitor = Visitor()
    name, email = a_user(site)
    site.app.admin("AdminResetUserPassword", name)
    code = site.app.wire.code(email)
    asked = visitor.sign_in(site.url("/login"), name, PASSWORD)
    assert path(asked) == "/confirmForgotPassword"
    assert "Your password has to be changed" in asked.text
    done = choose(visitor, asked, code)
    signed_in = visitor.submit(done, until=CALLBACK, username=name, password=NEW)
    assert site.username(signed_in) == name


@holds("SPAGE-24")
def test_recovery_may_be_left_to_administrators(wire: Wire) -> None:
    only = [{"Name": "admin_only", "Priority": 1}]
    site = a_site(wire, {**BY_EMAIL, "AccountRecoverySetting": {"RecoveryMechanisms": only}})
    seen = Visitor().visit(site.url("/forgotPassword"))
    assert seen.status == 403
    assert not [form for form in seen.forms if "username" in form.fields]


@holds("SPAGE-21")
def test_a_code_page_that_nothing_leads_to_begins_again(site: Site) -> None:
    visitor = Visitor()
    assert path(visitor.visit(site.url("/confirmForgotPassword"))) == "/login"
    token = visitor.visit(site.url("/login")).form("_csrf").fields["_csrf"]
    form = {"_csrf": token, "username": "somebody", "code": "123456", "password": NEW}
    assert path(visitor.visit(site.url("/confirmForgotPassword"), form)) == "/login"


@holds("SPAGE-21")
def test_a_flood_of_codes_is_stopped(site: Site) -> None:
    visitor = Visitor()
    name, email = a_user(site)
    asked = forget(site, visitor, name)
    code = site.app.wire.code(email)
    told = [choose(visitor, asked, another(code)).text for _ in range(25)]
    assert "That code is not right." in told[0]
    assert "Too many attempts." in told[-1]
    assert "Too many attempts." in choose(visitor, asked, code).text


@holds("SPAGE-41")
def test_the_page_of_errors_speaks_the_language_of_the_request(wire: Wire) -> None:
    site = a_site(wire)
    wrong = {"redirect_uri": "https://elsewhere.example.com", "client_id": site.app.client_id}
    query = urllib.parse.urlencode({**wrong, "response_type": "code", "lang": "de"})
    seen = Visitor().visit(f"{site.base}/oauth2/authorize?{query}")
    assert path(seen) == "/error"
    assert '<html lang="de"' in seen.text
