"""Risk configurations and log delivery: docs/behaviours/threat-settings.md."""

from typing import Final

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, refused
from tests.support.server import StartServer

SOURCE: Final = "arn:aws:ses:us-east-1:123456789012:identity/security@example.com"
GROUP: Final = "arn:aws:logs:us-east-1:123456789012:log-group:pool"
STREAM: Final = "arn:aws:firehose:us-east-1:123456789012:deliverystream/pool"
BUCKET: Final = "arn:aws:s3:::pool-logs"
COMPROMISED: Final = {"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}}
MAIL: Final = {"Subject": "A sign-in", "HtmlBody": "<p>Was it you?</p>", "TextBody": "Was it you?"}
TAKEOVER: Final = {
    "NotifyConfiguration": {"SourceArn": SOURCE, "From": "a@example.com", "BlockEmail": MAIL},
    "Actions": {"HighAction": {"Notify": True, "EventAction": "BLOCK"}},
}
EXCEPTIONS: Final[dict[str, Json]] = {
    "BlockedIPRangeList": ["192.0.2.0/24", "2001:db8::/32"],
    "SkippedIPRangeList": ["198.51.100.7/32"],
}
EVERYTHING: Final[dict[str, Json]] = {
    "CompromisedCredentialsRiskConfiguration": COMPROMISED,
    "AccountTakeoverRiskConfiguration": TAKEOVER,
    "RiskExceptionConfiguration": EXCEPTIONS,
}
NOTICES: Final = {
    "EventSource": "userNotification",
    "LogLevel": "ERROR",
    "CloudWatchLogsConfiguration": {"LogGroupArn": GROUP},
}
ACTIVITY: Final = {
    "EventSource": "userAuthEvents",
    "LogLevel": "INFO",
    "S3Configuration": {"BucketArn": BUCKET},
}


@pytest.fixture(scope="module")
def watched(wire: Wire) -> App:
    add_ons = {"AdvancedSecurityMode": "AUDIT"}
    return an_app(wire, a_pool(wire, UserPoolTier="PLUS", UserPoolAddOns=add_ons))


def put(app: App, client_id: str = "", /, **parts: Json) -> Json:
    named = {"ClientId": client_id} if client_id else {}
    answer = app.wire.call("SetRiskConfiguration", UserPoolId=app.pool_id, **named, **parts)
    return told(answer)


def get(app: App, client_id: str = "") -> Json:
    named = {"ClientId": client_id} if client_id else {}
    return told(app.wire.call("DescribeRiskConfiguration", UserPoolId=app.pool_id, **named))


def told(answer: Json) -> Json:
    """Return the configuration without the moment of its change, which is there if it is set."""
    found = answer["RiskConfiguration"]
    dated = found.pop("LastModifiedDate", None) is not None
    assert dated == bool(set(found) - {"UserPoolId", "ClientId"})
    return found


@holds("RISK-01", "RISK-03")
def test_a_risk_configuration_is_told_and_replaced(watched: App) -> None:
    base = {"UserPoolId": watched.pool_id}
    assert put(watched, **EVERYTHING) == {**base, **EVERYTHING}
    assert get(watched) == {**base, **EVERYTHING}
    part = {"RiskExceptionConfiguration": EXCEPTIONS}
    assert put(watched, **part) == {**base, **part}
    assert put(watched) == base
    assert get(watched) == base


@holds("RISK-02")
def test_without_threat_protection_there_is_none(wire: Wire) -> None:
    app = an_app(wire)
    with refused("UserPoolAddOnNotEnabledException"):
        put(app, **EVERYTHING)
    for client_id in ("", app.client_id):
        with refused("UserPoolAddOnNotEnabledException"):
            get(app, client_id)


@holds("RISK-04", "RISK-08")
def test_a_client_has_a_configuration_of_its_own(watched: App) -> None:
    base = {"UserPoolId": watched.pool_id}
    part = {"RiskExceptionConfiguration": EXCEPTIONS}
    client = watched.another_client().client_id
    put(watched, **EVERYTHING)
    assert get(watched, client) == {**base, "ClientId": client}
    assert put(watched, client, **part) == {**base, "ClientId": client, **part}
    assert get(watched) == {**base, **EVERYTHING}
    watched.wire.call("UpdateUserPoolClient", **base, ClientId=client)
    watched.wire.call("UpdateUserPool", **base, UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    assert get(watched, client) == {**base, "ClientId": client, **part}
    assert get(watched) == {**base, **EVERYTHING}
    assert put(watched, client) == {**base, "ClientId": client}
    foreign = an_app(watched.wire).client_id
    for unknown in (foreign, "nothing"):
        with refused("ResourceNotFoundException", f"User pool client {unknown} does not exist."):
            put(watched, unknown, **part)
        with refused("ResourceNotFoundException"):
            get(watched, unknown)
    watched.wire.call("DeleteUserPoolClient", **base, ClientId=client)
    with refused("ResourceNotFoundException"):
        get(watched, client)


@holds("RISK-05")
def test_without_a_filter_every_event_is_meant(watched: App) -> None:
    part = {"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}}
    found = put(watched, **part)["CompromisedCredentialsRiskConfiguration"]
    assert set(found["EventFilter"]) == {"SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"}


@holds("RISK-06")
@pytest.mark.parametrize(
    "text", ["10.0.0.0", "10.0.0.0/33", "10.0.0/24", "x/8", "", "::/129", "10.0.0.0/8/8", "/8"]
)
def test_a_range_is_a_cidr(watched: App, text: str) -> None:
    for part in ("BlockedIPRangeList", "SkippedIPRangeList"):
        with refused("InvalidParameterException", "Incorrect CIDR format"):
            put(watched, RiskExceptionConfiguration={part: ["192.0.2.0/24", text]})


@holds("RISK-06", "RISK-07")
@pytest.mark.parametrize(
    "parts",
    [
        {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.0/24"] * 201}},
        {
            "AccountTakeoverRiskConfiguration": {
                "Actions": {"LowAction": {"Notify": True, "EventAction": "NO_ACTION"}}
            }
        },
        {"AccountTakeoverRiskConfiguration": {}},
        {
            "AccountTakeoverRiskConfiguration": {
                "Actions": {"LowAction": {"Notify": False, "EventAction": "PANIC"}}
            }
        },
        {"CompromisedCredentialsRiskConfiguration": {"EventFilter": ["SIGN_IN"]}},
        {
            "CompromisedCredentialsRiskConfiguration": {
                "EventFilter": ["SIGN_OUT"],
                "Actions": {"EventAction": "BLOCK"},
            }
        },
    ],
)
def test_what_a_configuration_cannot_say(watched: App, parts: dict[str, Json]) -> None:
    with refused("InvalidParameterException"):
        put(watched, **parts)


def set_logs(app: App, *logs: Json) -> Json:
    answer = app.wire.call(
        "SetLogDeliveryConfiguration", UserPoolId=app.pool_id, LogConfigurations=list(logs)
    )
    return answer["LogDeliveryConfiguration"]["LogConfigurations"]


def logs_of(app: App) -> Json:
    answer = app.wire.call("GetLogDeliveryConfiguration", UserPoolId=app.pool_id)
    found = answer["LogDeliveryConfiguration"]
    assert found["UserPoolId"] == app.pool_id
    return found["LogConfigurations"]


@holds("LOGS-01")
def test_log_delivery_is_told_and_replaced(wire: Wire) -> None:
    app = an_app(wire)
    assert logs_of(app) == []
    assert set_logs(app, NOTICES, ACTIVITY) == [NOTICES, ACTIVITY]
    assert logs_of(app) == [NOTICES, ACTIVITY]
    wire.call("UpdateUserPool", UserPoolId=app.pool_id)
    stream = {**ACTIVITY, "FirehoseConfiguration": {"StreamArn": STREAM}}
    del stream["S3Configuration"]
    assert set_logs(app, stream) == [stream]
    assert set_logs(app) == []
    assert logs_of(app) == []


@holds("LOGS-02")
@pytest.mark.parametrize(
    "logs",
    [
        [NOTICES, NOTICES],
        [{**NOTICES, "LogLevel": "INFO"}],
        [{**ACTIVITY, "LogLevel": "ERROR"}],
        [{"EventSource": "userAuthEvents", "LogLevel": "INFO"}],
        [{**ACTIVITY, "FirehoseConfiguration": {"StreamArn": STREAM}}],
        [{**ACTIVITY, "S3Configuration": {}}],
        [{**NOTICES, "S3Configuration": {"BucketArn": BUCKET}}],
        [{"EventSource": "userNotification", "LogLevel": "ERROR"}],
        [{**NOTICES, "EventSource": "other"}],
        [{**NOTICES, "CloudWatchLogsConfiguration": {"LogGroupArn": "x"}}],
        [NOTICES, ACTIVITY, NOTICES],
    ],
)
def test_where_a_log_cannot_go(app: App, logs: list[Json]) -> None:
    with refused("InvalidParameterException"):
        set_logs(app, *logs)


@holds("LOGS-03")
def test_activity_is_a_matter_of_tier(start_server: StartServer) -> None:
    server = start_server(environment={"POOLKEEP_TIERS_ENFORCED": "true"})
    wire = Wire(server.base_url)
    essentials, plus = an_app(wire), an_app(wire, a_pool(wire, UserPoolTier="PLUS"))
    set_logs(essentials, NOTICES)
    with refused("FeatureUnavailableInTierException"):
        set_logs(essentials, ACTIVITY)
    set_logs(plus, ACTIVITY)
    with refused("FeatureUnavailableInTierException"):
        wire.call("UpdateUserPool", UserPoolId=plus.pool_id, UserPoolTier="ESSENTIALS")
