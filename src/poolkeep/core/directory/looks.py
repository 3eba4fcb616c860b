"""What the pages of a client look like, as they read it: settings whole, pictures by address.

A page view costs no read: what was found stays with the pool in memory, which is dropped at
every change of configuration. Pictures stand in the database; those that were asked for last
are kept, up to a bound. Source: docs/behaviours/branding.md.
"""

import builtins
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar, cast

import msgspec

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.directory.branding_defaults import SETTINGS
from poolkeep.core.directory.branding_rules import Settings, merged
from poolkeep.core.directory.model import Asset, Branding
from poolkeep.core.directory.ports import Brandings, UICustomizations
from poolkeep.core.directory.ui_customization import ALL, image_form
from poolkeep.core.pools.loaded import LoadedPool

DIGEST_CHARACTERS: Final = 32
KEPT_BYTES_MAX: Final = 32_000_000
"""Of pictures in memory, in one process."""
LOGO: Final = "LOGO"
"""The category of the one picture that classic pages have."""
NO_SETTINGS: Final[Settings] = {}

T = TypeVar("T")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a look. `name` is its place in an address: a digest and an ending."""

    category: str
    color_mode: str
    name: str
    resource_id: str | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A managed login style with our values where it has none of its own."""

    settings: dict[str, Any]
    pictures: tuple[Picture, ...] = ()


class ClassicLook(msgspec.Struct, frozen=True, kw_only=True):
    """Style sheet and logo of classic pages, both as they were given."""

    css: str = ""
    logo: Picture | None = None


class Looks:
    """The looks of one region's pools."""

    def __init__(
        self, *, database: Database, brandings: Brandings, customizations: UICustomizations
    ) -> None:
        """Read from the database."""
        self._database = database
        self._brandings = brandings
        self._customizations = customizations
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._kept_bytes = 0

    async def managed(self, pool: LoadedPool, client_id: str) -> Look | None:
        """Return the style of a client; None where it has none."""

        def read(tx: Transaction) -> Look | None:
            found = self._brandings.of_client(tx, pool.pool.id, client_id)
            return None if found is None else look_of(found)

        return await self._once(pool, ("managed look", client_id), read)

    async def classic(self, pool: LoadedPool, client_id: str) -> ClassicLook:
        """Return the classic setting of a client, else that of all clients, else none at all."""

        def read(tx: Transaction) -> ClassicLook:
            found = self._customizations.get(tx, pool.pool.id, client_id)
            found = found or self._customizations.get(tx, pool.pool.id, ALL)
            if found is None:
                return ClassicLook()
            return ClassicLook(css=found.css or "", logo=_logo(found.image))

        return await self._once(pool, ("classic look", client_id), read)

    async def content(self, pool: LoadedPool, client_id: str, name: str) -> bytes | None:
        """Return a picture of a client by its name; None for a name that no picture of it has.

        Names that nobody gave cost nothing once the client's look is in memory.
        """
        style = await self.managed(pool, client_id)
        logo = (await self.classic(pool, client_id)).logo
        pictures = (*(style.pictures if style else ()), *((logo,) if logo else ()))
        if name not in {picture.name for picture in pictures}:
            return None
        key = (pool.pool.id, name)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        found = await self._database.read(lambda tx: self._read(tx, pool.pool.id, client_id, name))
        if found is not None:
            self._keep(key, found)
        return found

    async def _once(
        self, pool: LoadedPool, key: tuple[str, str], read: Callable[[Transaction], T]
    ) -> T:
        """Return what was read for this pool before, or read it now."""
        if key not in pool.derived:
            pool.derived[key] = await self._database.read(read)
        return cast("T", pool.derived[key])  # each key has one kind of value

    def _read(self, tx: Transaction, pool_id: str, client_id: str, name: str) -> bytes | None:
        style = self._brandings.of_client(tx, pool_id, client_id)
        for asset in style.assets if style else ():
            if asset.bytes is not None and _name(asset.bytes, asset.extension) == name:
                return asset.bytes
        own = self._customizations.get(tx, pool_id, client_id)
        found = own or self._customizations.get(tx, pool_id, ALL)
        logo = _logo(found.image) if found else None
        return found.image if found and logo and logo.name == name else None

    def _keep(self, key: tuple[str, str], content: bytes) -> None:
        if key in self._kept:  # read twice at the same time
            return
        self._kept[key] = content
        self._kept_bytes += len(content)
        while self._kept_bytes > KEPT_BYTES_MAX:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped)


def look_of(branding: Branding) -> Look:
    """Return what a style looks like."""
    return Look(
        settings=merged(SETTINGS, branding.settings or NO_SETTINGS),
        pictures=pictures_of(branding.assets),
    )


def pictures_of(assets: Iterable[Asset]) -> tuple[Picture, ...]:
    """Return the pictures that assets are."""
    return tuple(
        Picture(
            category=asset.category,
            color_mode=asset.color_mode,
            name=_name(asset.bytes, asset.extension),
            resource_id=asset.resource_id,
        )
        for asset in assets
        if asset.bytes is not None
    )


def _logo(image: bytes | None) -> Picture | None:
    form = image_form(image) if image else None
    if image is None or form is None:
        return None
    return Picture(category=LOGO, color_mode="DYNAMIC", name=_name(image, form))


def _name(content: builtins.bytes, extension: str) -> str:
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]
    return f"{digest}.{extension.lower()}"
