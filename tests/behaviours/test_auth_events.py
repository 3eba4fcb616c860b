"""Sign-in events: docs/behaviours/auth-events.md."""

from typing import Final

import pytest

from tests.behaviours.wording import NO_USER
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, claims_of, holds, refused, unique

ADD_ON: Final = "UserPoolAddOnNotEnabledException"
BAD_TOKEN: Final = ("NotAuthorizedException", "Invalid feedback token.")


@pytest.fixture(scope="module")
def watched(wire: Wire) -> App:
    add_ons = {"AdvancedSecurityMode": "AUDIT"}
    return an_app(wire, a_pool(wire, UserPoolTier="PLUS", UserPoolAddOns=add_ons))


def events(app: App, user: str, **members: Json) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = app.admin("AdminListUserAuthEvents", user, **members)[
        "AuthEvents"
    ]
    return found


def judge(app: App, user: str, event: str, value: str = "Valid") -> None:
    app.admin("AdminUpdateAuthEventFeedback", user, EventId=event, FeedbackValue=value)


@holds("EVENT-01", "EVENT-04")
def test_events_are_told_newest_first(watched: App) -> None:
    user = watched.user()
    with refused("NotAuthorizedException"):
        watched.sign_in(user, "Wrong-Horse-7")
    tokens = watched.sign_in(user)
    passed, failed = events(watched, user)
    assert set(passed) == {
        *("EventId", "EventType", "CreationDate", "EventResponse", "EventRisk"),
        *("ChallengeResponses", "EventContextData"),
    }
    assert (passed["EventType"], passed["EventResponse"]) == ("SignIn", "Pass")
    assert failed["EventResponse"] == "Fail"
    assert passed["EventId"] == claims_of(tokens["AccessToken"])["event_id"]
    assert passed["EventContextData"]["IpAddress"] == "127.0.0.1"
    risk = {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False}
    assert passed["EventRisk"] == risk
    told = {"ChallengeName": "Password", "ChallengeResponse": "Success"}
    assert passed["ChallengeResponses"] == [told]
    assert failed["ChallengeResponses"] == [{**told, "ChallengeResponse": "Failure"}]
    assert passed["CreationDate"] >= failed["CreationDate"]
    with refused(*NO_USER):
        events(watched, unique("nobody"))


@holds("EVENT-02")
def test_events_are_paged(watched: App) -> None:
    user, other = watched.user(), watched.user()
    made = [claims_of(watched.sign_in(user)["IdToken"])["event_id"] for _ in range(5)]
    seen: list[str] = []
    carried: dict[str, Json] = {}
    for _ in range(4):
        page = watched.admin("AdminListUserAuthEvents", user, MaxResults=2, **carried)
        seen += [event["EventId"] for event in page["AuthEvents"]]
        if "NextToken" not in page:
            break
        carried = {"NextToken": page["NextToken"]}
    assert seen == made[::-1]
    assert len(events(watched, user, MaxResults=0)) == 5
    for wrong in ({"MaxResults": 61}, {"NextToken": "broken"}):
        with refused("InvalidParameterException"):
            events(watched, user, **wrong)
    with refused("InvalidParameterException", "Invalid pagination token given."):
        events(watched, other, **carried)


@holds("EVENT-03")
def test_without_threat_protection_there_are_none(app: App) -> None:
    user = app.user()
    app.sign_in(user)
    with refused(ADD_ON):
        events(app, user)
    with refused(ADD_ON):
        judge(app, user, "event")
    with refused(ADD_ON):
        judge_own(app, user, "event", "token")


@holds("EVENT-05")
def test_an_administrators_word_is_kept(watched: App) -> None:
    user, other = watched.user(), watched.user()
    watched.sign_in(user)
    (event,) = events(watched, user)
    assert "EventFeedback" not in event
    for value in ("Invalid", "Valid", "Valid"):
        judge(watched, user, event["EventId"], value)
        (told,) = events(watched, user)
        assert told["EventFeedback"].pop("FeedbackDate") >= event["CreationDate"]
        assert told["EventFeedback"] == {"FeedbackValue": value, "Provider": "Admin"}
    for name, unknown in ((user, "nothing"), (other, event["EventId"])):
        with refused("ResourceNotFoundException", "Event does not exist."):
            judge(watched, name, unknown)
    with refused(*NO_USER):
        judge(watched, unique("nobody"), event["EventId"])
    with refused("InvalidParameterException"):
        judge(watched, user, event["EventId"], "Maybe")


def judge_own(app: App, user: str, event: str, token: str) -> None:
    app.wire.call(
        "UpdateAuthEventFeedback",
        UserPoolId=app.pool_id,
        Username=user,
        EventId=event,
        FeedbackToken=token,
        FeedbackValue="Valid",
    )


@holds("EVENT-06")
@pytest.mark.parametrize("token", ["x", "AAAA", "a.b.c", "=", "AAAA" * 2000])
def test_a_made_up_token_says_nothing(watched: App, token: str) -> None:
    user = watched.user()
    tokens = watched.sign_in(user)
    event = claims_of(tokens["IdToken"])["event_id"]
    for name in (user, unique("nobody")):
        for about in (event, "nothing"):
            with refused(*BAD_TOKEN):
                judge_own(watched, name, about, token)
    for stolen in (tokens["AccessToken"], tokens["IdToken"], tokens["RefreshToken"]):
        with refused(*BAD_TOKEN):
            judge_own(watched, user, event, stolen)
    assert "EventFeedback" not in events(watched, user)[0]
