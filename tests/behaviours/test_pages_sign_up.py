"""Sign-up and confirmation on the hosted pages: docs/behaviours/pages-sign-up.md."""

import re
import urllib.parse

import pytest

from tests.behaviours.account_pages import (
    BY_EMAIL,
    CALLBACK,
    CLIENT,
    Site,
    a_site,
    pages_of,
    path,
    sign_up,
)
from tests.sdk.builders import a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds, unique
from tests.support.visitor import Visitor

ADDRESSES = {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}
LINKS = {
    **BY_EMAIL,
    "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
        "EmailMessageByLink": "Open {##this##}",
        "EmailSubjectByLink": "Please confirm",
    },
}


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    """Return pages whose users confirm an address by e-mail."""
    return a_site(wire)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def status(site: Site, name: str) -> str:
    found: str = site.app.admin("AdminGetUser", name)["UserStatus"]
    return found


@holds("SPAGE-01", "SPAGE-10", "SPAGE-11")
@pytest.mark.parametrize("secret", [False, True])
def test_a_new_user_confirms_and_is_signed_in(wire: Wire, *, secret: bool) -> None:
    site = a_site(wire, GenerateSecret=secret, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    visitor, name, email = Visitor(), unique(), an_email()
    asked = sign_up(site, visitor, name, email=email)
    assert path(asked) == "/confirm"
    assert "@" in asked.text
    assert email not in asked.text
    done = visitor.submit(asked, until=CALLBACK, code=site.app.wire.code(email))
    assert site.username(done) == name
    assert status(site, name) == "CONFIRMED"


@holds("SPAGE-02")
def test_scripts_of_the_classic_page_sign_up(wire: Wire) -> None:
    site = a_site(wire, version=1)
    visitor, name, email = Visitor(), unique(), an_email()
    form = visitor.visit(site.url("/signup")).form("password")
    sent = {
        "_csrf": form.fields["_csrf"],
        "username": name,
        "password": PASSWORD,
        "requiredAttributes[email]": email,
        "signUpButton": "Sign up",
    }
    asked = visitor.visit(form.action, sent)
    assert path(asked) == "/confirm"
    assert status(site, name) == "UNCONFIRMED"


@holds("SPAGE-03")
def test_every_required_attribute_has_an_input_of_its_kind(wire: Wire) -> None:
    names = {"email": "email", "phone_number": "tel", "birthdate": "date", "website": "url"}
    schema = [{"Name": name, "Required": True, "Mutable": True} for name in names]
    site = a_site(wire, {"Schema": schema, "AutoVerifiedAttributes": ["email"]})
    text = Visitor().visit(site.url("/signup")).text
    for name, kind in names.items():
        assert re.search(rf'name="requiredAttributes\[{name}\]" type="{kind}"', text), name
    assert 'name="username"' in text


@holds("SPAGE-03")
def test_a_pool_of_addresses_asks_for_the_address_alone(wire: Wire) -> None:
    site = a_site(wire, ADDRESSES)
    seen = Visitor().visit(site.url("/signup"))
    assert [name for name in seen.form("password").fields if "requiredAttributes" in name] == []
    assert re.search(r'name="username" type="email"', seen.text)
    visitor, email = Visitor(), an_email()
    asked = sign_up(site, visitor, email)
    assert path(asked) == "/confirm"
    again = sign_up(site, Visitor(), email)
    assert "There is an account with this email address already." in again.text


@holds("SPAGE-04")
@pytest.mark.parametrize(
    "change, told",
    [
        ({"password": "short", "confirmPassword": "short"}, "The password lacks something."),
        ({"confirmPassword": PASSWORD + "x"}, "The two passwords are not the same."),
        ({"requiredAttributes[email]": ""}, "Please fill this in."),
        ({"requiredAttributes[email]": "nobody"}, "This does not have the right form."),
        ({"username": ""}, "Please fill this in."),
        ({"requiredAttributes[email]": '"><script>alert(1)</script>'}, "&lt;script&gt;alert"),
    ],
)
def test_what_is_wrong_stands_at_the_form(site: Site, change: dict[str, str], told: str) -> None:
    visitor, name = Visitor(), unique()
    form = {
        "username": name,
        "password": PASSWORD,
        "confirmPassword": PASSWORD,
        "requiredAttributes[email]": an_email(),
        **change,
    }
    seen = visitor.submit(visitor.visit(site.url("/signup")), **form)
    assert (seen.status, path(seen)) == (400, "/signup")
    assert told in seen.text
    focused = re.findall(r'name="([^"]+)"[^>]* autofocus', seen.text)
    assert focused == ["password" if "confirmPassword" in change else next(iter(change))]
    assert "<script>alert" not in seen.text
    assert PASSWORD not in seen.text


@holds("SPAGE-04")
def test_a_taken_name_is_told(site: Site) -> None:
    name = site.app.user()
    seen = sign_up(site, Visitor(), name, email=an_email())
    assert "This username is taken." in seen.text
    assert seen.status == 400


@holds("SPAGE-05")
def test_nobody_signs_up_where_only_administrators_make_users(wire: Wire) -> None:
    closed = {**BY_EMAIL, "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}
    site = a_site(wire, closed)
    visitor = Visitor()
    seen = visitor.visit(site.url("/signup"))
    assert seen.status == 403
    assert "password" not in {name for form in seen.forms for name in form.fields}
    token = visitor.visit(site.url("/login")).form("_csrf").fields["_csrf"]
    name = unique()
    form = {"_csrf": token, "username": name, "password": PASSWORD}
    assert visitor.visit(site.url("/signup"), form).status == 403
    assert not site.app.wire.call("ListUsers", UserPoolId=site.app.pool_id)["Users"]


@holds("SPAGE-06")
@pytest.mark.parametrize("page", ["/signup", "/confirm", "/resendcode", "/forgotPassword"])
@pytest.mark.parametrize("token", [None, "", "x" * 22])
def test_a_forged_form_does_nothing(site: Site, page: str, token: str | None) -> None:
    visitor, name = Visitor(), unique()
    sign_up(site, visitor, name, email=an_email())
    other = unique()
    form = {"username": other, "password": PASSWORD, "requiredAttributes[email]": an_email()}
    sent = form if token is None else {**form, "_csrf": token}
    assert visitor.visit(site.url(page), sent).status == 403
    listed = site.app.wire.call("ListUsers", UserPoolId=site.app.pool_id)["Users"]
    assert other not in {user["Username"] for user in listed}


@holds("SPAGE-07")
def test_terms_are_shown_where_both_documents_exist(wire: Wire) -> None:
    site = a_site(wire)
    app = site.app
    for name, links in {
        "terms-of-use": {"cognito:default": "https://example.com/terms"},
        "privacy-policy": {
            "cognito:default": "https://example.com/privacy",
            "cognito:german": "https://example.com/datenschutz",
        },
    }.items():
        assert "example.com" not in Visitor().visit(site.url("/signup")).text
        app.wire.call(
            "CreateTerms",
            UserPoolId=app.pool_id,
            ClientId=app.client_id,
            TermsName=name,
            TermsSource="LINK",
            Enforcement="NONE",
            Links=links,
        )
    shown = Visitor().visit(site.url("/signup")).text
    assert 'href="https://example.com/terms"' in shown
    assert 'href="https://example.com/privacy"' in shown
    german = Visitor().visit(site.url("/signup", lang="de")).text
    assert 'href="https://example.com/datenschutz"' in german
    assert "Datenschutzerklärung" in german


@holds("SPAGE-12", "SPAGE-13")
def test_a_wrong_a_replaced_and_a_spent_code(site: Site) -> None:
    visitor, name, email = Visitor(), unique(), an_email()
    asked = sign_up(site, visitor, name, email=email)
    first = site.app.wire.code(email)
    wrong = visitor.submit(asked, code=another(first))
    assert (wrong.status, "That code is not right." in wrong.text) == (400, True)
    empty = visitor.submit(asked, code=" ")
    assert "Please enter the code." in empty.text
    again = visitor.visit(wrong.forms[1].action, wrong.forms[1].fields)
    assert "A new code is on its way." in again.text
    second = site.app.wire.code(email)
    if first != second:
        assert visitor.submit(again, code=first).status == 400
    assert status(site, name) == "UNCONFIRMED"
    done = visitor.submit(again, until=CALLBACK, code=second)
    assert site.username(done) == name
    replayed = visitor.visit(
        asked.url, {**again.form("code").fields, "code": second}, until=CALLBACK
    )
    assert path(replayed) != "/confirm"
    stale = Visitor()
    other = sign_up(site, stale, unique(), email=an_email())
    assert "That code is not right." in stale.submit(other, code=second).text


@holds("SPAGE-14")
def test_a_code_confirms_nobody_in_another_browser_or_at_another_request(site: Site) -> None:
    visitor, name, email = Visitor(), unique(), an_email()
    asked = sign_up(site, visitor, name, email=email)
    code = site.app.wire.code(email)
    stranger = Visitor()
    token = stranger.visit(site.url("/signup")).form("password").fields["_csrf"]
    elsewhere = stranger.visit(site.url("/confirm"), {"_csrf": token, "code": code})
    assert path(elsewhere) == "/login"
    other = asked.url.replace("the+state", "another")
    form = {**asked.form("code").fields, "code": code}
    assert path(visitor.visit(other, form)) == "/login"
    assert status(site, name) == "UNCONFIRMED"


@holds("SPAGE-15")
def test_a_link_is_opened_and_its_button_confirms(wire: Wire) -> None:
    site = a_site(wire, LINKS)
    visitor, name, email = Visitor(), unique(), an_email()
    asked = sign_up(site, visitor, name, email=email)
    assert path(asked) == "/confirm"
    assert "We sent a link to" in asked.text
    (message,) = wire.messages(email, wait_s=10)
    link = re.search(r"https?://[^\"<> ]+/confirmUser\?[^\"<> ]+", str(message))
    assert link is not None
    query = urllib.parse.urlsplit(link[0].replace("&amp;", "&")).query
    opened = Visitor().visit(f"{site.base}/confirmUser?{query}")
    assert status(site, name) == "UNCONFIRMED"
    reader = Visitor()
    done = reader.submit(opened, confirmation_code=opened.form().fields["confirmation_code"])
    assert "Your account is confirmed." in done.text
    assert status(site, name) == "CONFIRMED"
    again = reader.submit(opened, user_name=name)
    assert again.status in {200, 400}
    foreign = a_site(wire, LINKS)
    assert Visitor().visit(f"{foreign.base}/confirmUser?{query}").status == 400
    broken = Visitor().visit(f"{site.base}/confirmUser?client_id={site.app.client_id}")
    assert broken.status == 400
    resent = visitor.visit(asked.form().action, asked.form().fields)
    assert path(resent) in {"/confirm", "/login"}


@holds("SPAGE-16")
def test_an_account_that_administrators_confirm_waits(wire: Wire) -> None:
    site = a_site(wire, {})
    name = unique()
    seen = sign_up(site, Visitor(), name)
    assert "Waiting for approval" in seen.text
    assert status(site, name) == "UNCONFIRMED"


@holds("SPAGE-17")
def test_a_user_who_never_confirmed_is_asked_at_sign_in(wire: Wire) -> None:
    site = a_site(wire, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    name, email = unique(), an_email()
    site.app.sign_up(name, email=email)
    first = site.app.wire.code(email)
    visitor = Visitor()
    asked = visitor.sign_in(site.url("/login"), name, PASSWORD)
    assert path(asked) == "/confirm"
    resend = asked.forms[1]
    again = visitor.visit(resend.action, resend.fields)
    code = site.app.wire.code(email)
    assert code != first or len(code) == 6
    done = visitor.submit(again, until=CALLBACK, code=code)
    assert site.username(done) == name


@holds("SPAGE-17")
@pytest.mark.parametrize(
    "pool, told", [(LINKS, "Open the link that we sent you"), ({}, "Waiting for approval")]
)
def test_who_comes_back_hears_what_the_account_waits_for(
    wire: Wire, pool: dict[str, Json], told: str
) -> None:
    site = a_site(wire, pool, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    name = unique()
    site.app.sign_up(name, email=an_email())
    seen = Visitor().sign_in(site.url("/login"), name, PASSWORD)
    assert path(seen) == "/confirm"
    assert told in seen.text


@holds("SPAGE-18")
def test_a_second_factor_is_set_up_after_the_confirmation(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, **BY_EMAIL), **CLIENT)
    wire.call(
        "SetUserPoolMfaConfig",
        UserPoolId=app.pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    site = pages_of(app)
    visitor, email = Visitor(), an_email()
    asked = sign_up(site, visitor, unique(), email=email)
    seen = visitor.submit(asked, until=CALLBACK, code=wire.code(email))
    assert path(seen) == "/mfaOption"
    assert "authenticator app" in seen.text
