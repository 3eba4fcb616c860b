"""What the pages of one errand tell about names on the way of another."""

import pytest

from tests.behaviours.account_pages import BY_EMAIL, Site, a_site, path
from tests.sdk.support import PASSWORD, Wire, an_email, holds, unique
from tests.support.visitor import Visitor


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    return a_site(wire, BY_EMAIL, PreventUserExistenceErrors="ENABLED")


@holds("SPAGE-22")
@pytest.mark.parametrize("errand", ["/confirm", "/resendcode"])
def test_a_forgotten_password_asks_nothing_about_a_sign_up(site: Site, errand: str) -> None:
    """Who has named somebody else there must not hear elsewhere whether they exist."""
    known = site.app.user("", PASSWORD, email=an_email())
    led = []
    for name in (known, unique()):
        visitor = Visitor()
        reset = visitor.submit(visitor.visit(site.url("/forgotPassword")), username=name)
        assert path(reset) == "/confirmForgotPassword"
        token = reset.form("code", "password").fields["_csrf"]
        seen = visitor.visit(site.url(errand), {"_csrf": token, "code": "123456"})
        led.append((path(seen), seen.status, seen.text.count("alert")))
    assert led[0] == led[1]
    assert led[0][0] == "/login"
