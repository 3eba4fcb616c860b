"""The policy language, case by case: the vectors of its specification."""

import json
from typing import Any

import pytest

from poolkeep.core.iam.conditions import Condition
from poolkeep.core.iam.evaluation import Policies, Principal, Request, decide
from poolkeep.core.iam.patterns import Context
from poolkeep.core.iam.policies import MalformedPolicy, Policy, policy_of
from tests.sdk.support import holds

pytestmark = holds("POL-18")

ACCOUNT = "123456789012"
OTHER = "210987654321"
GET, PUT = "s3:GetObject", "s3:PutObject"
THING = "arn:aws:s3:::b/k"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/u"
USER = Principal(account=ACCOUNT, arn=USER_ARN, kind="user")
IN_ROLE = Principal(account=ACCOUNT, arn=SESSION, kind="role", role_arn=ROLE)
SUB, AUD = "cognito-identity.amazonaws.com:sub", "cognito-identity.amazonaws.com:aud"
SYNC = "arn:aws:cognito-sync:r:acct:identitypool"


def policy(
    *statements: dict[str, Any], kind: Any = "identity", version: str = "2012-10-17"
) -> Policy:
    return policy_of(json.dumps({"Version": version, "Statement": list(statements)}), kind)


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def answer(
    *identity: Policy,
    action: str = GET,
    resource: str = THING,
    context: Context | None = None,
    principal: Principal = USER,
    account: str | None = None,
    **more: Any,
) -> str:
    asked = Request(
        principal=principal,
        action=action,
        resource=resource,
        context=context or {},
        resource_account=account,
    )
    effect = decide(asked, Policies(identity=identity, **more)).effect
    return {"allowed": "A", "explicitDeny": "D", "implicitDeny": "I"}[effect]


def one(*statements: dict[str, Any], version: str = "2012-10-17", **more: Any) -> str:
    return answer(policy(*statements, version=version), **more)


IN_B = "arn:aws:s3:::b/*"
NAMED = "arn:aws:s3:::b/${aws:username}"


def test_actions_and_resources() -> None:
    assert answer() == "I"  # 1
    assert one(allow(GET, IN_B)) == "A"  # 2
    assert one(allow("S3:getobject", IN_B)) == "A"  # 3
    assert one(allow("s3:Get*")) == "A"  # 4
    assert one(allow("s3:Get?bject")) == "A"  # 5
    assert one(allow(PUT)) == "I"  # 6
    assert one(allow(), deny(GET)) == "D"  # 7
    assert one(deny(GET), allow()) == "D"  # 8
    assert one(allow("*", "arn:aws:s3:::B/*")) == "I"  # 9
    assert one(allow("*", "arn:aws:s3:::b")) == "I"  # 10
    assert one(allow("*", "arn:aws:s3:::b/*/c"), resource="arn:aws:s3:::b/x/y/c") == "A"  # 11
    assert one(allow("*", "arn:aws:s3:::b/?"), resource="arn:aws:s3:::b/kk") == "I"  # 12
    but_iam = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert one(but_iam) == "A"  # 13
    assert one(but_iam, action="iam:GetUser") == "I"  # 13
    elsewhere = {"Effect": "Allow", "Action": "s3:*", "NotResource": IN_B}
    assert one(elsewhere) == "I"  # 14
    assert one(elsewhere, resource="arn:aws:s3:::c/k") == "A"  # 14
    only_s3 = {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}
    assert one(allow(), only_s3) == "A"  # 15
    assert one(allow(), only_s3, action="ec2:RunInstances") == "D"  # 15
    assert answer(policy_of(json.dumps({"Statement": allow()}))) == "A"  # 16


def test_variables() -> None:
    named = {"aws:username": "k"}
    assert one(allow("*", NAMED), version="2008-10-17", context=named) == "I"  # 18
    assert one(allow("*", NAMED), context=named) == "A"  # 19
    star = {"aws:username": "*"}
    assert one(allow("*", NAMED), context=star, resource="arn:aws:s3:::b/other") == "I"  # 20
    assert one(allow("*", NAMED)) == "I"  # 21
    fallback = "arn:aws:s3:::b/${aws:username, 'anon'}"
    assert one(allow("*", fallback), resource="arn:aws:s3:::b/anon") == "A"  # 22
    literal = "arn:aws:s3:::b/${*}"
    assert one(allow("*", literal)) == "I"  # 23
    assert one(allow("*", literal), resource="arn:aws:s3:::b/*") == "A"  # 23
    assert one(deny("*", NAMED), allow()) == "A"  # 24
    own = f"{SYNC}/${{{AUD}}}/identity/${{{SUB}}}/*"
    ids: Context = {AUD: "pool", SUB: "me"}
    mine, theirs = (f"{SYNC}/pool/identity/{who}/dataset/d" for who in ("me", "you"))
    assert one(allow("*", own), context=ids, resource=mine) == "A"  # 67
    assert one(allow("*", own), context=ids, resource=theirs) == "I"  # 67
    multi: Context = {"aws:username": ("k", "l")}
    assert one(allow("*", NAMED), context=multi) == "I"


@pytest.mark.parametrize(
    "operator, key, values, context, expected",
    [
        ("StringEquals", "aws:x", ["a", "b"], {"aws:x": "b"}, True),  # 25
        ("StringEquals", "aws:x", ["a", "b"], {"aws:x": "A"}, False),  # 26
        ("StringEqualsIgnoreCase", "aws:x", ["a"], {"aws:x": "A"}, True),  # 27
        ("StringNotEquals", "aws:x", ["a", "b"], {"aws:x": "b"}, False),  # 28
        ("StringNotEquals", "aws:x", ["a", "b"], {"aws:x": "c"}, True),  # 29
        ("StringNotEquals", "aws:x", ["a"], {}, True),  # 30
        ("StringEquals", "aws:x", ["a"], {}, False),  # 31
        ("StringEqualsIfExists", "aws:x", ["a"], {}, True),  # 32
        ("StringEqualsIfExists", "aws:x", ["a"], {"aws:x": "b"}, False),  # 33
        ("StringLike", "aws:x", ["us-*:1?3"], {"aws:x": "us-east-1:123"}, True),  # 34
        ("StringEquals", "aws:x", ["us-*"], {"aws:x": "us-east-1"}, False),  # 35
        ("StringNotLike", "aws:x", ["a*"], {"aws:x": "b"}, True),  # 36
        ("Null", "aws:x", ["true"], {}, True),  # 39
        ("Null", "aws:x", ["true"], {"aws:x": "a"}, False),  # 39
        ("Null", "aws:x", ["false"], {"aws:x": ""}, False),  # 40
        ("NumericLessThan", "aws:x", ["10"], {"aws:x": "9.5"}, True),  # 41
        ("NumericLessThan", "aws:x", ["10"], {"aws:x": "abc"}, False),  # 41
        ("NumericEquals", "aws:x", ["5"], {"aws:x": "5.0"}, True),  # 42
        ("NumericNotEquals", "aws:x", ["5"], {"aws:x": "abc"}, False),
        (
            "DateGreaterThan", "aws:CurrentTime", ["2020-01-01T00:00:00Z"],
            {"aws:currenttime": "2026-11-23T00:00:00Z"}, True,
        ),  # 43
        (
            "DateLessThan", "aws:EpochTime", ["1577836800"],
            {"aws:epochtime": "1795392000"}, False,
        ),  # 44
        ("Bool", "aws:SecureTransport", ["false"], {"aws:securetransport": "true"}, False),  # 45
        ("Bool", "aws:MultiFactorAuthPresent", ["true"], {}, False),  # 46
        ("IpAddress", "aws:SourceIp", ["10.0.0.0/8"], {"aws:sourceip": "10.2.3.4"}, True),  # 49
        ("NotIpAddress", "aws:x", ["10.0.0.0/8"], {"aws:x": "192.168.1.1"}, True),  # 50
        ("IpAddress", "aws:x", ["2001:db8::/32"], {"aws:x": "2001:db8::1"}, True),  # 51
        (
            "NotIpAddress", "aws:x", ["10.0.0.0/8", "192.168.0.0/16"],
            {"aws:x": "192.168.1.1"}, False,
        ),  # 52
        (
            "ArnLike", "aws:SourceArn", ["arn:aws:sns:*:123:*"],
            {"aws:sourcearn": "arn:aws:sns:eu-west-1:123:t"}, True,
        ),  # 53
        (
            "ArnLike", "aws:SourceArn", ["arn:aws:*:t"],
            {"aws:sourcearn": "arn:aws:sns:eu-west-1:123:t"}, False,
        ),  # 54
        (
            "ArnEquals", "aws:x", ["arn:aws:iam::1:role/*"],
            {"aws:x": "arn:aws:iam::1:role/a"}, True,
        ),  # 55
        (
            "StringEquals", "aws:x", ["arn:aws:iam::1:role/*"],
            {"aws:x": "arn:aws:iam::1:role/a"}, False,
        ),  # 56
        ("ForAllValues:StringEquals", "aws:T", ["a", "b"], {"aws:t": ("a",)}, True),  # 57
        ("ForAllValues:StringEquals", "aws:T", ["a", "b"], {"aws:t": ("a", "c")}, False),  # 58
        ("ForAllValues:StringEquals", "aws:T", ["a", "b"], {}, True),  # 59
        (
            "ForAnyValue:StringLike", "aws:amr", ["authenticated"],
            {"aws:amr": ("authenticated", "graph.facebook.com")}, True,
        ),  # 61
        (
            "ForAnyValue:StringLike", "aws:amr", ["authenticated"],
            {"aws:amr": ("unauthenticated",)}, False,
        ),  # 62
        ("ForAnyValue:StringEquals", "aws:x", ["a"], {}, False),  # 63
        ("ForAnyValue:StringNotEquals", "aws:x", ["a"], {"aws:x": ("a", "b")}, True),  # 64
        ("ForAllValues:StringNotEquals", "aws:x", ["a"], {"aws:x": ("a", "b")}, False),  # 65
        ("ForAnyValue:StringLikeIfExists", "aws:x", ["a"], {}, True),
        (
            "ForAllValues:StringEquals", "dynamodb:LeadingKeys", [f"${{{SUB}}}"],
            {"dynamodb:leadingkeys": ("own",), SUB: "own"}, True,
        ),  # 66
        (
            "ForAllValues:StringEquals", "dynamodb:LeadingKeys", [f"${{{SUB}}}"],
            {"dynamodb:leadingkeys": ("own", "other"), SUB: "own"}, False,
        ),  # 66
        (
            "StringEquals", "aws:PrincipalTag/dept", ["${aws:ResourceTag/dept}"],
            {"aws:principaltag/dept": "x", "aws:resourcetag/dept": "x"}, True,
        ),  # 68
        (
            "StringEquals", "aws:PrincipalTag/dept", ["${aws:ResourceTag/dept}"],
            {"aws:principaltag/dept": "x"}, False,
        ),  # 68
        (
            "StringNotEquals", "aws:PrincipalTag/dept", ["${aws:ResourceTag/dept}"],
            {"aws:principaltag/dept": "x"}, True,
        ),
        (
            "StringEquals", "AWS:principaltag/Dept", ["x"],
            {"aws:principaltag/dept": "x"}, True,
        ),  # 69
        ("Bool", "aws:x", ["true"], {"aws:x": "True"}, True),  # 97
        ("StringEquals", "aws:x", [], {"aws:x": "a"}, False),  # 98
        ("StringNotEquals", "aws:x", [], {"aws:x": "a"}, True),  # 98
        ("BinaryEquals", "aws:x", ["QQ=="], {"aws:x": "QQ=="}, True),
        ("StringEquals", "aws:x", ["a"], {"aws:x": ("b", "a")}, True),
        ("StringNotEquals", "aws:x", ["a"], {"aws:x": ("b", "a")}, False),
    ],
)  # fmt: skip
def test_conditions(
    operator: str, key: str, values: list[str], context: Context, expected: bool
) -> None:
    condition = Condition(operator, key, tuple(values), variables=True)
    assert condition.holds(context) is expected


def test_conditions_are_joined_by_and() -> None:
    both = {"StringEquals": {"aws:x": "a", "aws:y": "b"}}
    assert one(allow(Condition=both), context={"aws:x": "a", "aws:y": "c"}) == "I"  # 37
    two = {"StringEquals": {"aws:x": "a"}, "Bool": {"aws:y": True}}
    assert one(allow(Condition=two), context={"aws:x": "a", "aws:y": "false"}) == "I"  # 38
    assert one(allow(Condition=two), context={"aws:x": "a", "aws:y": "true"}) == "A"  # 97
    without = "aws:MultiFactorAuthPresent"
    assert one(allow(), deny(Condition={"BoolIfExists": {without: "false"}})) == "D"  # 47
    assert one(allow(), deny(Condition={"Bool": {without: "false"}})) == "A"  # 48
    some = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "Null": {"aws:TagKeys": "false"}}
    assert one(allow(Condition=some)) == "I"  # 60
    assert one(allow(Condition={})) == "A"


def test_boundaries_and_sessions() -> None:
    everything, gets, puts = policy(allow("s3:*")), policy(allow(GET)), policy(allow(PUT))
    assert answer(everything, session=[gets], action=PUT) == "I"  # 70
    assert answer(session=[everything]) == "I"  # 71
    assert answer(everything, session=[gets, puts], action=PUT) == "A"  # 72
    assert answer(everything, session=[policy(deny(GET))]) == "D"  # 73
    servers = policy(allow("ec2:*"))
    assert answer(servers, boundary=[everything], action="ec2:RunInstances") == "I"  # 74
    assert answer(everything, policy(deny(GET)), boundary=[everything]) == "D"  # 75
    assert answer(everything, session=[]) == "I"
    assert answer(everything, policy(allow("ec2:*"))) == "A"  # 99


def shared(principal: Any, *, effect: str = "Allow") -> Policy:
    return policy({**allow(), "Effect": effect, "Principal": principal}, kind="resource")


def test_resource_policies() -> None:
    by_role, by_session = shared({"AWS": ROLE}), shared({"AWS": SESSION})
    puts = [policy(allow(PUT))]
    assert answer(principal=IN_ROLE) == "I"

    def judged(resource: Policy, principal: Principal = IN_ROLE, **more: Any) -> str:
        account = more.pop("account", None)
        identity = more.pop("identity", ())
        asked = Request(principal=principal, action=GET, resource=THING, resource_account=account)
        found = decide(asked, Policies(identity=identity, resource=[resource], **more))
        return {"allowed": "A", "explicitDeny": "D", "implicitDeny": "I"}[found.effect]

    assert judged(by_role) == "A"  # 76
    assert judged(by_role, session=puts) == "I"  # 77
    assert judged(by_session, session=puts) == "A"  # 78
    stranger = Principal(account=OTHER, arn=f"arn:aws:iam::{OTHER}:user/u", kind="user")
    theirs = shared({"AWS": stranger.arn})
    assert judged(theirs, stranger, account=ACCOUNT) == "I"  # 79
    gets = [policy(allow(GET))]
    assert judged(theirs, stranger, account=ACCOUNT, identity=gets) == "A"
    assert judged(by_role, stranger, account=ACCOUNT, identity=gets) == "I"
    nobody = Principal(account="", arn="*", kind="anonymous")
    assert judged(shared("*"), nobody) == "A"  # 80
    assert judged(by_role, nobody) == "I"
    root = f"arn:aws:iam::{ACCOUNT}:root"
    assert judged(shared({"AWS": root}), USER) == "I"
    assert judged(shared({"AWS": ACCOUNT}), USER, identity=gets) == "A"
    assert judged(shared({"AWS": USER_ARN}), USER) == "A"
    assert judged(shared({"AWS": USER_ARN}), USER, boundary=puts) == "A"
    assert judged(shared({"AWS": USER_ARN}, effect="Deny"), USER, identity=gets) == "D"
    the_root = Principal(account=ACCOUNT, arn=root, kind="root")
    assert judged(shared({"AWS": USER_ARN}), the_root) == "A"


def trusted(*statements: dict[str, Any], **more: Any) -> str:
    listed = [{"Effect": "Allow", **statement} for statement in statements]
    trust = policy(*listed, kind="trust")
    asked = Request(
        principal=more.pop("principal", USER),
        action=more.pop("action", "sts:AssumeRole"),
        resource=ROLE,
        context=more.pop("context", {}),
    )
    found = decide(asked, Policies(resource=[trust], trusts=True, **more))
    return {"allowed": "A", "explicitDeny": "D", "implicitDeny": "I"}[found.effect]


def test_trust_policies() -> None:
    may = {"Action": "sts:AssumeRole"}
    root = f"arn:aws:iam::{ACCOUNT}:root"
    assumes = [policy(allow("sts:AssumeRole", ROLE))]
    assert trusted({**may, "Principal": {"AWS": root}}) == "I"  # 84
    assert trusted({**may, "Principal": {"AWS": root}}, identity=assumes) == "A"
    assert trusted({**may, "Principal": {"AWS": USER_ARN}}) == "A"  # 85
    assert trusted({**may, "Principal": {"AWS": ROLE}}, identity=assumes) == "I"
    external = {"StringEquals": {"sts:ExternalId": "x"}}
    with_id = {**may, "Principal": {"AWS": USER_ARN}, "Condition": external}
    assert trusted(with_id) == "I"  # 86
    assert trusted(with_id, context={"sts:externalid": "x"}) == "A"
    host = "cognito-identity.amazonaws.com"
    guest = Principal(
        account=ACCOUNT, arn="*", kind="anonymous", names=frozenset({("Federated", host)})
    )
    by_web = "sts:AssumeRoleWithWebIdentity"
    signed_in = {
        "Action": by_web,
        "Principal": {"Federated": host},
        "Condition": {
            "StringEquals": {AUD: "pool"},
            "ForAnyValue:StringLike": {f"{host}:amr": "authenticated"},
        },
    }
    asked: dict[str, Any] = {"principal": guest, "action": by_web}
    keys: Context = {AUD: "pool", f"{host}:amr": ("unauthenticated",)}
    assert trusted(signed_in, **asked, context=keys) == "I"  # 81
    keys = {AUD: "pool", f"{host}:amr": ("authenticated", "x")}
    assert trusted(signed_in, **asked, context=keys) == "A"
    assert trusted(signed_in, **{**asked, "action": "sts:TagSession"}, context=keys) == "I"  # 83
    anything = {"Action": by_web, "Principal": {"Federated": host}}
    assert trusted(anything, **asked, context={AUD: "foreign"}) == "A"  # 82


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}',  # 17
        '{"Statement":{"Effect":"Allow","Action":"a:b","Action":"a:c","Resource":"*"}}',  # 90
        '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}',  # 91
        ('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",'
        '"Condition":{"StringsEquals":{"aws:x":"a"}}}}'),  # 96
        "",
        "[]",
        "{}",
        '{"Statement":[]}',
        '{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
        '{"Statement":{"Effect":"Allow","Resource":"*"}}',
        '{"Statement":{"Effect":"Allow","Action":"*"}}',
        '{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}',
        '{"Statement":{"Effect":"Allow","Action":"GetObject","Resource":"*"}}',
        '{"Statement":{"Effect":"Allow","Action":"s*:GetObject","Resource":"*"}}',
        '{"Statement":{"Effect":"Allow","Action":"*","Resource":"b"}}',
        '{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s*:::b"}}',
        '{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${}"}}',
        '{"Statement":{"Effect":"Allow","Action":5,"Resource":"*"}}',
        '{"Statement":{"Effect":"Allow","Action":"*","NotAction":"a:b","Resource":"*"}}',
        '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Extra":1}}',
        '{"Statement":{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}}',
        ('{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},'
        '{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}'),
        ('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",'
        '"Condition":{"NumericEquals":{"aws:x":"a"}}}}'),
        ('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",'
        '"Condition":{"StringEquals":{"x":"a"}}}}'),
        ('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",'
        '"Condition":{"StringEquals":{"aws:x":null}}}}'),
    ],
)  # fmt: skip
def test_documents_that_are_refused(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        policy_of(text.replace('{"Statement"', '{"Version":"2012-10-17","Statement"', 1)
                  if text.startswith('{"Statement"') else text)  # fmt: skip


def test_trust_policies_that_are_refused() -> None:
    for statement in (
        {"Effect": "Allow", "Action": "*", "Principal": "*", "Resource": "*"},  # 92
        {"Effect": "Allow", "Action": "*"},
        {"Effect": "Allow", "Action": "*", "Principal": {"AWS": "arn:aws:iam::1:user/*"}},
        {"Effect": "Allow", "Action": "*", "Principal": {"Nobody": "x"}},
        {"Effect": "Allow", "Action": "*", "NotPrincipal": {"AWS": ACCOUNT}},
        {"Effect": "Allow", "Action": "*", "Principal": {}},
    ):
        with pytest.raises(MalformedPolicy):
            policy(statement, kind="trust")
