"""docs/behaviours/policies.md: simulations, over sockets."""

import json
from typing import Any, Final

import pytest

from tests.sdk.iam import ANY_TRUST, allow, deny, document, refused, service
from tests.sdk.support import holds

THING: Final = "arn:aws:s3:::b/k"
OTHER: Final = "arn:aws:s3:::c/k"


@pytest.fixture
def iam(server_url: str) -> Any:
    """Return an IAM client of an account of its own."""
    return service(server_url)


def decisions(answer: Any) -> dict[tuple[str, str], str]:
    return {
        (each["EvalActionName"], each["EvalResourceName"]): each["EvalDecision"]
        for each in answer["EvaluationResults"]
    }


@holds("POL-11")
def test_policies_of_a_request_are_tried_on_every_pair(iam: Any) -> None:
    answer = iam.simulate_custom_policy(
        PolicyInputList=[
            document(allow("s3:Get*", resource="arn:aws:s3:::b/*")),
            document(deny("s3:GetObjectAcl")),
        ],
        ActionNames=["s3:GetObject", "s3:GetObjectAcl"],
        ResourceArns=[THING, OTHER],
    )
    assert decisions(answer) == {
        ("s3:GetObject", THING): "allowed",
        ("s3:GetObject", OTHER): "implicitDeny",
        ("s3:GetObjectAcl", THING): "explicitDeny",
        ("s3:GetObjectAcl", OTHER): "explicitDeny",
    }
    (matched,) = answer["EvaluationResults"][0]["MatchedStatements"]
    assert matched["SourcePolicyId"] == "PolicyInputList.1"
    assert matched["SourcePolicyType"] == "IAM Policy"
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(allow("*"))],
        ActionNames=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        PaginationConfig={"PageSize": 2},
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 1]


@holds("POL-12")
def test_a_statement_is_quoted_by_its_place(iam: Any) -> None:
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [deny("s3:PutObject"), allow("s3:GetObject")]},
        indent=2,
    )
    answer = iam.simulate_custom_policy(PolicyInputList=[text], ActionNames=["s3:GetObject"])
    (matched,) = answer["EvaluationResults"][0]["MatchedStatements"]
    lines = text.splitlines()
    start, end = matched["StartPosition"], matched["EndPosition"]
    assert lines[start["Line"] - 1][start["Column"] - 1 :] == "{"
    assert lines[end["Line"] - 1][: end["Column"] - 1].strip() == "}"
    inside = "\n".join(lines[start["Line"] - 1 : end["Line"]])
    assert json.loads(inside)["Action"] == ["s3:GetObject"]


@holds("POL-13")
def test_condition_keys_are_given_and_missed(iam: Any) -> None:
    mine = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
    policy = document(
        allow("s3:GetObject", resource="arn:aws:s3:::b/${aws:username}", Condition=mine),
        allow("sqs:*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    )
    asked = {
        "PolicyInputList": [policy],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::b/ann"],
    }
    (found,) = iam.simulate_custom_policy(**asked)["EvaluationResults"]
    assert found["EvalDecision"] == "implicitDeny"
    assert found["MissingContextValues"] == ["aws:PrincipalTag/team", "aws:username"]
    entries = [
        {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for name, value in (("aws:username", "ann"), ("AWS:principaltag/TEAM", "x"))
    ]
    (found,) = iam.simulate_custom_policy(**asked, ContextEntries=entries)["EvaluationResults"]
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])["ContextKeyNames"]
    assert keys == ["aws:PrincipalTag/team", "aws:SecureTransport", "aws:username"]


@holds("POL-14")
def test_the_policies_of_a_principal_are_tried(iam: Any) -> None:
    user = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="ann")
    iam.put_group_policy(
        GroupName="staff", PolicyName="g", PolicyDocument=document(allow("s3:Get*"))
    )
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(allow("s3:GetObject")))[
        "Policy"
    ]["Arn"]
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=limit)
    answer = iam.simulate_principal_policy(
        PolicySourceArn=user, ActionNames=["s3:GetObject", "s3:GetObjectAcl"]
    )
    assert list(decisions(answer).values()) == ["allowed", "implicitDeny"]
    within = [
        each["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
        for each in answer["EvaluationResults"]
    ]
    assert within == [True, False]
    group = user.replace("user/ann", "group/staff")
    answer = iam.simulate_principal_policy(PolicySourceArn=group, ActionNames=["s3:GetObjectAcl"])
    assert list(decisions(answer).values()) == ["allowed"]
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=ANY_TRUST)
    role = user.replace("user/ann", "role/reader")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=["s3:GetObject"],
        PolicyInputList=[document(allow("s3:GetObject"))],
    )
    assert list(decisions(answer).values()) == ["allowed"]
    with refused("NoSuchEntity", status=404):
        iam.simulate_principal_policy(PolicySourceArn=f"{role}x", ActionNames=["s3:GetObject"])
    with refused("InvalidInput"):
        iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:s3:::bucket-long", ActionNames=["s3:x"]
        )


@holds("POL-15")
def test_a_resource_policy_has_its_say(iam: Any) -> None:
    caller = "arn:aws:iam::123456789012:user/ann"
    policy = document(allow("s3:GetObject", Principal={"AWS": caller}))
    asked = {
        "PolicyInputList": [document(allow("sqs:*"))],
        "ActionNames": ["s3:GetObject"],
        "ResourcePolicy": policy,
    }
    answer = iam.simulate_custom_policy(**asked, CallerArn=caller)
    assert list(decisions(answer).values()) == ["allowed"]
    (matched,) = answer["EvaluationResults"][0]["MatchedStatements"]
    assert matched["SourcePolicyType"] == "Resource Policy"
    answer = iam.simulate_custom_policy(**asked, CallerArn=caller, ResourceOwner="210987654321")
    assert list(decisions(answer).values()) == ["implicitDeny"], "another account's: both"
    with refused("InvalidInput"):
        iam.simulate_custom_policy(**asked)
    with refused("InvalidInput"):
        iam.simulate_custom_policy(PolicyInputList=["{"], ActionNames=["s3:GetObject"])
