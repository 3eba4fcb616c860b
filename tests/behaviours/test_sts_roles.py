"""docs/behaviours/sts.md: roles that are assumed, where signatures are checked."""

import datetime as dt
from typing import Any, Final

import pytest

from tests.sdk.iam import allow, deny, document, refused, service, trust
from tests.sdk.stage import Administrator, Stage
from tests.sdk.support import holds, unique
from tests.support.server import StartServer

DENIED: Final = "AccessDenied"
INVALID: Final = "ValidationError"
LIST: Final = "cognito-idp:ListUserPools"


@pytest.fixture(scope="module")
def stage(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    data = tmp_path_factory.mktemp("sts") / "data"
    return Stage(start_shared_server("--data", str(data), dev=False), data)


def a_role(stage: Stage, trusts: str, *statements: dict[str, Any], **members: Any) -> Any:
    role = stage.iam.create_role(
        RoleName=unique("role"), AssumeRolePolicyDocument=trusts, **members
    )["Role"]
    if statements:
        stage.iam.put_role_policy(
            RoleName=role["RoleName"], PolicyName="own", PolicyDocument=document(*statements)
        )
    return role


def assumed(who: Administrator, role: Any, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = who.client("sts").assume_role(
        **{"RoleArn": role["Arn"], "RoleSessionName": "here", **asked}
    )
    return found


def as_session(stage: Stage, answer: dict[str, Any], name: str = "cognito-idp") -> Any:
    found = answer["Credentials"]
    return service(
        stage.server.base_url,
        name,
        key=found["AccessKeyId"],
        secret=found["SecretAccessKey"],
        token=found["SessionToken"],
    )


@holds("STS-01", "STS-02")
def test_a_role_is_assumed_by_whom_it_names(stage: Stage) -> None:
    user = stage.user()
    role = a_role(stage, trust({"AWS": user.arn}), allow(LIST), Path="/team/")
    answer = assumed(user, role)
    session = f"arn:aws:sts::{role['Arn'].split(':')[4]}:assumed-role/{role['RoleName']}/here"
    assert answer["AssumedRoleUser"] == {
        "Arn": session, "AssumedRoleId": f"{role['RoleId']}:here",
    }  # fmt: skip
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    left = answer["Credentials"]["Expiration"] - dt.datetime.now(dt.UTC)
    assert 3_500 < left.total_seconds() <= 3_600
    told = as_session(stage, answer, "sts").get_caller_identity()
    assert (told["Arn"], told["UserId"]) == (session, f"{role['RoleId']}:here")
    pools = as_session(stage, answer)
    pools.list_user_pools(MaxResults=1)
    why = f"User: {session} is not authorized to perform: cognito-idp:CreateUserPool because no "
    with refused("AccessDeniedException", f"{why}identity-based policy allows the "
                 "cognito-idp:CreateUserPool action"):  # fmt: skip
        pools.create_user_pool(PoolName="p")


@holds("STS-02")
def test_who_is_not_named_needs_a_policy_and_the_account(stage: Stage) -> None:
    plain, allowed = stage.user(), stage.user(allow("sts:AssumeRole"))
    account = allowed.arn.split(":")[4]
    named = a_role(stage, trust({"AWS": plain.arn}))
    delegated = a_role(stage, trust({"AWS": account}))
    assert assumed(allowed, delegated)
    for who, role in ((plain, delegated), (allowed, named)):
        with refused(DENIED):
            assumed(who, role)
    absent = {"Arn": f"arn:aws:iam::{account}:role/nobody"}
    why = f"User: {allowed.arn} is not authorized to perform: sts:AssumeRole on resource: "
    with refused(DENIED, why + absent["Arn"], 403):
        assumed(allowed, absent)
    with refused(DENIED, "Roles may not be assumed by root accounts."):
        stage.client("sts").assume_role(RoleArn=delegated["Arn"], RoleSessionName="here")


@holds("STS-02")
def test_a_namesake_does_not_inherit_the_trust(stage: Stage) -> None:
    user = stage.user()
    role = a_role(stage, trust({"AWS": user.arn}))
    stage.iam.delete_access_key(UserName=user.name, AccessKeyId=user.key["AccessKeyId"])
    stage.iam.delete_user(UserName=user.name)
    stage.iam.create_user(UserName=user.name)
    key = stage.iam.create_access_key(UserName=user.name)["AccessKey"]
    with refused(DENIED):
        assumed(Administrator(stage, user.arn, key), role)


@holds("STS-03")
def test_an_external_id_is_asked(stage: Stage) -> None:
    user = stage.user()
    only = {"StringEquals": {"sts:ExternalId": "secret-1"}}
    role = a_role(stage, trust({"AWS": user.arn}, Condition=only))
    assert assumed(user, role, ExternalId="secret-1")
    for wrong in ({}, {"ExternalId": "secret-2"}):
        with refused(DENIED):
            assumed(user, role, **wrong)


@holds("STS-04")
def test_sessions_end_and_are_no_longer_than_the_role_says(stage: Stage) -> None:
    user = stage.user()
    role = a_role(stage, trust({"AWS": user.arn}), MaxSessionDuration=7_200)
    assert assumed(user, role, DurationSeconds=7_200)
    with refused(INVALID, "The requested DurationSeconds exceeds the MaxSessionDuration set for "
                 "this role."):  # fmt: skip
        assumed(user, role, DurationSeconds=7_201)
    with refused(INVALID):
        assumed(user, role, DurationSeconds=43_201)
    chain = a_role(stage, trust({"AWS": role["Arn"]}), MaxSessionDuration=7_200)
    sts = as_session(stage, assumed(user, role), "sts")
    sts.assume_role(RoleArn=chain["Arn"], RoleSessionName="next", DurationSeconds=3_600)
    with refused(INVALID, "The requested DurationSeconds exceeds the 1 hour session limit for "
                 "roles assumed by role chaining"):  # fmt: skip
        sts.assume_role(RoleArn=chain["Arn"], RoleSessionName="next", DurationSeconds=3_601)


@holds("STS-05")
def test_session_policies_only_limit(stage: Stage) -> None:
    user = stage.user()
    role = a_role(stage, trust({"AWS": user.arn}), allow("cognito-idp:*"))
    less = as_session(stage, assumed(user, role, Policy=document(allow(LIST))))
    less.list_user_pools(MaxResults=1)
    with refused("AccessDeniedException"):
        less.create_user_pool(PoolName="p")
    bare = a_role(stage, trust({"AWS": user.arn}))
    more = as_session(stage, assumed(user, bare, Policy=document(allow("*"))))
    with refused("AccessDeniedException"):
        more.list_user_pools(MaxResults=1)
    with refused("MalformedPolicyDocument"):
        assumed(user, role, Policy='{"Statement": []}')
    with refused("PackedPolicyTooLarge"):
        assumed(user, role, Policy=document(allow(LIST, resource="x" * 2_048)))
    with refused(INVALID):
        assumed(user, role, PolicyArns=[{"arn": "arn:aws:iam::999999999999:policy/other"}])
    sized = assumed(user, role, Policy=document(allow(LIST)))
    assert 0 < sized["PackedPolicySize"] < 20


@holds("STS-06")
def test_tags_follow_where_they_are_transitive(stage: Stage) -> None:
    user = stage.user()
    both = ("sts:AssumeRole", "sts:TagSession")
    red = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    role = a_role(
        stage, trust({"AWS": user.arn}, *both), allow(LIST, Condition=red), allow("sts:*")
    )
    plain = a_role(stage, trust({"AWS": user.arn}))
    tag = [{"Key": "team", "Value": "red"}]
    tagged = assumed(user, role, Tags=tag, TransitiveTagKeys=["team"])
    as_session(stage, tagged).list_user_pools(MaxResults=1)
    with refused("AccessDeniedException"):
        as_session(stage, assumed(user, role)).list_user_pools(MaxResults=1)
    with refused(DENIED):
        assumed(user, plain, Tags=tag)
    chain = a_role(stage, trust({"AWS": role["Arn"]}, *both), allow(LIST, Condition=red))
    sts = as_session(stage, tagged, "sts")
    asked = {"RoleArn": chain["Arn"], "RoleSessionName": "next"}
    as_session(stage, sts.assume_role(**asked)).list_user_pools(MaxResults=1)
    with refused(DENIED):
        sts.assume_role(**asked, Tags=[{"Key": "Team", "Value": "blue"}])
    for wrong in (
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
        {"Tags": [{"Key": "aws:a", "Value": "1"}]},
        {"Tags": tag, "TransitiveTagKeys": ["other"]},
    ):
        with refused(INVALID):
            assumed(user, role, **wrong)


@holds("STS-06")
def test_a_source_identity_stays(stage: Stage) -> None:
    user = stage.user()
    both = ("sts:AssumeRole", "sts:SetSourceIdentity")
    role = a_role(stage, trust({"AWS": user.arn}, *both), allow("sts:*"))
    chain = a_role(stage, trust({"AWS": role["Arn"]}, *both))
    first = assumed(user, role, SourceIdentity="ann")
    assert first["SourceIdentity"] == "ann"
    sts = as_session(stage, first, "sts")
    asked = {"RoleArn": chain["Arn"], "RoleSessionName": "next"}
    assert sts.assume_role(**asked)["SourceIdentity"] == "ann"
    with refused(DENIED):
        sts.assume_role(**asked, SourceIdentity="bob")
    with refused(DENIED):
        assumed(user, a_role(stage, trust({"AWS": user.arn})), SourceIdentity="ann")


@holds("STS-07")
def test_what_a_role_loses_its_sessions_lose(stage: Stage) -> None:
    user = stage.user()
    role = a_role(stage, trust({"AWS": user.arn}), allow(LIST))
    pools = as_session(stage, assumed(user, role))
    pools.list_user_pools(MaxResults=1)
    older = {"DateLessThan": {"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}}
    stage.iam.put_role_policy(
        RoleName=role["RoleName"],
        PolicyName="revoked",
        PolicyDocument=document(deny("*", Condition=older)),
    )
    with refused("AccessDeniedException"):
        pools.list_user_pools(MaxResults=1)
    stage.iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="revoked")
    pools.list_user_pools(MaxResults=1)
    stage.iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="own")
    stage.iam.delete_role(RoleName=role["RoleName"])
    again = stage.iam.create_role(
        RoleName=role["RoleName"], AssumeRolePolicyDocument=trust({"AWS": user.arn})
    )["Role"]
    stage.iam.put_role_policy(
        RoleName=again["RoleName"], PolicyName="own", PolicyDocument=document(allow(LIST))
    )
    with refused("AccessDeniedException"):
        pools.list_user_pools(MaxResults=1)


@holds("STS-08")
def test_a_session_of_ones_own(stage: Stage) -> None:
    user = stage.user(allow(LIST), allow("iam:ListUsers"))
    answer = user.client("sts").get_session_token(DurationSeconds=900)
    as_session(stage, answer).list_user_pools(MaxResults=1)
    assert as_session(stage, answer, "sts").get_caller_identity()["Arn"] == user.arn
    with refused(DENIED):
        as_session(stage, answer, "iam").list_users()
    with refused(DENIED, "Cannot call GetSessionToken with session credentials"):
        as_session(stage, answer, "sts").get_session_token()
    stage.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    with refused("AccessDeniedException"):
        as_session(stage, answer).list_user_pools(MaxResults=1)


@holds("STS-09")
def test_a_federated_user_has_what_both_allow(stage: Stage) -> None:
    user = stage.user(allow(LIST, "sts:GetFederationToken"))
    sts = user.client("sts")
    wide = sts.get_federation_token(Name="guest", Policy=document(allow("cognito-idp:*")))
    account = user.arn.split(":")[4]
    assert wide["FederatedUser"] == {
        "Arn": f"arn:aws:sts::{account}:federated-user/guest", "FederatedUserId": f"{account}:guest"
    }  # fmt: skip
    as_session(stage, wide).list_user_pools(MaxResults=1)
    with refused("AccessDeniedException"):
        as_session(stage, wide).create_user_pool(PoolName="p")
    bare = sts.get_federation_token(Name="guest")
    with refused("AccessDeniedException"):
        as_session(stage, bare).list_user_pools(MaxResults=1)
    with refused(DENIED, "Cannot call GetFederationToken with session credentials"):
        as_session(stage, sts.get_session_token(), "sts").get_federation_token(Name="other")
    with refused(DENIED):
        stage.user().client("sts").get_federation_token(Name="guest")


@holds("STS-10")
def test_keys_tell_their_account(stage: Stage) -> None:
    user = stage.user(allow("sts:GetAccessKeyInfo"))
    sts = user.client("sts")
    told = sts.get_access_key_info(AccessKeyId=user.key["AccessKeyId"])
    assert told["Account"] == user.arn.split(":")[4]
    with refused("NoSuchEntity"):
        sts.get_access_key_info(AccessKeyId="AKIA2222222222222222")


@holds("STS-10")
def test_everybody_may_ask_who_they_are(stage: Stage) -> None:
    user = stage.user(deny("*"))
    told = user.client("sts").get_caller_identity()
    assert (told["Arn"], told["UserId"][:4]) == (user.arn, "AIDA")
    root = stage.client("sts").get_caller_identity()
    assert root["Arn"] == f"arn:aws:iam::{root['Account']}:root"
    assert root["UserId"] == root["Account"]
    with refused("InvalidAuthorizationMessageException"):
        stage.client("sts").decode_authorization_message(EncodedMessage="x" * 40)
