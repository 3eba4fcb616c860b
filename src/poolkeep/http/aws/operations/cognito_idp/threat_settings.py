"""Risk configurations and log delivery. Rules: `core/directory/threat_settings.py`."""

import msgspec

from poolkeep.core.directory.model import LogConfiguration, RiskConfiguration
from poolkeep.http.aws.present import directory as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "SetRiskConfiguration")
async def set_risk_configuration(
    call: Call, request: shapes.SetRiskConfigurationRequest
) -> shapes.SetRiskConfigurationResponse:
    """Replace a risk configuration: `ThreatSettings.set_risk`."""
    wanted = msgspec.convert(request, RiskConfiguration, from_attributes=True)
    risk = await call.region.directory.threat_settings.set_risk(
        call.actor, request.user_pool_id, request.client_id, wanted
    )
    told = present.risk_configuration(request.user_pool_id, request.client_id, risk)
    return shapes.SetRiskConfigurationResponse(risk_configuration=told)


@operation("cognito-idp", "DescribeRiskConfiguration")
async def describe_risk_configuration(
    call: Call, request: shapes.DescribeRiskConfigurationRequest
) -> shapes.DescribeRiskConfigurationResponse:
    """Tell a risk configuration: `ThreatSettings.describe_risk`."""
    risk = await call.region.directory.threat_settings.describe_risk(
        call.actor, request.user_pool_id, request.client_id
    )
    told = present.risk_configuration(request.user_pool_id, request.client_id, risk)
    return shapes.DescribeRiskConfigurationResponse(risk_configuration=told)


@operation("cognito-idp", "SetLogDeliveryConfiguration")
async def set_log_delivery_configuration(
    call: Call, request: shapes.SetLogDeliveryConfigurationRequest
) -> shapes.SetLogDeliveryConfigurationResponse:
    """Replace where logs go: `ThreatSettings.set_logs`."""
    wanted = msgspec.convert(
        request.log_configurations, tuple[LogConfiguration, ...], from_attributes=True
    )
    logs = await call.region.directory.threat_settings.set_logs(
        call.actor, request.user_pool_id, wanted
    )
    told = present.log_delivery(request.user_pool_id, logs)
    return shapes.SetLogDeliveryConfigurationResponse(log_delivery_configuration=told)


@operation("cognito-idp", "GetLogDeliveryConfiguration")
async def get_log_delivery_configuration(
    call: Call, request: shapes.GetLogDeliveryConfigurationRequest
) -> shapes.GetLogDeliveryConfigurationResponse:
    """Tell where logs go: `ThreatSettings.logs`."""
    logs = await call.region.directory.threat_settings.logs(call.actor, request.user_pool_id)
    told = present.log_delivery(request.user_pool_id, logs)
    return shapes.GetLogDeliveryConfigurationResponse(log_delivery_configuration=told)
