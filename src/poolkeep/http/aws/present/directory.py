"""The directory as Cognito answers it."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from poolkeep.core.audit import AuthEvent
from poolkeep.core.directory.changes import stamp
from poolkeep.core.directory.domains import DomainView
from poolkeep.core.directory.model import (
    IdentityProvider,
    LogConfiguration,
    ResourceServer,
    RiskConfiguration,
)
from poolkeep.core.directory.ports import ProviderRow
from poolkeep.core.directory.provider_rules import described_details, described_mapping
from poolkeep.wire.cognito_idp import shapes

MS_PER_S: Final = 1_000

Shape = TypeVar("Shape", bound=msgspec.Struct)
DomainChange = TypeVar(
    "DomainChange", shapes.CreateUserPoolDomainResponse, shapes.UpdateUserPoolDomainResponse
)


def resource_server(server: ResourceServer) -> shapes.ResourceServerType:
    """Return a resource server."""
    return shapes.ResourceServerType(
        user_pool_id=server.pool_id,
        identifier=server.identifier,
        name=server.name,
        scopes=msgspec.convert(
            server.scopes, list[shapes.ResourceServerScopeType], from_attributes=True
        ),
    )


def identity_provider(provider: IdentityProvider) -> shapes.IdentityProviderType:
    """Return a provider with its details, secrets included."""
    return shapes.IdentityProviderType(
        user_pool_id=provider.pool_id,
        provider_name=provider.provider_name,
        provider_type=provider.provider_type,
        provider_details=described_details(provider),
        attribute_mapping=described_mapping(provider),
        idp_identifiers=provider.idp_identifiers or None,
        acr_mapping=provider.acr_mapping,
        last_modified_date=provider.modified_ms / MS_PER_S,
        creation_date=provider.created_ms / MS_PER_S,
    )


def provider_description(row: ProviderRow) -> shapes.ProviderDescription:
    """Return a provider as listed."""
    return shapes.ProviderDescription(
        provider_name=row.provider_name,
        provider_type=row.document.provider_type,
        last_modified_date=row.document.modified_ms / MS_PER_S,
        creation_date=row.created_ms / MS_PER_S,
    )


def domain_description(view: DomainView) -> shapes.DomainDescriptionType:
    """Return a domain as described."""
    domain, pool = view.domain, view.pool
    return shapes.DomainDescriptionType(
        user_pool_id=pool.id,
        aws_account_id=pool.account,
        domain=domain.name,
        cloud_front_distribution=view.distribution,
        version=stamp(domain.modified_ms),
        status="ACTIVE",
        custom_domain_config=_converted(domain.custom_domain_config, shapes.CustomDomainConfigType),
        managed_login_version=domain.managed_login_version,
        routing=_converted(domain.routing, shapes.RoutingType),
    )


def domain_change(view: DomainView, response: type[DomainChange]) -> DomainChange:
    """Return what a domain became, which two operations answer alike."""
    domain = view.domain
    return response(
        managed_login_version=domain.managed_login_version,
        cloud_front_domain=view.distribution if domain.kind == "custom" else None,
        routing=_converted(domain.routing, shapes.RoutingType),
    )


def risk_configuration(
    pool_id: str, client_id: str | None, risk: RiskConfiguration
) -> shapes.RiskConfigurationType:
    """Return the risk configuration of a pool or a client."""
    return msgspec.structs.replace(
        msgspec.convert(risk, shapes.RiskConfigurationType, from_attributes=True),
        user_pool_id=pool_id,
        client_id=client_id,
        last_modified_date=risk.modified_ms / MS_PER_S if risk.modified_ms else None,
    )


def log_delivery(
    pool_id: str, logs: Sequence[LogConfiguration]
) -> shapes.LogDeliveryConfigurationType:
    """Return where a pool's logs go."""
    return shapes.LogDeliveryConfigurationType(
        user_pool_id=pool_id,
        log_configurations=msgspec.convert(
            logs, list[shapes.LogConfigurationType], from_attributes=True
        ),
    )


def auth_event(event: AuthEvent) -> shapes.AuthEventType:
    """Return a sign-in event; a level of risk is told only where there is a risk."""
    feedback = event.feedback
    return shapes.AuthEventType(
        event_id=event.id,
        event_type=event.event_type,
        creation_date=event.at_ms / MS_PER_S,
        event_response=event.event_response,
        event_risk=shapes.EventRiskType(
            risk_decision=event.risk_decision, compromised_credentials_detected=False
        ),
        challenge_responses=msgspec.convert(
            event.challenges, list[shapes.ChallengeResponseType], from_attributes=True
        ),
        event_context_data=shapes.EventContextDataType(
            ip_address=event.ip_address or None, device_name=event.user_agent or None
        ),
        event_feedback=None
        if feedback is None
        else shapes.EventFeedbackType(
            feedback_value=feedback.feedback_value,
            provider=feedback.provider,
            feedback_date=feedback.at_ms / MS_PER_S,
        ),
    )


def _converted(value: msgspec.Struct | None, shape: type[Shape]) -> Shape | None:
    return None if value is None else msgspec.convert(value, shape, from_attributes=True)
