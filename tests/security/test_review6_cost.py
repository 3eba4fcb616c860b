"""Documents that would keep the server busy: docs/behaviours/policies.md."""

import time
from typing import Any, Final

import pytest

from tests.sdk.iam import allow, document, refused
from tests.sdk.stage import Stage
from tests.sdk.support import holds, unique
from tests.support.server import StartServer

SOON_S: Final = 3.0
"""Far more than any of these takes, far less than each of them once took."""
OPENINGS: Final = "${" * 40_000
BLANKS: Final = "${" + " " * 3_000 + "'}"


@pytest.fixture(scope="module")
def stage(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    data = tmp_path_factory.mktemp("review6") / "data"
    return Stage(start_shared_server("--data", str(data), dev=False), data)


def soon(act: Any) -> Any:
    began = time.monotonic()
    found = act()
    assert time.monotonic() - began < SOON_S
    return found


@holds("POL-27")
@pytest.mark.parametrize("text", [OPENINGS, BLANKS], ids=["openings", "blanks"])
def test_variables_that_never_end_are_read_at_once(stage: Stage, text: str) -> None:
    user = stage.user(allow("iam:*"))
    for statement in (
        allow("s3:*", resource=f"arn:aws:s3:::{text}"),
        allow("s3:*", Condition={"StringLike": {"aws:userid": text}}),
    ):
        with refused("LimitExceeded" if text == OPENINGS else "MalformedPolicyDocument"):
            soon(
                lambda told=statement: user.iam.create_policy(
                    PolicyName=unique("p"), PolicyDocument=document(told)
                )
            )


@holds("POL-27")
def test_a_simulation_tells_of_as_much_as_it_can_soon(stage: Stage) -> None:
    user = stage.user(allow("iam:SimulateCustomPolicy"))
    text = document(*[allow("s3:Get*", resource="arn:aws:s3:::a*") for _ in range(1_200)])
    asked = {
        "PolicyInputList": [text] * 4,
        "ActionNames": [f"s3:Get{number}" for number in range(100)],
        "ResourceArns": [f"arn:aws:s3:::a{number}" for number in range(10)],
    }
    first = soon(lambda: user.iam.simulate_custom_policy(**asked))
    assert first["IsTruncated"]
    assert 1 <= len(first["EvaluationResults"]) < 100
    more = soon(lambda: user.iam.simulate_custom_policy(**asked, Marker=first["Marker"]))
    names = [
        (one["EvalActionName"], one["EvalResourceName"])
        for page in (first, more)
        for one in page["EvaluationResults"]
    ]
    assert len(set(names)) == len(names)


@holds("IDPOOL-140")
def test_the_arn_of_a_role_is_read_at_once(stage: Stage) -> None:
    pools = stage.client("cognito-identity")
    pool_id = pools.create_identity_pool(
        IdentityPoolName=unique("pool"), AllowUnauthenticatedIdentities=True
    )["IdentityPoolId"]
    arn = f"arn:aws:iam::123456789012:role/{'a/' * 800}!"
    with refused("NotAuthorizedException"):
        soon(
            lambda: pools.set_identity_pool_roles(
                IdentityPoolId=pool_id, Roles={"authenticated": arn}
            )
        )
    assert pools.describe_identity_pool(IdentityPoolId=pool_id)["IdentityPoolId"] == pool_id
