"""Passkeys in a real browser, with its virtual authenticator: docs/behaviours/passkeys.md."""

import http.server
import json
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.behaviours.passkeys import FLOWS, a_passkey_app, configure
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, claims_of, holds, unique
from tests.support.browser import Browser, BrowserError, Keys, Page, running

PAGE: Final = (Path(__file__).parent / "page.html").read_bytes()
REFUSED: Final = "NotAuthorizedException: Incorrect username or password."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """Serve the application's page and return the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


class User:
    """A user in front of the page."""

    def __init__(self, page: Page, app: App, keys: Keys) -> None:
        self.page, self.app, self.keys = page, app, keys
        self.name = app.user()
        self.token = app.sign_in(self.name)["AccessToken"]

    def register(self) -> Json:
        """Register a passkey in the browser."""
        return self.page.run(f"register({json.dumps(self.token)})")

    def sign_in(self) -> Json:
        """Sign in with a passkey in the browser."""
        return self.page.run(f"signIn({json.dumps(self.app.client_id)}, {json.dumps(self.name)})")

    def listed(self) -> list[Json]:
        """Return the user's passkeys as the server tells them."""
        found: list[Json] = self.app.wire.call("ListWebAuthnCredentials", AccessToken=self.token)[
            "Credentials"
        ]
        return found


def open_page(browser: Browser, app: App, site: int, host: str = "localhost") -> Page:
    query = urllib.parse.urlencode({"server": app.wire.base_url})
    return browser.page(f"http://{host}:{site}/?{query}")


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return an app for passkeys of localhost that verify their users."""
    return a_passkey_app(wire, RelyingPartyId="localhost", UserVerification="required")


@holds("PASSKEY-10", "PASSKEY-11", "PASSKEY-20", "PASSKEY-30", "PASSKEY-31", "PASSKEY-38")
@pytest.mark.parametrize(
    "transport, attachment, factor",
    [("internal", "platform", "swk"), ("usb", "cross-platform", "hwk")],
)
def test_register_and_sign_in(
    browser: Browser, app: App, site: int, transport: str, attachment: str, factor: str
) -> None:
    page = open_page(browser, app, site)
    user = User(page, app, page.authenticator(transport=transport))
    made = user.register()
    (told,) = user.listed()
    assert told["CredentialId"] == made["id"]
    assert told["AuthenticatorAttachment"] == attachment
    assert transport in told["AuthenticatorTransports"]
    for _ in range(2):
        done = user.sign_in()["AuthenticationResult"]
        claims = claims_of(done["AccessToken"])
        assert claims["username"] == user.name
        assert claims.get("amr", [factor]) == [factor]


@holds("PASSKEY-10")
def test_the_browser_makes_no_second_passkey_in_one_keeper(
    browser: Browser, app: App, site: int
) -> None:
    page = open_page(browser, app, site)
    user = User(page, app, page.authenticator())
    user.register()
    with pytest.raises(BrowserError, match="InvalidStateError"):
        user.register()
    assert len(user.listed()) == 1


@holds("PASSKEY-17", "PASSKEY-34")
def test_the_browser_verifies_the_user_where_the_pool_requires_it(
    browser: Browser, app: App, site: int
) -> None:
    page = open_page(browser, app, site)
    user = User(page, app, page.authenticator())
    user.register()
    user.keys.verify(verified=False)
    with pytest.raises(BrowserError, match="NotAllowedError"):
        user.sign_in()


@holds("PASSKEY-34")
@pytest.mark.parametrize("required", [True, False])
def test_a_key_that_cannot_verify_its_user(
    browser: Browser, wire: Wire, site: int, *, required: bool
) -> None:
    app = a_passkey_app(wire, RelyingPartyId="localhost")
    page = open_page(browser, app, site)
    user = User(page, app, page.authenticator(transport="usb"))
    user.register()
    (key,) = user.keys.all()
    user.keys.unplug()
    user.keys = page.authenticator(transport="usb", hasUserVerification=False, isUserVerified=False)
    user.keys.put(key)
    if not required:
        assert user.sign_in()["AuthenticationResult"]
        return
    # The browser has asked while the pool only preferred it; the server looks at the answer.
    asked = page.run(f"ask({json.dumps(app.client_id)}, {json.dumps(user.name)})")
    configure(wire, app.pool_id, RelyingPartyId="localhost", UserVerification="required")
    with pytest.raises(BrowserError, match=REFUSED):
        page.run(f"call('RespondToAuthChallenge', {json.dumps(asked)})")


@holds("PASSKEY-35")
def test_a_copy_of_a_key_is_refused(browser: Browser, app: App, site: int) -> None:
    page = open_page(browser, app, site)
    user = User(page, app, page.authenticator(transport="usb"))
    user.register()
    user.sign_in()
    (key,) = user.keys.all()
    copy = dict(key)
    user.sign_in()
    user.keys.put(copy)
    with pytest.raises(BrowserError, match=REFUSED):
        user.sign_in()
    user.keys.put({**copy, "signCount": key["signCount"] + 100})
    assert user.sign_in()["AuthenticationResult"]


@holds("PASSKEY-33")
def test_another_users_key_signs_nobody_else_in(browser: Browser, app: App, site: int) -> None:
    page = open_page(browser, app, site)
    user = User(page, app, page.authenticator())
    user.register()
    (key,) = user.keys.all()
    user.keys.unplug()
    other = User(page, app, page.authenticator())
    other.register()
    (theirs,) = other.keys.all()
    other.keys.put({**key, "privateKey": theirs["privateKey"], "signCount": 50})
    forger = User(page, app, other.keys)
    forger.name = user.name
    with pytest.raises(BrowserError, match=REFUSED):
        forger.sign_in()


@holds("PASSKEY-01", "PASSKEY-05")
@pytest.mark.parametrize("below", [False, True])
def test_the_pools_domain_is_the_relying_party(
    browser: Browser, wire: Wire, site: int, *, below: bool
) -> None:
    allowed = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    app = an_app(wire, a_pool(wire, Policies=allowed), ExplicitAuthFlows=FLOWS)
    prefix = unique("browser")
    wire.call("CreateUserPoolDomain", UserPoolId=app.pool_id, Domain=prefix)
    party = f"{prefix}.auth.localhost"
    page = open_page(browser, app, site, f"app.{party}" if below else party)
    user = User(page, app, page.authenticator())
    user.register()
    assert [one["RelyingPartyId"] for one in user.listed()] == [party]
    assert user.sign_in()["AuthenticationResult"]
    elsewhere = open_page(browser, app, site)
    stranger = User(elsewhere, app, elsewhere.authenticator())
    with pytest.raises(BrowserError, match="SecurityError"):
        stranger.register()


@holds("PASSKEY-12")
def test_a_registration_that_came_too_late(browser: Browser, app: App, site: int) -> None:
    page = open_page(browser, app, site)
    user = User(page, app, page.authenticator())
    made = page.run(f"create({json.dumps(user.token)})")
    app.wire.call("StartWebAuthnRegistration", AccessToken=user.token)
    late = {"AccessToken": user.token, "Credential": made}
    with pytest.raises(BrowserError, match="WebAuthnChallengeNotFoundException"):
        page.run(f"call('CompleteWebAuthnRegistration', {json.dumps(late)})")
    assert user.listed() == []
