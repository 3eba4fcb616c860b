"""Amplify v6 and amazon-cognito-auth-js in Chromium: both insist on https, so the server has it.

Both are given a domain, as every application of theirs is: once by host, once by path.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.relying.conftest import Secure
from tests.relying.registration import STRICT, Registration, register
from tests.relying.site import Site, is_back, packed, start, type_in
from tests.support.browser import Browser, BrowserError, Page, running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def amplify(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return Amplify and the page's own lines."""
    return packed("amplify", tmp_path_factory.mktemp("amplify"))


@pytest.fixture(scope="module")
def auth_js(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return amazon-cognito-auth-js and the page's own lines."""
    return packed("implicit", tmp_path_factory.mktemp("auth"))


@contextlib.contextmanager
def a_site(
    secure: Secure, client: bytes, *, by_host: bool = False, **members: Any
) -> Iterator[tuple[Site, Registration]]:
    """Run a site that is registered as a public client."""
    site = Site(client)
    with site.running():
        party = register(
            secure.wire,
            secret=False,
            callbacks=(f"{site.origin}/callback",),
            logouts=(f"{site.origin}/out",),
            **members,
        )
        origin = secure.wire.base_url.removeprefix("https://")
        domain = f"{origin}/{party.app.pool_id}"
        if by_host:
            domain = f"{party.domain}.auth.localhost:{origin.rpartition(':')[2]}"
        site.settings = party.settings(
            domain=domain, endpoint=secure.wire.base_url, signedOut=f"{site.origin}/out"
        )
        yield site, party


def a_page(browser: Browser, site: Site) -> Page:
    """Open the site; the certificates of the server's authority are taken as good."""
    page = browser.page("data:text/html,<script>window.ready = true</script>")
    page.send("Security.setIgnoreCertificateErrors", ignore=True)
    page.go(f"{site.origin}/")
    return page


def events(page: Page, last: str) -> list[str]:
    """Return the names of Amplify's events, once the last of them has come."""
    page.wait(f"party.events().some(({{ event }}) => event === '{last}')")
    return [each["event"] for each in page.run("party.events()")]


@pytest.mark.parametrize("by_host", [True, False])
def test_amplify_v6(browser: Browser, secure: Secure, amplify: bytes, *, by_host: bool) -> None:
    with a_site(secure, amplify, by_host=by_host) as (site, party):
        page = a_page(browser, site)
        start(page, "party.signIn({ customState: 'where I was: ä/?=&' })")
        type_in(page, party.username)
        is_back(page, site)
        seen = events(page, "signedIn")
        assert {"signInWithRedirect", "customOAuthState", "signedIn"} <= set(seen)
        [told] = [e for e in page.run("party.events()") if e["event"] == "customOAuthState"]
        assert told["data"] == "where I was: ä/?=&"
        assert page.run("party.user()")["username"] == party.username
        claims = page.run("party.claims()")
        assert claims["id"]["email"] == party.email
        assert claims["access"]["username"] == party.username
        # Refreshes through the API, as Amplify always does.
        assert page.run("party.claims(true)")["access"]["jti"] != claims["access"]["jti"]

        # Another page of Amplify's, that knows of nobody, finds the session without a question.
        page.run("party.forget()")
        page.go(f"{site.origin}/")
        start(page, "party.signIn({ options: { prompt: 'NONE' } })")
        is_back(page, site)
        events(page, "signedIn")
        assert page.run("party.user()")["username"] == party.username

        start(page, "party.signOut()")
        assert is_back(page, site, "/out") == f"{site.origin}/out"
        page.go(f"{site.origin}/")
        assert page.run("party.claims()") is None
        start(page, "party.signIn({ options: { prompt: 'NONE' } })")
        is_back(page, site)
        assert "signInWithRedirect_failure" in events(page, "signInWithRedirect_failure")
        assert page.run("party.claims()") is None


def test_amplify_does_not_take_a_forged_answer(
    browser: Browser, secure: Secure, amplify: bytes
) -> None:
    with a_site(secure, amplify) as (site, party):
        page = a_page(browser, site)
        start(page, "party.signIn()")
        page.wait("location.protocol === 'https:' && document.readyState === 'complete'")
        page.go(f"{site.origin}/callback?code=00000000-0000-4000-8000-000000000000&state=forged")
        assert "signInWithRedirect_failure" in events(page, "signInWithRedirect_failure")
        [told] = [e for e in page.run("party.events()") if "failure" in e["event"]]
        assert "state" in told["error"]
        assert page.run("party.claims()") is None
        assert party.app.client_id


@pytest.mark.parametrize("code", [False, True])
def test_amazon_cognito_auth_js(
    browser: Browser, secure: Secure, auth_js: bytes, *, code: bool
) -> None:
    flow = "code" if code else "implicit"
    with a_site(secure, auth_js, AllowedOAuthFlows=[flow]) as (site, party):
        page = a_page(browser, site)
        wanted = str(code).lower()
        start(page, f"party.signIn({wanted})")
        type_in(page, party.username)
        back = is_back(page, site)
        assert ("#" in back, "code=" in back) == (not code, code)
        told = page.run(f"party.finish({wanted})")
        assert told["id"]["email"] == party.email
        assert told["access"]["username"] == told["user"] == party.username
        assert bool(told["refresh"]) == code
        start(page, "party.signOut()")
        assert is_back(page, site, "/out") == f"{site.origin}/out"


def test_amazon_cognito_auth_js_is_refused(
    browser: Browser, secure: Secure, auth_js: bytes
) -> None:
    with a_site(secure, auth_js) as (site, _):  # a client without the implicit flow
        page = a_page(browser, site)
        start(page, "party.signIn()")
        assert "unauthorized_client" in is_back(page, site)
        # This client looks for a description alone, and Cognito gives this error none.
        with pytest.raises(BrowserError, match="refused: undefined"):
            page.run("party.finish()")


def test_strict_pools_serve_amplify_as_well(
    browser: Browser, secure: Secure, amplify: bytes
) -> None:
    with a_site(secure, amplify, profile=STRICT) as (site, party):
        page = a_page(browser, site)
        start(page, "party.signIn()")
        type_in(page, party.username)
        is_back(page, site)
        events(page, "signedIn")
        assert page.run("party.user()")["username"] == party.username
