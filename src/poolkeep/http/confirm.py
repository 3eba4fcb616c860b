"""`/confirmUser` of the installation: where links lead whose pool has no domain.

    a link's client ──▶ its pool ──▶ the page of that pool: http/hosted/pages/confirm_user.py

A pool that has got a domain since shows its page as on the domain, and its form leads there.
"""

from typing import Final
from urllib.parse import urlsplit

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.http.aws.regions import Regions
from poolkeep.http.aws.request import HttpRequest
from poolkeep.http.hosted import reading
from poolkeep.http.hosted.places import Nowhere, Place

PATH: Final = "/confirmUser"
CLIENT: Final = "client_id"
INCOMPLETE: Final = Nowhere(
    "This link is not complete. Please open it again from the message.", 400, "invalid_request"
)
STALE: Final = Nowhere(
    "This link has expired or was used before. Please ask for a new one.", 400, "invalid_request"
)


class Confirmation:
    """Finds the pool that a confirmation link is about."""

    def __init__(self, regions: Regions, *, base_url: str) -> None:
        """Find pools in `regions` of the installation at `base_url`."""
        self._regions = regions
        self._root = urlsplit(base_url).path.rstrip("/")

    async def place(self, request: HttpRequest) -> Place | Nowhere:
        """Return the pool of a link, named by its query, or by the form of its page."""
        try:
            given = reading.params(request.body if request.method == "POST" else request.raw_query)
        except reading.Malformed:
            return INCOMPLETE
        client_id = given.get(CLIENT)
        if not client_id:
            return INCOMPLETE
        services = (await self._regions.of_client(client_id)).services
        found = await services.book.client(client_id)
        if found is None:
            return STALE
        pool: LoadedPool = found[0]
        domain = pool.pool.domain("custom") or pool.pool.domain("prefix")
        base = self._root if domain is None else f"{self._root}/{pool.pool.id}"
        return Place(pool, domain, services, base, PATH)
