"""Signed operations over the wire, where signatures are checked: the local mode."""

import contextlib
import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.sdk import boto
from tests.sdk.builders import a_pool, an_app
from tests.sdk.support import PREFIX, REGION, Json, Reply, Wire, an_account, refused
from tests.security.signing import (
    KeyPair,
    Scope,
    SignedWire,
    presigned_query,
    refusal_of,
    root_key,
    signed_headers,
)
from tests.support.processes import free_port
from tests.support.server import Server, StartServer

MISSING: Final = "MissingAuthenticationTokenException"
UNKNOWN: Final = "UnrecognizedClientException"
INVALID: Final = "InvalidSignatureException"
INCOMPLETE: Final = "IncompleteSignatureException"
BODY: Final = b'{"MaxResults": 1}'
OPERATION: Final = "ListUserPools"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("local") / "data"


@pytest.fixture(scope="module")
def server(start_shared_server: StartServer, data: Path) -> Server:
    return start_shared_server("--data", str(data), dev=False)


@pytest.fixture(scope="module")
def wire(server: Server, data: Path) -> SignedWire:
    return SignedWire(server.base_url, root_key(data))


@contextlib.contextmanager
def sdk(server: Server, pair: KeyPair, region: str = REGION) -> Iterator[Any]:
    """Open boto3 with this key pair."""
    variables = boto.environment(server.base_url, pair.id, pair.secret)
    with boto.client({**variables, "AWS_DEFAULT_REGION": region}) as made:
        yield made


def code_of(error: ClientError) -> str:
    code: str = error.response["Error"]["Code"]
    return code


def told(reply: Reply) -> str:
    """Return the code of a refusal; every one of ours is a 400 or 403 without details."""
    refusal = refusal_of(reply)
    assert refusal.status in {400, 403}
    return refusal.code


# -- with the SDK


def test_the_root_key_pair_of_the_first_start_signs(server: Server, data: Path) -> None:
    credentials = data / "credentials"
    assert credentials.stat().st_mode & 0o777 == 0o600
    assert (data / "master.key").stat().st_mode & 0o777 == 0o600
    with sdk(server, root_key(data)) as idp:
        pool = idp.create_user_pool(PoolName="signed")["UserPool"]
        assert pool["Arn"].startswith(f"arn:aws:cognito-idp:{REGION}:123456789012:userpool/")
        assert idp.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["Name"] == "signed"


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"secret": "x" * 40}, INVALID),
        ({"id": "AKIAIOSFODNN7EXAMPLE"}, UNKNOWN),
        ({"id": "123456789012"}, UNKNOWN),
    ],
    ids=["wrong secret", "unknown key", "an account is no key"],
)
def test_the_sdk_is_refused(
    server: Server, data: Path, change: dict[str, str], expected: str
) -> None:
    pair = dataclasses.replace(root_key(data), **change)
    with sdk(server, pair) as idp, pytest.raises(ClientError) as caught:
        idp.list_user_pools(MaxResults=1)
    assert code_of(caught.value) == expected


def test_a_region_that_is_not_served_is_refused(server: Server, data: Path) -> None:
    with sdk(server, root_key(data), "eu-west-1") as idp, pytest.raises(ClientError) as caught:
        idp.list_user_pools(MaxResults=1)
    assert code_of(caught.value) == INVALID


def test_a_session_token_does_not_help_an_unknown_key(server: Server, data: Path) -> None:
    pair = root_key(data)
    variables = boto.environment(server.base_url, pair.id, pair.secret)
    variables["AWS_SESSION_TOKEN"] = "invented"
    with boto.client(variables) as idp, pytest.raises(ClientError) as caught:
        idp.list_user_pools(MaxResults=1)
    assert code_of(caught.value) == UNKNOWN


# -- byte by byte


def headers_for(wire: SignedWire, scope: Scope | None = None, **change: str) -> dict[str, str]:
    pair = dataclasses.replace(wire.pair, **change)
    return signed_headers(pair, scope or Scope(), host=wire.host, operation=OPERATION, body=BODY)


def send(wire: SignedWire, headers: dict[str, str], body: bytes = BODY, path: str = "/") -> Reply:
    return wire.exchange("POST", path, body, headers)


def test_what_is_right_is_taken(wire: SignedWire) -> None:
    assert send(wire, headers_for(wire)).status == 200


def test_an_unsigned_call_is_refused(wire: SignedWire) -> None:
    headers = headers_for(wire)
    del headers["Authorization"]
    assert told(send(wire, headers)) == MISSING
    for operation in ("CreateUserPool", "AdminCreateUser", "DeleteUserPool", "AdminGetUser"):
        target = {**headers, "X-Amz-Target": f"{PREFIX}.{operation}"}
        assert told(send(wire, target, b"{}")) == MISSING, "before anything else is said"


@pytest.mark.parametrize("minutes", [-16, -60, 16, 60 * 24 * 365])
def test_a_signature_of_another_time_is_refused(wire: SignedWire, minutes: int) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    assert told(send(wire, headers_for(wire, Scope(moment=moment)))) == INVALID


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_a_little_off_is_borne(wire: SignedWire, minutes: int) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    assert send(wire, headers_for(wire, Scope(moment=moment))).status == 200


@pytest.mark.parametrize(
    "scope",
    [
        Scope(region="eu-west-1"),
        Scope(region="US-EAST-1"),
        Scope(service="cognito-identity"),
        Scope(service="iam"),
        Scope(service="s3"),
    ],
    ids=lambda scope: f"{scope.region} {scope.service}",
)
def test_a_signature_for_something_else_is_refused(wire: SignedWire, scope: Scope) -> None:
    assert told(send(wire, headers_for(wire, scope))) == INVALID


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"MaxResults": 2}', BODY + b" ", BODY.replace(b"1", b"2")]
)
def test_a_body_that_was_not_signed_is_refused(wire: SignedWire, body: bytes) -> None:
    assert told(send(wire, headers_for(wire), body)) == INVALID


def test_an_operation_that_was_not_signed_is_refused(wire: SignedWire) -> None:
    headers = {**headers_for(wire), "X-Amz-Target": f"{PREFIX}.CreateUserPool"}
    assert told(send(wire, headers)) == INVALID
    del headers["X-Amz-Target"]
    headers["X-Amz-Target"] = f"{PREFIX}.DeleteUserPool"
    headers["Authorization"] = headers["Authorization"].replace(";x-amz-target", "")
    assert told(send(wire, headers)) == INVALID, "nor one left out of the signed headers"


def test_headers_that_were_not_signed_do_not_count(wire: SignedWire) -> None:
    headers = headers_for(wire)
    for name, value in (
        ("X-Amz-Security-Token", "invented"),
        ("X-Amz-Content-Sha256", "0" * 64),
        ("X-Amz-Date", "20200101T000000Z"),
    ):
        reply = send(wire, {**headers, name: value})
        assert told(reply) in {INVALID, UNKNOWN}, name


@pytest.mark.parametrize(
    "authorization, expected",
    [
        ("", INCOMPLETE),
        ("Basic cm9vdDpyb290", INCOMPLETE),
        ("Bearer token", INCOMPLETE),
        ("AWS4-HMAC-SHA256", INCOMPLETE),
        ("AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=", INCOMPLETE),
        ("AWS4-ECDSA-P256-SHA256 Credential=a", INCOMPLETE),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request", INCOMPLETE),
    ],
)
def test_a_signature_of_another_kind_is_refused(
    wire: SignedWire, authorization: str, expected: str
) -> None:
    headers = {**headers_for(wire), "Authorization": authorization}
    assert told(send(wire, headers)) in {expected, MISSING}


def test_no_altered_signature_is_taken(wire: SignedWire) -> None:
    good = headers_for(wire)["Authorization"]
    proof = good[-64:]
    altered = {
        proof[:-1] + ("0" if proof[-1] != "0" else "1"),
        proof.upper() if proof.upper() != proof else "A" * 64,
        proof[:-1],
        proof + "0",
        "0" * 64,
        "",
    }
    for other in altered:
        headers = {**headers_for(wire), "Authorization": good[:-64] + other}
        assert told(send(wire, headers)) in {INVALID, INCOMPLETE}


# -- in the query


def test_a_presigned_call_is_taken_and_a_changed_one_is_not(wire: SignedWire) -> None:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "Host": wire.host,
        "X-Amz-Target": f"{PREFIX}.{OPERATION}",
    }

    def query(scope: Scope | None = None, **change: Json) -> str:
        return presigned_query(wire.pair, scope or Scope(), headers=headers, body=BODY, **change)

    good = query()
    assert send(wire, headers, path=f"/?{good}").status == 200
    assert told(send(wire, headers, b"{}", path=f"/?{good}")) == INVALID
    longer = good.replace("X-Amz-Expires=60", "X-Amz-Expires=600")
    assert told(send(wire, headers, path=f"/?{longer}")) == INVALID
    other = {**headers, "X-Amz-Target": f"{PREFIX}.CreateUserPool"}
    assert told(send(wire, other, path=f"/?{good}")) == INVALID
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=90)
    assert told(send(wire, headers, path=f"/?{query(Scope(moment=past))}")) == INVALID
    week = query(expires_s=604_801)
    assert told(send(wire, headers, path=f"/?{week}")) in {INVALID, INCOMPLETE}
    both = {**headers, **headers_for(wire)}
    assert told(send(wire, both, path=f"/?{good}")) in {INVALID, INCOMPLETE}


# -- whose


def test_a_pool_of_another_account_is_not_there(start_server: StartServer) -> None:
    """Accounts of one installation, as development gives them out."""
    server = start_server()
    owner, other = (Wire(server.base_url, an_account()) for _ in range(2))
    app = an_app(owner, a_pool(owner))
    name = app.user()
    text = f"User pool {app.pool_id} does not exist."
    for operation, members in (
        ("DescribeUserPool", {}),
        ("AdminGetUser", {"Username": name}),
        ("ListUsers", {}),
        ("DeleteUserPool", {}),
        ("AdminSetUserPassword", {"Username": name, "Password": "Another-Horse-7"}),
        ("DescribeUserPoolClient", {"ClientId": app.client_id}),
    ):
        with refused("ResourceNotFoundException", text):
            other.call(operation, UserPoolId=app.pool_id, **members)
    assert app.pool_id not in json.dumps(other.call("ListUserPools", MaxResults=60))
    assert app.sign_in(name)["AccessToken"]


# -- ports


def test_signed_operations_leave_the_public_port(start_server: StartServer, tmp_path: Path) -> None:
    admin_port, data = free_port(), tmp_path / "data"
    server = start_server("--data", str(data), "--admin-port", str(admin_port), dev=False)
    pair = root_key(data)
    admin = SignedWire(f"http://127.0.0.1:{admin_port}", pair)
    public = SignedWire(server.base_url, pair)
    app = an_app(admin, a_pool(admin))
    name = app.user()
    for operation in ("ListUserPools", "CreateUserPool", "AdminGetUser", "DeleteUserPool"):
        reply = public.send(operation, b"{}")
        assert refusal_of(reply).code == "UnknownOperationException"
        unsigned = public.send(operation, b"{}", without=("Authorization",))
        assert refusal_of(unsigned).code == "UnknownOperationException", "nor a hint of them"
    people = dataclasses.replace(app, wire=public)
    tokens = people.sign_in(name)
    assert public.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name
    assert people.srp_step(name)["AuthenticationResult"]
