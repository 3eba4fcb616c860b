"""What IAM knows, kept in memory: the hot path of every signed request reads here.

    asked ──▶ kept and fresh? ──▶ answer, and no database was read
                 │ not fresh: one small question, "how many changes were there?"
                 │ changed, or not kept: read it

Kept entries are forgotten together, with the first change that is seen: at once for changes of
this process, within `FRESH_MS` for those of others.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.iam.model import (
    Entity,
    Group,
    Holder,
    ManagedPolicy,
    OidcProvider,
    Role,
    SamlProvider,
    User,
    compiled,
)
from poolkeep.core.iam.policies import Policy
from poolkeep.core.iam.ports import Entities
from poolkeep.core.iam.shipped import SHIPPED

FRESH_MS: Final = 2_000
KEPT_MAX: Final = 20_000
ACCOUNT_MAX: Final = 12
NAME_MAX: Final = 255
"""The longest name of all: an issuer's."""

T = TypeVar("T")
E = TypeVar("E", bound=Entity)


class Grants(msgspec.Struct, frozen=True, kw_only=True):
    """The policies of a user or a role; a boundary of None limits nothing."""

    identity: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None = None


class IamBook:
    """Entities by name and by ARN."""

    def __init__(self, *, database: Database, rows: Entities, clock: Clock) -> None:
        """Read from `database`; `clock` is the machine's own."""
        self._database = database
        self._rows = rows
        self._clock = clock
        self._kept: dict[tuple[str, ...], Any] = {}
        self._changes = -1
        self._checked_ms: int | None = None
        self._epoch = 0

    async def role(self, account: str, name: str) -> Role | None:
        """Return a role by its name, without the path."""
        return await self._entity(Role, account, name.lower())

    async def holder(self, of: type[E], account: str, name: str) -> E | None:
        """Return a role, user or group by name, without the path."""
        return await self._entity(of, account, name.lower())

    async def role_by_arn(self, arn: str) -> Role | None:
        """Return a role by its ARN, whose path must be right."""
        return await self._by_arn(Role, arn)

    async def user(self, account: str, name: str) -> User | None:
        """Return a user by name, without the path."""
        return await self._entity(User, account, name.lower())

    async def user_by_arn(self, arn: str) -> User | None:
        """Return a user by its ARN, whose path must be right."""
        return await self._by_arn(User, arn)

    async def group_by_arn(self, arn: str) -> Group | None:
        """Return a group by its ARN, whose path must be right."""
        return await self._by_arn(Group, arn)

    async def managed(self, arn: str) -> ManagedPolicy | None:
        """Return a managed policy, of an account or one that ships."""
        return SHIPPED.get(arn) or await self._by_arn(ManagedPolicy, arn)

    async def oidc_provider(self, account: str, host_and_path: str) -> OidcProvider | None:
        """Return an OIDC provider by its issuer without the scheme."""
        return await self._entity(OidcProvider, account, host_and_path)

    async def saml_provider(self, arn: str) -> SamlProvider | None:
        """Return a SAML provider by its ARN."""
        parts = arn_parts(arn, SamlProvider)
        return None if parts is None else await self._entity(SamlProvider, *parts)

    async def grants(self, holder: Holder) -> Grants:
        """Return a holder's policies: its own, and of a user also those of the groups."""
        return await self._of(("grants", holder.id), lambda tx: self._grants(tx, holder))

    async def policies(self, arns: tuple[str, ...]) -> tuple[Policy, ...]:
        """Return managed policies by ARN, without those that are gone."""
        found = [await self.managed(arn) for arn in arns]
        return tuple(policy.policy for policy in found if policy is not None)

    def forget(self) -> None:
        """Forget everything: this process has changed something."""
        self._kept.clear()
        self._epoch += 1

    async def _entity(self, of: type[E], account: str, name: str) -> E | None:
        if len(account) > ACCOUNT_MAX or len(name) > NAME_MAX:
            return None  # nothing is called so, and whoever asks has not signed yet
        key = (of.KIND, account, name)
        return await self._of(key, lambda tx: self._rows.get(tx, of, account, name))

    async def _by_arn(self, of: type[E], arn: str) -> E | None:
        parts = arn_parts(arn, of)
        found = None if parts is None else await self._entity(of, parts[0], parts[1].lower())
        return found if found is not None and found.arn == arn else None

    async def _of(self, key: tuple[str, ...], load: Callable[[Transaction], T]) -> T:
        await self._refresh()
        if key in self._kept:
            return cast("T", self._kept[key])
        epoch = self._epoch
        found = await self._database.read(load)
        if epoch == self._epoch:  # otherwise something changed while we read
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            self._kept[key] = found
        return found

    async def _refresh(self) -> None:
        now_ms = self._clock.now_ms()
        if self._checked_ms is not None and 0 <= now_ms - self._checked_ms < FRESH_MS:
            return
        changes = await self._database.read(self._rows.changes)
        if changes != self._changes:
            self.forget()
        self._changes = changes
        self._checked_ms = now_ms

    def _grants(self, tx: Transaction, holder: Holder) -> Grants:
        holders = [holder]
        if isinstance(holder, User):
            groups = (self._rows.by_id(tx, Group, each) for each in holder.groups)
            holders.extend(group for group in groups if group is not None)
        identity = tuple(policy for each in holders for policy in self._held(tx, each))
        if holder.boundary is None:
            return Grants(identity=identity)
        limit = self._managed(tx, holder.boundary)
        return Grants(identity=identity, boundary=() if limit is None else (limit.policy,))

    def _held(self, tx: Transaction, holder: Holder) -> list[Policy]:
        found = [
            compiled(text, "identity", f"{holder.arn}/{name}")
            for name, text in sorted(holder.inline.items())
        ]
        attached = (self._managed(tx, arn) for arn in holder.attached)
        return found + [policy.policy for policy in attached if policy is not None]

    def _managed(self, tx: Transaction, arn: str) -> ManagedPolicy | None:
        parts = arn_parts(arn, ManagedPolicy)
        if arn in SHIPPED or parts is None:
            return SHIPPED.get(arn)
        found = self._rows.get(tx, ManagedPolicy, *parts)
        return found if found is not None and found.arn == arn else None


def arn_parts(arn: str, of: type[Entity]) -> tuple[str, str] | None:
    """Return the account and the name in an ARN of a kind of entity; None for any other text."""
    front, colon, rest = arn.partition(f":{of.KIND}/")
    account = front.removeprefix("arn:aws:iam::")
    name = rest if of is OidcProvider else rest.rpartition("/")[2]
    is_one = colon and name and account != front and ":" not in account
    return (account, name) if is_one else None
