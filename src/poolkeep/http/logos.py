"""`/logos/<pool id>/<client id>/<digest>.<form>`: the logos of classic pages.

An address names one picture for ever, since its digest is part of it; after a change it leads
nowhere. Only PNG and JPEG files are ever kept.
"""

from typing import Final

from poolkeep.core.directory.ui_customization import LOGOS
from poolkeep.http.aws.regions import Regions

HEADERS: Final = [
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
]
_NOWHERE: Final = [(b"cache-control", b"no-store")]
_PARTS: Final = 3

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class Logos:
    """Shows logos."""

    def __init__(self, regions: Regions) -> None:
        """Show those of `regions`."""
        self._regions = regions

    async def answer(self, method: str, path: str) -> Answer:
        """Return the picture, or that there is none."""
        parts = path.removeprefix(LOGOS).split("/")
        if method != "GET" or len(parts) != _PARTS or "\0" in path:
            return 404, _NOWHERE, b""
        pool_id, client_id, name = parts
        region = self._regions.named(pool_id.partition("_")[0])
        digest, _, form = name.partition(".")
        found = None
        if region is not None:
            directory = region.services.directory
            found = await directory.ui_customization.image(pool_id, client_id, digest)
        if found is None or found[0] != form:
            return 404, _NOWHERE, b""
        return 200, [(b"content-type", f"image/{form}".encode()), *HEADERS], found[1]
