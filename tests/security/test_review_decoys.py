"""A user who does not exist looks like one who does, however the name is spelled."""

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import Wire, unique

VARIANTS = [
    {"UsernameConfiguration": {"CaseSensitive": False}},
    {"UsernameConfiguration": {"CaseSensitive": False}, "AliasAttributes": ["email"]},
    {"UsernameConfiguration": {"CaseSensitive": False}, "UsernameAttributes": ["email"]},
]


def seen(app: App, name: str) -> tuple[str, str, str]:
    """Return what of a challenge must not depend on the spelling."""
    step = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=SrpClient(app.pool_id).public)
    found = step["ChallengeParameters"]
    return found["SALT"], found["USERNAME"], found["USER_ID_FOR_SRP"]


@pytest.mark.parametrize("settings", VARIANTS)
def test_spelling_does_not_tell_who_exists(wire: Wire, settings: dict[str, object]) -> None:
    pool_id = a_pool(wire, **settings)
    app = an_app(wire, pool_id, PreventUserExistenceErrors="ENABLED")
    suffix = "@example.com" if "UsernameAttributes" in settings else ""
    known = app.user(unique("known") + suffix)
    for name in (known, unique("nobody") + suffix):
        spellings = {seen(app, form) for form in (name, name.upper(), name.title())}
        assert len(spellings) == 1, name
