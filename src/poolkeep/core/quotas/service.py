"""Use cases of provisioned limits: an account's rates in one region."""

from collections.abc import Mapping
from typing import Final, Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound, ServiceQuotaExceeded
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.directory.model import MANAGED_LOGIN
from poolkeep.core.pools.model import UserPool
from poolkeep.core.quotas.model import (
    ADJUSTABLE,
    API_CATEGORY,
    CATEGORY,
    OF_MANAGED_LOGIN,
    ProvisionedLimit,
)

KEPT_MS: Final = 250
"""How long a process that enforces rates may not have heard of another process's change."""
ACCOUNTS_MAX: Final = 10_000
PAGE: Final = 60

UNKNOWN_CATEGORY: Final = "Limit does not exist."
ONE_CATEGORY: Final = "LimitDefinition must name one Category."
FIXED: Final = "The limit of this category cannot be changed."
MANAGED: Final = (
    "The limit of this category cannot be changed while a user pool uses managed login."
)


class ProvisionedRows(Protocol):
    """Where rates are kept."""

    def of_account(self, tx: Transaction, account: str) -> dict[str, int]:
        """Return the rates that an account has set, by category."""
        ...

    def put(self, tx: Transaction, account: str, category: str, *, value: int, now_ms: int) -> None:
        """Set a rate."""
        ...


class Pools(Protocol):
    """User pools."""

    def page(
        self, tx: Transaction, account: str, *, after: tuple[int, str], limit: int
    ) -> list[UserPool]:
        """Return the account's pools after (created_ms, id), oldest first."""
        ...


class ProvisionedLimits:
    """Rates of one region."""

    def __init__(
        self,
        *,
        database: Database,
        rows: ProvisionedRows,
        pools: Pools,
        audit: AuditTrail,
        clock: Clock,
        region: str,
        free: Mapping[str, int],
        maximum: Mapping[str, int],
    ) -> None:
        """Take the free and the largest rate of each category."""
        self._database = database
        self._rows = rows
        self._pools = pools
        self._audit = audit
        self._clock = clock
        self._region = region
        self._free = free
        self._maximum = maximum
        self._known: dict[str, tuple[int, dict[str, int]]] = {}

    async def get(
        self, actor: Actor, limit_class: str, attributes: Mapping[str, str]
    ) -> ProvisionedLimit:
        """Return a category's rates."""
        category = self._category(limit_class, attributes)
        rates = await self._database.read(lambda tx: self._rows.of_account(tx, actor.account))
        return self._limit(category, rates.get(category))

    async def update(
        self, actor: Actor, limit_class: str, attributes: Mapping[str, str], value: int
    ) -> ProvisionedLimit:
        """Set a category's rate, at least the free one; it holds at once."""
        category = self._category(limit_class, attributes)
        free, maximum = self._free[category], self._maximum[category]
        if value < free:
            raise InvalidParameter(f"RequestedLimitValue must be at least {free}.")
        if value > maximum:
            raise ServiceQuotaExceeded(
                f"RequestedLimitValue must not exceed the account's maximum of {maximum}."
            )
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> None:
            if category in OF_MANAGED_LOGIN and self._has_managed_login(tx, actor.account):
                raise InvalidParameter(MANAGED)
            self._rows.put(tx, actor.account, category, value=value, now_ms=now_ms)
            self._audit.record(
                tx,
                actor,
                operation="UpdateProvisionedLimit",
                resource=f"arn:aws:cognito-idp:{self._region}:{actor.account}:limit/{category}",
                now_ms=now_ms,
                detail={"value": str(value)},
            )

        await self._database.write(save)
        self._known.pop(actor.account, None)
        return self._limit(category, value)

    async def rates(self, account: str) -> Mapping[str, int]:
        """Return the rates that an account has set, for whoever enforces them."""
        now_ms = self._clock.now_ms()
        known = self._known.get(account)
        if known is not None and 0 <= now_ms - known[0] < KEPT_MS:
            return known[1]
        found = await self._database.read(lambda tx: self._rows.of_account(tx, account))
        if len(self._known) >= ACCOUNTS_MAX:
            self._known.clear()
        self._known[account] = (now_ms, found)
        return found

    def _category(self, limit_class: str, attributes: Mapping[str, str]) -> str:
        """Return the category that a definition names; refuses unknown and fixed ones."""
        if limit_class != API_CATEGORY or set(attributes) != {CATEGORY}:
            raise InvalidParameter(ONE_CATEGORY)
        category = attributes[CATEGORY]
        if category not in self._free:
            raise ResourceNotFound(UNKNOWN_CATEGORY)
        if category not in ADJUSTABLE:
            raise InvalidParameter(FIXED)
        return category

    def _limit(self, category: str, provisioned: int | None) -> ProvisionedLimit:
        """Return the limit; a free rate that has grown since is the least that is enforced."""
        free = self._free[category]
        return ProvisionedLimit(
            category=category, provisioned=max(provisioned or free, free), free=free
        )

    def _has_managed_login(self, tx: Transaction, account: str) -> bool:
        after = (0, "")
        while page := self._pools.page(tx, account, after=after, limit=PAGE):
            for pool in page:
                if any(one.managed_login_version == MANAGED_LOGIN for one in pool.domains):
                    return True
            after = (page[-1].created_ms, page[-1].id)
        return False
