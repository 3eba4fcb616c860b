"""The policies of roles, users and groups: inline, attached, and the boundary."""

from typing import Final, TypeVar

from msgspec.structs import replace

from poolkeep.base.transaction import Transaction
from poolkeep.core.iam import wording
from poolkeep.core.iam.desk import Change, Desk
from poolkeep.core.iam.documents import checked, size
from poolkeep.core.iam.model import Group, Holder, Role, User
from poolkeep.core.iam.refusals import InvalidInput, LimitExceeded, NoSuchEntity

H = TypeVar("H", bound=Holder)

QUOTAS: Final[dict[type[Holder], str]] = {
    Role: "PoliciesPerRole",
    User: "PoliciesPerUser",
    Group: "PoliciesPerGroup",
}


class HolderPolicies:
    """Puts and takes policies."""

    def __init__(self, desk: Desk) -> None:
        """Work at `desk`."""
        self._desk = desk

    async def put(
        self, change: Change, of: type[H], name: str, *, policy_name: str, text: str
    ) -> None:
        """Give an inline policy, in the place of one of the same name."""
        checked(text)

        def with_policy(_: Transaction, old: H) -> H:
            inline = {**old.inline, policy_name: text}
            most = self._inline_max(of)
            if sum(map(size, inline.values())) > most:
                raise LimitExceeded(wording.inline_size(of, old.name, most))
            return replace(old, inline=inline)

        await self._desk.change_entity(change, of, name, with_policy)

    async def delete(self, change: Change, of: type[H], name: str, policy_name: str) -> None:
        """Take an inline policy away."""

        def without(_: Transaction, old: H) -> H:
            if policy_name not in old.inline:
                raise NoSuchEntity(wording.no_inline(of, policy_name))
            kept = {key: text for key, text in old.inline.items() if key != policy_name}
            return replace(old, inline=kept)

        await self._desk.change_entity(change, of, name, without)

    async def attach(self, change: Change, of: type[H], name: str, arn: str) -> None:
        """Attach a managed policy; one that is attached already stays so."""

        def attached(tx: Transaction, old: H) -> H:
            self._desk.managed(tx, change.account, arn)
            if arn in old.attached:
                return old
            most = self._desk.limits.attached
            if len(old.attached) >= most:
                raise LimitExceeded(wording.quota(QUOTAS[of], most))
            return replace(old, attached=(*old.attached, arn))

        await self._desk.change_entity(change, of, name, attached)

    async def detach(self, change: Change, of: type[H], name: str, arn: str) -> None:
        """Detach a managed policy."""

        def detached(_: Transaction, old: H) -> H:
            if arn not in old.attached:
                raise NoSuchEntity(wording.not_attached(arn))
            return replace(old, attached=tuple(each for each in old.attached if each != arn))

        await self._desk.change_entity(change, of, name, detached)

    async def limit(self, change: Change, of: type[H], name: str, arn: str | None) -> None:
        """Set the boundary to a managed policy, or take it away."""

        def limited(tx: Transaction, old: H) -> H:
            if arn is not None:
                check_boundary(self._desk, tx, change.account, arn)
            elif old.boundary is None:
                raise NoSuchEntity(f"No permissions boundary is set for {of.KIND} {old.name}.")
            return replace(old, boundary=arn)

        await self._desk.change_entity(change, of, name, limited)

    def _inline_max(self, of: type[Holder]) -> int:
        limits = self._desk.limits
        if of is Role:
            return limits.role_inline
        return limits.user_inline if of is User else limits.group_inline


def check_boundary(desk: Desk, tx: Transaction, account: str, arn: str) -> None:
    """Refuse a boundary that is no managed policy."""
    if ":policy/" not in arn:
        raise InvalidInput(f"ARN {arn} is not valid.")
    desk.managed(tx, account, arn)
