"""Pools, app clients and groups as Cognito answers them, and requests as the core takes them.

Core values carry the attribute names of the wire shapes, so most of this is conversion by
attribute; what absent members are shown as is said by `core/pools/defaults.py`.
"""

from typing import Final, TypeVar

import msgspec

from poolkeep.core.pools.defaults import (
    MfaConfig,
    described_client,
    described_pool,
)
from poolkeep.core.pools.model import (
    AppClient,
    ClientSecret,
    ClientSettings,
    PoolSettings,
    UserPool,
)
from poolkeep.core.pools.service import PoolView
from poolkeep.core.users.model import Group
from poolkeep.wire.cognito_idp import shapes

MS_PER_S: Final = 1_000

MfaResponse = TypeVar(
    "MfaResponse", shapes.GetUserPoolMfaConfigResponse, shapes.SetUserPoolMfaConfigResponse
)


def pool_settings(
    request: shapes.CreateUserPoolRequest | shapes.UpdateUserPoolRequest,
) -> PoolSettings:
    """Return the settings that a request holds; the name is empty where it leaves it out."""
    members = msgspec.structs.asdict(request)
    members["name"] = request.pool_name or ""
    members["schema_attributes"] = members.get("schema") or ()
    return msgspec.convert(members, PoolSettings, from_attributes=True)


def client_settings(
    request: shapes.CreateUserPoolClientRequest | shapes.UpdateUserPoolClientRequest,
) -> ClientSettings:
    """Return the settings that a request holds; the name is empty where it leaves it out."""
    members = msgspec.structs.asdict(request)
    members["client_name"] = request.client_name or ""
    return msgspec.convert(members, ClientSettings, from_attributes=True)


def user_pool_type(view: PoolView) -> shapes.UserPoolType:
    """Return a pool as described."""
    pool = view.pool
    described = msgspec.convert(described_pool(pool), shapes.UserPoolType, from_attributes=True)
    prefix, custom = pool.domain("prefix"), pool.domain("custom")
    return msgspec.structs.replace(
        described,
        domain=prefix.name if prefix else None,
        custom_domain=custom.name if custom else None,
        id=pool.id,
        arn=pool.arn,
        creation_date=pool.created_ms / MS_PER_S,
        last_modified_date=pool.modified_ms / MS_PER_S,
        estimated_number_of_users=view.users,
    )


def user_pool_description(pool: UserPool) -> shapes.UserPoolDescriptionType:
    """Return a pool as listed."""
    triggers = described_pool(pool).lambda_config
    return shapes.UserPoolDescriptionType(
        id=pool.id,
        name=pool.settings.name,
        lambda_config=msgspec.convert(triggers, shapes.LambdaConfigType, from_attributes=True),
        creation_date=pool.created_ms / MS_PER_S,
        last_modified_date=pool.modified_ms / MS_PER_S,
        replica_regions=pool.replica_regions or None,
    )


def mfa_config(config: MfaConfig, response: type[MfaResponse]) -> MfaResponse:
    """Return the second factors of a pool, which two operations answer alike."""
    return msgspec.convert(config, response, from_attributes=True)


def user_pool_client_type(client: AppClient) -> shapes.UserPoolClientType:
    """Return a client as described, with its first secret."""
    described = msgspec.convert(
        described_client(client.settings), shapes.UserPoolClientType, from_attributes=True
    )
    return msgspec.structs.replace(
        described,
        user_pool_id=client.pool_id,
        client_id=client.id,
        client_secret=client.secrets[0].secret().reveal() if client.secrets else None,
        creation_date=client.created_ms / MS_PER_S,
        last_modified_date=client.modified_ms / MS_PER_S,
        client_type=client.client_type,
    )


def secret_descriptor(
    secret: ClientSecret, *, with_value: bool
) -> shapes.ClientSecretDescriptorType:
    """Return a secret; its value only where it was generated just now."""
    return shapes.ClientSecretDescriptorType(
        client_secret_id=secret.id,
        client_secret_value=secret.secret().reveal() if with_value else None,
        client_secret_create_date=secret.created_ms / MS_PER_S,
    )


def group_type(group: Group) -> shapes.GroupType:
    """Return a group."""
    return shapes.GroupType(
        group_name=group.group_name,
        user_pool_id=group.pool_id,
        description=group.description,
        role_arn=group.role_arn,
        precedence=group.precedence,
        last_modified_date=group.modified_ms / MS_PER_S,
        creation_date=group.created_ms / MS_PER_S,
    )
