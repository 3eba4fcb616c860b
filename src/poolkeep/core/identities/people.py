"""Identities: find, make, list, describe, delete and unlink them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import (
    LimitExceeded,
    NotAuthorized,
    Refusal,
    ResourceNotFound,
    Unavailable,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.identities import wording
from poolkeep.core.identities.logins import Logins
from poolkeep.core.identities.model import (
    ENABLED,
    ORPHANED,
    Described,
    Identity,
    IdentityPool,
    Login,
    Proven,
    arn_of,
)
from poolkeep.core.identities.pool_rules import check_owned
from poolkeep.core.identities.ports import IdentityRows, PoolRows
from poolkeep.core.identities.refusals import ResourceConflict
from poolkeep.core.identities.resolving import (
    Late,
    Plan,
    attached,
    carry_out,
    check,
    facts_of,
    moved_on,
    plan,
)

ATTEMPTS_MAX: Final = 20
"""Each attempt that is late means that another one was not."""


class Resolved(NamedTuple):
    """Who somebody is, and by which logins."""

    pool: IdentityPool
    identity: Identity
    proven: tuple[Proven, ...]


class People:
    """The identities of one region."""

    def __init__(
        self,
        *,
        database: Database,
        pools: PoolRows,
        rows: IdentityRows,
        logins: Logins,
        audit: AuditTrail,
        pages: PageTokens,
        clock: Clock,
        entropy: Entropy,
        region: str,
    ) -> None:
        """Keep identities in `database`."""
        self._database = database
        self._pools = pools
        self._rows = rows
        self._logins = logins
        self._audit = audit
        self._pages = pages
        self._clock = clock
        self._entropy = entropy
        self._region = region

    async def get_id(self, pool_id: str, logins: Mapping[str, str]) -> str:
        """Return whose logins these are, a new identity for nobody's; a new guest for none."""
        pool = await self.pool(pool_id)
        proven = await self._logins.proven(pool, logins)
        found = await self.resolve(pool, None, _keys(proven), too_many=LimitExceeded)
        return found.id

    async def pool(self, pool_id: str) -> IdentityPool:
        """Return a pool, for those who need not sign."""
        found = await self._database.read(lambda tx: self._pools.get(tx, pool_id))
        if found is None:
            raise ResourceNotFound(wording.no_pool(pool_id))
        return found

    async def pool_of(self, identity_id: str) -> tuple[IdentityPool, Identity]:
        """Return an identity and its pool."""
        found = await self._database.read(lambda tx: self._rows.placed(tx, identity_id))
        if found is None:
            raise ResourceNotFound(wording.no_identity(identity_id))
        return found

    async def resolved(
        self, pool: IdentityPool, identity_id: str, logins: Mapping[str, str]
    ) -> Resolved:
        """Return who uses an id: a guest without logins, else whose logins they are."""
        proven = await self._logins.proven(pool, logins)
        identity = await self.resolve(pool, identity_id, _keys(proven))
        return Resolved(pool, identity, tuple(proven))

    async def attach(
        self, pool: IdentityPool, identity_id: str, logins: Sequence[Login]
    ) -> Identity:
        """Return a named identity that has these logins now, the first by a back end's word.

        The back end vouches for the identity, so none of its logins has to be among them.
        """

        def decide(tx: Transaction) -> Plan:
            facts = facts_of(tx, self._rows, pool, identity_id, logins)
            made = attached(facts, logins)
            check(pool, facts, made)
            return made

        return await self._carried_out(pool, decide)

    async def resolve(
        self,
        pool: IdentityPool,
        asked_id: str | None,
        logins: Sequence[Login],
        *,
        too_many: type[Refusal] = ResourceConflict,
    ) -> Identity:
        """Return whose proven logins these are. Reads only, when nothing has to change."""

        def decide(tx: Transaction) -> Plan:
            facts = facts_of(tx, self._rows, pool, asked_id, logins)
            made = plan(pool, facts, logins)
            check(pool, facts, made, too_many=too_many)
            return made

        if asked_id is None and not logins:
            return await self._written(pool, decide)  # a new guest: nothing to look up
        return await self._carried_out(pool, decide)

    async def _carried_out(
        self, pool: IdentityPool, decide: Callable[[Transaction], Plan]
    ) -> Identity:
        """Return who it is; write only where something has to change."""
        made = await self._database.read(decide)
        if not made.changes and made.target is not None:
            return made.target
        return await self._written(pool, decide)

    async def _written(self, pool: IdentityPool, decide: Callable[[Transaction], Plan]) -> Identity:
        def work(tx: Transaction) -> Identity:
            if self._pools.get(tx, pool.id) is None:
                raise ResourceNotFound(wording.no_pool(pool.id))
            return carry_out(
                tx, self._rows, pool, decide(tx), now_ms=self._clock.now_ms(), new_id=self._new_id
            )

        for _ in range(ATTEMPTS_MAX):
            try:
                return await self._database.write(work)
            except Late:
                continue
        raise Unavailable("identities: too many requests about the same logins")

    async def page(
        self,
        account: str,
        pool_id: str,
        limit: int,
        *,
        token: str | None,
        hide_disabled: bool,
    ) -> tuple[list[Described], str | None]:
        """Return a page of a pool's identities, and the token of the next."""
        scope = f"ListIdentities/{pool_id}/{hide_disabled}"
        after = "" if token is None else self._pages.read(token, scope, self._clock.now_ms())

        def look(tx: Transaction) -> list[Described]:
            check_owned(self._pools.get(tx, pool_id), account, pool_id)
            return list(
                self._rows.page(
                    tx, pool_id, after=after, limit=limit + 1, hide_disabled=hide_disabled
                )
            )

        found = await self._database.read(look)
        page = found[:limit]
        more = len(found) > limit
        return page, self._pages.issue(scope, page[-1].identity.id) if more else None

    async def describe(self, account: str, identity_id: str) -> Described:
        """Return an identity of one of the account's pools."""

        def look(tx: Transaction) -> Described | None:
            found = self._rows.described(tx, identity_id)
            pool = None if found is None else self._pools.get(tx, found.identity.pool_id)
            return found if pool is not None and pool.account == account else None

        found = await self._database.read(look)
        if found is None:
            raise ResourceNotFound(wording.no_identity(identity_id))
        return found

    async def delete(self, actor: Actor, identity_ids: Collection[str]) -> list[str]:
        """Remove identities; return those that the caller may not. Unknown ones are gone."""

        def work(tx: Transaction) -> list[str]:
            denied: list[str] = []
            for identity_id in sorted(set(identity_ids)):
                identity = self._rows.get(tx, identity_id)
                pool = None if identity is None else self._pools.get(tx, identity.pool_id)
                if identity is None or pool is None:
                    continue
                if pool.account != actor.account:
                    denied.append(identity_id)
                    continue
                self._rows.delete(tx, identity_id)
                self._audit.record(
                    tx, actor, operation="DeleteIdentities", resource=arn_of(pool.account, pool.id),
                    now_ms=self._clock.now_ms(), detail={"identity_id": identity_id},
                )  # fmt: skip
            return denied

        return await self._database.write(work)

    async def unlink(
        self, identity_id: str, logins: Mapping[str, str], providers: Collection[str]
    ) -> None:
        """Take an identity's logins at some providers away, for who proves to be it."""
        pool, _ = await self.pool_of(identity_id)
        proven = await self._logins.proven(pool, logins)
        if not proven:
            raise NotAuthorized(wording.LOGINS_DIFFER)
        identity = await self.resolve(pool, identity_id, _keys(proven))
        gone = {self._logins.names.canonical(name) for name in providers}
        gone.discard(pool.settings.developer_provider_name or "")
        await self.take(identity.id, lambda login: login.provider in gone)

    async def take(self, identity_id: str, which: Callable[[Login], bool]) -> None:
        """Take logins from an identity; without any it is open to nobody."""

        def work(tx: Transaction) -> None:
            identity = self._rows.get(tx, identity_id)
            if identity is None:
                raise ResourceNotFound(wording.no_identity(identity_id))
            held = self._rows.logins(tx, identity_id)
            gone = [login for login in held if which(login)]
            if not gone:
                return
            left = ENABLED if len(gone) < len(held) else ORPHANED
            state = left if identity.state == ENABLED else identity.state
            changed = moved_on(identity, self._clock.now_ms())
            if not self._rows.save(tx, msgspec.structs.replace(changed, state=state)):
                raise Late
            for login in gone:
                self._rows.unlink(tx, identity.pool_id, login)

        for _ in range(ATTEMPTS_MAX):
            try:
                return await self._database.write(work)
            except Late:
                continue
        raise Unavailable("identities: too many requests about the same logins")

    def _new_id(self) -> str:
        return f"{self._region}:{uuid4(self._entropy)}"


def _keys(proven: Sequence[Proven]) -> list[Login]:
    return [each.login for each in proven]
