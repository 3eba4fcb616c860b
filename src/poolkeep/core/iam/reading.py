"""What is there: entities by name, lists in pages, who has a policy.

A page's marker is the name after which the list goes on. It is no secret and needs no signature:
the list is always the caller's own account's.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.iam import wording
from poolkeep.core.iam.desk import Desk
from poolkeep.core.iam.model import (
    AWS,
    Entity,
    EntityKind,
    Group,
    Holder,
    LinkKind,
    ManagedPolicy,
    OidcProvider,
    Role,
    SamlProvider,
    User,
)
from poolkeep.core.iam.refusals import InvalidRequest, NoSuchEntity
from poolkeep.core.iam.shipped import SHIPPED

PAGE: Final = 100
BATCH: Final = 200
KINDS: Final[tuple[EntityKind, ...]] = (
    "role", "user", "group", "policy", "oidc-provider", "saml-provider",
)  # fmt: skip

T = TypeVar("T")
E = TypeVar("E", bound=Entity)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list is wanted."""

    marker: str | None = None
    max_items: int | None = None
    prefix: str | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How often a managed policy is attached, and how often it is a boundary."""

    attached: int
    boundaries: int


class Reading:
    """Answers questions about an account."""

    def __init__(self, desk: Desk) -> None:
        """Read at `desk`."""
        self._desk = desk

    async def entity(self, of: type[E], account: str, name: str) -> E:
        """Return a role, user or group by name, a provider by ARN."""
        by_arn = of in {OidcProvider, SamlProvider}
        find = self._desk.get_by_arn if by_arn else self._desk.get
        return await self._desk.database.read(lambda tx: find(tx, of, account, name))

    async def policy(self, account: str, arn: str) -> tuple[ManagedPolicy, Usage]:
        """Return a managed policy, of the account or one that ships, with its use."""

        def work(tx: Transaction) -> tuple[ManagedPolicy, Usage]:
            try:
                found = self._desk.managed(tx, account, arn)
            except NoSuchEntity:
                raise NoSuchEntity(wording.no_entity(ManagedPolicy, arn)) from None
            return found, self._usage(tx, account, found)

        return await self._desk.database.read(work)

    async def page(self, of: type[E], account: str, asked: Asked) -> tuple[list[E], str | None]:
        """Return entities of an account by name."""
        after, most = position(asked.marker), asked.max_items or PAGE
        found = await self._desk.database.read(
            lambda tx: self._desk.rows.page(
                tx, of, account, after=after, limit=most + 1, prefix=asked.prefix or "/"
            )
        )
        return found[:most], marker(found[most - 1].name) if len(found) > most else None

    async def policies(
        self,
        account: str,
        asked: Asked,
        *,
        scope: str = "All",
        usage: str | None = None,
    ) -> tuple[list[tuple[ManagedPolicy, Usage]], str | None]:
        """Return managed policies by name, AWS's among them.

        `usage` keeps those that are used so: PermissionsPolicy or PermissionsBoundary.
        """

        def work(tx: Transaction) -> list[tuple[ManagedPolicy, Usage]]:
            found: list[ManagedPolicy] = []
            if scope != "AWS":
                found += self._all(tx, ManagedPolicy, account, asked.prefix or "/")
            if scope != "Local":
                prefix = asked.prefix or "/"
                found += [each for each in SHIPPED.values() if each.path.startswith(prefix)]
            used = [(each, self._usage(tx, account, each)) for each in found]
            return [one for one in used if _is_wanted(one[1], usage)]

        found = await self._desk.database.read(work)
        return part(found, asked, key=lambda one: f"{one[0].name.lower()} {one[0].account}")

    async def having(self, account: str, arn: str, of: type[E], link: LinkKind) -> list[E]:
        """Return who of a kind has a managed policy attached, or as the boundary."""
        found = await self._desk.database.read(
            lambda tx: self._desk.rows.referring(tx, of, link, arn)
        )
        return [each for each in found if each.account == account]

    async def all(self, of: type[E], account: str) -> list[E]:
        """Return every entity of a kind by name."""
        return await self._desk.database.read(lambda tx: self._all(tx, of, account, "/"))

    async def attached(self, of: type[Holder], account: str, name: str) -> list[ManagedPolicy]:
        """Return the managed policies of a holder, by name."""

        def work(tx: Transaction) -> list[ManagedPolicy]:
            holder: Holder = self._desk.get(tx, of, account, name)
            return sorted(
                (self._desk.managed(tx, account, arn) for arn in holder.attached),
                key=lambda policy: policy.name.lower(),
            )

        return await self._desk.database.read(work)

    async def counts(self, account: str) -> dict[EntityKind, int]:
        """Return how many entities of each kind an account has."""
        return await self._desk.database.read(
            lambda tx: {kind: self._desk.rows.count(tx, kind, account) for kind in KINDS}
        )

    async def shown_trusts(
        self, roles: Sequence[Role], shown: Callable[[Transaction, Role], str]
    ) -> list[str]:
        """Return the trust policies of roles as they are told."""
        if all(role.trust_bound == role.trust_text for role in roles):
            return [role.trust_text for role in roles]
        return await self._desk.database.read(lambda tx: [shown(tx, role) for role in roles])

    def _all(self, tx: Transaction, of: type[E], account: str, prefix: str) -> list[E]:
        found: list[E] = []
        while True:
            after = found[-1].name if found else ""
            more = self._desk.rows.page(tx, of, account, after=after, limit=BATCH, prefix=prefix)
            found += more
            if len(more) < BATCH:
                return found

    def _usage(self, tx: Transaction, account: str, policy: ManagedPolicy) -> Usage:
        if policy.account != AWS:
            rows = self._desk.rows
            return Usage(
                attached=rows.references(tx, "policy", policy.arn),
                boundaries=rows.references(tx, "boundary", policy.arn),
            )
        links: tuple[LinkKind, LinkKind] = ("policy", "boundary")
        counts = [
            sum(
                each.account == account
                for of in (Role, User, Group)
                for each in self._desk.rows.referring(tx, of, link, policy.arn)
            )
            for link in links
        ]
        return Usage(attached=counts[0], boundaries=counts[1])


def part(items: Iterable[T], asked: Asked, key: Callable[[T], str]) -> tuple[list[T], str | None]:
    """Return the wanted part of a list that is in memory, ordered by `key`."""
    after, most = position(asked.marker), asked.max_items or PAGE
    left = sorted((item for item in items if key(item) > after), key=key)
    return left[:most], marker(key(left[most - 1])) if len(left) > most else None


def marker(position: str) -> str:
    """Return a place in a list as it goes out."""
    return urlsafe_b64encode(position.encode()).decode()


def position(marker: str | None) -> str:
    """Return the place that a marker stands for. Raises InvalidRequest."""
    if marker is None:
        return ""
    try:
        return urlsafe_b64decode(marker.encode("ascii")).decode()
    except ValueError:  # also UnicodeError and binascii.Error
        raise InvalidRequest(wording.BAD_MARKER) from None


def _is_wanted(used: Usage, usage: str | None) -> bool:
    if usage == "PermissionsBoundary":
        return used.boundaries > 0
    return usage is None or used.attached > 0
