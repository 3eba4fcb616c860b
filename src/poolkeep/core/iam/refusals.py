"""Refusals of IAM, under its own codes."""

from poolkeep.base.refusal import Refusal


class NoSuchEntity(Refusal):
    """There is no such role, user, group, policy, key or provider."""

    code = "NoSuchEntity"


class EntityExists(Refusal):
    """The name is taken."""

    code = "EntityAlreadyExists"


class DeleteConflict(Refusal):
    """Something else must be taken away first."""

    code = "DeleteConflict"


class LimitExceeded(Refusal):
    """There are as many as there may be, or the document is too long."""

    code = "LimitExceeded"


class MalformedDocument(Refusal):
    """The text is no policy of its kind."""

    code = "MalformedPolicyDocument"


class InvalidInput(Refusal):
    """A value that IAM does not take."""

    code = "InvalidInput"


class InvalidRequest(Refusal):
    """The members of the request do not go together."""

    code = "ValidationError"


class PolicyEvaluationFailed(Refusal):
    """The policies of a simulation cannot be evaluated."""

    code = "PolicyEvaluation"
