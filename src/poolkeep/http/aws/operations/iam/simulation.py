"""SimulateCustomPolicy, SimulatePrincipalPolicy, and the condition keys that policies ask for."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from poolkeep.core.iam.desk import Desk
from poolkeep.core.iam.evaluation import Match, Principal
from poolkeep.core.iam.patterns import Value
from poolkeep.core.iam.reading import PAGE, part
from poolkeep.core.iam.refusals import InvalidInput
from poolkeep.core.iam.simulation import (
    Document,
    Scenario,
    Simulation,
    Verdict,
    caller_of,
    context_keys,
    context_of,
)
from poolkeep.core.iam.sources import Source, source_of
from poolkeep.http.aws.operations.iam.asking import asked
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes

TYPES: Final = {
    "identity": "IAM Policy",
    "boundary": "Permissions Boundary Policy",
    "resource": "Resource Policy",
    "session": "Session Policy",
}
NOBODY: Final = Principal(account="", arn="", kind="user")
Request = shapes.SimulateCustomPolicyRequest | shapes.SimulatePrincipalPolicyRequest


@operation("iam", "SimulateCustomPolicy")
async def simulate_custom_policy(
    _call: Call, request: shapes.SimulateCustomPolicyRequest
) -> shapes.SimulatePolicyResponse:
    """Try the policies of the request."""
    if request.resource_policy is not None and request.caller_arn is None:
        raise InvalidInput("CallerArn is required with ResourcePolicy.")
    caller = NOBODY if request.caller_arn is None else caller_of(request.caller_arn)
    boundary = _documents("PermissionsBoundaryPolicyInputList", _limits(request))
    return _answered(
        request,
        Simulation(
            _scenario(
                request,
                caller=caller,
                identity=_documents("PolicyInputList", request.policy_input_list),
                boundary=boundary or None,
            )
        ),
    )


@operation("iam", "SimulatePrincipalPolicy")
async def simulate_principal_policy(
    call: Call, request: shapes.SimulatePrincipalPolicyRequest
) -> shapes.SimulatePolicyResponse:
    """Try the policies of a user, a group or a role, with those of the request."""
    source = await _source(call, request.policy_source_arn)
    excluded = {each.policy_arn for each in request.policy_exclusion_list or ()} | {
        each.inline_policy_identifier.policy_name
        for each in request.policy_exclusion_list or ()
        if each.inline_policy_identifier is not None
    }
    own = [each for each in source.identity if not source.names[each.name] & excluded]
    boundary = _documents("PermissionsBoundaryPolicyInputList", _limits(request))
    named = request.caller_arn
    return _answered(
        request,
        Simulation(
            _scenario(
                request,
                caller=source.principal if named is None else caller_of(named),
                identity=[*own, *_documents("PolicyInputList", request.policy_input_list or ())],
                boundary=boundary or source.boundary,
                context=source.context,
            )
        ),
    )


@operation("iam", "GetContextKeysForCustomPolicy")
async def get_context_keys_for_custom_policy(
    _call: Call, request: shapes.GetContextKeysForCustomPolicyRequest
) -> shapes.GetContextKeysForPolicyResponse:
    """Return the condition keys that policies ask for."""
    documents = _documents("PolicyInputList", request.policy_input_list)
    return shapes.GetContextKeysForPolicyResponse(context_key_names=context_keys(documents))


@operation("iam", "GetContextKeysForPrincipalPolicy")
async def get_context_keys_for_principal_policy(
    call: Call, request: shapes.GetContextKeysForPrincipalPolicyRequest
) -> shapes.GetContextKeysForPolicyResponse:
    """Return the condition keys that a principal's policies ask for, and those of the request."""
    source = await _source(call, request.policy_source_arn)
    more = _documents("PolicyInputList", request.policy_input_list or ())
    documents = [*source.identity, *(source.boundary or ()), *more]
    return shapes.GetContextKeysForPolicyResponse(context_key_names=context_keys(documents))


async def _source(call: Call, arn: str) -> Source:
    desk: Desk = call.installation.iam.desk
    return await desk.database.read(lambda tx: source_of(desk, tx, call.account, arn))


def _limits(request: Request) -> Sequence[str]:
    return request.permissions_boundary_policy_input_list or ()


def _documents(name: str, texts: Iterable[str]) -> list[Document]:
    return [Document(name=f"{name}.{at}", text=text) for at, text in enumerate(texts, 1)]


def _scenario(
    request: Request,
    *,
    caller: Principal,
    identity: Sequence[Document],
    boundary: Sequence[Document] | None,
    context: dict[str, Value] | None = None,
) -> Scenario:
    entries = (
        (entry.context_key_name or "", entry.context_key_values or (),
         entry.context_key_type or "string")
        for entry in request.context_entries or ()
    )  # fmt: skip
    text = request.resource_policy
    return Scenario(
        actions=request.action_names,
        resources=request.resource_arns or ("*",),
        identity=identity,
        boundary=boundary,
        resource_policy=None if text is None else Document(name="ResourcePolicy", text=text),
        caller=caller,
        owner=_account(request.resource_owner),
        context={**(context or {}), **context_of(entries)},
    )


def _account(owner: str | None) -> str | None:
    """Return the account that ResourceOwner names: its ARN, or the account itself."""
    return None if owner is None else (owner.split(":")[4] if owner.count(":") > 4 else owner)


def _answered(request: Request, simulation: Simulation) -> shapes.SimulatePolicyResponse:
    wanted = asked(request)
    most = min(wanted.max_items or PAGE, simulation.at_once)
    page, marker = part(
        enumerate(simulation.pairs),
        msgspec.structs.replace(wanted, max_items=most),
        key=lambda one: f"{one[0]:06d}",
    )
    return shapes.SimulatePolicyResponse(
        evaluation_results=[_result(simulation, simulation.verdict(*pair)) for _, pair in page],
        is_truncated=marker is not None,
        marker=marker,
    )


def _result(simulation: Simulation, verdict: Verdict) -> shapes.EvaluationResult:
    within = verdict.within_boundary
    return shapes.EvaluationResult(
        eval_action_name=verdict.action,
        eval_resource_name=verdict.resource,
        eval_decision=verdict.decision.effect,
        matched_statements=[_statement(simulation, match) for match in verdict.decision.matches],
        missing_context_values=list(verdict.missing),
        permissions_boundary_decision_detail=(
            None
            if within is None
            else shapes.PermissionsBoundaryDecisionDetail(allowed_by_permissions_boundary=within)
        ),
    )


def _statement(simulation: Simulation, match: Match) -> shapes.Statement:
    start, end = simulation.span(match)
    return shapes.Statement(
        source_policy_id=match.policy,
        source_policy_type=TYPES[match.layer],
        start_position=shapes.Position(line=start.line, column=start.column),
        end_position=shapes.Position(line=end.line, column=end.column),
    )
