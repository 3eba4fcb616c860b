"""Pages that take a browser's session hold it to what its client allows."""

import urllib.parse

import pytest

from tests.behaviours.hosted import Site, a_site, location
from tests.behaviours.sessions import track
from tests.behaviours.test_oauth_extensions import answered, begun, poll
from tests.sdk.support import PASSWORD, Wire, holds
from tests.support.visitor import Visitor


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    site = a_site(wire, "strict")
    track(site.app)
    return site


@pytest.fixture(scope="module")
def never(site: Site) -> Site:
    """Return a client for which no sign-in of before counts."""
    other = site.another()
    other.app.wire.call(
        "SetUserPoolClientSessionConfiguration",
        UserPoolId=other.app.pool_id,
        ClientId=other.app.client_id,
        SSOSession={"MaxValidityMinutes": 0},
    )
    return other


@holds("OEXT-16")
def test_a_device_gets_no_sign_in_that_is_too_old_for_its_client(site: Site, never: Site) -> None:
    browser = site.signed_in(site.app.user())
    told = begun(never)
    code = told["user_code"]
    question = browser.visit(site.at("/device", user_code=code, state=code))
    assert "Allow this device?" not in question.text
    form = question.form("user_code")
    seen = browser.visit(form.action, {**form.fields, "user_code": code, "allow": "yes"})
    assert "Your device is signed in" not in seen.text
    assert poll(never, told["device_code"])[1]["error"] == "authorization_pending"


@holds("OEXT-16")
def test_who_signs_in_for_a_device_is_asked_however_strict_its_client_is(never: Site) -> None:
    told, name, browser = begun(never), never.app.user(), Visitor()
    page = browser.visit(told["verification_uri_complete"])
    sign_in = browser.submit(page, user_code=told["user_code"])
    question = browser.submit(sign_in, username=name, password=PASSWORD)
    assert "Your device is signed in" in answered(browser, question, "yes").text
    assert poll(never, told["device_code"])[0] == 200


@holds("SPAGE-30")
def test_a_passkey_is_not_added_by_a_sign_in_that_is_too_old(site: Site, never: Site) -> None:
    browser = site.signed_in(site.app.user())
    seen = browser.ask(never.at("/passkeys/add", **never.asking()))
    assert urllib.parse.urlsplit(location(seen)).path.endswith("/login")
