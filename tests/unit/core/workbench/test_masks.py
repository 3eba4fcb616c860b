"""What a record never holds: docs/behaviours/workbench.md."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.workbench.masks import MASK, is_secret, masked, masked_places
from tests.sdk.support import holds

SECRET = "Corr3ct-Horse"


def mask(event: Any, reply: Any = None, error: str | None = None) -> tuple[Any, Any, str | None]:
    """Mask documents."""
    return masked(json.dumps(event).encode(), json.dumps(reply).encode(), error)


@holds("WORKBENCH-03")
def test_what_functions_keep_for_themselves_is_masked() -> None:
    event = {
        "userName": "ada",
        "request": {
            "userAttributes": {"email": "ada@example.com"},
            "password": SECRET,
            "challengeAnswer": "4711",
            "privateChallengeParameters": {"answer": SECRET, "deep": {"n": 5, "flag": True}},
            "session": [{"challengeName": "CUSTOM_CHALLENGE", "challengeMetadata": "CODE-4711"}],
            "codeParameter": "{####}",
        },
    }
    told, _, _ = mask(event)
    assert told == {
        "userName": "ada",
        "request": {
            "userAttributes": {"email": "ada@example.com"},
            "password": MASK,
            "challengeAnswer": MASK,
            "privateChallengeParameters": {"answer": MASK, "deep": {"n": MASK, "flag": True}},
            "session": [{"challengeName": "CUSTOM_CHALLENGE", "challengeMetadata": MASK}],
            "codeParameter": "{####}",
        },
    }
    assert list(masked_places(told)) == [
        "request.password", "request.challengeAnswer",
        "request.privateChallengeParameters.answer", "request.privateChallengeParameters.deep.n",
        "request.session.0.challengeMetadata",
    ]  # fmt: skip


@holds("WORKBENCH-03")
@pytest.mark.parametrize(
    "name, secret",
    [
        ("captchaToken", True), ("session", True), ("otp", True), ("API_SECRET", True),
        ("FEEDBACK_TOKEN", True), ("code", True), ("client_secret", True), ("newPassword", True),
        ("ONE_CLICK_LINK_VALID", True), ("postalCode", False), ("country_code", False),
        ("errorCode", False), ("email", False), ("decoder", False), ("pinned", False),
        ("challengeName", False),
    ],
)  # fmt: skip
def test_a_name_tells_that_a_member_is_a_secret(name: str, secret: bool) -> None:
    assert is_secret(name) is secret
    told, _, _ = mask({"request": {"clientMetadata": {name: "value"}}})
    assert (told["request"]["clientMetadata"][name] == MASK) is secret


@holds("WORKBENCH-03")
def test_a_secret_is_masked_wherever_else_it_stands() -> None:
    event = {"request": {"password": SECRET}}
    reply = {**event, "response": {"publicChallengeParameters": {"hint": f"not {SECRET}!"}}}
    told, said, error = mask(event, reply, f"bad password {SECRET} for ada")
    assert SECRET not in str((told, said, error))
    assert said == {"response": {"publicChallengeParameters": {"hint": f"not {MASK}!"}}}
    assert error == f"bad password {MASK} for ada"


def test_parts_of_events_that_sound_like_secrets_stay() -> None:
    reply = {
        "response": {
            "claimsAndScopeOverrideDetails": {
                "accessTokenGeneration": {"scopesToAdd": ["api/read"]},
                "idTokenGeneration": {"claimsToAddOrOverride": {"plan": "gold"}},
            }
        }
    }
    assert mask({}, reply)[1] == reply
    answers = {"idToken": {"sub": "1"}, "tokenResponse": {"access_token": "eyJ", "expires_in": 5}}
    told, _, _ = mask({"request": {"attributes": answers}})
    assert told["request"]["attributes"] == {
        "idToken": {"sub": "1"},
        "tokenResponse": {"access_token": MASK, "expires_in": 5},
    }


def test_a_reply_that_is_none_is_kept_as_it_is() -> None:
    assert masked(b"{}", b"<html>", None)[1] == "<html>"
    assert masked(b"{}", b"[1]", None)[1] == [1]
    assert masked(b"{}", None, None)[1] is None


@given(
    st.recursive(
        st.just(SECRET) | st.integers() | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["password", "request", "privateChallengeParameters", "x", "session"]),
            inner, max_size=3,
        ),
        max_leaves=12,
    )
)  # fmt: skip
def test_a_password_is_in_no_record_wherever_it_stands(document: Any) -> None:
    event = {"request": {"password": SECRET}, "anything": document}
    told, said, _ = mask(event, {"response": document})
    assert SECRET not in json.dumps([told, said])
