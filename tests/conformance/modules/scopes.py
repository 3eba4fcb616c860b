"""What scopes show at userInfo."""

from typing import Final

from tests.conformance.modules.flow import STRINGS
from tests.conformance.registry import BASIC, FORM_POST, FORM_POST_IMPLICIT, IMPLICIT, Run, module
from tests.conformance.verdicts import PASS, fails

CLAIMS: Final = {
    "profile": (
        *("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username"),
        *("profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale"),
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}
PLANS: Final = (BASIC, IMPLICIT, FORM_POST, FORM_POST_IMPLICIT)


def shows(run: Run, *scopes: str) -> None:
    """Ask for scopes; warn about claims of theirs that userInfo does not show.

    Without an access token there is no userInfo, and they belong into the ID token.
    """
    party = run.party()
    done = party.sign_in(scope=" ".join(("openid", *scopes)))
    claims = done.claims
    if run.flow.has_access_token:
        claims = party.judge_userinfo(party.userinfo(done.access_token), done.claims["sub"])
    absent = [name for scope in scopes for name in CLAIMS[scope] if name not in claims]
    if absent:
        run.warn(f"not shown: {', '.join(absent)}")


@module("oidcc-scope-profile", *PLANS, compat=PASS, strict=PASS)
def profile(run: Run) -> None:
    """Show the claims of `profile`."""
    shows(run, "profile")


@module(
    "oidcc-scope-email",
    *PLANS,
    compat=fails("not boolean at userInfo: email_verified"),
    strict=PASS,
)
def email(run: Run) -> None:
    """Show the claims of `email`."""
    shows(run, "email")


@module(
    "oidcc-scope-phone",
    *PLANS,
    compat=fails("not boolean at userInfo: phone_number_verified"),
    strict=PASS,
)
def phone(run: Run) -> None:
    """Show the claims of `phone`."""
    shows(run, "phone")


@module("oidcc-scope-address", *PLANS, compat=fails("refused: invalid_scope"), strict=PASS)
def address(run: Run) -> None:
    """Show the claim of `address`, an object."""
    shows(run, "address")


@module("oidcc-scope-all", *PLANS, compat=fails(STRINGS), strict=PASS)
def everything(run: Run) -> None:
    """Show the claims of every scope that the provider supports."""
    offered = run.op.metadata["scopes_supported"]
    shows(run, *(name for name in CLAIMS if name in offered))
