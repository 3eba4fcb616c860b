"""The pages of accounts in a real browser: docs/behaviours/pages-sign-up.md."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.http.hosted import texts
from tests.behaviours.account_pages import BY_EMAIL, PASSKEYS, Site, a_site
from tests.behaviours.passkeys import FLOWS
from tests.sdk.support import PASSWORD, Wire, an_email, holds, unique
from tests.support.browser import Browser, Page, running

AXE: Final = Path(__file__).parents[1] / "sdk/node/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    """Return pages of a pool with passkeys, under the name of this machine."""
    made = a_site(wire, {**BY_EMAIL, **PASSKEYS}, ExplicitAuthFlows=FLOWS)
    made.base = made.base.replace("127.0.0.1", "localhost")
    return made


def opened(browser: Browser, url: str) -> Page:
    page = browser.page("data:text/html,<script>window.ready = true</script>")
    page.send("Page.navigate", url=url)
    return page


def at(page: Page, path: str) -> None:
    page.wait(
        f"location.pathname.endsWith({json.dumps(path)}) && document.readyState == 'complete'"
    )


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.run(f"document.getElementsByName({json.dumps(name)})[0].value = {json.dumps(value)}")


def press(page: Page, selector: str) -> None:
    page.run(f"document.querySelector({json.dumps(selector)}).click()")


def signed_up(page: Page, site: Site, name: str) -> None:
    email = an_email()
    at(page, "/signup")
    fill(page, username=name, password=PASSWORD, confirmPassword=PASSWORD)
    fill(page, **{"requiredAttributes[email]": email})
    press(page, "button[name=signUpButton]")
    at(page, "/confirm")
    fill(page, code=site.app.wire.code(email))
    press(page, "form button.primary")
    at(page, "/passkeys/add")


@holds("SPAGE-31", "SPAGE-35")
def test_a_new_user_makes_a_passkey_and_is_offered_it(browser: Browser, site: Site) -> None:
    page = opened(browser, site.url("/signup"))
    keys = page.authenticator()
    name = unique()
    signed_up(page, site, name)
    press(page, "#passkey-form button.primary")
    page.wait("!location.pathname.endsWith('/passkeys/add')")
    (made,) = keys.all()
    assert made["rpId"] == "localhost"
    token = site.app.sign_in(name)["AccessToken"]
    listed = site.app.wire.call("ListWebAuthnCredentials", AccessToken=token)["Credentials"]
    assert len(listed) == 1
    page.send("Network.clearBrowserCookies")
    before = made["signCount"]
    page.send("Page.navigate", url=site.url("/login"))
    # The browser offers the passkey at the name's field, or after a press of the button.
    page.wait(
        "location.pathname.endsWith('/login') && document.readyState == 'complete' "
        "? (document.querySelector('#passkey-form button').click(), true) "
        ": location.protocol == 'chrome-error:'"
    )
    page.wait("!location.pathname.endsWith('/login')")
    (used,) = keys.all()
    assert used["signCount"] > before


@holds("SPAGE-41", "SPAGE-42")
@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_language_is_readable_and_accessible(
    browser: Browser, site: Site, language: str
) -> None:
    page = opened(browser, site.url("/signup", lang=language))
    at(page, "/signup")
    for path in ("/signup", "/forgotPassword"):
        page.send("Page.navigate", url=site.url(path))
        at(page, path)
        assert page.run("document.documentElement.lang") == language
        title = texts.text(language, "sign_up.title" if path == "/signup" else "forgot.title")
        assert page.run("document.title") == title
        check(page)


@holds("SPAGE-42")
def test_the_other_pages_are_accessible(browser: Browser, site: Site) -> None:
    page = opened(browser, site.url("/signup"))
    page.authenticator()
    signed_up(page, site, unique())
    check(page)
    page.send("Page.navigate", url=site.url("/forgotPassword"))
    at(page, "/forgotPassword")
    name = site.app.user("", PASSWORD, email=an_email(), email_verified="true")
    fill(page, username=name)
    press(page, "form button.primary")
    at(page, "/confirmForgotPassword")
    check(page)


def check(page: Page) -> None:
    """Have axe look at the page; fail with what it finds."""
    page.run(AXE.read_text() + ";0")
    found = page.run(
        "axe.run().then((told) => told.violations.map((one) => "
        "[one.id, one.nodes.map((node) => node.html + ' ' + node.failureSummary)]))"
    )
    assert found == []
