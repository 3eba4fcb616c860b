"""The algebra of policies: what may be added, and what can never come of it."""

import json
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.iam.evaluation import Policies, Principal, Request, decide
from poolkeep.core.iam.policies import Policy, policy_of
from tests.sdk.support import holds

ACCOUNT: Final = "123456789012"
OTHER: Final = "210987654321"
ACTIONS: Final = ("s3:GetObject", "s3:PutObject", "sqs:SendMessage")
RESOURCES: Final = ("arn:aws:s3:::a/k", "arn:aws:s3:::b/k", "arn:aws:sqs:r:123456789012:q")
USER_ARN: Final = f"arn:aws:iam::{ACCOUNT}:user/u"
ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:role/r"
SESSION_ARN: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"
PRINCIPALS: Final = (
    Principal(account=ACCOUNT, arn=USER_ARN, kind="user", user_id="AIDA1"),
    Principal(account=ACCOUNT, arn=SESSION_ARN, kind="role", role_arn=ROLE_ARN, role_id="AROA1"),
    Principal(account=ACCOUNT, arn=f"arn:aws:sts::{ACCOUNT}:federated-user/f", kind="federated"),
)

conditions = st.sampled_from([
    {},
    {"StringEquals": {"aws:x": "1"}},
    {"StringNotEquals": {"aws:x": "1"}},
    {"ForAllValues:StringEquals": {"aws:many": ["1", "2"]}},
    {"ForAnyValue:StringLike": {"aws:many": "1*"}},
    {"Null": {"aws:x": "true"}},
    {"StringLikeIfExists": {"aws:x": "*2"}},
])  # fmt: skip
contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:x": st.sampled_from(["1", "2", "12", ""]),
        "aws:many": st.sampled_from([("1",), ("1", "3"), (), ("2", "12")]),
    },
)


@st.composite
def statements(draw: st.DrawFn, *, kind: str = "identity", effect: str = "") -> dict[str, Any]:
    said: dict[str, Any] = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "NotAction"])): draw(
            st.sampled_from(["*", "s3:*", "S3:get*", "sqs:SendMessage", "s3:?utObject"])
        ),
        draw(st.sampled_from(["Resource", "NotResource"])): draw(
            st.sampled_from(["*", "arn:aws:s3:::a/*", "arn:aws:s3:::${aws:x}/k", *RESOURCES])
        ),
        "Condition": draw(conditions),
    }
    if kind == "resource":
        said["Principal"] = draw(
            st.sampled_from([
                "*",
                {"AWS": USER_ARN},
                {"AWS": [ROLE_ARN, "AIDA1"]},
                {"AWS": SESSION_ARN},
                {"AWS": ACCOUNT},
                {"AWS": OTHER},
            ])
        )  # fmt: skip
    return said


def policies(kind: Any = "identity", effect: str = "") -> st.SearchStrategy[Policy]:
    listed = st.lists(statements(kind=kind, effect=effect), min_size=1, max_size=3)
    return listed.map(
        lambda said: policy_of(json.dumps({"Version": "2012-10-17", "Statement": said}), kind)
    )


lists = st.lists(policies(), max_size=3)
layers = st.builds(
    Policies,
    identity=lists,
    resource=st.lists(policies("resource"), max_size=1),
    boundary=st.none() | lists,
    session=st.none() | lists,
    guest=st.none() | lists,
    trusts=st.booleans(),
)
requests = st.builds(
    Request,
    principal=st.sampled_from(PRINCIPALS),
    action=st.sampled_from(ACTIONS),
    resource=st.sampled_from(RESOURCES),
    context=contexts,
    resource_account=st.sampled_from([None, ACCOUNT, OTHER]),
)


def changed(policies: Policies, **layer: Any) -> Policies:
    kept = {name: getattr(policies, name) for name in policies.__struct_fields__}
    return Policies(**{**kept, **layer})


def allowed(request: Request, policies: Policies) -> bool:
    return decide(request, policies).is_allowed


DENY_ALL: Final = policy_of(
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
)
DENY_ALL_RESOURCE: Final = policy_of(
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*",'
    '"Resource":"*"}}',
    "resource",
)


@holds("POL-17")
@given(requests, layers)
def test_an_explicit_deny_in_any_layer_is_never_allowed(request: Request, found: Policies) -> None:
    for layer in ("identity", "boundary", "session", "guest", "resource"):
        more = DENY_ALL_RESOURCE if layer == "resource" else DENY_ALL
        denied = changed(found, **{layer: [*(getattr(found, layer) or ()), more]})
        assert decide(request, denied).effect == "explicitDeny"


@holds("POL-17")
@given(requests, layers, st.permutations(range(3)))
def test_the_order_of_policies_means_nothing(
    request: Request, found: Policies, order: list[int]
) -> None:
    shuffled = [found.identity[at] for at in order if at < len(found.identity)]
    expected = decide(request, found).effect
    assert decide(request, changed(found, identity=shuffled)).effect == expected
    twice = [*found.identity, *found.identity]
    assert decide(request, changed(found, identity=twice)).effect == expected


@holds("POL-17")
@given(requests, layers, lists)
def test_a_limit_never_adds(request: Request, found: Policies, limit: list[Policy]) -> None:
    for layer in ("boundary", "session", "guest"):
        without = changed(found, **{layer: None})
        if not allowed(request, without):
            assert not allowed(request, changed(found, **{layer: limit}))


@holds("POL-17")
@given(requests, layers, policies(effect="Deny"))
def test_a_policy_that_only_denies_never_adds(
    request: Request, found: Policies, more: Policy
) -> None:
    if not allowed(request, found):
        assert not allowed(request, changed(found, identity=[*found.identity, more]))


@holds("POL-17")
@given(requests, layers, policies(effect="Allow"))
def test_a_policy_that_only_allows_never_takes_away(
    request: Request, found: Policies, more: Policy
) -> None:
    if allowed(request, found):
        assert allowed(request, changed(found, identity=[*found.identity, more]))


@holds("POL-17")
@given(requests, layers)
def test_without_any_allow_nothing_is_allowed(request: Request, found: Policies) -> None:
    statements = [
        statement
        for layer in (found.identity, found.resource)
        for policy in layer
        for statement in policy.statements
    ]
    if not any(statement.is_allow for statement in statements):
        assert not allowed(request, found)


@holds("POL-17")
@given(requests, layers)
def test_what_is_not_the_accounts_own_asks_for_both(request: Request, found: Policies) -> None:
    foreign = Request(
        principal=request.principal,
        action=request.action,
        resource=request.resource,
        context=request.context,
        resource_account=OTHER,
    )
    assert not allowed(foreign, changed(found, identity=()))
    assert not allowed(foreign, changed(found, resource=()))


@holds("POL-17")
@given(requests, layers)
def test_a_decision_names_its_reason(request: Request, found: Policies) -> None:
    decision = decide(request, found)
    if decision.effect == "explicitDeny":
        assert decision.matches
        assert not any(match.is_allow for match in decision.matches)
        assert "explicit deny" in decision.because(request.action)
    elif decision.effect == "implicitDeny":
        assert decision.lacking is not None
        assert decision.because(request.action).startswith("because no ")
    else:
        assert any(match.is_allow for match in decision.matches)
    assert decision.told()
