"""Ask one evaluator about every signed operation: may this principal do this to that resource."""

from typing import NamedTuple, Protocol

import msgspec

from poolkeep.http.aws.caller import AccessDenied, Identity
from poolkeep.wire.service import Operation

NOT_A_RESOURCE = "*"


class Question(NamedTuple):
    """What the evaluator is asked. `context` maps condition keys to the request's values."""

    account: str
    principal: str
    action: str
    resource: str
    context: dict[str, str]


class Evaluator(Protocol):
    """Decides by policies."""

    def allows(self, question: Question) -> bool:
        """Tell whether the principal may do it."""
        ...


class RootOnly:
    """The account's root and its functions may do everything: until IAM brings policies."""

    def allows(self, question: Question) -> bool:
        """Allow root, and the role whose key pair functions get."""
        return question.principal in {"root", "role/functions"}


def authorise(
    evaluator: Evaluator, identity: Identity, operation: Operation, request: msgspec.Struct | None
) -> None:
    """Refuse what the evaluator does not allow, in IAM's words."""
    if not operation.resource:
        return
    resource = resource_arn(operation, identity, request)
    question = Question(
        identity.account, identity.principal, operation.iam_action, resource,
        context_of(operation, request),
    )  # fmt: skip
    if not evaluator.allows(question):
        who = f"arn:aws:iam::{identity.account}:{identity.principal}"
        action = operation.iam_action
        raise AccessDenied(
            f"User: {who} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action"
        )


def resource_arn(operation: Operation, identity: Identity, request: msgspec.Struct | None) -> str:
    """Return the ARN that a policy must name for this request."""
    if operation.resource == "userpool":
        named = getattr(request, "resource_arn", None)
        if named:
            return str(named)
        pool_id = getattr(request, "user_pool_id", None)
        if pool_id:
            return f"arn:aws:cognito-idp:{identity.region}:{identity.account}:userpool/{pool_id}"
    return NOT_A_RESOURCE


def context_of(operation: Operation, request: msgspec.Struct | None) -> dict[str, str]:
    """Return the values of the condition keys that the request itself carries."""
    context: dict[str, str] = {}
    tags = getattr(request, "tags", None) or getattr(request, "user_pool_tags", None)
    if isinstance(tags, dict) and "aws:TagKeys" in operation.condition_keys:
        context["aws:TagKeys"] = ",".join(sorted(tags))
        context.update({f"aws:RequestTag/{key}": str(value) for key, value in tags.items()})
    return context
