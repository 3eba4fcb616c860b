"""An application that lives in a browser, with oidc-client-ts.

It runs as a bundle on a site of its own, and talks to the pool across origins: what it
may read there is what the pool's CORS headers let it read.
"""

import urllib.parse
from collections.abc import Iterator

import pytest

from tests.relying.registration import PROFILES, Registration, register
from tests.relying.site import Site, is_back, packed, start, type_in
from tests.sdk.support import Wire
from tests.support.browser import Browser, BrowserError, running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def oidc_client(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return oidc-client-ts and the page's own lines."""
    return packed("oidc", tmp_path_factory.mktemp("packed"))


def a_party(wire: Wire, site: Site, profile: str) -> Registration:
    """Register the site as a public client."""
    party = register(
        wire,
        profile,
        secret=False,
        callbacks=(f"{site.origin}/callback",),
        logouts=(f"{site.origin}/out",),
    )
    site.settings = party.settings(signedOut=f"{site.origin}/out")
    return party


@pytest.mark.parametrize("profile", PROFILES)
def test_oidc_client_ts(browser: Browser, wire: Wire, oidc_client: bytes, profile: str) -> None:
    site = Site(oidc_client)
    with site.running():
        party = a_party(wire, site, profile)
        page = browser.page(f"{site.origin}/")
        start(page, "party.signIn({ state: { where: 'from' } })")
        type_in(page, party.username)
        is_back(page, site)
        user = page.run("party.finish()")
        assert user["profile"]["email"] == party.email
        assert user["profile"]["name"] == "Ada Lovelace"
        assert user["state"] == {"where": "from"}

        fresh = page.run("party.refresh()")
        assert fresh["profile"]["sub"] == user["profile"]["sub"]
        assert fresh["access"] != user["access"]
        # A code works once, and a state that this page did not send does not work at all.
        with pytest.raises(BrowserError, match="No matching state"):
            page.run("party.finish()")

        start(page, "party.signIn({ prompt: 'none' })")
        is_back(page, site, "/callback?")
        assert page.run("party.finish()")["profile"]["sub"] == user["profile"]["sub"]

        page.run("party.revoke()")
        start(page, "party.signOut()")
        back = is_back(page, site, "/out")
        assert "state=" in back
        assert page.run("party.finishSignOut()") is None

        start(page, "party.signIn({ prompt: 'none' })")
        assert "error=login_required" in is_back(page, site, "/callback?")
        with pytest.raises(BrowserError, match="login_required"):
            page.run("party.finish()")


def test_oidc_client_ts_signs_out_as_cognito_wants_it(
    browser: Browser, wire: Wire, oidc_client: bytes
) -> None:
    site = Site(oidc_client)
    with site.running():
        party = a_party(wire, site, "compat")
        page = browser.page(f"{site.origin}/")
        start(page, "party.signIn()")
        type_in(page, party.username)
        is_back(page, site)
        assert page.run("party.finish()")
        start(page, "party.signOutAsCognito()")
        assert is_back(page, site, "/out") == f"{site.origin}/out"
        start(page, "party.signIn({ prompt: 'none' })")
        assert "error=login_required" in is_back(page, site, "/callback?")


def test_a_forged_answer_is_not_taken(browser: Browser, wire: Wire, oidc_client: bytes) -> None:
    site = Site(oidc_client)
    with site.running():
        party = a_party(wire, site, "compat")
        page = browser.page(f"{site.origin}/")
        start(page, "party.signIn()")
        type_in(page, party.username)
        back = is_back(page, site)
        told = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
        forged = urllib.parse.urlencode({**told, "code": "0" * len(told["code"])})
        page.go(f"{site.origin}/callback?{forged}")
        with pytest.raises(BrowserError, match="invalid_grant"):
            page.run("party.finish()")
        assert page.run("party.user()") is None
