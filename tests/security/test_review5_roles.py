"""Roles that low-privileged callers would like to have: docs/behaviours/policies.md."""

import pytest

from tests.sdk.iam import ANY_TRUST, allow, refused
from tests.sdk.stage import Stage
from tests.sdk.support import unique
from tests.support.server import StartServer


@pytest.fixture(scope="module")
def stage(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    data = tmp_path_factory.mktemp("review5") / "data"
    return Stage(start_shared_server("--data", str(data), dev=False), data)


def test_no_policy_lets_a_role_of_another_account_be_passed(stage: Stage) -> None:
    user = stage.user(allow("cognito-idp:CreateGroup", "iam:PassRole"))
    pool_id = stage.pool()["Id"]
    own = stage.iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=ANY_TRUST)
    mine = own["Role"]["Arn"]
    account = mine.split(":")[4]
    theirs = mine.replace(account, "999999999999")
    user.pools.create_group(GroupName="a", UserPoolId=pool_id, RoleArn=mine)
    with refused("AccessDeniedException"):
        user.pools.create_group(GroupName="b", UserPoolId=pool_id, RoleArn=theirs)
