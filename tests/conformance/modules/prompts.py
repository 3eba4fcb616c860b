"""Whether and how the user is asked again."""

from typing import Final

from tests.conformance.browser import Landing
from tests.conformance.registry import BASIC, FORM_POST, FORM_POST_IMPLICIT, IMPLICIT, Run, module
from tests.conformance.relying import Outcome, Relying
from tests.conformance.verdicts import PASS, require

ALL: Final = (BASIC, IMPLICIT, FORM_POST, FORM_POST_IMPLICIT)
LATER_S: Final = 3


def later(run: Run) -> None:
    """Let some seconds pass."""
    run.op.wire.advance(LATER_S)


def silently(party: Relying, **more: str | None) -> Outcome:
    """Expect an answer without a question."""
    at = party.authorize(**more)
    require(isinstance(at, Landing), "the user was asked to sign in again")
    return party.finish()


def same(first: Outcome, second: Outcome) -> None:
    """Require the same user of the same authentication."""
    for name in ("sub", "auth_time"):
        require(first.claims.get(name) == second.claims.get(name), f"another {name}")


@module("oidcc-display-page", *ALL, compat=PASS, strict=PASS)
def display_page(run: Run) -> None:
    """Take `display=page`."""
    run.party().sign_in(display="page")


@module("oidcc-display-popup", *ALL, compat=PASS, strict=PASS)
def display_popup(run: Run) -> None:
    """Take `display=popup`."""
    run.party().sign_in(display="popup")


@module("oidcc-prompt-login", *ALL, compat=PASS, strict=PASS)
def prompt_login(run: Run) -> None:
    """Ask the user again, and say when that was."""
    party = run.party()
    first = party.sign_in()
    later(run)
    party.authorize(prompt="login")
    require(party.is_asked_to_sign_in(), "the user was not asked again")
    second = party.finish()
    require(second.claims["auth_time"] > first.claims["auth_time"], "auth_time is the old one")
    require(second.claims["sub"] == first.claims["sub"], "another sub")


@module("oidcc-prompt-none-not-logged-in", *ALL, compat=PASS, strict=PASS)
def prompt_none_not_logged_in(run: Run) -> None:
    """Say `login_required` where nobody is signed in and nobody may be asked."""
    party = run.party()
    at = party.authorize(prompt="none")
    require(isinstance(at, Landing), "the user was asked")
    require(party.error() == "login_required", f"answered {party.error()}")


@module("oidcc-prompt-none-logged-in", *ALL, compat=PASS, strict=PASS)
def prompt_none_logged_in(run: Run) -> None:
    """Answer in silence for who is signed in."""
    party = run.party()
    first = party.sign_in()
    later(run)
    same(first, silently(party, prompt="none"))


@module("oidcc-max-age-1", *ALL, compat=PASS, strict=PASS)
def max_age_1(run: Run) -> None:
    """Ask again who signed in longer ago than `max_age`."""
    party = run.party()
    first = party.sign_in()
    later(run)
    party.authorize(max_age="1")
    require(party.is_asked_to_sign_in(), "the user was not asked again")
    second = party.finish()
    require(second.claims["auth_time"] > first.claims["auth_time"], "auth_time is the old one")


@module("oidcc-max-age-10000", *ALL, compat=PASS, strict=PASS)
def max_age_10000(run: Run) -> None:
    """Ask nobody again who signed in lately, and tell `auth_time`."""
    party = run.party()
    first = party.sign_in()
    later(run)
    second = silently(party, max_age="10000")
    require("auth_time" in second.claims, "there is no auth_time")
    same(first, second)


@module("oidcc-id-token-hint", *ALL, compat=PASS, strict=PASS)
def id_token_hint(run: Run) -> None:
    """Answer in silence for the user whom the hint names."""
    party = run.party()
    first = party.sign_in()
    later(run)
    hint = first.tokens["id_token"]
    same(first, silently(party, prompt="none", id_token_hint=hint))


@module("oidcc-login-hint", *ALL, compat=PASS, strict=PASS)
def login_hint(run: Run) -> None:
    """Take a hint of who will sign in."""
    run.party().sign_in(login_hint=run.op.username)


@module("oidcc-ui-locales", *ALL, compat=PASS, strict=PASS)
def ui_locales(run: Run) -> None:
    """Take languages for the pages."""
    run.party().sign_in(ui_locales="se de")


@module("oidcc-claims-locales", *ALL, compat=PASS, strict=PASS)
def claims_locales(run: Run) -> None:
    """Take languages for the claims."""
    run.party().sign_in(claims_locales="se")


@module("oidcc-ensure-request-with-acr-values-succeeds", *ALL, compat=PASS, strict=PASS)
def acr_values(run: Run) -> None:
    """Take levels that the provider does not know."""
    run.party().sign_in(acr_values="1 2")


@module("oidcc-ensure-request-with-unknown-parameter-succeeds", *ALL, compat=PASS, strict=PASS)
def unknown_parameter(run: Run) -> None:
    """Ignore a parameter that nobody knows."""
    run.party().sign_in(extra="foobar")
