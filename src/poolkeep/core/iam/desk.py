"""What all use cases of IAM share: finding entities, changing them, checking tags and limits.

Every change counts itself first, so that changes follow one another on any database: two that
race for the last place under a limit see each other.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy, text
from poolkeep.base.ids import UPPER
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.iam import wording
from poolkeep.core.iam.book import IamBook, arn_parts
from poolkeep.core.iam.model import (
    Entity,
    EntityKind,
    ManagedPolicy,
    OidcProvider,
    SamlProvider,
)
from poolkeep.core.iam.ports import Entities
from poolkeep.core.iam.refusals import EntityExists, InvalidInput, LimitExceeded, NoSuchEntity
from poolkeep.core.iam.shipped import SHIPPED

PREFIXES: Final[dict[EntityKind, str]] = {
    "role": "AROA",
    "user": "AIDA",
    "group": "AGPA",
    "policy": "ANPA",
    "oidc-provider": "OIDC",
    "saml-provider": "SAML",
}
ID_CHARACTERS: Final = 17
BASE32: Final = UPPER + "234567"
TAGS_MAX: Final = 50

T = TypeVar("T")
E = TypeVar("E", bound=Entity)


class IamLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many there may be."""

    roles: int = 1_000
    users: int = 5_000
    groups: int = 300
    policies: int = 1_500
    providers: int = 100
    attached: int = 10
    groups_of_user: int = 10
    keys_of_user: int = 2
    versions: int = 5
    role_inline: int = 10_240
    user_inline: int = 2_048
    group_inline: int = 5_120


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes what, for the trail."""

    actor: Actor
    operation: str

    @property
    def account(self) -> str:
        """Whose IAM it is."""
        return self.actor.account


class Desk:
    """Reads and changes entities."""

    def __init__(
        self,
        *,
        database: Database,
        rows: Entities,
        book: IamBook,
        audit: AuditTrail,
        clock: Clock,
        entropy: Entropy,
        limits: IamLimits,
    ) -> None:
        """Keep entities in `database`."""
        self.database = database
        self.rows = rows
        self.book = book
        self.limits = limits
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def now_ms(self) -> int:
        """Return the time."""
        return self._clock.now_ms()

    def new_id(self, of: type[Entity]) -> str:
        """Return a unique id that was never given."""
        return PREFIXES[of.KIND] + text(self._entropy, BASE32, ID_CHARACTERS)

    async def write(self, change: Change, resource: str, work: Callable[[Transaction], T]) -> T:
        """Do `work` as one change, and leave its trace."""

        def run(tx: Transaction) -> T:
            self.rows.change(tx)
            done = work(tx)
            self._audit.record(
                tx,
                change.actor,
                operation=change.operation,
                resource=resource,
                now_ms=self.now_ms(),
            )
            return done

        try:
            return await self.database.write(run)
        finally:
            self.book.forget()

    def get(self, tx: Transaction, of: type[E], account: str, name: str) -> E:
        """Return a role, user or group by name. Raises NoSuchEntity."""
        found = self.rows.get(tx, of, account, name)
        if found is None:
            raise NoSuchEntity(wording.no_entity(of, name))
        return found

    def get_by_arn(self, tx: Transaction, of: type[E], account: str, arn: str) -> E:
        """Return a policy or a provider of the account by its ARN. Raises NoSuchEntity."""
        parts = arn_parts(arn, of)
        found = None
        if parts is not None and parts[0] == account:
            found = self.rows.get(tx, of, *parts)
        if found is None or found.arn != arn:
            raise NoSuchEntity(wording.no_entity(of, arn))
        return found

    def managed(self, tx: Transaction, account: str, arn: str) -> ManagedPolicy:
        """Return a managed policy that may be attached. Raises NoSuchEntity."""
        shipped = SHIPPED.get(arn)
        if shipped is not None:
            return shipped
        try:
            return self.get_by_arn(tx, ManagedPolicy, account, arn)
        except NoSuchEntity:
            raise NoSuchEntity(wording.not_attachable(arn)) from None

    def add(self, tx: Transaction, entity: Entity, *, most: int, quota: str) -> None:
        """Store a new entity. Raises LimitExceeded and EntityExists."""
        if not self.rows.add(tx, entity):
            raise EntityExists(wording.exists(type(entity), entity.name))
        if self.rows.count(tx, entity.KIND, entity.account) > most:
            raise LimitExceeded(wording.quota(quota, most))

    async def change_entity(
        self,
        change: Change,
        of: type[E],
        name: str,
        changed: Callable[[Transaction, E], E],
    ) -> E:
        """Store what `changed` makes of an entity, which `name` names: providers by ARN."""

        def work(tx: Transaction) -> E:
            by_arn = of in {ManagedPolicy, OidcProvider, SamlProvider}
            find = self.get_by_arn if by_arn else self.get
            old = find(tx, of, change.account, name)
            new = changed(tx, old)
            if new != old:
                self.rows.save(tx, new)
            return new

        resource = name if ":" in name else f"arn:aws:iam::{change.account}:{of.KIND}/{name}"
        return await self.write(change, resource, work)

    async def tag(self, change: Change, of: type[E], name: str, tags: Mapping[str, str]) -> None:
        """Add tags to an entity; a key in another case is the same tag."""
        check_tags(tags)
        await self.change_entity(
            change, of, name, lambda _, old: msgspec.structs.replace(old, tags=tagged(old, tags))
        )

    async def untag(self, change: Change, of: type[E], name: str, keys: Iterable[str]) -> None:
        """Take tags from an entity."""
        gone = {key.lower() for key in keys}

        def without(_: Transaction, old: E) -> E:
            kept = {key: value for key, value in old.tags.items() if key.lower() not in gone}
            return msgspec.structs.replace(old, tags=kept)

        await self.change_entity(change, of, name, without)


def tags_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return tags as a request lists them. Raises InvalidInput when a key comes twice."""
    found: dict[str, str] = {}
    for key, value in pairs:
        if key.lower() in {each.lower() for each in found}:
            raise InvalidInput(wording.SAME_TAG)
        found[key] = value
    check_tags(found)
    return found


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse keys that are AWS's own, and too many."""
    if any(key.lower().startswith("aws:") for key in tags):
        raise InvalidInput(wording.RESERVED_TAG)
    if len(tags) > TAGS_MAX:
        raise LimitExceeded(wording.TAGS_MAX)


def tagged(entity: Entity, tags: Mapping[str, str]) -> dict[str, str]:
    """Return an entity's tags with these among them."""
    new = {key.lower() for key in tags}
    kept = {key: value for key, value in entity.tags.items() if key.lower() not in new}
    merged = {**kept, **tags}
    check_tags(merged)
    return merged
