"""Style sheet and logo of the classic pages. Source: docs/behaviours/ui-customization.md."""

import hashlib
from typing import Final

from poolkeep.base.refusal import InvalidParameter
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory import wording
from poolkeep.core.directory.changes import PoolChanges, find_client
from poolkeep.core.directory.css import UnacceptableCss, check
from poolkeep.core.directory.model import UICustomization
from poolkeep.core.directory.ports import UICustomizations
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.ports import ClientRows

ALL: Final = "ALL"
"""The client that stands for all that have no setting of their own."""
LOGOS: Final = "/logos/"
"""The path below which logos are shown."""
IMAGE_BYTES_MAX: Final = 100 * 1024
TOTAL_BYTES_MAX: Final = 135 * 1024
DIGEST_CHARACTERS: Final = 16
_FORMS: Final = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


class UICustomizationService:
    """Settings of the classic pages of one region's pools."""

    def __init__(
        self,
        *,
        changes: PoolChanges,
        customizations: UICustomizations,
        clients: ClientRows,
        base_url: str,
    ) -> None:
        """Keep them in `customizations`; logos are shown below `base_url`."""
        self._base_url = base_url
        self._changes = changes
        self._customizations = customizations
        self._clients = clients

    async def put(
        self,
        actor: Actor,
        pool_id: str,
        client_id: str | None,
        *,
        css: str | None,
        image: bytes | None,
    ) -> UICustomization:
        """Replace style sheet and logo together; with neither, the setting is gone."""
        pool = await self._changes.pool(actor, pool_id)
        _check(css, image)
        now_ms = self._changes.now_ms()
        wanted = UICustomization(
            pool_id=pool_id,
            client_id=client_id or ALL,
            css=css or None,
            image=image or None,
            created_ms=now_ms,
            modified_ms=now_ms,
        )

        def work(tx: Transaction, fresh: UserPool) -> UICustomization:
            if not fresh.domains:
                raise InvalidParameter(wording.NEEDS_DOMAIN)
            self._demand_client(tx, pool_id, wanted.client_id)
            if wanted.css is None and wanted.image is None:
                self._customizations.delete(tx, pool_id, wanted.client_id)
                return wanted
            self._customizations.put(tx, wanted)
            return self._customizations.get(tx, pool_id, wanted.client_id) or wanted

        return await self._changes.write(
            actor, pool, "SetUICustomization", work=work, client_id=wanted.client_id
        )

    async def get(
        self, actor: Actor, pool_id: str, client_id: str | None
    ) -> UICustomization | None:
        """Return a client's setting, else that of all clients; None when there is neither."""
        await self._changes.pool(actor, pool_id)

        def find(tx: Transaction) -> UICustomization | None:
            asked = client_id or ALL
            self._demand_client(tx, pool_id, asked)
            own = self._customizations.get(tx, pool_id, asked)
            return own or self._customizations.get(tx, pool_id, ALL)

        return await self._changes.read(find)

    def image_url(self, customization: UICustomization) -> str | None:
        """Return where the logo is shown, None without one."""
        image = customization.image
        if image is None:
            return None
        place = f"{customization.pool_id}/{customization.client_id}"
        return f"{self._base_url}{LOGOS}{place}/{image_digest(image)}.{image_form(image)}"

    async def image(self, pool_id: str, client_id: str, digest: str) -> tuple[str, bytes] | None:
        """Return a logo with its form, by the digest in its address; None for any other."""
        found = await self._changes.read(
            lambda tx: self._customizations.get(tx, pool_id, client_id)
        )
        if found is None or found.image is None or image_digest(found.image) != digest:
            return None
        return image_form(found.image) or "", found.image

    def _demand_client(self, tx: Transaction, pool_id: str, client_id: str) -> None:
        if client_id != ALL:
            find_client(tx, self._clients, pool_id, client_id)


def image_form(image: bytes) -> str | None:
    """Return png or jpeg, None for anything else."""
    return next((form for form, front in _FORMS.items() if image.startswith(front)), None)


def image_digest(image: bytes) -> str:
    """Return what tells a logo from any other, for its address."""
    return hashlib.sha256(image).hexdigest()[:DIGEST_CHARACTERS]


def _check(css: str | None, image: bytes | None) -> None:
    if len((css or "").encode()) + len(image or b"") > TOTAL_BYTES_MAX:
        raise InvalidParameter(wording.TOO_LARGE)
    if image and (len(image) > IMAGE_BYTES_MAX or image_form(image) is None):
        raise InvalidParameter(wording.BAD_IMAGE)
    try:
        check(css or "")
    except UnacceptableCss as problem:
        raise InvalidParameter(wording.bad_css(str(problem))) from None
