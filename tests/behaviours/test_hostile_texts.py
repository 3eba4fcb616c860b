"""Naughty strings in every text member, and every kind of body: docs/behaviours/wire.md, WIRE-51.

Members are found in the service model, so that a new operation is tested the day it is built.
Our own strings reach every operation; of the public list every operation gets its share, and the
long run gets them all. The member a string lands in moves on from string to string.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, holds, unique
from tests.support.exclusions import vectors

# Ours, for where the public list is absent, and for what JSON files cannot hold.
OWN: Final = [
    *("", " ", "\t", "\n", "\r\n", "\u0000", "a\u0000b", "\u00a0", "\u200b", "\u202e", "\ufeff"),
    *("\ufffd", "\ud800", "\udfff", "\ud83d", "\U0010ffff", "e\u0301" * 40, "\u0300" * 100),
    *("'", '"', "\\", "';--", "' OR '1'='1", "${jndi:ldap://x/a}", "{{7*7}}", "%s%n", "%00"),
    *("../../etc/passwd", "<script>alert(1)</script>", "=1+1", "-1", "0", "1e999", "NaN"),
    *("null", "undefined", "true", "[]", "{}", "{####}", "{username}", "{##x##}", "𝕏" * 64),
    *("a" * 128, "a" * 129, "a" * 2049, "a" * 9000, "(" * 500, "\\" * 500, "İıſK", "ß" * 60),
    *("us-east-1_", "_", "us-east-1_aB3dE6gH9", "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "é" * 64),
]
MODEL: Final = botocore.session.get_session().get_service_model("cognito-idp")
SHARE: Final = 4
# Making a pool draws RSA keys; it gets a smaller share.
COSTLY: Final = {"CreateUserPool": 30}
# Deleting the pool under test would hide every later refusal behind "does not exist".
SPARED: Final = {"DeleteUserPool", "DeleteUserPoolClient"}


def public_texts() -> list[str]:
    """Return the public list of naughty strings, where there is one."""
    shared = Path(__file__).resolve().parents[3] / "shared" / "data" / "strings" / "blns.json"
    return list(json.loads(shared.read_text())) if shared.exists() else []


def share(operation: str) -> list[str]:
    """Return our strings and the operation's share of the public ones."""
    stride = COSTLY.get(operation, SHARE)
    first = sorted(MODEL.operation_names).index(operation) % stride
    own = OWN[first::5] if operation in COSTLY else OWN
    return [*own, *public_texts()[first::stride]]


def places(shape: Any, path: tuple[Any, ...] = (), depth: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every text inside a shape: member names, list positions, map keys."""
    if depth > 4:
        return
    match shape.type_name:
        case "string":
            yield path
        case "structure":
            for name, member in shape.members.items():
                yield from places(member, (*path, name), depth + 1)
        case "list":
            yield from places(shape.member, (*path, 0), depth + 1)
        case "map":
            yield (*path, KEY)
            yield from places(shape.value, (*path, "key"), depth + 1)


KEY: Final = object()  # the place is the key of a map itself


def planted(members: dict[str, Json], path: tuple[Any, ...], text: str) -> dict[str, Json]:
    """Return members with a text at a place; whatever stood there before is replaced."""
    root: Json = json.loads(json.dumps(members))
    here = root
    for step, following in pairwise(path):
        empty: Json = [] if following == 0 else {}
        if isinstance(here, list):
            if not here:
                here.append(empty)
        elif not isinstance(here.get(step), type(empty)):
            here[step] = empty
        here = here[step]
    last = path[-1]
    if last is KEY:
        here[text] = "value"
    elif isinstance(here, list):
        here[:] = [text]
    else:
        here[last] = text
    return dict(root)


def well_formed(app: App, tokens: dict[str, Json], name: str) -> dict[str, Json]:
    """Return sound values for the members that most operations share."""
    return {
        "UserPoolId": app.pool_id,
        "ClientId": app.client_id,
        "Username": name,
        "AccessToken": tokens["AccessToken"],
        "Password": PASSWORD,
        "PreviousPassword": PASSWORD,
        "ProposedPassword": PASSWORD,
        "TemporaryPassword": PASSWORD,
        "ConfirmationCode": "123456",
        "Code": "123456",
        "AttributeName": "email",
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD},
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ChallengeResponses": {"USERNAME": name, "NEW_PASSWORD": PASSWORD},
        "Session": "A" * 200,
        "UserAttributes": [{"Name": "name", "Value": "N"}],
        "UserAttributeNames": ["name"],
        "CustomAttributes": [{"Name": "x", "AttributeDataType": "String"}],
        "PoolName": "pool",
        "ClientName": "client",
        "GroupName": "group",
        "MaxResults": 10,
        "Token": tokens["RefreshToken"],
        "RefreshToken": tokens["RefreshToken"],
        "ResourceArn": f"arn:aws:cognito-idp:us-east-1:{app.wire.account}:userpool/{app.pool_id}",
        "Tags": {"a": "b"},
        "TagKeys": ["a"],
        "MessageAction": "SUPPRESS",
        "Filter": 'username = "x"',
    }


@pytest.fixture(scope="module")
def target(wire: Wire) -> App:
    """Return an app of a pool that no other module's tests depend on."""
    return an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))


@pytest.fixture
def victim(target: App) -> tuple[App, dict[str, Json], str]:
    """Return the app, and a fresh user with tokens for the hostile calls to name."""
    app, name = target.another_client(), target.user()
    return app, app.sign_in(name), name


def assault(victim: tuple[App, dict[str, Json], str], operation: str, texts: list[str]) -> None:
    """Send each text in some member of the operation; whatever comes must be no fault."""
    app, tokens, name = victim
    shape = MODEL.operation_model(operation).input_shape
    known = well_formed(app, tokens, name)
    members = {key: value for key, value in known.items() if key in shape.members}
    found = list(places(shape))
    for number, text in enumerate(texts):
        path = found[number % len(found)]
        if operation == "AdminCreateUser" and path != ("Username",):
            members["Username"] = unique("naughty")
        body = json.dumps(planted(members, path, text)).encode()
        reply = app.wire.send(operation, body)
        if reply.status == 501 and reply.json()["__type"] == "NotImplementedException":
            continue
        assert reply.status in {200, 400}, (operation, path, text, reply)
        assert "\n" not in reply.headers.get("x-amzn-errormessage", "")


@holds("WIRE-51")
@pytest.mark.parametrize("operation", sorted(set(MODEL.operation_names) - SPARED))
def test_no_text_brings_an_operation_down(
    victim: tuple[App, dict[str, Json], str], operation: str
) -> None:
    assault(victim, operation, share(operation))


@pytest.mark.soak
@pytest.mark.parametrize("operation", sorted(set(MODEL.operation_names) - SPARED))
def test_no_text_at_any_place_brings_an_operation_down(
    victim: tuple[App, dict[str, Json], str], operation: str
) -> None:
    count = len(list(places(MODEL.operation_model(operation).input_shape)))
    for text in [*OWN, *public_texts()]:
        assault(victim, operation, [text] * count)


@holds("WIRE-51")
def test_hostile_attributes_come_back_as_they_went_in(app: App) -> None:
    kept = [
        text
        for text in [*OWN, *public_texts()]
        if text and text.isprintable() and len(text) <= 2048
    ]
    for text in kept[:200]:
        body = {
            "UserPoolId": app.pool_id,
            "Username": unique(),
            "MessageAction": "SUPPRESS",
            "UserAttributes": [{"Name": "nickname", "Value": text}],
        }
        reply = app.wire.send("AdminCreateUser", json.dumps(body).encode())
        if reply.status != 200:
            assert reply.status == 400, (text, reply)
            continue
        stored = {entry["Name"]: entry["Value"] for entry in reply.json()["User"]["Attributes"]}
        assert stored["nickname"] == text


def corpus(prefix: str) -> list[Path]:
    """Return the bodies of the public JSON corpus; they are looked for again when tests run."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "json"
    return sorted(folder.glob(f"{prefix}_*.json")) if folder.exists() else []


@holds("WIRE-07", "WIRE-51")
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_broken_json_is_a_serialization_exception(wire: Wire, signed: bool) -> None:
    vectors("json")
    operation = "ListUserPools" if signed else "InitiateAuth"
    for path in corpus("n"):
        content = path.read_bytes()
        if not content.strip():
            continue  # an empty body counts as an empty object: WIRE-13
        reply = wire.send(operation, content)
        assert reply.status == 400, (path.name, reply)
        assert reply.json()["__type"] == "SerializationException", (path.name, reply)


@holds("WIRE-07", "WIRE-51")
@pytest.mark.parametrize("prefix", ["y", "i"])
def test_other_json_is_judged_and_never_a_fault(wire: Wire, prefix: str) -> None:
    vectors("json")
    for path in corpus(prefix):
        content = path.read_bytes()
        reply = wire.send("ListUserPools", content)
        assert reply.status == 400, (path.name, reply)
        kinds = {"SerializationException", "InvalidParameterException"}
        assert reply.json()["__type"] in kinds, (path.name, reply)
        if prefix == "y" and content.lstrip().startswith(b"{"):
            assert reply.json()["__type"] == "InvalidParameterException", (path.name, reply)


@holds("WIRE-51")
@pytest.mark.parametrize(
    "target",
    [
        "AWSCognitoIdentityProviderService." + "x" * 5000,
        "AWSCognitoIdentityProviderService.__init__",
        "AWSCognitoIdentityProviderService.../ListUsers",
        "AWSCognitoIdentityProviderService.ListUsers.ListUsers",
        "\u00e9.\u00e9",
        ".",
    ],
)
def test_hostile_targets_are_refused(wire: Wire, target: str) -> None:
    reply = wire.send("x", b"{}", {"X-Amz-Target": target})
    assert 400 <= reply.status < 500, reply
