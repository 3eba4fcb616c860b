"""Replies, requests and browsers: docs/behaviours/wire.md."""

import json
import re
import uuid

import pytest

from tests.sdk.builders import App, a_pool
from tests.sdk.support import PASSWORD, Json, Reply, Wire, holds, refused, unique

TYPE = "application/x-amz-json-1.1"


def post(wire: Wire, operation: str, members: Json, **headers: str) -> Reply:
    """Post members to an operation, with headers named in snake case."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return wire.send(operation, json.dumps(members).encode(), named)


def assert_refusal(reply: Reply, code: str, text: str | None = None, status: int = 400) -> None:
    """Assert the whole form of a refusal: status, both headers, body."""
    assert reply.status == status, reply
    assert reply.headers["content-type"].startswith(TYPE)
    assert reply.headers["x-amzn-errortype"] == f"{code}:"
    body = reply.json()
    assert body["__type"] == code
    if text is not None:
        assert body["message"] == text
        assert reply.headers["x-amzn-errormessage"] == text


@holds("WIRE-01", "WIRE-04", "WIRE-05")
def test_a_success_has_the_form_that_sdks_parse(app: App) -> None:
    reply = post(app.wire, "DescribeUserPool", {"UserPoolId": app.pool_id})
    assert reply.status == 200
    assert reply.headers["content-type"].startswith(TYPE)
    assert str(uuid.UUID(reply.headers["x-amzn-requestid"])) == reply.headers["x-amzn-requestid"]
    assert b"null" not in reply.body
    created = reply.json()["UserPool"]["CreationDate"]
    assert isinstance(created, int | float)
    assert 1.7e9 < created < 4e9
    assert round(created * 1000) == pytest.approx(created * 1000, abs=1e-3)


@holds("WIRE-02")
def test_operations_without_an_output_answer_no_bytes(app: App) -> None:
    pool = a_pool(app.wire)
    name, group = app.user(), unique("group")
    access = app.sign_in(name)["AccessToken"]
    other = app.another_client()
    app.wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName=group)
    member = {"UserPoolId": app.pool_id, "Username": name, "GroupName": group}
    calls: list[tuple[str, dict[str, str]]] = [
        ("AdminAddUserToGroup", member),
        ("AdminRemoveUserFromGroup", member),
        ("DeleteGroup", {"UserPoolId": app.pool_id, "GroupName": group}),
        ("DeleteUser", {"AccessToken": access}),
        ("AdminDeleteUser", {"UserPoolId": app.pool_id, "Username": app.user()}),
        ("DeleteUserPoolClient", {"UserPoolId": app.pool_id, "ClientId": other.client_id}),
        ("DeleteUserPool", {"UserPoolId": pool}),
    ]
    for operation, members in calls:
        reply = post(app.wire, operation, members)
        assert (operation, reply.status, reply.body) == (operation, 200, b"")


@holds("WIRE-03")
def test_operations_with_an_empty_output_answer_an_empty_object(app: App) -> None:
    members = {"UserPoolId": app.pool_id, "Username": app.user(), "Password": PASSWORD}
    reply = post(app.wire, "AdminSetUserPassword", members)
    assert (reply.status, reply.json()) == (200, {})


@holds("WIRE-06")
def test_a_refusal_names_itself_in_body_and_headers(app: App) -> None:
    members = {"UserPoolId": app.pool_id, "Username": "nobody"}
    reply = post(app.wire, "AdminGetUser", members)
    assert_refusal(reply, "UserNotFoundException", "User does not exist.")
    assert set(reply.json()) == {"__type", "message"}
    assert uuid.UUID(reply.headers["x-amzn-requestid"]).version is not None


@holds("WIRE-07")
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"UserPoolId": }',
        b'{"UserPoolId": 7}',
        b'{"UserPoolId": ["x"]}',
        b'{"UserPoolId": {"a": "b"}}',
        b'{"UserPoolId": true}',
        b"[]",
        b'"text"',
        b"7",
        b'{"UserPoolId": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_an_unreadable_body_is_a_serialization_exception(wire: Wire, body: bytes) -> None:
    reply = wire.send("DescribeUserPool", body)
    assert_refusal(reply, "SerializationException")


@holds("WIRE-07")
@pytest.mark.parametrize(
    "operation, member, value",
    [
        ("ListUserPools", "MaxResults", "ten"),
        ("ListUserPools", "MaxResults", 1.5),
        ("ListUserPools", "MaxResults", [1]),
        ("CreateUserPool", "Schema", {"Name": "x"}),
        ("CreateUserPool", "UserPoolTags", [["a", "b"]]),
        ("CreateUserPool", "UserPoolTags", {"a": 1}),
        ("CreateUserPool", "UsernameConfiguration", "true"),
        ("CreateUserPool", "AutoVerifiedAttributes", [7]),
        ("AdminSetUserPassword", "Permanent", "yes"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_serialization_exception(
    wire: Wire, operation: str, member: str, value: Json
) -> None:
    assert_refusal(post(wire, operation, {member: value}), "SerializationException")


@holds("WIRE-08")
@pytest.mark.parametrize("target", ["AWSCognitoIdentityProviderService.Nothing", "Nothing", ""])
def test_an_unknown_target_is_refused(wire: Wire, target: str) -> None:
    reply = wire.send("x", b"{}", {"X-Amz-Target": target})
    assert reply.status == 400
    assert reply.json()["__type"] == "UnknownOperationException"


@holds("WIRE-08")
def test_a_missing_target_is_refused(wire: Wire) -> None:
    reply = wire.send("x", b"{}", without=("X-Amz-Target",))
    assert reply.status == 400
    assert reply.json()["__type"] == "UnknownOperationException"


@holds("WIRE-09")
def test_a_signed_operation_needs_an_authorization_header(wire: Wire) -> None:
    reply = wire.send("ListUserPools", b'{"MaxResults": 1}', without=("Authorization",))
    assert_refusal(reply, "MissingAuthenticationTokenException", "Missing Authentication Token")


@holds("WIRE-10")
@pytest.mark.parametrize(
    "header", [None, "Bearer abc.def.ghi", "AWS4-HMAC-SHA256 Credential=broken", "Basic eDp5"]
)
def test_an_unsigned_operation_ignores_authorization(app: App, header: str | None) -> None:
    members = {
        "ClientId": app.client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": app.user(), "PASSWORD": PASSWORD},
    }
    body = json.dumps(members).encode()
    if header is None:
        reply = app.wire.send("InitiateAuth", body, without=("Authorization",))
    else:
        reply = app.wire.send("InitiateAuth", body, {"Authorization": header})
    assert reply.status == 200, reply
    assert "AuthenticationResult" in reply.json()


@holds("WIRE-11", "WIRE-12")
def test_null_and_unknown_members_are_ignored(app: App) -> None:
    members = {
        "ClientId": app.client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": app.user(), "PASSWORD": PASSWORD, "DEVICE_KEY": None},
        "ClientMetadata": None,
        "NotInTheModel": {"deep": [1, 2, 3]},
    }
    reply = post(app.wire, "InitiateAuth", members)
    assert reply.status == 200, reply


@holds("WIRE-11")
def test_a_required_null_member_is_missing(wire: Wire) -> None:
    with refused(
        "InvalidParameterException",
        "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: "
        "Member must not be null",
    ):
        wire.call("CreateUserPool", PoolName=None)


@holds("WIRE-13")
def test_an_empty_body_counts_as_an_empty_object(wire: Wire) -> None:
    reply = wire.send("CreateUserPool", b"")
    assert_refusal(reply, "InvalidParameterException")


@holds("WIRE-14")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/x-amz-json-1.1; charset=utf-8",
        "application/json;charset=UTF-8",
    ],
)
def test_content_types_of_all_clients_are_accepted(wire: Wire, content_type: str) -> None:
    reply = wire.send("ListUserPools", b'{"MaxResults": 1}', {"Content-Type": content_type})
    assert reply.status == 200, reply


ASKED = "cache-control,content-type,x-amz-target,x-amz-user-agent,amz-sdk-request"


@holds("WIRE-15")
def test_a_preflight_request_is_allowed(wire: Wire) -> None:
    reply = wire.exchange(
        "OPTIONS",
        "/",
        headers={
            "Origin": "https://app.example.com",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ASKED,
        },
    )
    assert reply.status == 200, reply
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    allowed = {
        name.strip().lower() for name in reply.headers["access-control-allow-headers"].split(",")
    }
    assert set(ASKED.split(",")) <= allowed
    assert reply.headers["access-control-max-age"] == "172800"


@holds("WIRE-16")
@pytest.mark.parametrize("members", [{"UserPoolId": "us-east-1_000000000"}, {}, {"UserPoolId": 7}])
def test_every_reply_may_be_read_by_any_origin(wire: Wire, members: dict[str, Json]) -> None:
    reply = post(wire, "DescribeUserPool", members, Origin="https://app.example.com")
    assert reply.headers["access-control-allow-origin"] == "*"
    exposed = reply.headers["access-control-expose-headers"].lower().replace(" ", "").split(",")
    assert {"x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"} <= set(exposed)


@holds("WIRE-24", "WIRE-25", "WIRE-26")
def test_identifiers_have_cognitos_forms(wire: Wire) -> None:
    pool = wire.call("CreateUserPool", PoolName=unique("pool"))["UserPool"]
    assert re.fullmatch(r"us-east-1_[0-9A-Za-z]{9}", pool["Id"])
    assert pool["Arn"] == f"arn:aws:cognito-idp:us-east-1:{wire.account}:userpool/{pool['Id']}"
    client = wire.call(
        "CreateUserPoolClient", UserPoolId=pool["Id"], ClientName="c", GenerateSecret=True
    )["UserPoolClient"]
    assert re.fullmatch(r"[a-z0-9]{26}", client["ClientId"])
    assert re.fullmatch(r"[a-z0-9]{51,52}", client["ClientSecret"])
    user = wire.call(
        "AdminCreateUser", UserPoolId=pool["Id"], Username="u", MessageAction="SUPPRESS"
    )["User"]
    sub = user["Attributes"][0]
    assert sub["Name"] == "sub"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sub["Value"])


@holds("WIRE-41")
def test_what_does_not_exist_says_so(app: App) -> None:
    no_client = "1example23456789abcdefghij"
    missing = f"User pool client {no_client} does not exist."
    with refused("ResourceNotFoundException", "User pool us-east-1_000000000 does not exist."):
        app.wire.call("DescribeUserPool", UserPoolId="us-east-1_000000000")
    with refused("ResourceNotFoundException", missing):
        app.wire.call("DescribeUserPoolClient", UserPoolId=app.pool_id, ClientId=no_client)
    with refused("ResourceNotFoundException", missing):
        app.wire.call("SignUp", ClientId=no_client, Username="u", Password=PASSWORD)
    with refused("ResourceNotFoundException", missing):
        app.wire.call(
            "InitiateAuth",
            ClientId=no_client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "u", "PASSWORD": PASSWORD},
        )


@holds("WIRE-42")
def test_a_pool_of_another_account_does_not_exist(server_url: str, app: App) -> None:
    stranger = Wire(server_url)
    text = f"User pool {app.pool_id} does not exist."
    for operation in ("DescribeUserPool", "UpdateUserPool", "DeleteUserPool", "ListUsers"):
        with refused("ResourceNotFoundException", text):
            stranger.call(operation, UserPoolId=app.pool_id)
    assert stranger.call("ListUserPools", MaxResults=60)["UserPools"] == []


@holds("WIRE-50")
def test_an_operation_that_is_not_built_names_itself(app: App) -> None:
    signature = app.wire.authorization().replace("/cognito-idp/", "/sts/")
    kind = "application/x-www-form-urlencoded"
    form = {
        "Content-Type": kind,
        "Authorization": signature,
        "X-Amz-Date": "20260105T000000Z",
    }
    target = "arn:aws:iam::123456789012:root"
    task = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
    asked = f"TargetPrincipal={target}&TaskPolicyArn.arn={task}"
    body = f"Action=AssumeRoot&Version=2011-06-15&{asked}".encode()
    reply = app.wire.exchange("POST", "/", body, form)
    assert reply.status == 501, reply
    assert b"<Code>NotImplementedException</Code>" in reply.body
    assert b"AssumeRoot" in reply.body
