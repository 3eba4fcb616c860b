"""Domains of user pools. Source: docs/behaviours/domains.md.

A name is taken once in a region, in a table of its own; everything else about a domain is part
of the pool, so whoever has the pool loaded has its domains.
"""

from typing import NamedTuple

import msgspec

from poolkeep.base.limits import CUSTOM_DOMAINS_PER_ACCOUNT
from poolkeep.base.refusal import FeatureUnavailableInTier, InvalidParameter, LimitExceeded
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory import wording
from poolkeep.core.directory.changes import PoolChanges
from poolkeep.core.directory.domain_rules import (
    check_name,
    check_routing,
    check_version,
    distribution,
    host_of,
)
from poolkeep.core.directory.model import MANAGED_LOGIN, CustomDomainConfig, Domain, Routing
from poolkeep.core.directory.ports import DomainNames
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.ports import PoolRows
from poolkeep.core.pools.rules import tier
from poolkeep.core.pools.wording import above_tier


class DomainSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a domain; None is not said."""

    managed_login_version: int | None = None
    custom_domain_config: CustomDomainConfig | None = None
    routing: Routing | None = None


class DomainView(NamedTuple):
    """A domain, the pool that has it, and where its own DNS record is to point."""

    domain: Domain
    pool: UserPool
    distribution: str


class DomainService:
    """Domains of one region's pools."""

    def __init__(
        self,
        *,
        changes: PoolChanges,
        names: DomainNames,
        pools: PoolRows,
        base_url: str,
        tiers_enforced: bool,
    ) -> None:
        """Keep names in `names`; `base_url` is the address of this installation."""
        self._changes = changes
        self._names = names
        self._pools = pools
        self._host = host_of(base_url)
        self._tiers_enforced = tiers_enforced

    async def create(
        self, actor: Actor, pool_id: str, name: str, settings: DomainSettings
    ) -> DomainView:
        """Give the pool a prefix, or a whole name when there is a certificate for it."""
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()
        domain = Domain(
            name=name,
            kind="prefix" if settings.custom_domain_config is None else "custom",
            managed_login_version=check_version(settings.managed_login_version),
            custom_domain_config=settings.custom_domain_config,
            routing=settings.routing,
            created_ms=now_ms,
            modified_ms=now_ms,
        )
        check_name(name, domain.kind)

        def work(tx: Transaction, fresh: UserPool) -> UserPool:
            self._check(fresh, domain)
            if self._names.owner(tx, name) is not None:
                raise InvalidParameter(wording.DOMAIN_TAKEN)
            if fresh.domain(domain.kind) is not None:
                raise InvalidParameter(wording.second_domain(domain.kind))
            if domain.kind == "custom":
                count = self._names.count(tx, fresh.account, "custom")
                if count >= CUSTOM_DOMAINS_PER_ACCOUNT:
                    raise LimitExceeded(wording.TOO_MANY_DOMAINS)
            if not self._names.claim(
                tx, name, pool_id=pool_id, account=fresh.account, kind=domain.kind
            ):
                raise InvalidParameter(wording.DOMAIN_TAKEN)
            changed = msgspec.structs.replace(fresh, domains=(*fresh.domains, domain))
            self._changes.save_pool(tx, changed)
            return changed

        changed = await self._changes.write(
            actor, pool, "CreateUserPoolDomain", work=work, domain=name
        )
        return self._view(domain, changed)

    async def describe(self, actor: Actor, name: str) -> DomainView | None:
        """Return a domain of one of the actor's pools, None when there is none of this name."""

        def find(tx: Transaction) -> DomainView | None:
            pool_id = self._names.owner(tx, name)
            pool = self._pools.get(tx, pool_id) if pool_id else None
            if pool is None or pool.account != actor.account:
                return None
            found = [domain for domain in pool.domains if domain.name == name]
            return self._view(found[0], pool) if found else None

        return await self._changes.read(find)

    async def update(
        self, actor: Actor, pool_id: str, name: str, settings: DomainSettings
    ) -> DomainView:
        """Change what is said of a domain and leave the rest."""
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()

        def work(tx: Transaction, fresh: UserPool) -> DomainView:
            old = _domain(fresh, name)
            if settings.custom_domain_config is not None and old.kind != "custom":
                raise InvalidParameter(wording.CONFIG_NEEDS_CUSTOM)
            changed = msgspec.structs.replace(
                old,
                managed_login_version=(
                    old.managed_login_version
                    if settings.managed_login_version is None
                    else check_version(settings.managed_login_version)
                ),
                custom_domain_config=settings.custom_domain_config or old.custom_domain_config,
                routing=settings.routing or old.routing,
                modified_ms=now_ms,
            )
            self._check(fresh, changed)
            others = tuple(changed if domain is old else domain for domain in fresh.domains)
            after = msgspec.structs.replace(fresh, domains=others)
            self._changes.save_pool(tx, after)
            return self._view(changed, after)

        return await self._changes.write(
            actor, pool, "UpdateUserPoolDomain", work=work, domain=name
        )

    async def delete(self, actor: Actor, pool_id: str, name: str) -> None:
        """Take a name from the pool; it is free at once."""
        pool = await self._changes.pool(actor, pool_id)

        def work(tx: Transaction, fresh: UserPool) -> None:
            gone = _domain(fresh, name)
            self._names.release(tx, name, pool_id)
            left = tuple(domain for domain in fresh.domains if domain is not gone)
            self._changes.save_pool(tx, msgspec.structs.replace(fresh, domains=left))

        await self._changes.write(actor, pool, "DeleteUserPoolDomain", work=work, domain=name)

    def _check(self, pool: UserPool, domain: Domain) -> None:
        check_routing(domain.routing, domain.kind, pool.region)
        managed = domain.managed_login_version == MANAGED_LOGIN
        if self._tiers_enforced and managed and tier(pool) == "LITE":
            raise FeatureUnavailableInTier(above_tier("LITE", [wording.MANAGED_LOGIN_FEATURE]))

    def _view(self, domain: Domain, pool: UserPool) -> DomainView:
        return DomainView(domain, pool, distribution(domain.name, self._host))


def _domain(pool: UserPool, name: str) -> Domain:
    for domain in pool.domains:
        if domain.name == name:
            return domain
    raise InvalidParameter(wording.NO_SUCH_DOMAIN)
