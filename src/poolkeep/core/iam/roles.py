"""Roles: made, changed, removed; and whom they trust."""

import json
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from poolkeep.base.transaction import Transaction
from poolkeep.core.iam import wording
from poolkeep.core.iam.authority import FUNCTIONS
from poolkeep.core.iam.book import arn_parts
from poolkeep.core.iam.desk import Change, Desk
from poolkeep.core.iam.documents import bound, checked_trust, shown
from poolkeep.core.iam.holders import check_boundary
from poolkeep.core.iam.model import Holder, Role, User
from poolkeep.core.iam.policies import NEW
from poolkeep.core.iam.refusals import DeleteConflict, InvalidInput

SESSION_S = 3_600
RESERVED: Final = FUNCTIONS.removeprefix("role/")
LINKED: Final = {
    "cognito-idp.amazonaws.com": "AWSServiceRoleForAmazonCognitoIdp",
    "email.cognito-idp.amazonaws.com": "AWSServiceRoleForAmazonCognitoIdpEmailService",
}
"""Cognito's services with a role of their own, and its name."""


class NewRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role as it is asked for."""

    name: str
    trust: str
    path: str = "/"
    description: str | None = None
    max_session_s: int = SESSION_S
    boundary: str | None = None
    tags: Mapping[str, str] = {}


def service_linked(service: str, *, suffix: str | None, description: str | None) -> NewRole:
    """Return the role that a service of AWS has by its own name. Raises InvalidInput."""
    name = LINKED.get(service)
    if name is None:
        raise InvalidInput(f"Service {service} has no service-linked role here.")
    if suffix is not None:
        raise InvalidInput(f"Custom suffix is not allowed for {service}")
    trust = {
        "Version": NEW,
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
        ],
    }
    return NewRole(
        name=name,
        trust=json.dumps(trust, separators=(",", ":")),
        path=f"/aws-service-role/{service}/",
        description=description,
    )


class Roles:
    """Makes and keeps roles."""

    def __init__(self, desk: Desk, *, names_pools: bool) -> None:
        """Work at `desk`.

        With `names_pools` a role that identities of identity pools may take must say of which.
        """
        self._desk = desk
        self._names_pools = names_pools

    async def create(self, change: Change, new: NewRole) -> Role:
        """Make a role."""
        checked_trust(new.trust, names_pools=self._names_pools)
        if new.name.lower() == RESERVED:
            raise InvalidInput(wording.RESERVED_ROLE)
        desk = self._desk
        role_id, now_ms = desk.new_id(Role), desk.now_ms()

        def work(tx: Transaction) -> Role:
            if new.boundary is not None:
                check_boundary(desk, tx, change.account, new.boundary)
            role = Role(
                account=change.account,
                name=new.name,
                id=role_id,
                created_ms=now_ms,
                path=new.path,
                tags=dict(new.tags),
                boundary=new.boundary,
                trust_text=new.trust,
                trust_bound=self._bound(tx, new.trust),
                description=new.description,
                max_session_s=new.max_session_s,
            )
            desk.add(tx, role, most=desk.limits.roles, quota="RolesPerAccount")
            return role

        return await desk.write(
            change, f"arn:aws:iam::{change.account}:role{new.path}{new.name}", work
        )

    async def update(
        self,
        change: Change,
        name: str,
        *,
        description: str | None = None,
        max_session_s: int | None = None,
    ) -> Role:
        """Change what is told of a role."""
        return await self._desk.change_entity(
            change,
            Role,
            name,
            lambda _, old: replace(
                old,
                description=old.description if description is None else description,
                max_session_s=max_session_s or old.max_session_s,
            ),
        )

    async def trust(self, change: Change, name: str, text: str) -> None:
        """Say anew whom a role trusts."""
        checked_trust(text, names_pools=self._names_pools)
        await self._desk.change_entity(
            change,
            Role,
            name,
            lambda tx, old: replace(old, trust_text=text, trust_bound=self._bound(tx, text)),
        )

    async def delete(self, change: Change, name: str) -> None:
        """Remove a role that has no policies any more."""

        def work(tx: Transaction) -> None:
            role = self._desk.get(tx, Role, change.account, name)
            check_bare(role)
            self._desk.rows.delete(tx, role)

        await self._desk.write(change, f"arn:aws:iam::{change.account}:role/{name}", work)

    def shown(self, tx: Transaction, role: Role) -> str:
        """Return a role's trust policy as it is told."""
        if role.trust_bound == role.trust_text:
            return role.trust_text
        return shown(role.trust_text, role.trust_bound, lambda each: self._arn_of(tx, each))

    def _bound(self, tx: Transaction, text: str) -> str:
        return bound(text, lambda arn: self._id_of(tx, arn))

    def _id_of(self, tx: Transaction, arn: str) -> str | None:
        of: type[Holder]
        for of in (User, Role):
            parts = arn_parts(arn, of)
            found = None if parts is None else self._desk.rows.get(tx, of, *parts)
            if found is not None and found.arn == arn:
                return found.id
        return None

    def _arn_of(self, tx: Transaction, entity_id: str) -> str | None:
        of: type[Holder] = User if entity_id.startswith("AIDA") else Role
        found = self._desk.rows.by_id(tx, of, entity_id)
        return None if found is None else found.arn


def check_bare(holder: Holder) -> None:
    """Refuse to remove who has policies."""
    if holder.attached:
        raise DeleteConflict(wording.DETACH_FIRST)
    if holder.inline:
        raise DeleteConflict(wording.POLICIES_FIRST)
