"""The pages for signing in, in a real browser: docs/behaviours/pages.md."""

import json
from collections.abc import Iterator
from typing import Final

import pytest

from poolkeep.core.pools.model import PasswordPolicy
from poolkeep.core.users.passwords import RULES, broken_rules
from tests.sdk.support import PASSWORD, Json, Wire, holds
from tests.support.browser import Browser, Page, running
from tests.support.screens import CALLBACK, CHOICE, Stage

BLANK: Final = "data:text/html,<script>window.ready = true</script>"
POLICY: Final = {
    "MinimumLength": 9,
    "RequireLowercase": True,
    "RequireUppercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
}
ORDER: Final = ("length", "lower", "upper", "digit", "symbol")
TYPED: Final = (
    "a", "A", "7", "!", " ", " a", "a ", "a b", "ä", "ÄÖÜ", "\N{GRINNING FACE}" * 9, "٣", "§",
    "Correct-Horse-7", "correct horse 7", "aB3^$*.[]{}", "\\", "'", '"', "<&>", "        x", "",
)  # fmt: skip
PASSKEYS: Final = {
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
    "WebAuthnConfiguration": {"RelyingPartyId": "localhost"},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@pytest.fixture
def stage(browser: Browser, wire: Wire) -> Stage:
    """Return a page before the server's pools."""
    return Stage(wire, browser.page(BLANK))


def typed(page: Page, field: str, text: str) -> None:
    """Put a text into a field as typing does."""
    page.run(
        f"""(() => {{
            const field = document.getElementsByName({json.dumps(field)})[0];
            field.value = {json.dumps(text)};
            field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        }})()"""
    )


def verdicts(page: Page) -> list[str]:
    """Return what the list says of each rule to who sees it, and to who hears it."""
    said = "(one) => [one.className.split(' ')[0], one.querySelector('.hidden').innerText.trim()]"
    found: list[list[str]] = page.run(f"[...document.querySelectorAll('.policy li')].map({said})")
    spoken = {"valid": "(met)", "invalid": "(not met)", "": ""}
    assert all(spoken[seen] == heard for seen, heard in found)
    return [seen for seen, _ in found]


@holds("PAGE-31")
def test_the_list_follows_the_password_by_the_rules_of_the_server(stage: Stage) -> None:
    app = stage.app({"Policies": {"PasswordPolicy": POLICY}})
    policy = PasswordPolicy(
        minimum_length=9,
        require_lowercase=True,
        require_uppercase=True,
        require_numbers=True,
        require_symbols=True,
    )
    assert set(ORDER) == set(RULES)
    stage.go(stage.url(app, "/signup"))
    assert verdicts(stage.page) == [""] * len(ORDER)
    for text in TYPED:
        typed(stage.page, "password", text)
        broken = broken_rules(policy, text)
        expected = ["invalid" if rule in broken else "valid" for rule in ORDER]
        assert verdicts(stage.page) == (expected if text else [""] * len(ORDER)), text


@holds("PAGE-31")
def test_every_page_for_a_new_password_has_the_list(stage: Stage) -> None:
    app = stage.app()
    stage.user(app, "ada")
    stage.go(stage.url(app, "/forgotPassword"))
    stage.fill(username="ada")
    typed(stage.page, "password", PASSWORD)
    assert set(verdicts(stage.page)) == {"valid"}
    stage.go(stage.url(app))
    stage.sign_in(app.temporary_user("bob"))
    typed(stage.page, "new_password", "short")
    assert "invalid" in verdicts(stage.page)
    stage.page.send("Emulation.setScriptExecutionDisabled", value=True)
    sent(stage, new_password="short", repeat_password="short")
    assert {"valid", "invalid"} == set(verdicts(stage.page)), "without a script, once it was sent"
    stage.page.send("Emulation.setScriptExecutionDisabled", value=False)


@holds("PAGE-02")
def test_the_field_to_correct_has_the_focus_and_names_the_message(stage: Stage) -> None:
    app = stage.app()
    stage.user(app, "ada")
    stage.go(stage.url(app))
    assert focused(stage.page)["name"] == "username"
    stage.sign_in("ada", "Wrong-Horse-8")
    told = focused(stage.page)
    assert told["name"] == "password"
    assert told["description"] == "Incorrect username or password."
    assert told["invalid"] == "true"


def focused(page: Page) -> dict[str, Json]:
    """Return what a screen reader is told of the field that has the focus."""
    found: dict[str, Json] = page.run(
        """(() => {
            const at = document.activeElement;
            const about = (at.getAttribute('aria-describedby') || '').split(' ').filter(Boolean);
            return {
                name: at.name,
                invalid: at.getAttribute('aria-invalid'),
                description: about.map((id) => document.getElementById(id).innerText).join(' '),
            };
        })()"""
    )
    return found


def with_a_passkey(stage: Stage) -> tuple[Json, Json]:
    """Return an app, and the authenticator of somebody who has made a passkey there."""
    app = stage.app(PASSKEYS, ExplicitAuthFlows=CHOICE)
    stage.user(app, "ada")
    stage.go(stage.url(app, "/passkeys/add"))
    stage.fill(username="ada")
    stage.fill(password=PASSWORD)
    keys = stage.page.authenticator()
    stage.page.run("document.querySelector('#passkey-form button.primary').click()")
    stage.page.wait("!location.pathname.endsWith('/passkeys/add')")
    return app, keys


@holds("PAGE-08")
def test_a_passkey_of_somebody_who_has_said_who_it_is(stage: Stage) -> None:
    app, keys = with_a_passkey(stage)
    keys.verify(verified=False)
    stage.page.send("WebAuthn.setAutomaticPresenceSimulation", **of(keys), enabled=False)
    stage.go(stage.url(app))
    stage.fill(username="ada")
    stage.page.run("document.querySelector('[value=WEB_AUTHN]')?.click()")
    stage.fill(factor="WEB_AUTHN")
    (before,) = keys.all()
    keys.verify(verified=True)
    stage.page.send("WebAuthn.setAutomaticPresenceSimulation", **of(keys), enabled=True)
    stage.page.run("document.querySelector('#passkey-form button.primary').click()")
    stage.page.wait("!location.pathname.endsWith('/login/factor')")
    stage.arrived(CALLBACK)
    (after,) = keys.all()
    assert after["signCount"] > before["signCount"]


@holds("PAGE-08")
def test_a_passkey_is_offered_at_the_name(stage: Stage) -> None:
    app, keys = with_a_passkey(stage)
    stage.page.send("WebAuthn.setAutomaticPresenceSimulation", **of(keys), enabled=False)
    stage.go(stage.url(app))
    field = "document.getElementsByName('username')[0]"
    assert stage.page.run(f"{field}.autocomplete") == "username webauthn"
    (before,) = keys.all()
    stage.page.send("WebAuthn.setAutomaticPresenceSimulation", **of(keys), enabled=True)
    stage.page.send("Page.navigate", url=stage.url(app))
    stage.page.wait("location.protocol == 'chrome-error:'")
    stage.arrived(CALLBACK)
    (after,) = keys.all()
    assert after["signCount"] > before["signCount"]


@holds("PAGE-08", "PAGE-07")
def test_without_scripts_the_other_ways_are_open(stage: Stage) -> None:
    app, keys = with_a_passkey(stage)
    keys.unplug()
    stage.page.send("Emulation.setScriptExecutionDisabled", value=True)
    stage.go(stage.url(app))
    assert stage.page.run("getComputedStyle(document.getElementById('passkey-form')).display") == (
        "none"
    )
    sent(stage, username="ada")
    sent(stage, factor="WEB_AUTHN")
    assert "Passkeys need JavaScript" in stage.text()
    sent(stage, "another")
    sent(stage, factor="PASSWORD")
    sent(stage, password=PASSWORD)
    stage.arrived(CALLBACK)
    stage.page.send("Emulation.setScriptExecutionDisabled", value=False)


def sent(stage: Stage, press: str = "", **values: str) -> None:
    """Fill in the form that has these fields and press a button of it, without scripts."""
    button = f"[name={press}]" if press else "form button.primary"
    stage.page.run(
        f"""(() => {{
            window.before = true;
            const button = document.querySelector({json.dumps(button)});
            for (const [name, value] of Object.entries({json.dumps(values)})) {{
                button.form.elements[name].value = value;
            }}
            button.click();
        }})()"""
    )
    stage.page.wait("!window.before && document.readyState === 'complete'")


def of(keys: Json) -> dict[str, str]:
    return {"authenticatorId": keys._identity}
