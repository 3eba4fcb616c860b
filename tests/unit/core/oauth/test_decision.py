"""When a browser's session answers a request, and when somebody has to sign in."""

from typing import Any

import msgspec
import pytest

from poolkeep.core.factors.model import SOFTWARE_TOKEN_MFA
from poolkeep.core.oauth.browser_sessions import Known
from poolkeep.core.oauth.decision import Verdict, decide
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from tests.sdk.support import holds
from tests.unit.core.oauth.asking import (
    MINUTE_MS,
    NOW_MS,
    a_client,
    a_session,
    a_user,
    pool_of,
    read,
    usual,
)
from tests.unit.core.users.people import with_mfa

LOGIN, REUSE, REQUIRED = Verdict.SIGN_IN, Verdict.REUSE, Verdict.LOGIN_REQUIRED


def decided(
    known: Known | None,
    *,
    pool: LoadedPool | None = None,
    client: AppClient | None = None,
    **params: Any,
) -> Verdict:
    loaded, asker = pool or pool_of(), client or a_client()
    request = read(usual(**params), pool=loaded, client=asker)
    return decide(
        request, known, pool=loaded, client=asker, profile=profile_of(loaded), now_ms=NOW_MS
    )


def tracking(pool: LoadedPool) -> LoadedPool:
    return LoadedPool(msgspec.structs.replace(pool.pool, session_tracking=True), pool.keys)


@holds("OAUTH-20")
def test_a_session_counts_for_an_hour_from_the_sign_in() -> None:
    assert decided(None) is LOGIN
    assert decided(a_session(0)) is REUSE
    assert decided(a_session(59)) is REUSE
    assert decided(a_session(60)) is LOGIN
    assert decided(a_session(0, expires_ms=NOW_MS)) is LOGIN


@holds("OAUTH-20")
@pytest.mark.parametrize(
    "tag, minutes", [("5", 5), ("120", 120), ("1", 5), ("x", 60), ("", 60), ("99999999", 43200)]
)
def test_a_pools_tag_sets_another_life(tag: str, minutes: int) -> None:
    pool = pool_of(tags={"poolkeep:session-minutes": tag})
    assert decided(a_session(minutes - 1), pool=pool) is REUSE
    assert decided(a_session(minutes), pool=pool) is LOGIN


@holds("OAUTH-21")
def test_where_sessions_are_tracked_each_client_says_for_how_long() -> None:
    pool = tracking(pool_of())
    for minutes, ago, expected in (
        (0, 0, LOGIN),
        (10, 9, REUSE),
        (10, 10, LOGIN),
        (129_600, 129_599, REUSE),
        (129_600, 129_600, LOGIN),
    ):
        client = a_client(sso_minutes=minutes)
        assert decided(a_session(ago), pool=pool, client=client) is expected
    untracked = decided(a_session(61), client=a_client(sso_minutes=600))
    assert untracked is LOGIN


@holds("OAUTH-22")
@pytest.mark.parametrize("profile", ["compat", "strict"])
def test_prompts(profile: str) -> None:
    pool = pool_of(profile)
    here = a_session()
    assert decided(here, pool=pool, prompt="none") is REUSE
    assert decided(None, pool=pool, prompt="none") is REQUIRED
    assert decided(here, pool=pool, prompt="login") is LOGIN
    assert decided(here, pool=pool, prompt="consent") is REUSE
    chosen = decided(here, pool=pool, prompt="select_account")
    assert chosen is (LOGIN if profile == "strict" else REUSE)


@holds("OAUTH-22")
def test_a_request_to_create_an_account_leads_to_sign_up() -> None:
    assert decided(a_session(), pool=pool_of("strict"), prompt="create") is Verdict.SIGN_UP
    assert decided(a_session(), prompt="create") is REUSE


@holds("OAUTH-23")
def test_a_session_answers_for_its_provider_alone() -> None:
    both = a_client(supported_identity_providers=("COGNITO", "Corporate"))
    corporate = a_client(supported_identity_providers=("Corporate",))
    theirs = a_session(provider="Corporate")
    assert decided(theirs, client=both) is REUSE
    assert decided(theirs, client=both, identity_provider="Corporate") is REUSE
    assert decided(theirs, client=both, identity_provider="COGNITO") is LOGIN
    silent: dict[str, Any] = {"identity_provider": "COGNITO", "prompt": "none"}
    assert decided(theirs, client=both, **silent) is REQUIRED
    assert decided(a_session(), client=both, **silent) is REUSE
    away = decided(a_session(), client=both, identity_provider="Corporate")
    assert away is Verdict.PROVIDER
    assert decided(a_session(), client=corporate) is Verdict.PROVIDER
    assert decided(a_session(), client=corporate, prompt="none") is REQUIRED
    assert decided(theirs, client=a_client()) is LOGIN


@holds("OAUTH-24")
def test_an_older_sign_in_than_max_age_is_not_enough() -> None:
    assert decided(a_session(1), max_age="61") is REUSE
    assert decided(a_session(1), max_age="60") is LOGIN
    assert decided(a_session(0), max_age="0") is LOGIN
    assert decided(a_session(1), max_age="60", prompt="none") is REQUIRED


@holds("OAUTH-25")
def test_a_level_is_asked_of_who_can_reach_it() -> None:
    four, three, one = (f"urn:cognito:loa:{level}" for level in (4, 3, 1))
    plain = with_mfa(pool_of(), "OPTIONAL", SOFTWARE_TOKEN_MFA)
    able = a_user()
    able.document.mfa.update(enabled=[SOFTWARE_TOKEN_MFA], software_token=True)
    both = ("pwd", "otp")
    assert decided(a_session(user=able), pool=plain, acr_values=four) is LOGIN
    assert decided(a_session(user=able, factors=both), pool=plain, acr_values=four) is REUSE
    assert decided(a_session(user=able), pool=plain, acr_values=f"{four} {one}") is LOGIN
    assert decided(a_session(user=able), pool=plain, acr_values=f"{one} {four}") is REUSE
    assert decided(a_session(), pool=plain, acr_values=f"{four} {three}") is REUSE
    assert decided(a_session(), pool=plain, acr_values="nothing known") is REUSE
    silent: dict[str, Any] = {"acr_values": four, "prompt": "none"}
    assert decided(a_session(user=able), pool=plain, **silent) is REQUIRED
    strict = with_mfa(pool_of("strict"), "OPTIONAL", SOFTWARE_TOKEN_MFA)
    assert decided(a_session(user=able), pool=strict, **silent) is Verdict.LEVEL_REQUIRED
    assert decided(None, pool=strict, **silent) is REQUIRED


def test_the_hour_is_the_same_on_both_sides_of_its_end() -> None:
    at_end = a_session(authenticated_ms=NOW_MS - 60 * MINUTE_MS + 1)
    assert decided(at_end) is REUSE
