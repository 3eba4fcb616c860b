"""Every operation, three ways, through boto3 and a server that checks signatures.

The valid call succeeds and shows what it should; the invalid one gets its own error; and whoever
may not call is refused: without a key, with an unknown one and with a wrong secret where a
signature is due, with altered and revoked tokens where a token is, without the secret's proof
where a client is.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from poolkeep.wire.service import load
from tests.matrix import cases
from tests.matrix.case import Members
from tests.matrix.world import World
from tests.sdk import boto
from tests.sdk.support import REGION, an_account, tampered
from tests.security.signing import root_key
from tests.support.server import Server

OPERATIONS = load("cognito-idp").operations
NAMES = sorted(cases.CASES)
UNMODELLED = "MissingAuthenticationTokenException"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a server of our own that checks signatures, and its callers."""
    folder = tmp_path_factory.mktemp("matrix")
    data = folder / "data"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(folder, "--data", str(data), *cases.FLAGS))
        key = root_key(data)
        url = server.base_url
        admin, stranger, forger = (
            stack.enter_context(boto.client(boto.environment(url, name, secret)))
            for name, secret in (
                (key.id, key.secret),
                (an_account(), key.secret),
                (key.id, tampered(key.secret)),
            )
        )
        app = boto3.Session().client(
            "cognito-idp",
            region_name=REGION,
            endpoint_url=url,
            config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
        )
        stack.callback(app.close)
        yield World(base_url=url, data=data, admin=admin, app=app, stranger=stranger, forger=forger)


def method(client: Any, operation: str) -> Any:
    """Return the client's method for an operation."""
    for name, model in client.meta.method_to_api_mapping.items():
        if model == operation:
            return getattr(client, name)
    raise AssertionError(operation)


def called(client: Any, operation: str, members: Members) -> Members:
    """Call, and return the answer without what boto3 adds."""
    answer: Members = method(client, operation)(**members)
    answer.pop("ResponseMetadata")
    return answer


def refusal(client: Any, operation: str, members: Members) -> str:
    """Call, and return the code of the refusal."""
    with pytest.raises(ClientError) as caught:
        called(client, operation, members)
    return str(caught.value.response["Error"]["Code"])


def caller_of(world: World, operation: str) -> Any:
    """Return who rightly calls an operation."""
    model = OPERATIONS[operation]
    return world.admin if model.signed and not model.optional_signature else world.app


def test_every_operation_has_a_case() -> None:
    assert set(cases.CASES) == set(OPERATIONS)


@pytest.mark.parametrize("operation", NAMES)
def test_valid(world: World, operation: str) -> None:
    case = cases.CASES[operation]
    answer = called(caller_of(world, operation), operation, case.valid(world))
    assert case.shows(answer), answer


@pytest.mark.parametrize("operation", NAMES)
def test_invalid(world: World, operation: str) -> None:
    case = cases.CASES[operation]
    code = refusal(caller_of(world, operation), operation, case.invalid(world))
    assert code == case.error


@pytest.mark.parametrize("operation", NAMES)
def test_unauthorised(world: World, operation: str) -> None:
    case = cases.CASES[operation]
    members = case.valid(world)
    if case.denied is not None:
        assert refusal(world.app, operation, case.denied(world)) == case.denial
    elif caller_of(world, operation) is world.admin:
        assert refusal(world.app, operation, members) == UNMODELLED
        assert refusal(world.stranger, operation, members) == "UnrecognizedClientException"
        assert refusal(world.forger, operation, members) == "InvalidSignatureException"
    elif "AccessToken" in members:
        _refuses_tokens(world, operation, members)
    else:
        assert "ClientId" in members, "a case of this kind says who is denied"
        secret = {**members, "ClientId": world.secret_client}
        assert refusal(world.app, operation, secret) == case.denial
        other = {**members, "ClientId": "nosuchclient0000000000000"}
        assert refusal(world.app, operation, other) == "ResourceNotFoundException"


def _refuses_tokens(world: World, operation: str, members: Members) -> None:
    token = members["AccessToken"]
    altered = {**members, "AccessToken": tampered(token)}
    assert refusal(world.app, operation, altered) == "NotAuthorizedException"
    foreign = {**members, "AccessToken": world.tokens()["IdToken"]}
    assert refusal(world.app, operation, foreign) == "NotAuthorizedException"
    world.app.global_sign_out(AccessToken=token)
    assert refusal(world.app, operation, members) == "NotAuthorizedException"


def test_the_page_has_every_call(pytestconfig: pytest.Config) -> None:
    page = Path(pytestconfig.rootpath, "docs/reference/operations.md").read_text()
    for name, case in cases.CASES.items():
        assert f"| `{name}` | answered | `{case.error}` |" in page
