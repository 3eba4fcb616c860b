"""Sample events, and replies judged in plain words: docs/behaviours/workbench.md."""

import json
from typing import Any

import msgspec
import pytest

from poolkeep.core.triggers import sources as s
from poolkeep.core.workbench.checks import judge
from poolkeep.core.workbench.samples import UnknownSource, event, names, sample, trigger_of
from tests.sdk.support import holds

SOURCES = names()


def judged(source: str, reply: Any) -> tuple[list[str], list[str]]:
    """Return faults and remarks about a reply."""
    found = sample(source)
    raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    verdict = judge(found.trigger, found.source, raw)
    return list(verdict.faults), list(verdict.remarks)


@holds("WORKBENCH-10")
@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_a_sample_that_goes_through_its_own_shape(source: str) -> None:
    found = sample(source)
    encoded = msgspec.json.encode(event(found))
    shown = json.loads(encoded)
    assert shown["triggerSource"] == source == found.source
    assert list(shown) == [
        "version", "region", "userPoolId", "userName", "callerContext", "triggerSource", "request",
        "response",
    ]  # fmt: skip
    told = msgspec.json.encode(found.request)
    assert msgspec.json.decode(told, type=type(found.request)) == found.request
    owner = trigger_of(source, found.version)
    assert owner is not None
    assert owner.name == found.trigger.name


@holds("WORKBENCH-10")
@pytest.mark.parametrize(
    "name, source, version",
    [
        ("pre-sign-up", "PreSignUp_SignUp", "1"),
        ("PreSignUp", "PreSignUp_SignUp", "1"),
        ("presignup_admincreateuser", "PreSignUp_AdminCreateUser", "1"),
        ("PreTokenGeneration", "TokenGeneration_Authentication", "1"),
        ("PreTokenGeneration@2", "TokenGeneration_Authentication", "2"),
        ("TokenGeneration_RefreshTokens@3", "TokenGeneration_RefreshTokens", "3"),
        ("TokenGeneration_ClientCredentials", "TokenGeneration_ClientCredentials", "3"),
        ("verify-auth-challenge-response", "VerifyAuthChallengeResponse_Authentication", "1"),
    ],
)
def test_a_source_has_names(name: str, source: str, version: str) -> None:
    found = sample(name)
    assert (found.source, found.version) == (source, version)


def test_an_unknown_source_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownSource, match="Did you mean PreSignUp_SignUp"):
        sample("PreSignUp_Signup1")
    with pytest.raises(UnknownSource, match="only PreTokenGeneration has versions"):
        sample("PreSignUp@2")


@pytest.mark.parametrize("source", SOURCES)
def test_an_event_returned_unchanged_has_no_fault_where_nothing_must_be_said(source: str) -> None:
    found = sample(source)
    faults, _ = judged(source, msgspec.json.encode(event(found)))
    must_speak = found.trigger in {s.DEFINE_AUTH_CHALLENGE, s.VERIFY_AUTH_CHALLENGE}
    assert bool(faults) is must_speak, faults


@holds("WORKBENCH-11")
@pytest.mark.parametrize(
    "source, reply, fault",
    [
        ("PreSignUp", b"<html>", "The reply is no JSON"),
        ("PreSignUp", b"\xff", "The reply is no JSON"),
        ("PreSignUp", [], "The reply is a list. Return the event that you were given"),
        ("PreSignUp", None, "The reply is null."),
        ("PreSignUp", {"autoConfirmUser": True}, "The reply has no `response`."),
        ("PreSignUp", {"response": []}, "`response` must be an object, not a list."),
        (
            "PreSignUp", {"response": {"autoConfirmUser": "true"}},
            "`response.autoConfirmUser` must be true or false, not a text. Leave the quotes out.",
        ),
        (
            "PreTokenGeneration",
            {"response": {"claimsOverrideDetails": {"claimsToAddOrOverride": {"level": 5}}}},
            "claimsToAddOrOverride.level` must be a text, not a number. Put it in quotes.",
        ),
        (
            "PreTokenGeneration@2",
            {"response": {"claimsAndScopeOverrideDetails": {
                "accessTokenGeneration": {"scopesToAdd": ["a b"]}}}},
            "`accessTokenGeneration.scopesToAdd` has 'a b': a scope has no blanks.",
        ),
        (
            "PreTokenGeneration@2",
            {"response": {"claimsAndScopeOverrideDetails": {
                "accessTokenGeneration": {"scopesToAdd": "a"}}}},
            "accessTokenGeneration.scopesToAdd` must be a list, not a text.",
        ),
        (
            "UserMigration", {"response": {"userAttributes": {"email_verified": True}}},
            "`response.userAttributes.email_verified` must be a text, not true or false.",
        ),
        (
            "UserMigration_ForgotPassword", {"response": {"userAttributes": {"email": "a@b.c"}}},
            "`response.userAttributes` needs email_verified or phone_number_verified",
        ),
        (
            "UserMigration",
            {"response": {"userAttributes": {"email": "a"}, "finalUserStatus": "OK"}},
            "`response.finalUserStatus` must be CONFIRMED or RESET_REQUIRED.",
        ),
        (
            "CustomMessage", {"response": {"emailMessage": "Welcome"}},
            "`response.emailMessage` lacks {####}: the pool's own text goes out instead.",
        ),
        (
            "CustomMessage_AdminCreateUser", {"response": {"smsMessage": "{####}"}},
            "`response.smsMessage` lacks {username}",
        ),
        ("DefineAuthChallenge", {"response": {}}, "`response` says nothing."),
        (
            "DefineAuthChallenge",
            {"response": {"issueTokens": True, "failAuthentication": True}}, "both true",
        ),
        ("VerifyAuthChallengeResponse", {"response": {}}, "`response.answerCorrect` is missing"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_plain_words(source: str, reply: Any, fault: str) -> None:
    faults, _ = judged(source, reply)
    assert any(fault in one for one in faults), faults


def test_every_wrong_member_is_told() -> None:
    faults, _ = judged("PreSignUp", {"response": {"autoConfirmUser": "yes", "autoVerifyEmail": 1}})
    assert len(faults) == 2


@holds("WORKBENCH-11")
@pytest.mark.parametrize(
    "source, reply, remark",
    [
        (
            "PreSignUp", {"response": {"autoConfirm": True}},
            "PreSignUp has no such member. Did you mean `autoConfirmUser`?",
        ),
        (
            "PreTokenGeneration",
            {"response": {"claimsOverrideDetails": {"claimsToAddOrOverride": {"iss": "x"}}}},
            "`claimsOverrideDetails` names iss, which functions cannot change: it is ignored.",
        ),
        ("UserMigration", {"response": {}}, "that says that nobody is known by this name"),
        (
            "CreateAuthChallenge",
            {"response": {"publicChallengeParameters": {"a": "5"},
                          "privateChallengeParameters": {"answer": "5"}}},
            "is also public: whoever signs in can read it.",
        ),
        ("CustomEmailSender", b"nonsense", "The answer of a custom sender is of no interest."),
    ],
)  # fmt: skip
def test_what_harms_nothing_is_a_remark(source: str, reply: Any, remark: str) -> None:
    faults, remarks = judged(source, reply)
    assert not faults
    assert any(remark in one for one in remarks), remarks
