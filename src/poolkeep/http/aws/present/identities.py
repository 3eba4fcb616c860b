"""Identity pools and identities in the shapes of the wire, and back."""

from collections.abc import Mapping
from typing import Any, Final

from poolkeep.core.identities.model import (
    Described,
    IdentityPool,
    MappingRule,
    PoolSettings,
    RoleMapping,
    UserPoolProvider,
)
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.registry import Call
from poolkeep.wire.cognito_identity import shapes

MS_PER_S: Final = 1_000


def services(call: Call) -> Any:  # noqa: ANN401  as compose has built it
    """Return the identity pools of the call's region."""
    return call.installation.identities[call.region_name]


def settings_of(request: shapes.CreateIdentityPoolInput | shapes.IdentityPool) -> PoolSettings:
    """Return the settings that a request asks for; what is empty is not set."""
    providers = request.cognito_identity_providers
    return PoolSettings(
        name=request.identity_pool_name,
        allows_guests=request.allow_unauthenticated_identities,
        allow_classic_flow=request.allow_classic_flow,
        supported_login_providers=plain(request.supported_login_providers) or None,
        developer_provider_name=request.developer_provider_name,
        open_id_connect_provider_arns=tuple(request.open_id_connect_provider_arns or ()) or None,
        user_pools=tuple(
            UserPoolProvider(
                provider_name=each.provider_name,
                client_id=each.client_id,
                server_side_token_check=each.server_side_token_check,
            )
            for each in providers or ()
        )
        or None,
        saml_provider_arns=tuple(request.saml_provider_arns or ()) or None,
        tags=plain(request.identity_pool_tags) or None,
    )


def pool_shape(pool: IdentityPool) -> shapes.IdentityPool:
    """Return a pool as callers see it."""
    settings = pool.settings
    return shapes.IdentityPool(
        identity_pool_id=pool.id,
        identity_pool_name=settings.name,
        allow_unauthenticated_identities=settings.allows_guests,
        allow_classic_flow=settings.allow_classic_flow,
        supported_login_providers=settings.supported_login_providers,
        developer_provider_name=settings.developer_provider_name,
        open_id_connect_provider_arns=settings.open_id_connect_provider_arns,
        cognito_identity_providers=None
        if settings.user_pools is None
        else [
            shapes.CognitoIdentityProvider(
                provider_name=each.provider_name,
                client_id=each.client_id,
                server_side_token_check=each.server_side_token_check or False,
            )
            for each in settings.user_pools
        ],
        saml_provider_arns=settings.saml_provider_arns,
        identity_pool_tags=settings.tags,
    )


def identity_shape(found: Described) -> shapes.IdentityDescription:
    """Return an identity as callers see it: of its logins the names alone."""
    return shapes.IdentityDescription(
        identity_id=found.identity.id,
        logins=found.providers,
        creation_date=found.identity.created_ms / MS_PER_S,
        last_modified_date=found.identity.modified_ms / MS_PER_S,
    )


def mapping_of(shape: shapes.RoleMapping) -> RoleMapping:
    """Return a role mapping of a request."""
    rules = shape.rules_configuration
    return RoleMapping(
        type=shape.type,
        ambiguous_role_resolution=shape.ambiguous_role_resolution,
        rules=None
        if rules is None
        else tuple(
            MappingRule(
                claim=rule.claim,
                match_type=rule.match_type,
                value=rule.value,
                role_arn=rule.role_arn,
            )
            for rule in rules.rules
        ),
    )


def mapping_shape(mapping: RoleMapping) -> shapes.RoleMapping:
    """Return a role mapping as callers see it."""
    return shapes.RoleMapping(
        type=mapping.type,
        ambiguous_role_resolution=mapping.ambiguous_role_resolution,
        rules_configuration=None
        if mapping.rules is None
        else shapes.RulesConfigurationType(
            rules=[
                shapes.MappingRule(
                    claim=rule.claim,
                    match_type=rule.match_type,
                    value=rule.value,
                    role_arn=rule.role_arn,
                )
                for rule in mapping.rules
            ]
        ),
    )


def mappings_of(given: Mapping[str, shapes.RoleMapping] | None) -> dict[str, RoleMapping]:
    """Return the role mappings of a request."""
    return {key: mapping_of(shape) for key, shape in (given or {}).items()}
