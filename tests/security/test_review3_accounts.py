"""No operation reaches into another account's pool, whatever it is asked to do there."""

import contextlib
from collections.abc import Iterator

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from poolkeep.wire.service import load
from tests.matrix import cases
from tests.matrix.test_operations import refusal
from tests.matrix.world import World
from tests.sdk import boto
from tests.sdk.support import REGION, an_account
from tests.support.server import Server

OPERATIONS = load("cognito-idp").operations
OF_A_POOL = sorted(
    name
    for name, model in OPERATIONS.items()
    if model.signed and model.input and "user_pool_id" in model.input.__struct_fields__
)
BY_ARN = ["ListTagsForResource", "TagResource", "UntagResource"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a server where every key of 12 digits is an account, with an owner and a foreigner."""
    folder = tmp_path_factory.mktemp("accounts")
    with contextlib.ExitStack() as stack:
        data = folder / "data"
        server = stack.enter_context(Server(folder, "--data", str(data), "--dev", *cases.FLAGS))
        owner, foreigner = (
            stack.enter_context(boto.client(boto.environment(server.base_url, an_account())))
            for _ in range(2)
        )
        app = boto3.Session().client(
            "cognito-idp",
            region_name=REGION,
            endpoint_url=server.base_url,
            config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
        )
        stack.callback(app.close)
        yield World(
            base_url=server.base_url,
            data=data,
            admin=owner,
            app=app,
            stranger=foreigner,
            forger=foreigner,
        )


@pytest.mark.parametrize("operation", [*OF_A_POOL, *BY_ARN])
def test_another_account_finds_nothing(world: World, operation: str) -> None:
    members = cases.CASES[operation].valid(world)
    assert refusal(world.stranger, operation, members) == "ResourceNotFoundException"
