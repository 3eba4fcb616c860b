"""How sessions are named, chosen and described."""

import re

import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.core.sessions import Session
from poolkeep.core.sessions.rules import (
    device_type,
    evicted,
    may_reuse,
    new_sso_id,
    session_id_of,
    sso_life_ms,
)
from tests.sdk.support import holds

MINUTE_MS = 60_000
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)


def a_session(name: str = "sso1", *, active_ms: int = 0, fresh_ms: int = 0) -> Session:
    return Session(
        id=name, pool_id="p", user_id="u", client_id="c", created_ms=0, authenticated_ms=fresh_ms,
        last_active_ms=active_ms, expires_ms=60 * MINUTE_MS,
        origin_jti="jti" if name.startswith("tkn") else None,
    )  # fmt: skip


def test_ids_have_cognitos_form() -> None:
    assert re.fullmatch("tkn[a-z0-9]{25}", session_id_of("5a3b"))
    assert session_id_of("5a3b") == session_id_of("5a3b") != session_id_of("5a3c")
    assert re.fullmatch("sso[a-z0-9]{25}", new_sso_id(SeededEntropy()))


def test_the_least_recently_used_go_first() -> None:
    sessions = [a_session(f"tkn{at}", active_ms=at) for at in (5, 1, 3)]
    assert [session.id for session in evicted(sessions, 1)] == ["tkn1", "tkn3"]
    assert evicted(sessions, 3) == evicted(sessions, 7) == []


@holds("SESSION-41")
@pytest.mark.parametrize(
    "minutes, after_ms, reused",
    [
        (0, 0, False),
        (1, MINUTE_MS - 1, True),
        (1, MINUTE_MS, False),
        (60, 59 * MINUTE_MS, True),
        (129_600, 60 * MINUTE_MS, False),
    ],
)
def test_a_browser_is_reused_within_the_clients_minutes(
    minutes: int, after_ms: int, reused: bool
) -> None:
    session = a_session(active_ms=after_ms)
    assert may_reuse(session, minutes, now_ms=after_ms) is reused, "activity does not slide it"
    assert not may_reuse(a_session("tkn1"), minutes, now_ms=after_ms)


def test_a_browsers_session_lasts_as_long_as_the_most_patient_client() -> None:
    assert sso_life_ms([]) == sso_life_ms([0, 5]) == 60 * MINUTE_MS
    assert sso_life_ms([60, 129_600]) == 129_600 * MINUTE_MS


@pytest.mark.parametrize(
    "user_agent, told",
    [
        (CHROME, "Chrome on Windows"),
        (CHROME + " Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1", "Safari on iOS"),
        ("Mozilla/5.0 (Android 14; Mobile) Firefox/130.0", "Firefox on Android"),
        ("Mozilla/5.0 (SmartHub)", "unknown"),
        ("Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux", "Boto3"),
        ("aws-sdk-js/3.600.0", "aws-sdk-js"),
        ("x" * 3_000, "x" * 1_024),
        ("", "unknown"),
        ("\x00\n", "unknown"),
    ],
)
def test_a_user_agent_tells_the_device(user_agent: str, told: str) -> None:
    assert device_type(user_agent) == told
