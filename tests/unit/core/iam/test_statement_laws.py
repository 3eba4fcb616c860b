"""The algebra of statements: complements, orders, splits, and limits that only limit."""

import json
from typing import Any, Final

from hypothesis import assume, given
from hypothesis import strategies as st

from poolkeep.core.iam.evaluation import Policies, Principal, Request, decide
from poolkeep.core.iam.policies import Policy, policy_of
from tests.sdk.support import holds
from tests.unit.core.iam.test_algebra import (
    ACCOUNT,
    PRINCIPALS,
    allowed,
    changed,
    layers,
    lists,
    requests,
    statements,
)

pytestmark = holds("IDAT-11", "POL-17")

ACTIONS: Final = ("*", "s3:*", "S3:get*", "s3:?utObject", "sqs:SendMessage")
RESOURCES: Final = ("*", "arn:aws:s3:::a/*", "arn:aws:s3:::${aws:x}/k", "arn:aws:s3:::b/k")

several = st.lists(statements(), min_size=1, max_size=5)


def document(*said: dict[str, Any], kind: Any = "identity") -> Policy:
    return policy_of(json.dumps({"Version": "2012-10-17", "Statement": list(said)}), kind)


def effect(request: Request, *identity: Policy, **more: Any) -> str:
    return decide(request, Policies(identity=identity, **more)).effect


def allow(**said: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **said}


def without(said: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != name}


own = st.builds(
    Request,
    principal=st.just(PRINCIPALS[0]),
    action=st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]),
    resource=st.sampled_from(["arn:aws:s3:::a/k", "arn:aws:s3:::b/k", "arn:aws:sqs:r:1:q"]),
    context=st.fixed_dictionaries({}, optional={"aws:x": st.sampled_from(["1", "2", "b", ""])}),
)
"""Requests of a user for what is of the own account."""


@given(own, several, st.data())
def test_the_order_of_statements_means_nothing(
    request: Request, said: list[dict[str, Any]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(said))
    assert effect(request, document(*said)) == effect(request, document(*shuffled))


@given(own, several, st.integers(0, 5))
def test_a_document_may_be_split(request: Request, said: list[dict[str, Any]], at: int) -> None:
    front, back = said[:at], said[at:]
    split = [document(*part) for part in (front, back) if part]
    assert effect(request, document(*said)) == effect(request, *split)


@given(own, several)
def test_one_denial_wins_over_whatever_stands_beside_it(
    request: Request, said: list[dict[str, Any]]
) -> None:
    for at in range(len(said) + 1):
        denying = [*said[:at], {**allow(), "Effect": "Deny"}, *said[at:]]
        assert effect(request, document(*denying)) == "explicitDeny"


@given(own, several)
def test_a_decision_is_that_of_its_statements_alone(
    request: Request, said: list[dict[str, Any]]
) -> None:
    alone = {effect(request, document(each)) for each in said}
    expected = next(
        each for each in ("explicitDeny", "allowed", "implicitDeny") if each in alone
    )  # fmt: skip
    assert effect(request, document(*said)) == expected


@given(own, st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3))
def test_not_action_is_what_action_is_not(request: Request, actions: list[str]) -> None:
    listed = document(allow(Action=actions))
    rest = document({**without(allow(), "Action"), "NotAction": actions})
    told = {effect(request, listed), effect(request, rest)}
    assert told == {"allowed", "implicitDeny"}
    assert effect(request, listed, rest) == "allowed"


@given(own, st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=3))
def test_not_resource_is_what_resource_is_not(request: Request, resources: list[str]) -> None:
    listed = document(allow(Resource=resources))
    rest = document({**without(allow(), "Resource"), "NotResource": resources})
    told = [effect(request, listed), effect(request, rest)]
    assert told.count("allowed") <= 1
    resolved = "aws:x" in request.context or not any("${" in each for each in resources)
    if resolved:
        assert sorted(told) == ["allowed", "implicitDeny"]


@given(own, st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3))
def test_to_deny_the_rest_is_to_allow_no_more(request: Request, actions: list[str]) -> None:
    rest = {**without(allow(), "Action"), "NotAction": actions, "Effect": "Deny"}
    fenced = effect(request, document(allow(), rest))
    assert (fenced == "allowed") == (effect(request, document(allow(Action=actions))) == "allowed")


@given(own, lists, lists, lists)
def test_limits_cut_and_their_order_means_nothing(
    request: Request, identity: list[Policy], one: list[Policy], other: list[Policy]
) -> None:
    """What all three layers allow alone is what they allow together."""
    together = effect(request, *identity, boundary=one, session=other) == "allowed"
    swapped = effect(request, *identity, boundary=other, session=one) == "allowed"
    alone = [effect(request, *each) == "allowed" for each in (identity, one, other)]
    assert together == swapped == all(alone)


@given(own, lists)
def test_a_policy_limited_by_itself_is_itself(request: Request, identity: list[Policy]) -> None:
    expected = effect(request, *identity)
    for layer in ("boundary", "session", "guest"):
        assert effect(request, *identity, **{layer: identity}) == expected


@given(requests, layers, lists)
def test_a_limit_that_is_made_longer_by_denials_limits_no_less(
    request: Request, found: Any, more: list[Policy]
) -> None:
    denials = [
        document({"Effect": "Deny", "Action": each, "Resource": "*"})
        for each in ("s3:Get*", "sqs:*")
    ]
    for layer in ("boundary", "session", "guest"):
        held = [*(getattr(found, layer) or ()), *more]
        tight = changed(found, **{layer: [*held, *denials]})
        if allowed(request, tight):
            assert allowed(request, changed(found, **{layer: held}))


@given(requests, layers)
def test_an_empty_limit_leaves_only_what_names_the_very_caller(
    request: Request, found: Any
) -> None:
    for layer in ("boundary", "session", "guest"):
        limited = changed(found, **{layer: ()}, resource=(), trusts=False)
        assume(request.principal.kind != "root")
        assert not allowed(request, limited)


@given(own, several)
def test_whoever_is_nobody_is_allowed_by_nothing_of_identities(
    request: Request, said: list[dict[str, Any]]
) -> None:
    nobody = Request(
        principal=Principal(account=ACCOUNT, arn="*", kind="anonymous"),
        action=request.action,
        resource=request.resource,
        context=request.context,
    )
    assert effect(nobody, document(allow()), document(*said)) != "allowed"
