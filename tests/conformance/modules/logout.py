"""OpenID Connect RP-Initiated Logout."""

from typing import Final
from urllib.parse import urlencode

from tests.conformance.browser import Arrival, Landing, Page
from tests.conformance.provider import AFTER_LOGOUT
from tests.conformance.registry import LOGOUT, Run, module
from tests.conformance.relying import Outcome, Relying
from tests.conformance.verdicts import PASS, require
from tests.sdk.support import tampered

STATE: Final = "after logout"


def sign_out(party: Relying, **more: str | None) -> Arrival:
    """Send the browser to the end of its session; say yes where it is asked."""
    kept = {name: value for name, value in more.items() if value is not None}
    endpoint = party.op.metadata["end_session_endpoint"]
    at = party.browser.go(f"{endpoint}?{urlencode(kept)}" if kept else endpoint)
    asked = [form for form in at.forms if "/logout" in form.action] if isinstance(at, Page) else []
    return party.browser.submit(asked[0]) if asked else at


def signed_in(run: Run) -> tuple[Relying, Outcome]:
    """Return a party with a user who has signed in."""
    party = run.party()
    return party, party.sign_in()


def is_gone(party: Relying) -> None:
    """Require that nobody is signed in any more."""
    party.authorize(prompt="none")
    require(party.error() == "login_required", "the user is still signed in")


def returned(at: Arrival, state: str | None) -> None:
    """Require that the browser is back at the client."""
    require(isinstance(at, Landing), "the browser did not come back")
    assert isinstance(at, Landing)
    require(at.address == AFTER_LOGOUT, f"sent to {at.address}")
    require(at.params.get("state") == state, "the state came back changed")


def stayed(at: Arrival) -> None:
    """Require a page of the provider."""
    require(isinstance(at, Page), "the browser was sent away")


@module("oidcc-rp-initiated-logout-discovery-endpoint-verification", LOGOUT,
        compat=PASS, strict=PASS)  # fmt: skip
def discovery(run: Run) -> None:
    """Publish `end_session_endpoint`."""
    require(run.op.metadata.get("end_session_endpoint"), "missing: end_session_endpoint")


@module("oidcc-rp-initiated-logout", LOGOUT, compat=PASS, strict=PASS)
def logout(run: Run) -> None:
    """Sign out and come back with the state."""
    party, done = signed_in(run)
    hint = done.tokens["id_token"]
    at = sign_out(party, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT, state=STATE)
    returned(at, STATE)
    is_gone(party)


@module("oidcc-rp-initiated-logout-no-state", LOGOUT, compat=PASS, strict=PASS)
def no_state(run: Run) -> None:
    """Come back without a state that nobody gave."""
    party, done = signed_in(run)
    hint = done.tokens["id_token"]
    returned(sign_out(party, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT), None)
    is_gone(party)


@module("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", LOGOUT,
        compat=PASS, strict=PASS)  # fmt: skip
def bad_address(run: Run) -> None:
    """Stay, where the address is not registered."""
    party, done = signed_in(run)
    hint = done.tokens["id_token"]
    bad = f"{AFTER_LOGOUT}/other"
    stayed(sign_out(party, id_token_hint=hint, post_logout_redirect_uri=bad, state=STATE))


@module("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", LOGOUT,
        compat=PASS, strict=PASS)  # fmt: skip
def query_added(run: Run) -> None:
    """Stay, where the address has a query that is not registered."""
    party, done = signed_in(run)
    hint = done.tokens["id_token"]
    bad = f"{AFTER_LOGOUT}?dummy=value"
    stayed(sign_out(party, id_token_hint=hint, post_logout_redirect_uri=bad, state=STATE))


@module("oidcc-rp-initiated-logout-modified-id-token-hint", LOGOUT, compat=PASS, strict=PASS)
def modified_hint(run: Run) -> None:
    """Stay, where the hint has been altered."""
    party, done = signed_in(run)
    hint = tampered(done.tokens["id_token"])
    stayed(sign_out(party, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT, state=STATE))


@module("oidcc-rp-initiated-logout-bad-id-token-hint", LOGOUT, compat=PASS, strict=PASS)
def bad_hint(run: Run) -> None:
    """Stay, where the hint is no token at all."""
    party, _ = signed_in(run)
    stayed(sign_out(party, id_token_hint="1", post_logout_redirect_uri=AFTER_LOGOUT, state=STATE))


@module("oidcc-rp-initiated-logout-no-id-token-hint", LOGOUT, compat=PASS, strict=PASS)
def no_hint(run: Run) -> None:
    """Stay, where nothing tells which client asks."""
    party, _ = signed_in(run)
    stayed(sign_out(party, post_logout_redirect_uri=AFTER_LOGOUT, state=STATE))


@module("oidcc-rp-initiated-logout-no-post-logout-redirect-uri", LOGOUT,
        compat=PASS, strict=PASS)  # fmt: skip
def no_address(run: Run) -> None:
    """Sign out and show a page, where no address is given."""
    party, done = signed_in(run)
    stayed(sign_out(party, id_token_hint=done.tokens["id_token"], state=STATE))
    is_gone(party)


@module("oidcc-rp-initiated-logout-no-params", LOGOUT, compat=PASS, strict=PASS)
def no_params(run: Run) -> None:
    """Sign out and show a page, where nothing is given."""
    party, _ = signed_in(run)
    stayed(sign_out(party))
    is_gone(party)


@module("oidcc-rp-initiated-logout-only-state", LOGOUT, compat=PASS, strict=PASS)
def only_state(run: Run) -> None:
    """Sign out and show a page, where only a state is given."""
    party, _ = signed_in(run)
    stayed(sign_out(party, state=STATE))
    is_gone(party)
