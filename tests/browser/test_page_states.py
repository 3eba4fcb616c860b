"""What pages look like when something is wrong, for who cannot see them, too: pages.md."""

from collections.abc import Iterator

import pytest

from tests.browser.test_hosted_pages import check
from tests.sdk.builders import a_pool, an_app
from tests.sdk.support import Wire, an_email, holds, unique
from tests.support.browser import Browser, running
from tests.support.scenes_accounts import BY_LINK
from tests.support.screens import CHOICE, Look, Stage

BLANK = "data:text/html,<script>window.ready = true</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@pytest.fixture
def stage(browser: Browser, wire: Wire) -> Stage:
    """Return a page before the server's pools."""
    return Stage(wire, browser.page(BLANK))


def looked_at(stage: Stage, name: str, template: str, path: str) -> None:
    """Refuse another page than this one, and whatever axe finds on it."""
    look = Look(name, name, template, path)
    stage.shows(look)
    check(stage.page, look)


@holds("PAGE-09", "SPAGE-51")
def test_links_on_the_installations_address(stage: Stage) -> None:
    settings = {"AutoVerifiedAttributes": ["email"], "VerificationMessageTemplate": BY_LINK}
    app = an_app(stage.wire, a_pool(stage.wire, **settings))
    email = an_email()
    app.sign_up(unique(), email=email)
    link = stage.wire.messages(email, 10)[0]["link"]
    stage.go(link)
    colour = "getComputedStyle(document.querySelector('button')).backgroundColor"
    assert stage.page.run(colour) == "rgb(31, 85, 224)", "our own look"
    looked_at(stage, "link", "confirm_user", "/confirmUser")
    stage.fill()
    looked_at(stage, "link-pressed", "confirm_user", "/confirmUser")
    stage.go(link[:-1])
    stage.fill()
    looked_at(stage, "link-wrong", "confirm_user", "/confirmUser")
    stage.go(f"{stage.wire.base_url}/confirmUser")
    looked_at(stage, "link-broken", "trouble", "/confirmUser")
    stage.go(f"{stage.wire.base_url}/{app.pool_id}/login")
    looked_at(stage, "no-domain", "trouble", "/login")


@holds("PAGE-09")
def test_what_is_refused_on_the_way(stage: Stage) -> None:
    app = stage.app({"AutoVerifiedAttributes": ["email"]})
    email = an_email()
    stage.user(app, "ada", email=email)
    stage.mfa(app, "OPTIONAL", "sms")
    settings = {"Enabled": True, "PreferredMfa": True}
    app.admin("AdminSetUserMFAPreference", "ada", SMSMfaSettings=settings)
    stage.go(stage.url(app))
    stage.sign_in("ada", "")
    looked_at(stage, "empty", "login", "/login")
    stage.sign_in("ada")
    stage.fill(code="000000x")
    looked_at(stage, "wrong-code", "code", "/mfa")
    stage.fill("[name=again]")
    looked_at(stage, "sent-again", "code", "/mfa")
    stage.go(stage.url(app))
    stage.sign_in(app.temporary_user("bob"))
    stage.fill(new_password="short", repeat_password="other")
    looked_at(stage, "weak", "new_password", "/resetPassword")
    stage.go(stage.url(app, "/forgotPassword"))
    stage.fill(username="")
    looked_at(stage, "nobody", "forgot", "/forgotPassword")
    stage.fill(username="ada")
    stage.fill(code="000000", password="short", confirmPassword="other")
    looked_at(stage, "reset-wrong", "reset", "/confirmForgotPassword")
    stage.go(stage.at(app, "/nowhere"))
    looked_at(stage, "no-page", "trouble", "/nowhere")


@holds("PAGE-09")
def test_what_is_refused_while_setting_up(stage: Stage) -> None:
    app = stage.app()
    app.user("ada")
    stage.mfa(app, "ON", "app", "sms")
    stage.go(stage.url(app))
    stage.sign_in("ada")
    stage.fill(factor="SMS_MFA")
    stage.fill(address="12")
    looked_at(stage, "bad-number", "mfa_address", "/mfaOption")
    stage.fill("[name=other]")
    stage.fill(factor="SOFTWARE_TOKEN_MFA")
    stage.fill(code="000000x")
    looked_at(stage, "bad-code", "mfa_app", "/mfaOption")


@holds("PAGE-09")
def test_what_is_refused_where_there_is_a_choice(stage: Stage) -> None:
    factors = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    app = stage.app({"Policies": factors}, ExplicitAuthFlows=CHOICE)
    stage.user(app, "ada")
    stage.go(stage.url(app))
    stage.fill(username="")
    looked_at(stage, "no-name", "login", "/login")
    stage.fill(username="ada")
    stage.fill(factor="PASSWORD")
    stage.fill(password="Wrong-Horse-8")
    looked_at(stage, "wrong-password", "password", "/login/factor")
