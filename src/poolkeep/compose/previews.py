"""Pages and messages as users would see them. Implements `http.ops.ports.Previews`."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any, Final

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.core.directory.looks import ClassicLook, Look, Looks
from poolkeep.core.directory.model import CLASSIC
from poolkeep.core.messages.samples import Sample, in_language, of_pool
from poolkeep.core.oauth.addresses import Addresses
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.http.hosted import texts
from poolkeep.http.hosted.branding.preview import Scheme, policy, preview
from poolkeep.http.ops.ports import Preview

NONCE_BYTES: Final = 16

ServicesOf = Callable[[str], Awaitable[Any]]
"""The services of the region that has a pool, None where none has it."""


class InstallationPreviews:
    """Previews over an installation's pools."""

    def __init__(
        self,
        services_of: ServicesOf,
        *,
        base_url: str,
        addresses: Addresses,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Find pools by `services_of`."""
        self._services_of = services_of
        self._base_url = base_url
        self._addresses = addresses
        self._clock = clock
        self._entropy = entropy

    async def branding(
        self, pool_id: str, client_id: str, *, scheme: str | None, language: str | None
    ) -> Preview | None:
        """Return the page of a client's style; None where there is no client, or no style."""
        services = await self._services_of(pool_id)
        found = await services.book.client(client_id) if services is not None else None
        if found is None or found[0].pool.id != pool_id:
            return None
        pool: LoadedPool = found[0]
        looks: Looks = services.directory.looks
        look: Look | ClassicLook | None = await looks.managed(pool, client_id)
        if _is_classic(pool):
            look = await looks.classic(pool, client_id)
        if look is None:
            return None
        pictures = look.pictures if isinstance(look, Look) else (look.logo,) if look.logo else ()
        contents = {
            picture.name: await looks.content(pool, client_id, picture.name) or b""
            for picture in pictures
        }
        nonce = base64.urlsafe_b64encode(self._entropy.bytes(NONCE_BYTES)).decode().rstrip("=")
        wanted: Scheme | None = "dark" if scheme == "dark" else "light" if scheme else None
        page = preview(
            look, contents, scheme=wanted, language=language or texts.ENGLISH, nonce=nonce
        )
        return Preview(page=page, policy=policy(nonce))

    async def messages(self, pool_id: str | None, language: str | None) -> list[Sample] | None:
        """Return what a pool sends, or our own texts without one; None for an unknown pool."""
        now_ms = self._clock.now_ms()
        if pool_id is None:
            chosen = language or texts.ENGLISH
            return list(in_language(chosen, base_url=self._base_url, now_ms=now_ms))
        services = await self._services_of(pool_id)
        found = await services.book.pool(pool_id) if services is not None else None
        if found is None:
            return None
        base_url = self._addresses.of(found) or self._base_url
        return list(of_pool(found.pool, language, base_url=base_url, now_ms=now_ms))


def _is_classic(pool: LoadedPool) -> bool:
    domain = pool.pool.domain("custom") or pool.pool.domain("prefix")
    return domain is not None and domain.managed_login_version == CLASSIC
