"""docs/behaviours/policies.md: what an administrator's key may do, where signatures are checked."""

import json
from typing import Final

import pytest

from tests.sdk.iam import allow, deny, document, refused, service, trust
from tests.sdk.stage import Stage
from tests.sdk.support import REGION, holds, unique
from tests.support.server import StartServer

DENIED: Final = "AccessDenied"
DENIED_JSON: Final = "AccessDeniedException"


@pytest.fixture(scope="module")
def stage(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    data = tmp_path_factory.mktemp("iam") / "data"
    return Stage(start_shared_server("--data", str(data), dev=False), data)


@holds("POL-01")
def test_a_user_may_do_nothing_until_a_policy_says_so(stage: Stage) -> None:
    user = stage.user()
    why = (
        f"User: {user.arn} is not authorized to perform: cognito-idp:ListUserPools because no "
        "identity-based policy allows the cognito-idp:ListUserPools action"
    )
    with refused(DENIED_JSON, why):
        user.pools.list_user_pools(MaxResults=1)
    why = (
        f"User: {user.arn} is not authorized to perform: iam:GetUser on resource: {user.arn} "
        "because no identity-based policy allows the iam:GetUser action"
    )
    with refused(DENIED, why, 403):
        user.iam.get_user()
    with refused(DENIED_JSON):
        user.client("kms").create_key()
    stage.iam.put_user_policy(
        UserName=user.name,
        PolicyName="own",
        PolicyDocument=document(allow("cognito-idp:ListUserPools")),
    )
    user.pools.list_user_pools(MaxResults=1)
    stage.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    with refused(DENIED_JSON):
        user.pools.list_user_pools(MaxResults=1)


@holds("POL-02")
def test_a_policy_may_name_one_pool(stage: Stage) -> None:
    mine, other = stage.pool(), stage.pool()
    user = stage.user(allow("cognito-idp:*", resource=mine["Arn"]))
    user.pools.admin_create_user(UserPoolId=mine["Id"], Username="ann")
    assert user.pools.describe_user_pool(UserPoolId=mine["Id"])["UserPool"]["Id"] == mine["Id"]
    user.pools.tag_resource(ResourceArn=mine["Arn"], Tags={"a": "b"})
    why = (
        f"User: {user.arn} is not authorized to perform: cognito-idp:AdminGetUser on resource: "
        f"{other['Arn']} because no identity-based policy allows the cognito-idp:AdminGetUser "
        "action"
    )
    with refused(DENIED_JSON, why):
        user.pools.admin_get_user(UserPoolId=other["Id"], Username="ann")
    with refused(DENIED_JSON):
        user.pools.create_user_pool(PoolName="new")


@holds("POL-03")
def test_a_denial_counts_wherever_it_stands(stage: Stage) -> None:
    pool = stage.pool()
    user = stage.user(allow("*"))
    group = unique("group")
    stage.iam.create_group(GroupName=group)
    stage.iam.put_group_policy(
        GroupName=group,
        PolicyName="never",
        PolicyDocument=document(deny("cognito-idp:DeleteUserPool")),
    )
    stage.iam.add_user_to_group(GroupName=group, UserName=user.name)
    why = (
        f"User: {user.arn} is not authorized to perform: cognito-idp:DeleteUserPool on resource: "
        f"{pool['Arn']} with an explicit deny in an identity-based policy"
    )
    with refused(DENIED_JSON, why):
        user.pools.delete_user_pool(UserPoolId=pool["Id"])
    user.pools.describe_user_pool(UserPoolId=pool["Id"])
    stage.iam.remove_user_from_group(GroupName=group, UserName=user.name)
    user.pools.delete_user_pool(UserPoolId=pool["Id"])


@holds("POL-04")
def test_a_boundary_limits_and_gives_nothing(stage: Stage) -> None:
    boundary = stage.iam.create_policy(
        PolicyName=unique("limit"), PolicyDocument=document(allow("cognito-idp:List*"))
    )["Policy"]["Arn"]
    bounded = stage.user(PermissionsBoundary=boundary)
    with refused(DENIED_JSON):
        bounded.pools.list_user_pools(MaxResults=1)
    bounded = stage.user(allow("*"), PermissionsBoundary=boundary)
    bounded.pools.list_user_pools(MaxResults=1)
    why = (
        f"User: {bounded.arn} is not authorized to perform: cognito-idp:CreateUserPool because no "
        "permissions boundary allows the cognito-idp:CreateUserPool action"
    )
    with refused(DENIED_JSON, why):
        bounded.pools.create_user_pool(PoolName="new")


@holds("POL-05")
def test_conditions_see_tags_of_the_pool_the_request_and_the_caller(stage: Stage) -> None:
    mine = stage.pool(UserPoolTags={"team": "x"})
    other = stage.pool(UserPoolTags={"team": "y"})
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    asked = {"StringEquals": {"aws:RequestTag/team": "x"}}
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}, **asked}
    user = stage.user(
        allow("cognito-idp:DescribeUserPool", Condition=same),
        allow("cognito-idp:CreateUserPool", Condition=only),
        Tags=[{"Key": "team", "Value": "x"}],
    )
    user.pools.describe_user_pool(UserPoolId=mine["Id"])
    with refused(DENIED_JSON):
        user.pools.describe_user_pool(UserPoolId=other["Id"])
    user.pools.create_user_pool(PoolName="new", UserPoolTags={"team": "x"})
    for tags in ({}, {"team": "y"}, {"team": "x", "more": "z"}):
        with refused(DENIED_JSON):
            user.pools.create_user_pool(PoolName="new", UserPoolTags=tags)


@holds("POL-06")
def test_conditions_see_where_a_request_comes_from(stage: Stage) -> None:
    near = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    far = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    for condition, is_met in ((near, True), (far, False), (plain, True)):
        user = stage.user(allow("cognito-idp:ListUserPools", Condition=condition))
        if is_met:
            user.pools.list_user_pools(MaxResults=1)
        else:
            with refused(DENIED_JSON):
                user.pools.list_user_pools(MaxResults=1)


@holds("POL-07")
def test_administrators_of_iam_keep_to_their_path_and_boundary(stage: Stage) -> None:
    boundary = stage.iam.create_policy(
        PolicyName=unique("limit"), PolicyDocument=document(allow("s3:*"))
    )["Policy"]["Arn"]
    limited = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    only = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonCognitoReadOnly"}}
    user = stage.user(
        allow("iam:CreateUser", resource="arn:aws:iam::*:user/team/*", Condition=limited),
        allow("iam:AttachUserPolicy", resource="arn:aws:iam::*:user/team/*", Condition=only),
        allow("iam:DeleteUser", resource="arn:aws:iam::*:user/team/*"),
    )
    name = unique("new")
    user.iam.create_user(UserName=name, Path="/team/", PermissionsBoundary=boundary)
    for members in ({}, {"Path": "/team/"}, {"PermissionsBoundary": boundary}):
        with refused(DENIED):
            user.iam.create_user(UserName=unique("new"), **members)
    read_only = "arn:aws:iam::aws:policy/AmazonCognitoReadOnly"
    user.iam.attach_user_policy(UserName=name, PolicyArn=read_only)
    with refused(DENIED):
        user.iam.attach_user_policy(
            UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
    with refused(DENIED):
        user.iam.delete_user(UserName=user.name)
    with refused(DENIED):
        user.iam.create_access_key()


@holds("POL-08")
def test_to_give_a_role_to_a_pool_asks_for_pass_role(stage: Stage) -> None:
    pool = stage.pool()
    role = "arn:aws:iam::123456789012:role/readers"
    passed = {"StringEquals": {"iam:PassedToService": "cognito-idp.amazonaws.com"}}
    user = stage.user(allow("cognito-idp:*"))
    user.pools.create_group(UserPoolId=pool["Id"], GroupName="plain")
    why = (
        f"User: {user.arn} is not authorized to perform: iam:PassRole on resource: {role} because "
        "no identity-based policy allows the iam:PassRole action"
    )
    with refused(DENIED_JSON, why):
        user.pools.create_group(UserPoolId=pool["Id"], GroupName="readers", RoleArn=role)
    stage.iam.put_user_policy(
        UserName=user.name,
        PolicyName="passing",
        PolicyDocument=document(allow("iam:PassRole", resource=role, Condition=passed)),
    )
    user.pools.create_group(UserPoolId=pool["Id"], GroupName="readers", RoleArn=role)


@holds("POL-09")
def test_a_key_is_of_no_use_once_it_is_off_or_gone(stage: Stage) -> None:
    user = stage.user(allow("*"))
    user.pools.list_user_pools(MaxResults=1)
    key_id = user.key["AccessKeyId"]
    used = stage.iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("cognito-idp", REGION)
    for status in ("Inactive", "Active"):
        stage.iam.update_access_key(UserName=user.name, AccessKeyId=key_id, Status=status)
        if status == "Inactive":
            with refused("UnrecognizedClientException"):
                user.pools.list_user_pools(MaxResults=1)
            with refused("InvalidClientTokenId"):
                user.iam.list_users()
        else:
            user.iam.list_users()
    stage.iam.delete_access_key(UserName=user.name, AccessKeyId=key_id)
    with refused("UnrecognizedClientException"):
        user.pools.list_user_pools(MaxResults=1)


@holds("POL-10")
def test_the_log_says_which_statement_decided(stage: Stage) -> None:
    user = stage.user({**allow("cognito-idp:ListUserPools"), "Sid": "Listing"})
    user.pools.list_user_pools(MaxResults=1)
    with refused(DENIED):
        user.iam.list_users()
    lines = [
        json.loads(line)
        for line in stage.server.log.read_text().splitlines()
        if user.name in line or "iam:ListUsers" in line
    ]
    told = [line["decided_by"] for line in lines if line.get("decision") == "allowed"]
    why = f"allow by identity-based policy {user.arn}/own statement 0 (Listing)"
    assert told[-1:] == [why]
    assert [line["decided_by"] for line in lines if line.get("decision") == "implicitDeny"][
        -1:
    ] == ["no identity-based policy allows it"]


@holds("POL-21")
def test_a_session_of_a_role_is_decided_as_it_stands_now(stage: Stage) -> None:
    user = stage.user()
    name = unique("role")
    iam = stage.iam
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": user.arn}))
    rights = document(allow("cognito-idp:*", "iam:List*"))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=rights)
    given = user.client("sts").assume_role(
        RoleArn=made["Role"]["Arn"],
        RoleSessionName="session",
        Policy=document(allow("cognito-idp:List*", "iam:List*")),
    )["Credentials"]
    pools, entities = (
        service(
            stage.server.base_url,
            service_name,
            key=given["AccessKeyId"],
            secret=given["SecretAccessKey"],
            token=given["SessionToken"],
        )
        for service_name in ("cognito-idp", "iam")
    )
    pools.list_user_pools(MaxResults=1)
    entities.list_users()
    account = made["Role"]["Arn"].split(":")[4]
    why = (
        f"User: arn:aws:sts::{account}:assumed-role/{name}/session is not authorized to perform: "
        "cognito-idp:CreateUserPool because no session policy allows the "
        "cognito-idp:CreateUserPool action"
    )
    with refused(DENIED_JSON, why):
        pools.create_user_pool(PoolName="new")
    less = document(allow("iam:List*"))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=less)
    with refused(DENIED_JSON):
        pools.list_user_pools(MaxResults=1)
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    iam.delete_role(RoleName=name)
    with refused(DENIED):
        entities.list_users()
