"""Developer-authenticated identities: a back end says who its users are, and signs for it.

Unlike other providers', many of a developer provider's users may belong to one identity.
Source: docs/behaviours/identity-pools.md.
"""

from typing import Final, NamedTuple

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound, Unavailable
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.identities import wording
from poolkeep.core.identities.classic import amr_of
from poolkeep.core.identities.logins import Logins
from poolkeep.core.identities.model import (
    DISABLED,
    Identity,
    IdentityPool,
    Login,
    Proven,
)
from poolkeep.core.identities.openid import OpenIdTokens
from poolkeep.core.identities.people import ATTEMPTS_MAX, People
from poolkeep.core.identities.pool_rules import check_owned
from poolkeep.core.identities.ports import IdentityRows, PoolRows
from poolkeep.core.identities.refusals import ResourceConflict
from poolkeep.core.identities.resolving import Late, check_logins, moved_on

LIFE_S: Final = 900
PAGE_MAX: Final = 60


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a back end asks a token for."""

    pool_id: str
    logins: dict[str, str]
    identity_id: str | None = None
    tags: dict[str, str] = {}
    life_s: int = LIFE_S


class Found(NamedTuple):
    """An identity with some of its developer users, and the token of the next page."""

    identity_id: str
    users: list[str]
    next_token: str | None = None


class Developers:
    """Identities of one region by the users of back ends."""

    def __init__(
        self,
        *,
        database: Database,
        pools: PoolRows,
        rows: IdentityRows,
        people: People,
        logins: Logins,
        tokens: OpenIdTokens,
        audit: AuditTrail,
        pages: PageTokens,
        clock: Clock,
    ) -> None:
        """Let `people` find identities."""
        self._database = database
        self._pools = pools
        self._rows = rows
        self._people = people
        self._logins = logins
        self._tokens = tokens
        self._audit = audit
        self._pages = pages
        self._clock = clock

    async def token(self, actor: Actor, wanted: Wanted) -> tuple[str, str]:
        """Return the identity of a back end's user, new if it must be, and a token for it."""
        pool = await self._owned(actor.account, wanted.pool_id)
        provider = pool.settings.developer_provider_name
        if provider is None or provider not in wanted.logins:
            raise InvalidParameter(wording.PROVIDER_NAME)
        public = {key: text for key, text in wanted.logins.items() if key != provider}
        user = wanted.logins[provider]
        proven = [_developer(pool, provider, user), *await self._logins.proven(pool, public)]
        keys = [each.login for each in proven]
        if wanted.identity_id is None:
            identity = await self._people.resolve(pool, None, keys)
        else:
            identity = await self._people.attach(pool, wanted.identity_id, keys)
        token = await self._tokens.issue(
            pool, identity.id, amr=amr_of(proven), life_s=wanted.life_s, tags=wanted.tags
        )
        return identity.id, token

    async def lookup(
        self,
        account: str,
        pool_id: str,
        *,
        identity_id: str | None,
        user: str | None,
        limit: int | None,
        token: str | None,
    ) -> Found:
        """Return the users of an identity, or the identity of a user, or whether both fit."""
        if identity_id is None and user is None:
            raise InvalidParameter(wording.DEVELOPER_NOTHING)
        scope = f"LookupDeveloperIdentity/{pool_id}/{identity_id}"
        after = "" if token is None else self._pages.read(token, scope, self._clock.now_ms())
        size = limit or PAGE_MAX

        def look(tx: Transaction) -> tuple[str, list[tuple[str, str]]]:
            pool = check_owned(self._pools.get(tx, pool_id), account, pool_id)
            provider = pool.settings.developer_provider_name or ""
            found = identity_id
            if user is not None:
                owner = self._rows.owner(tx, pool_id, Login(provider, user))
                if owner is None:
                    raise ResourceNotFound(wording.DEVELOPER_UNKNOWN)
                if identity_id not in {None, owner.id}:
                    raise ResourceConflict(wording.DEVELOPER_MISMATCH)
                if identity_id is not None:
                    return owner.id, [("", user)]
                found = owner.id
            assert found is not None  # noqa: S101  one of both was given
            self._known(tx, pool, found)
            return found, list(
                self._rows.subjects(tx, found, provider, after=after, limit=size + 1)
            )

        found, users = await self._database.read(look)
        more = len(users) > size
        page = users[:size]
        if not page:
            raise ResourceNotFound(wording.DEVELOPER_UNKNOWN)
        next_token = self._pages.issue(scope, page[-1][0]) if more else None
        return Found(found, [subject for _, subject in page], next_token)

    async def merge(
        self, actor: Actor, pool_id: str, provider: str, *, source: str, destination: str
    ) -> str:
        """Make two users of a back end one identity, the destination's."""

        def work(tx: Transaction) -> str:
            pool = check_owned(self._pools.get(tx, pool_id), actor.account, pool_id)
            self._check_provider(pool, provider)
            one, other = (
                self._rows.owner(tx, pool_id, Login(provider, user))
                for user in (source, destination)
            )
            if one is None or other is None:
                raise ResourceNotFound(wording.DEVELOPER_UNKNOWN)
            if one.id == other.id:
                return other.id
            together = (*self._rows.logins(tx, one.id), *self._rows.logins(tx, other.id))
            check_logins(pool, together)
            now_ms = self._clock.now_ms()
            gone = msgspec.structs.replace(
                moved_on(one, now_ms), state=DISABLED, merged_into=other.id
            )
            for changed in sorted((gone, moved_on(other, now_ms)), key=lambda each: each.id):
                if not self._rows.save(tx, changed):
                    raise Late
            self._rows.move(tx, one.id, other.id)
            self._record(tx, actor, "MergeDeveloperIdentities", pool)
            return other.id

        for _ in range(ATTEMPTS_MAX):
            try:
                return await self._database.write(work)
            except Late:
                continue
        raise Unavailable("identities: too many requests about the same logins")

    async def unlink(
        self, actor: Actor, pool_id: str, identity_id: str, *, provider: str, user: str
    ) -> None:
        """Take a back end's user from an identity."""

        def look(tx: Transaction) -> None:
            pool = check_owned(self._pools.get(tx, pool_id), actor.account, pool_id)
            self._check_provider(pool, provider)
            self._known(tx, pool, identity_id)
            owner = self._rows.owner(tx, pool_id, Login(provider, user))
            if owner is None:
                raise ResourceNotFound(wording.DEVELOPER_UNKNOWN)
            if owner.id != identity_id:
                raise ResourceConflict(wording.DEVELOPER_MISMATCH)

        await self._database.read(look)
        await self._people.take(identity_id, lambda login: login == Login(provider, user))

    async def _owned(self, account: str, pool_id: str) -> IdentityPool:
        found = await self._database.read(lambda tx: self._pools.get(tx, pool_id))
        return check_owned(found, account, pool_id)

    def _known(self, tx: Transaction, pool: IdentityPool, identity_id: str) -> Identity:
        identity = self._rows.get(tx, identity_id)
        if identity is None or identity.pool_id != pool.id:
            raise ResourceNotFound(wording.no_identity(identity_id))
        return identity

    def _check_provider(self, pool: IdentityPool, provider: str) -> None:
        if provider != pool.settings.developer_provider_name:
            raise InvalidParameter(wording.PROVIDER_NAME)

    def _record(self, tx: Transaction, actor: Actor, operation: str, pool: IdentityPool) -> None:
        self._audit.record(
            tx, actor, operation=operation, resource=pool.arn, now_ms=self._clock.now_ms()
        )


def _developer(pool: IdentityPool, provider: str, user: str) -> Proven:
    return Proven(
        login=Login(provider, user),
        kind="developer",
        amr=(provider, f"{provider}:{pool.id}:{user}"),
    )
