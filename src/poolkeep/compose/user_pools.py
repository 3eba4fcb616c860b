"""The user pools of the whole installation, for those who take their tokens."""

from collections.abc import Mapping, Sequence
from typing import Any

from poolkeep.base.clock import Clock
from poolkeep.compose.region import RegionParts
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens import Issuers
from poolkeep.core.tokens.issuer import pool_of_issuer
from poolkeep.core.users.model import User
from poolkeep.http.aws.regions import Regions
from poolkeep.settings import Settings
from poolkeep.storage.stores.tokens import SqlTokens

VENDOR = "aws"


class InstalledUserPools:
    """The user pools of every region. Implements `core.identities.ports.UserPools`."""

    def __init__(
        self,
        parts: Mapping[str, RegionParts],
        regions: Regions,
        settings: Settings,
        clock: Clock,
    ) -> None:
        """Find pools in `regions`."""
        self._parts = parts
        self._regions = regions
        self._clock = clock
        base = (settings.issuer or settings.base_url).rstrip("/")
        self._issuers = Issuers(base)
        self._host = "" if base == VENDOR else base.partition("://")[2]
        self._tokens = SqlTokens()

    async def pool(self, pool_id: str) -> LoadedPool | None:
        """Return a pool of any region."""
        region, *others = self._regions.all()
        if others:  # else there is no question which
            holder = await self._regions.of_pool(pool_id, copy_will_do=True)
            if holder is None:
                return None
            region = holder
        found: LoadedPool | None = await region.services.book.pool(pool_id)
        return found

    async def keys_of(self, issuer_url: str) -> Sequence[Mapping[str, Any]] | None:
        """Return the published keys of an issuer that is one of our user pools."""
        pool = await self.pool(pool_of_issuer(issuer_url))
        if pool is None or not self.accepts(pool, issuer_url):
            return None
        return pool.signing.published(self._clock.now_ms()).keys

    def accepts(self, pool: LoadedPool, issuer: str) -> bool:
        """Tell whether a pool's tokens may name this issuer."""
        return self._issuers.accepts(pool.pool, issuer)

    def addresses(self, pool_id: str) -> tuple[str, ...]:
        """Return the keys under which logins of a pool may come, Cognito's own aside."""
        if not self._host:
            return ()
        return f"{self._host}/{pool_id}", f"{self._host}/issuer/{pool_id}"

    async def owner(self, pool: LoadedPool, sub: str, origin_jti: str) -> tuple[User, bool] | None:
        """Return a user, and whether the sign-in was revoked."""
        pool_id = pool.pool.id
        region = await self._regions.of_pool(pool_id, copy_will_do=True)
        if region is None:
            return None
        return await self._parts[region.name].database.read(
            lambda tx: self._tokens.owner(tx, pool_id, sub, origin_jti)
        )
