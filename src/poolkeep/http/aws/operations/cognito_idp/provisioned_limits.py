"""Provisioned limits. Rules: `core/quotas/service.py`."""

from poolkeep.core.quotas import ProvisionedLimit
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "GetProvisionedLimit")
async def get_provisioned_limit(
    call: Call, request: shapes.GetProvisionedLimitRequest
) -> shapes.GetProvisionedLimitResponse:
    """Tell the rates of a category: `ProvisionedLimits.get`."""
    wanted = request.limit_definition
    limit = await call.region.quotas.get(call.actor, wanted.limit_class, plain(wanted.attributes))
    return shapes.GetProvisionedLimitResponse(limit=_shown(limit, wanted))


@operation("cognito-idp", "UpdateProvisionedLimit")
async def update_provisioned_limit(
    call: Call, request: shapes.UpdateProvisionedLimitRequest
) -> shapes.UpdateProvisionedLimitResponse:
    """Set the rate of a category: `ProvisionedLimits.update`."""
    wanted = request.limit_definition
    limit = await call.region.quotas.update(
        call.actor, wanted.limit_class, plain(wanted.attributes), request.requested_limit_value
    )
    return shapes.UpdateProvisionedLimitResponse(limit=_shown(limit, wanted))


def _shown(limit: ProvisionedLimit, wanted: shapes.LimitDefinitionType) -> shapes.LimitType:
    return shapes.LimitType(
        limit_definition=wanted,
        provisioned_limit_value=limit.provisioned,
        free_limit_value=limit.free,
    )
