"""What IAM keeps as a policy document, without a server."""

import json

import pytest

from poolkeep.core.iam.book import arn_parts
from poolkeep.core.iam.documents import checked_trust, size
from poolkeep.core.iam.model import ManagedPolicy, OidcProvider, Role, User
from poolkeep.core.iam.refusals import LimitExceeded, MalformedDocument
from poolkeep.core.iam.simulation import spans
from tests.sdk.support import holds

IDENTITIES = "cognito-identity.amazonaws.com"


def trust(**more: object) -> str:
    said = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": IDENTITIES},
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})


@holds("IAM-22")
def test_identity_pools_need_not_be_named_where_that_is_turned_off() -> None:
    checked_trust(trust(), names_pools=False)
    with pytest.raises(MalformedDocument):
        checked_trust(trust(), names_pools=True)


@holds("IAM-16")
def test_a_denial_and_a_negation_need_no_pools() -> None:
    checked_trust(trust(Effect="Deny"), names_pools=True)
    for principal in ("*", {"Federated": [IDENTITIES, "accounts.google.com"]}):
        with pytest.raises(MalformedDocument):
            checked_trust(trust(Principal=principal), names_pools=True)
    other = trust(Principal={"Federated": "accounts.google.com"})
    checked_trust(other, names_pools=True)


@holds("IAM-11")
def test_a_trust_policy_has_a_longest_length() -> None:
    text = trust(Principal={"Service": "x.amazonaws.com"})
    filler = " " * 10_000
    checked_trust(text.replace("[", f"[{filler}"), names_pools=True)
    assert size(f"{filler}ab\n\tc") == 3
    long = trust(Principal={"Service": [f"{number:04d}.amazonaws.com" for number in range(300)]})
    with pytest.raises(LimitExceeded):
        checked_trust(long, names_pools=True)


@pytest.mark.parametrize(
    "arn, of, parts",
    [
        ("arn:aws:iam::123456789012:role/a/b/r", Role, ("123456789012", "r")),
        ("arn:aws:iam::123456789012:role/r", User, None),
        ("arn:aws:iam::123456789012:role/", Role, None),
        ("arn:aws:iam::1:2:role/r", Role, None),
        ("arn:aws:sts::123456789012:role/r", Role, None),
        ("arn:aws:iam::aws:policy/p", ManagedPolicy, ("aws", "p")),
        (
            "arn:aws:iam::123456789012:oidc-provider/host:8080/a/b",
            OidcProvider,
            ("123456789012", "host:8080/a/b"),
        ),
    ],
)
def test_an_arn_has_account_and_name(arn: str, of: type[Role], parts: object) -> None:
    assert arn_parts(arn, of) == parts


def test_statements_are_found_wherever_they_stand() -> None:
    one = '{"Version" : "2012-10-17",\n "Id":"a{b[c", "Statement":\n  {"Effect":"Allow"} }'
    ((said, (start, end)),) = spans(one)
    assert said == {"Effect": "Allow"}
    assert (start, end) == ((3, 3), (3, 21))
    two = '{"Statement":[{"Sid":"}"} , {"Sid":"b"}], "Version":"2012-10-17"}'
    assert [each["Sid"] for each, _ in spans(two)] == ["}", "b"]
