"""Styles of the managed login pages: kept, merged, told. Source: docs/behaviours/branding.md."""

from collections.abc import Sequence
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.limits import BRANDING_STYLES_PER_POOL
from poolkeep.base.refusal import (
    InvalidParameter,
    LimitExceeded,
    ManagedLoginBrandingExists,
    ResourceNotFound,
)
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory import wording
from poolkeep.core.directory.branding_defaults import SETTINGS
from poolkeep.core.directory.branding_rules import (
    checked_assets,
    checked_settings,
    merged,
    merged_assets,
)
from poolkeep.core.directory.changes import PoolChanges, find_client
from poolkeep.core.directory.model import Asset, Branding
from poolkeep.core.directory.ports import Brandings
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.ports import ClientRows

NO_SETTINGS: Final[dict[str, object]] = {}


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a style; None is not said."""

    use_cognito_provided_values: bool | None = None
    settings: object | None = None
    assets: Sequence[Asset] | None = None


class BrandingService:
    """Styles of one region's pools."""

    def __init__(
        self,
        *,
        changes: PoolChanges,
        brandings: Brandings,
        clients: ClientRows,
        entropy: Entropy,
    ) -> None:
        """Keep them in `brandings`."""
        self._changes = changes
        self._brandings = brandings
        self._clients = clients
        self._entropy = entropy

    async def create(self, actor: Actor, pool_id: str, client_id: str, style: Style) -> Branding:
        """Make a client's style."""
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()
        bare = Branding(
            id=uuid4(self._entropy),
            pool_id=pool_id,
            client_id=client_id,
            created_ms=now_ms,
            modified_ms=now_ms,
        )
        branding = _styled(bare, style, now_ms)

        def work(tx: Transaction, _pool: UserPool) -> None:
            find_client(tx, self._clients, pool_id, client_id)
            if self._brandings.of_client(tx, pool_id, client_id) is not None:
                raise ManagedLoginBrandingExists(wording.BRANDING_EXISTS)
            if self._brandings.count(tx, pool_id) >= BRANDING_STYLES_PER_POOL:
                raise LimitExceeded(wording.TOO_MANY_BRANDINGS)
            if not self._brandings.insert(tx, branding):
                raise ManagedLoginBrandingExists(wording.BRANDING_EXISTS)

        await self._changes.write(
            actor, pool, "CreateManagedLoginBranding", work=work, client_id=client_id
        )
        return branding

    async def describe(
        self, actor: Actor, pool_id: str, branding_id: str, *, with_defaults: bool
    ) -> Branding:
        """Return a style; `with_defaults` also what it leaves to us."""
        await self._changes.pool(actor, pool_id)
        found = await self._changes.read(lambda tx: self._branding(tx, pool_id, branding_id))
        return _whole(found) if with_defaults else found

    async def of_client(
        self, actor: Actor, pool_id: str, client_id: str, *, with_defaults: bool
    ) -> Branding:
        """Return the style of a client."""
        await self._changes.pool(actor, pool_id)

        def find(tx: Transaction) -> Branding:
            find_client(tx, self._clients, pool_id, client_id)
            found = self._brandings.of_client(tx, pool_id, client_id)
            if found is None:
                raise ResourceNotFound(wording.no_branding(f"of client {client_id}"))
            return found

        found = await self._changes.read(find)
        return _whole(found) if with_defaults else found

    async def update(
        self, actor: Actor, pool_id: str | None, branding_id: str | None, style: Style
    ) -> Branding:
        """Change what is said of a style, setting by setting, and leave the rest."""
        if pool_id is None:
            raise InvalidParameter(wording.NO_USER_POOL_ID)
        if branding_id is None:
            raise InvalidParameter(wording.NO_BRANDING_ID)
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()

        def work(tx: Transaction, _pool: UserPool) -> Branding:
            changed = _styled(self._branding(tx, pool_id, branding_id), style, now_ms)
            self._brandings.save(tx, changed)
            return changed

        return await self._changes.write(
            actor, pool, "UpdateManagedLoginBranding", work=work, branding=branding_id
        )

    async def delete(self, actor: Actor, pool_id: str, branding_id: str) -> None:
        """Remove a style."""
        pool = await self._changes.pool(actor, pool_id)

        def work(tx: Transaction, _pool: UserPool) -> None:
            if not self._brandings.delete(tx, pool_id, branding_id):
                raise ResourceNotFound(wording.no_branding(branding_id))

        await self._changes.write(
            actor, pool, "DeleteManagedLoginBranding", work=work, branding=branding_id
        )

    def _branding(self, tx: Transaction, pool_id: str, branding_id: str) -> Branding:
        found = self._brandings.get(tx, pool_id, branding_id)
        if found is None:
            raise ResourceNotFound(wording.no_branding(branding_id))
        return found


def _styled(branding: Branding, style: Style, now_ms: int) -> Branding:
    """Return the style after a change; our values and values of one's own exclude each other."""
    says_own = style.settings is not None or style.assets is not None
    if style.use_cognito_provided_values and says_own:
        raise InvalidParameter(wording.PROVIDED_EXCLUDES)
    if style.use_cognito_provided_values:
        return msgspec.structs.replace(
            branding,
            use_cognito_provided_values=True,
            settings=None,
            assets=(),
            modified_ms=now_ms,
        )
    provided = branding.use_cognito_provided_values and not says_own
    if style.use_cognito_provided_values is False:
        provided = False
    settings = branding.settings
    if style.settings is not None:
        settings = merged(settings or NO_SETTINGS, checked_settings(style.settings))
    assets = branding.assets
    if style.assets is not None:
        assets = merged_assets(assets, checked_assets(style.assets))
    return msgspec.structs.replace(
        branding,
        use_cognito_provided_values=provided,
        settings=settings,
        assets=assets,
        modified_ms=now_ms,
    )


def _whole(branding: Branding) -> Branding:
    """Return the style with our values where it has none of its own."""
    settings = merged(SETTINGS, branding.settings or NO_SETTINGS)
    return msgspec.structs.replace(branding, settings=settings)
