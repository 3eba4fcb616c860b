"""docs/behaviours/iam.md: roles, managed policies, users, groups and their limits, over sockets."""

import json
import threading
from collections.abc import Callable
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.sdk.iam import ANY_TRUST, allow, document, refused, service, trust
from tests.sdk.support import holds

ALLOW: Final = document(allow("s3:GetObject"))
AWS_ARN: Final = "arn:aws:iam::aws:policy"


@pytest.fixture
def iam(server_url: str) -> Any:
    """Return an IAM client of an account of its own."""
    return service(server_url)


def a_role(iam: Any, name: str = "reader", **members: Any) -> Any:
    asked = {"RoleName": name, "AssumeRolePolicyDocument": ANY_TRUST, **members}
    return iam.create_role(**asked)["Role"]


def a_policy(iam: Any, name: str = "reading", text: str = ALLOW) -> str:
    made: str = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
    return made


@holds("IAM-01")
def test_a_role_is_told_as_it_was_made(iam: Any) -> None:
    made = a_role(
        iam, "Reader", Path="/team/", Description="reads", MaxSessionDuration=7200,
        Tags=[{"Key": "dept", "Value": "x"}],
    )  # fmt: skip
    account = made["Arn"].split(":")[4]
    assert made["Arn"] == f"arn:aws:iam::{account}:role/team/Reader"
    assert made["RoleId"].startswith("AROA")
    assert len(made["RoleId"]) == 21
    found = iam.get_role(RoleName="reader")["Role"]
    assert found["AssumeRolePolicyDocument"] == json.loads(ANY_TRUST)
    assert (found["Description"], found["MaxSessionDuration"]) == ("reads", 7200)
    assert found["Tags"] == [{"Key": "dept", "Value": "x"}]
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/team/")["Roles"]] == ["Reader"]
    assert iam.list_roles(PathPrefix="/other/")["Roles"] == []


@holds("IAM-02")
def test_names_are_unique_whatever_their_case_and_what_is_missing_is_no_such_entity(
    iam: Any,
) -> None:
    a_role(iam, "Reader")
    with refused("EntityAlreadyExists", "Role with name READER already exists.", 409):
        a_role(iam, "READER")
    with refused("NoSuchEntity", "The role with name writer cannot be found.", 404):
        iam.get_role(RoleName="writer")
    with refused("NoSuchEntity", "The user with name u cannot be found.", 404):
        iam.get_user(UserName="u")
    with refused("NoSuchEntity", "The group with name g cannot be found.", 404):
        iam.get_group(GroupName="g")
    with refused("NoSuchEntity", "The role policy with name p cannot be found.", 404):
        iam.get_role_policy(RoleName="reader", PolicyName="p")
    arn = "arn:aws:iam::123456789012:policy/none"
    with refused("NoSuchEntity", f"Policy {arn} was not found.", 404):
        iam.get_policy(PolicyArn=arn)
    with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404):
        iam.attach_role_policy(RoleName="reader", PolicyArn=arn)


@holds("IAM-03")
def test_a_role_goes_when_its_policies_are_gone(iam: Any) -> None:
    a_role(iam)
    arn = a_policy(iam)
    iam.put_role_policy(RoleName="reader", PolicyName="own", PolicyDocument=ALLOW)
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    assert iam.list_role_policies(RoleName="reader")["PolicyNames"] == ["own"]
    attached = iam.list_attached_role_policies(RoleName="reader")["AttachedPolicies"]
    assert attached == [{"PolicyName": "reading", "PolicyArn": arn}]
    with refused("DeleteConflict", "Cannot delete a policy attached to entities.", 409):
        iam.delete_policy(PolicyArn=arn)
    conflict = "Cannot delete entity, must detach all policies first."
    with refused("DeleteConflict", conflict, 409):
        iam.delete_role(RoleName="reader")
    iam.detach_role_policy(RoleName="reader", PolicyArn=arn)
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first.", 409):
        iam.delete_role(RoleName="reader")
    iam.delete_role_policy(RoleName="reader", PolicyName="own")
    iam.delete_role(RoleName="reader")
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="reader")


@holds("IAM-04")
def test_a_managed_policy_has_five_versions_of_which_one_counts(iam: Any) -> None:
    arn = a_policy(iam)
    for number in range(2, 6):
        text = document(allow(f"s3:Get{number}"))
        made = iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=text, SetAsDefault=number == 3
        )["PolicyVersion"]
        assert made["VersionId"] == f"v{number}"
    with refused("LimitExceeded", status=409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    with refused("DeleteConflict", "Cannot delete the default version of a policy."):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    again = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)["PolicyVersion"]
    assert again["VersionId"] == "v6", "a number is never given again"
    found = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert found["Document"] == json.loads(ALLOW)
    assert found["IsDefaultVersion"]
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [version["VersionId"] for version in listed] == ["v6", "v4", "v3", "v2", "v1"]
    with refused("DeleteConflict", status=409):
        iam.delete_policy(PolicyArn=arn)


@holds("IAM-05")
def test_policies_of_aws_ship_and_cannot_be_changed(iam: Any) -> None:
    names = {policy["PolicyName"] for policy in iam.list_policies(Scope="AWS")["Policies"]}
    assert names >= {"AdministratorAccess", "AmazonCognitoPowerUser", "AWSLambdaBasicExecutionRole"}
    arn = f"{AWS_ARN}/AdministratorAccess"
    a_role(iam)
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    found = iam.list_policies(OnlyAttached=True)["Policies"]
    assert [policy["Arn"] for policy in found] == [arn]
    with refused("InvalidInput"):
        iam.delete_policy(PolicyArn=arn)
    roles = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    assert [role["RoleName"] for role in roles] == ["reader"]


@holds("IAM-06")
def test_a_user_and_its_keys(iam: Any) -> None:
    user = iam.create_user(UserName="ann", Path="/ops/")["User"]
    assert user["UserId"].startswith("AIDA")
    first, second = (iam.create_access_key(UserName="ann")["AccessKey"] for _ in range(2))
    assert first["AccessKeyId"].startswith("AKIA")
    assert len(first["SecretAccessKey"]) == 40
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409):
        iam.create_access_key(UserName="ann")
    key_id = first["AccessKeyId"]
    iam.update_access_key(UserName="ann", AccessKeyId=key_id, Status="Inactive")
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/")
    listed = iam.list_access_keys(UserName="anna")["AccessKeyMetadata"]
    assert {key["AccessKeyId"]: key["Status"] for key in listed} == {
        key_id: "Inactive",
        second["AccessKeyId"]: "Active",
    }
    assert "SecretAccessKey" not in listed[0]
    used = iam.get_access_key_last_used(AccessKeyId=key_id)
    assert used["UserName"] == "anna"
    assert used["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    with refused("DeleteConflict", "Cannot delete entity, must delete access keys first."):
        iam.delete_user(UserName="anna")
    for key in (first, second):
        iam.delete_access_key(UserName="anna", AccessKeyId=key["AccessKeyId"])
    gone = f"The Access Key with id {key_id} cannot be found."
    with refused("NoSuchEntity", gone):
        iam.delete_access_key(UserName="anna", AccessKeyId=key_id)
    iam.delete_user(UserName="anna")
    with refused("InvalidInput"):
        iam.create_user(UserName="Root")


@holds("IAM-07")
def test_groups_and_who_is_in_them(iam: Any) -> None:
    iam.create_group(GroupName="staff")
    for name in ("ann", "bob"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="staff", UserName=name)
    iam.add_user_to_group(GroupName="staff", UserName="ann")
    assert [user["UserName"] for user in iam.get_group(GroupName="staff")["Users"]] == [
        "ann",
        "bob",
    ]
    groups = iam.list_groups_for_user(UserName="ann")["Groups"]
    assert [group["GroupName"] for group in groups] == ["staff"]
    conflict = "Cannot delete entity, must remove users from group first."
    with refused("DeleteConflict", conflict):
        iam.delete_group(GroupName="staff")
    with refused("DeleteConflict"):
        iam.delete_user(UserName="ann")
    for name in ("ann", "bob"):
        iam.remove_user_from_group(GroupName="staff", UserName=name)
    with refused("NoSuchEntity"):
        iam.remove_user_from_group(GroupName="staff", UserName="ann")
    iam.update_group(GroupName="staff", NewGroupName="team")
    iam.delete_group(GroupName="team")
    assert iam.list_groups()["Groups"] == []


@holds("IAM-08")
def test_lists_come_in_pages(iam: Any) -> None:
    for number in range(7):
        iam.create_user(UserName=f"user-{number}")
    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3})
    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [
        ["user-0", "user-1", "user-2"],
        ["user-3", "user-4", "user-5"],
        ["user-6"],
    ]
    policies = iam.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": 2})
    listed = [policy["PolicyName"] for page in policies for policy in page["Policies"]]
    assert len(listed) == len(set(listed)) == 6
    with refused("ValidationError"):
        iam.list_users(Marker="no marker of ours")
    with refused("ValidationError"):
        iam.list_users(MaxItems=1001)


@holds("IAM-09")
def test_tags_differ_whatever_their_case(iam: Any) -> None:
    a_role(iam)
    tag: Callable[..., Any] = iam.tag_role
    tag(RoleName="reader", Tags=[{"Key": "Dept", "Value": "a"}, {"Key": "b", "Value": ""}])
    tag(RoleName="reader", Tags=[{"Key": "dept", "Value": "z"}])
    listed = iam.list_role_tags(RoleName="reader")["Tags"]
    assert {each["Key"]: each["Value"] for each in listed} == {"dept": "z", "b": ""}
    iam.untag_role(RoleName="reader", TagKeys=["DEPT"])
    assert [each["Key"] for each in iam.list_role_tags(RoleName="reader")["Tags"]] == ["b"]
    with refused("InvalidInput"):
        tag(RoleName="reader", Tags=[{"Key": "aws:x", "Value": ""}])
    twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    with refused("InvalidInput", twice):
        tag(RoleName="reader", Tags=[{"Key": "x", "Value": ""}, {"Key": "X", "Value": ""}])
    with refused("LimitExceeded"):
        tag(RoleName="reader", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])


@holds("IAM-10")
def test_a_boundary_is_a_managed_policy(iam: Any) -> None:
    arn = a_policy(iam)
    made = a_role(iam, PermissionsBoundary=arn)
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    with refused("DeleteConflict", "Cannot delete a policy attached to entities."):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_role_permissions_boundary(RoleName="reader")
    assert "PermissionsBoundary" not in iam.get_role(RoleName="reader")["Role"]
    iam.create_user(UserName="ann")
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=arn)
    assert iam.get_user(UserName="ann")["User"]["PermissionsBoundary"]
    with refused("InvalidInput"):
        iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=made["Arn"])


@holds("IAM-11")
def test_documents_have_a_longest_length(iam: Any) -> None:
    a_role(iam)
    long = document(allow(*(f"s3:Get{number:04d}" for number in range(800))))
    with refused("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role reader"):
        iam.put_role_policy(RoleName="reader", PolicyName="long", PolicyDocument=long)
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144"):
        iam.create_policy(PolicyName="long", PolicyDocument=long)
    for number in range(10):
        arn = a_policy(iam, f"p{number}")
        iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    with refused("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10"):
        iam.attach_role_policy(RoleName="reader", PolicyArn=f"{AWS_ARN}/AdministratorAccess")
    spaced = json.dumps(json.loads(ALLOW), indent=400)
    iam.put_role_policy(RoleName="reader", PolicyName="spaced", PolicyDocument=spaced)


@holds("IAM-12")
def test_racing_writes_keep_to_the_limits(iam: Any) -> None:
    iam.create_user(UserName="ann")
    made: list[str] = []
    refusals: list[str] = []

    def create() -> None:
        try:
            made.append(iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"])
        except ClientError as error:
            refusals.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert refusals == ["LimitExceeded"] * 6


@holds("IAM-13")
def test_a_trust_policy_follows_the_principal_and_not_the_name(iam: Any) -> None:
    arn = iam.create_user(UserName="ann")["User"]["Arn"]
    a_role(iam, AssumeRolePolicyDocument=trust({"AWS": arn}))
    told = iam.get_role(RoleName="reader")["Role"]["AssumeRolePolicyDocument"]
    assert told["Statement"][0]["Principal"] == {"AWS": arn}
    old = iam.get_user(UserName="ann")["User"]["UserId"]
    iam.delete_user(UserName="ann")
    iam.create_user(UserName="ann")
    told = iam.get_role(RoleName="reader")["Role"]["AssumeRolePolicyDocument"]
    assert told["Statement"][0]["Principal"] == {"AWS": old}
    missing = arn.replace("ann", "nobody")
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{missing}"'):
        a_role(iam, "other", AssumeRolePolicyDocument=trust({"AWS": missing}))


@holds("IAM-14")
@pytest.mark.parametrize(
    "text, why",
    [
        ("{", "Syntax errors in policy."),
        ("{}", "Syntax errors in policy."),
        (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
        (document({"Effect": "Allow", "Action": "*"}), "Policy statement must contain resources."),
        (
            document(allow("GetObject")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            document(allow("s3:*", Principal="*")),
            "Policy document should not specify a principal.",
        ),
        (
            document(allow("s3:*", Sid="a"), allow("s3:*", Sid="a")),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (
            document(allow("s3:*", resource="arn:aws:s3:::${s3:x}"), version="2008-10-17"),
            "Policy document must be version 2012-10-17 or greater.",
        ),
    ],
)
def test_what_is_no_policy_is_refused(iam: Any, text: str, why: str) -> None:
    with refused("MalformedPolicyDocument", why, 400):
        iam.create_policy(PolicyName="bad", PolicyDocument=text)


@holds("IAM-15")
def test_a_trust_policy_names_principals_and_no_resources(iam: Any) -> None:
    a_role(iam)
    update = iam.update_assume_role_policy
    with refused("MalformedPolicyDocument", "Has prohibited field Resource."):
        update(RoleName="reader", PolicyDocument=trust("*", Resource="*"))
    only = "AssumeRole policy may only specify STS AssumeRole actions."
    with refused("MalformedPolicyDocument", only):
        update(RoleName="reader", PolicyDocument=trust("*", "s3:GetObject"))
    with refused("MalformedPolicyDocument"):
        update(RoleName="reader", PolicyDocument=ALLOW)


@holds("IAM-16")
@pytest.mark.parametrize(
    "conditions, is_taken",
    [
        ({}, False),
        ({"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:p"}}, True),
        ({"StringEqualsIfExists": {"cognito-identity.amazonaws.com:aud": "us-east-1:p"}}, False),
        ({"StringLike": {"cognito-identity.amazonaws.com:aud": "*"}}, False),
        ({"StringNotEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:p"}}, False),
        ({"StringEquals": {"cognito-identity.amazonaws.com:sub": "us-east-1:i"}}, False),
    ],
)
def test_a_role_for_identities_says_of_which_pools(
    iam: Any, conditions: dict[str, Any], is_taken: bool
) -> None:
    text = trust(
        {"Federated": "cognito-identity.amazonaws.com"},
        "sts:AssumeRoleWithWebIdentity",
        Condition=conditions,
    )
    if is_taken:
        assert a_role(iam, AssumeRolePolicyDocument=text)
    else:
        with refused("MalformedPolicyDocument"):
            a_role(iam, AssumeRolePolicyDocument=text)


@holds("IAM-17")
def test_the_account_as_a_whole(iam: Any) -> None:
    arn = a_policy(iam)
    a_role(iam)
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="ann")
    iam.add_user_to_group(GroupName="staff", UserName="ann")
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    summary = iam.get_account_summary()["SummaryMap"]
    assert {key: summary[key] for key in ("Users", "Groups", "Roles", "Policies")} == {
        "Users": 1, "Groups": 1, "Roles": 1, "Policies": 1,
    }  # fmt: skip
    details = iam.get_account_authorization_details()
    assert details["UserDetailList"][0]["GroupList"] == ["staff"]
    assert details["GroupDetailList"][0]["AttachedManagedPolicies"][0]["PolicyArn"] == arn
    assert details["RoleDetailList"][0]["RoleName"] == "reader"
    assert details["Policies"][0]["PolicyVersionList"][0]["Document"] == json.loads(ALLOW)
    assert iam.list_account_aliases()["AccountAliases"] == []


@holds("IAM-21")
def test_a_service_of_cognito_has_a_role_of_its_own(iam: Any) -> None:
    service_name = "email.cognito-idp.amazonaws.com"
    made = iam.create_service_linked_role(AWSServiceName=service_name)["Role"]
    assert made["RoleName"] == "AWSServiceRoleForAmazonCognitoIdpEmailService"
    assert made["Path"] == f"/aws-service-role/{service_name}/"
    with refused("EntityAlreadyExists"):
        iam.create_service_linked_role(AWSServiceName=service_name)
    with refused("InvalidInput"):
        iam.create_service_linked_role(AWSServiceName="ec2.amazonaws.com")
    with refused("InvalidInput"):
        iam.create_service_linked_role(AWSServiceName=service_name, CustomSuffix="x")
