"""The sign-in page and the first factors on it: docs/behaviours/pages.md."""

import re
from typing import Final

import pytest

from tests.behaviours.account_pages import CALLBACK, Site, a_site, pages_of, path
from tests.behaviours.choice import FLOWS as CHOICE
from tests.behaviours.choice import a_choice_app, a_person
from tests.behaviours.pages import press, said, the_input
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds
from tests.support.visitor import Visitor

WRONG: Final = "Wrong-Horse-1"
INCORRECT: Final = "Incorrect username or password."
OAUTH: Final[dict[str, Json]] = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"],
    "CallbackURLs": [CALLBACK],
    "SupportedIdentityProviders": ["COGNITO"],
}


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    """Return pages that ask for name and password."""
    return a_site(wire, {}, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])


@pytest.fixture(scope="module")
def choosing(wire: Wire) -> Site:
    """Return pages of a client whose users choose how to sign in."""
    return pages_of(a_choice_app(wire, **OAUTH))


@holds("PAGE-01", "PAGE-07")
def test_a_name_and_a_password_lead_back_to_the_application(site: Site) -> None:
    visitor, name = Visitor(), site.app.user()
    seen = visitor.visit(site.url("/login"))
    assert (seen.status, "<script" in seen.text) == (200, False)
    done = visitor.submit(seen, until=CALLBACK, username=f"  {name} ", password=PASSWORD)
    assert site.username(done) == name


@holds("PAGE-02")
@pytest.mark.parametrize("client", [{}, {"PreventUserExistenceErrors": "ENABLED"}])
def test_a_wrong_password_is_told_at_its_field(wire: Wire, client: dict[str, Json]) -> None:
    site = a_site(wire, {}, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], **client)
    visitor, name = Visitor(), site.app.user()
    seen = visitor.visit(site.url("/login"))
    assert "autofocus" in the_input(seen, "username")
    refused = visitor.submit(seen, username=name, password=WRONG)
    assert (refused.status, said(refused)) == (400, INCORRECT)
    assert refused.form("password").fields["username"] == name
    assert WRONG not in refused.text
    field = the_input(refused, "password")
    assert field["aria-describedby"] == "message"
    assert field["aria-invalid"] == "true"
    assert "autofocus" in field
    assert "autofocus" not in the_input(refused, "username")
    assert "<title>Error: " in refused.text
    done = visitor.submit(refused, until=CALLBACK, username=name, password=PASSWORD)
    assert site.username(done) == name


@holds("PAGE-02")
def test_what_is_missing_and_who_may_not_sign_in(site: Site) -> None:
    visitor, name = Visitor(), site.app.user()
    seen = visitor.visit(site.url("/login"))
    empty = visitor.submit(seen, username="", password="")
    assert (empty.status, said(empty)) == (400, "Please enter your username and your password.")
    assert "autofocus" in the_input(empty, "username")
    hostile = visitor.submit(empty, username='"><script>alert(1)</script>', password=WRONG)
    assert (hostile.status, "<script" in hostile.text) == (400, False)
    site.app.admin("AdminDisableUser", name)
    disabled = visitor.submit(hostile, username=name, password=PASSWORD)
    assert (disabled.status, said(disabled)) == (400, "This account is disabled.")


@holds("PAGE-07")
def test_a_form_of_nobody_is_not_believed(site: Site) -> None:
    visitor, name = Visitor(), site.app.user()
    url = site.url("/login")
    forged = visitor.visit(url, {"username": name, "password": PASSWORD})
    assert forged.status == 403
    again = re.search(r'href="([^"]*/login\?[^"]*)"', forged.text)
    assert again is not None
    assert "redirect_uri=" in again[1]


@holds("PAGE-03", "PAGE-04")
def test_a_name_leads_to_a_choice_and_a_choice_to_a_password(choosing: Site) -> None:
    visitor, (name, _, _) = Visitor(), a_person(choosing.app)
    seen = visitor.visit(choosing.url("/login"))
    assert "password" not in seen.form("username").fields
    nobody = visitor.submit(seen, username="")
    assert (nobody.status, said(nobody)) == (400, "Please enter your username.")
    asked = visitor.submit(nobody, username=name)
    assert path(asked) == "/login/factor"
    offered = set(re.findall(r'name="factor" value="(\w+)"', asked.text))
    assert offered == {"PASSWORD", "EMAIL_OTP", "SMS_OTP"}
    unknown = visitor.submit(asked, factor="WEB_AUTHN")
    assert (unknown.status, path(unknown)) == (200, "/login/factor")
    page = visitor.submit(unknown, factor="PASSWORD")
    assert the_input(page, "password")["autocomplete"] == "current-password"
    empty = visitor.submit(page, password="")
    assert (empty.status, said(empty)) == (400, "Please enter your password.")
    wrong = visitor.submit(empty, password=WRONG)
    assert (wrong.status, said(wrong)) == (400, INCORRECT)
    assert "autofocus" in the_input(wrong, "password")
    done = visitor.submit(wrong, until=CALLBACK, password=PASSWORD)
    assert choosing.username(done) == name


@holds("PAGE-04")
@pytest.mark.parametrize("factor", ["EMAIL_OTP", "SMS_OTP"])
def test_a_code_is_a_first_factor(choosing: Site, factor: str) -> None:
    visitor, (name, email, phone) = Visitor(), a_person(choosing.app)
    asked = visitor.submit(visitor.visit(choosing.url("/login")), username=name)
    other = visitor.submit(asked, factor="PASSWORD")
    again = press(visitor, other, "another")
    assert f'name="factor" value="{factor}"' in again.text
    page = visitor.submit(again, factor=factor)
    assert path(page) == "/login/factor"
    assert email not in page.text
    assert phone not in page.text
    field = the_input(page, "code")
    assert (field["autocomplete"], "autofocus" in field) == ("one-time-code", True)
    code = choosing.app.wire.code(email if factor == "EMAIL_OTP" else phone)
    empty = visitor.submit(page, code=" ")
    assert (empty.status, said(empty)) == (400, "Please enter the code.")
    wrong = visitor.submit(empty, code="x" * len(code))
    assert wrong.status == 400
    assert the_input(wrong, "code")["aria-describedby"] == "message"
    spaced = f"{code[:3]} {code[3:]}"
    assert choosing.username(visitor.submit(wrong, until=CALLBACK, code=spaced)) == name


@holds("PAGE-03")
def test_a_choice_of_one_is_not_asked(wire: Wire) -> None:
    site = pages_of(a_choice_app(wire, ["PASSWORD"], **OAUTH))
    visitor, name = Visitor(), site.app.user()
    page = visitor.submit(visitor.visit(site.url("/login")), username=name)
    assert "factor" not in page.form("password").fields
    back = press(visitor, page, "back")
    assert path(back) == "/login"
    page = visitor.submit(back, username=name)
    assert site.username(visitor.submit(page, until=CALLBACK, password=PASSWORD)) == name


@holds("PAGE-03")
def test_classic_pages_ask_for_both_at_once(wire: Wire) -> None:
    site = pages_of(a_choice_app(wire, ["PASSWORD", "EMAIL_OTP"], **OAUTH), version=1)
    visitor = Visitor()
    seen = visitor.visit(site.url("/login"))
    assert {"username", "password"} <= set(seen.form("username").fields)


@holds("PAGE-05")
@pytest.mark.parametrize("version", [1, 2])
def test_who_is_signed_in_goes_on_or_is_somebody_else(wire: Wire, version: int) -> None:
    site = a_site(wire, {}, version=version, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    visitor, email = Visitor(), an_email()
    name, other = site.app.user("", email=email, email_verified="true"), site.app.user()
    url = site.url("/login") if version == 1 else site.url("/login", prompt="select_account")
    first = visitor.submit(visitor.visit(url), until=CALLBACK, username=name, password=PASSWORD)
    assert site.username(first) == name
    asked = visitor.visit(url, until=CALLBACK)
    assert email in asked.text
    went_on = press(visitor, asked, "account", "continue", until=CALLBACK)
    assert site.username(went_on) == name
    page = press(visitor, visitor.visit(url), "account", "other")
    assert page.form("password").fields["username"] == ""
    second = visitor.submit(page, until=CALLBACK, username=other, password=PASSWORD)
    assert site.username(second) == other


@holds("PAGE-05")
def test_managed_login_goes_on_by_itself(site: Site) -> None:
    visitor, name = Visitor(), site.app.user()
    url = site.url("/login")
    visitor.sign_in(url, name, PASSWORD, until=CALLBACK)
    assert site.username(visitor.visit(url, until=CALLBACK)) == name


@holds("PAGE-03")
def test_a_client_may_allow_passwords_and_choice(wire: Wire) -> None:
    app = a_choice_app(wire, **OAUTH).another_client(
        **OAUTH, ExplicitAuthFlows=[*CHOICE, "ALLOW_USER_PASSWORD_AUTH"]
    )
    site = pages_of(app)
    seen = Visitor().visit(site.url("/login"))
    assert "password" not in seen.form("username").fields
