"""Replicas. Rules: `core/replicas/service.py`."""

from typing import cast

import msgspec

from poolkeep.core.replicas import Replica
from poolkeep.core.replicas.model import Status
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateUserPoolReplica")
async def create_user_pool_replica(
    call: Call, request: shapes.CreateUserPoolReplicaRequest
) -> shapes.CreateUserPoolReplicaResponse:
    """Begin to copy a pool into another region: `ReplicaService.create`."""
    tags = None if request.user_pool_tags is None else plain(request.user_pool_tags)
    made = await call.region.replicas.create(
        call.actor, request.user_pool_id, request.region_name, tags
    )
    return shapes.CreateUserPoolReplicaResponse(user_pool_replica=_shown(made))


@operation("cognito-idp", "UpdateUserPoolReplica")
async def update_user_pool_replica(
    call: Call, request: shapes.UpdateUserPoolReplicaRequest
) -> shapes.UpdateUserPoolReplicaResponse:
    """Let a copy take part in sign-ins, or not: `ReplicaService.update`."""
    changed = await call.region.replicas.update(
        call.actor, request.user_pool_id, request.region_name, cast(Status, request.status)
    )
    return shapes.UpdateUserPoolReplicaResponse(user_pool_replica=_shown(changed))


@operation("cognito-idp", "DeleteUserPoolReplica")
async def delete_user_pool_replica(
    call: Call, request: shapes.DeleteUserPoolReplicaRequest
) -> shapes.DeleteUserPoolReplicaResponse:
    """Begin to remove an inactive copy: `ReplicaService.delete`."""
    gone = await call.region.replicas.delete(call.actor, request.user_pool_id, request.region_name)
    return shapes.DeleteUserPoolReplicaResponse(user_pool_replica=_shown(gone))


@operation("cognito-idp", "ListUserPoolReplicas")
async def list_user_pool_replicas(
    call: Call, request: shapes.ListUserPoolReplicasRequest
) -> shapes.ListUserPoolReplicasResponse:
    """List a pool and its copy: `ReplicaService.list`."""
    found = await call.region.replicas.list(call.actor, request.user_pool_id, request.next_token)
    return shapes.ListUserPoolReplicasResponse(
        user_pool_replicas=[_shown(replica) for replica in found]
    )


def _shown(replica: Replica) -> shapes.UserPoolReplicaType:
    return msgspec.convert(replica, shapes.UserPoolReplicaType, from_attributes=True)
