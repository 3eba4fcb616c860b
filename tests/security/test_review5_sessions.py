"""Temporary credentials of users who are gone, or were renamed: docs/behaviours/sts.md."""

from typing import Any

import pytest

from tests.sdk.iam import READ_POOLS, allow, document, refused, service
from tests.sdk.stage import Administrator, Stage
from tests.sdk.support import holds
from tests.support.server import StartServer


@pytest.fixture(scope="module")
def stage(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    data = tmp_path_factory.mktemp("review5") / "data"
    return Stage(start_shared_server("--data", str(data), dev=False), data)


def with_pools(stage: Stage, credentials: dict[str, Any]) -> Any:
    return service(
        stage.server.base_url,
        "cognito-idp",
        key=credentials["AccessKeyId"],
        secret=credentials["SecretAccessKey"],
        token=credentials["SessionToken"],
    )


def removed(stage: Stage, user: Administrator, *policies: str) -> None:
    for policy in policies:
        stage.iam.delete_user_policy(UserName=user.name, PolicyName=policy)
    stage.iam.delete_access_key(UserName=user.name, AccessKeyId=user.key["AccessKeyId"])
    stage.iam.delete_user(UserName=user.name)


def strengthened(stage: Stage, name: str) -> None:
    stage.iam.put_user_policy(
        UserName=name, PolicyName="more", PolicyDocument=document(allow(READ_POOLS))
    )


@holds("STS-08")
def test_a_session_is_not_the_next_user_of_that_name(stage: Stage) -> None:
    gone = stage.user()
    held = with_pools(stage, gone.client("sts").get_session_token()["Credentials"])
    removed(stage, gone)
    stage.iam.create_user(UserName=gone.name)
    strengthened(stage, gone.name)
    with refused("AccessDeniedException"):
        held.list_user_pools(MaxResults=1)


@holds("STS-08")
def test_a_session_is_not_whoever_took_over_the_name(stage: Stage) -> None:
    old, heir = stage.user(), stage.user()
    held = with_pools(stage, old.client("sts").get_session_token()["Credentials"])
    stage.iam.update_user(UserName=old.name, NewUserName=f"{old.name}-before")
    stage.iam.update_user(UserName=heir.name, NewUserName=old.name)
    strengthened(stage, old.name)
    with refused("AccessDeniedException"):
        held.list_user_pools(MaxResults=1)


@holds("STS-08")
def test_a_federated_session_has_nothing_of_the_next_user_of_that_name(stage: Stage) -> None:
    gone = stage.user(allow("sts:GetFederationToken"))
    given = gone.client("sts").get_federation_token(
        Name="guest", Policy=document(allow(READ_POOLS))
    )
    held = with_pools(stage, given["Credentials"])
    removed(stage, gone, "own")
    stage.iam.create_user(UserName=gone.name)
    strengthened(stage, gone.name)
    with refused("AccessDeniedException"):
        held.list_user_pools(MaxResults=1)


@holds("STS-08")
def test_a_session_stays_its_own_user_s(stage: Stage) -> None:
    user = stage.user(allow(READ_POOLS, "sts:GetFederationToken"))
    sts = user.client("sts")
    given = sts.get_federation_token(Name="guest", Policy=document(allow(READ_POOLS)))
    for credentials in (sts.get_session_token()["Credentials"], given["Credentials"]):
        assert with_pools(stage, credentials).list_user_pools(MaxResults=1)
