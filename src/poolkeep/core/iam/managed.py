"""Managed policies and their versions."""

from collections.abc import Mapping

from msgspec.structs import replace

from poolkeep.base.transaction import Transaction
from poolkeep.core.iam import wording
from poolkeep.core.iam.desk import Change, Desk
from poolkeep.core.iam.documents import MANAGED_MAX, checked, size
from poolkeep.core.iam.model import ManagedPolicy, PolicyVersion
from poolkeep.core.iam.refusals import (
    DeleteConflict,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
)
from poolkeep.core.iam.shipped import SHIPPED


class ManagedPolicies:
    """Makes and keeps managed policies."""

    def __init__(self, desk: Desk) -> None:
        """Work at `desk`."""
        self._desk = desk

    async def create(
        self,
        change: Change,
        name: str,
        text: str,
        *,
        path: str = "/",
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> ManagedPolicy:
        """Make a policy; its first version counts."""
        _check(text)
        desk = self._desk
        now_ms = desk.now_ms()
        policy = ManagedPolicy(
            account=change.account,
            name=name,
            id=desk.new_id(ManagedPolicy),
            created_ms=now_ms,
            updated_ms=now_ms,
            path=path,
            tags=dict(tags or {}),
            versions=(PolicyVersion(id="v1", text=text, created_ms=now_ms),),
            default="v1",
            next_version=2,
            description=description,
        )

        def work(tx: Transaction) -> ManagedPolicy:
            desk.add(tx, policy, most=desk.limits.policies, quota="PoliciesPerAccount")
            return policy

        return await desk.write(change, policy.arn, work)

    async def add_version(
        self, change: Change, arn: str, text: str, *, is_default: bool
    ) -> tuple[ManagedPolicy, PolicyVersion]:
        """Add a document to a policy."""
        _check(text)
        _check_own(arn)
        now_ms = self._desk.now_ms()

        def added(_: Transaction, old: ManagedPolicy) -> ManagedPolicy:
            if len(old.versions) >= self._desk.limits.versions:
                raise LimitExceeded(wording.VERSIONS_MAX)
            version = PolicyVersion(id=f"v{old.next_version}", text=text, created_ms=now_ms)
            return replace(
                old,
                versions=(*old.versions, version),
                default=version.id if is_default else old.default,
                next_version=old.next_version + 1,
                updated_ms=now_ms,
            )

        new = await self._desk.change_entity(change, ManagedPolicy, arn, added)
        return new, new.versions[-1]

    async def delete_version(self, change: Change, arn: str, version: str) -> None:
        """Remove a document that does not count."""
        _check_own(arn)

        def without(_: Transaction, old: ManagedPolicy) -> ManagedPolicy:
            version_of(old, version)
            if version == old.default:
                raise DeleteConflict(wording.DEFAULT_VERSION)
            return replace(
                old,
                versions=tuple(each for each in old.versions if each.id != version),
                updated_ms=self._desk.now_ms(),
            )

        await self._desk.change_entity(change, ManagedPolicy, arn, without)

    async def set_default(self, change: Change, arn: str, version: str) -> None:
        """Let another document count."""
        _check_own(arn)

        def changed(_: Transaction, old: ManagedPolicy) -> ManagedPolicy:
            version_of(old, version)
            return replace(old, default=version, updated_ms=self._desk.now_ms())

        await self._desk.change_entity(change, ManagedPolicy, arn, changed)

    async def delete(self, change: Change, arn: str) -> None:
        """Remove a policy that nobody has any more."""
        _check_own(arn)
        desk = self._desk

        def work(tx: Transaction) -> None:
            policy = desk.get_by_arn(tx, ManagedPolicy, change.account, arn)
            if any(desk.rows.references(tx, kind, arn) for kind in ("policy", "boundary")):
                raise DeleteConflict(wording.ATTACHED)
            if len(policy.versions) > 1:
                raise DeleteConflict(wording.VERSIONS_FIRST)
            desk.rows.delete(tx, policy)

        await desk.write(change, arn, work)


def version_of(policy: ManagedPolicy, version: str) -> PolicyVersion:
    """Return a version by its id. Raises NoSuchEntity."""
    found = next((each for each in policy.versions if each.id == version), None)
    if found is None:
        raise NoSuchEntity(wording.no_version(policy.arn, version))
    return found


def _check(text: str) -> None:
    checked(text)
    if size(text) > MANAGED_MAX:
        raise LimitExceeded(wording.quota("PolicySize", MANAGED_MAX))


def _check_own(arn: str) -> None:
    if arn in SHIPPED:
        raise InvalidInput(wording.OF_AWS)
