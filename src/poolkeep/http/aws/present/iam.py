"""IAM's entities as responses show them. The wire encodes policy documents, as AWS sends them."""

from collections.abc import Iterable, Mapping
from typing import Final

from poolkeep.core.iam import model
from poolkeep.core.iam.reading import Usage
from poolkeep.wire.iam import shapes

MS_PER_S: Final = 1_000


def seconds(at_ms: int) -> float:
    """Return a moment as shapes have it: IAM tells whole seconds."""
    return float(at_ms // MS_PER_S)


def tags(found: Mapping[str, str]) -> list[shapes.Tag] | None:
    """Return tags; None when there are none."""
    listed = [shapes.Tag(key=key, value=value) for key, value in found.items()]
    return listed or None


def boundary(arn: str | None) -> shapes.AttachedPermissionsBoundary | None:
    """Return a boundary."""
    if arn is None:
        return None
    return shapes.AttachedPermissionsBoundary(
        permissions_boundary_type="Policy", permissions_boundary_arn=arn
    )


def role(found: model.Role, trust: str, *, listed: bool = False) -> shapes.Role:
    """Return a role; lists leave out tags and boundaries."""
    return shapes.Role(
        path=found.path,
        role_name=found.name,
        role_id=found.id,
        arn=found.arn,
        create_date=seconds(found.created_ms),
        assume_role_policy_document=trust,
        description=found.description,
        max_session_duration=found.max_session_s,
        permissions_boundary=None if listed else boundary(found.boundary),
        tags=None if listed else tags(found.tags),
        role_last_used=None if listed else shapes.RoleLastUsed(),
    )


def user(found: model.User, *, listed: bool = False) -> shapes.User:
    """Return a user; lists leave out tags and boundaries."""
    return shapes.User(
        path=found.path,
        user_name=found.name,
        user_id=found.id,
        arn=found.arn,
        create_date=seconds(found.created_ms),
        permissions_boundary=None if listed else boundary(found.boundary),
        tags=None if listed else tags(found.tags),
    )


def group(found: model.Group) -> shapes.Group:
    """Return a group."""
    return shapes.Group(
        path=found.path,
        group_name=found.name,
        group_id=found.id,
        arn=found.arn,
        create_date=seconds(found.created_ms),
    )


def policy(found: model.ManagedPolicy, usage: Usage, *, listed: bool = False) -> shapes.Policy:
    """Return a managed policy; lists leave out description and tags."""
    return shapes.Policy(
        policy_name=found.name,
        policy_id=found.id,
        arn=found.arn,
        path=found.path,
        default_version_id=found.default,
        attachment_count=usage.attached,
        permissions_boundary_usage_count=usage.boundaries,
        is_attachable=True,
        description=None if listed else found.description,
        create_date=seconds(found.created_ms),
        update_date=seconds(found.updated_ms),
        tags=None if listed else tags(found.tags),
    )


def version(
    found: model.PolicyVersion, policy: model.ManagedPolicy, *, with_document: bool = False
) -> shapes.PolicyVersion:
    """Return a version of a managed policy."""
    return shapes.PolicyVersion(
        document=found.text if with_document else None,
        version_id=found.id,
        is_default_version=found.id == policy.default,
        create_date=seconds(found.created_ms),
    )


def attached(policies: Iterable[model.ManagedPolicy]) -> list[shapes.AttachedPolicy]:
    """Return policies as those that have them list them."""
    return [
        shapes.AttachedPolicy(policy_name=policy.name, policy_arn=policy.arn) for policy in policies
    ]
