"""Conditions by the table: each row as a policy, decided."""

import json
from collections import Counter

from poolkeep.core.iam.evaluation import Policies, Principal, Request, decide
from poolkeep.core.iam.policies import policy_of
from tests.sdk.support import holds
from tests.unit.core.iam.condition_table import BESIDE, NEGATED, VERDICTS, Row, rows

USER = Principal(account="123456789012", arn="arn:aws:iam::123456789012:user/u", kind="user")


def is_allowed(row: Row) -> bool:
    said = {
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {row.operator: {"aws:X": row.values}},
    }  # fmt: skip
    policy = policy_of(json.dumps({"Version": "2012-10-17", "Statement": said}))
    found = {key: value for key, value in BESIDE.items() if value is not None}
    if row.held is not None:
        found["aws:x"] = row.held
    request = Request(
        principal=USER, action="s3:GetObject", resource="arn:aws:s3:::b/k", context=found
    )
    return decide(request, Policies(identity=[policy])).is_allowed


@holds("IDAT-10")
def test_conditions_mean_what_the_table_says() -> None:
    table = list(rows())
    counted = Counter(row.operator.partition(":")[2] or row.operator for row in table)
    assert len(table) > 300
    assert counted.keys() >= {*VERDICTS, *NEGATED.values(), "Null"}
    wrong = [row for row in table if is_allowed(row) is not row.expected]
    assert not wrong, f"{len(wrong)} of {len(table)}"
