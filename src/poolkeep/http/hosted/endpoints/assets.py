"""`/assets/<client id>/<digest>.<ending>`: the pictures of a client's pages.

An address names one picture for ever, since its digest is part of it; after a change it leads
nowhere. A picture that is opened by itself can do nothing: its policy lets nothing run or load.
"""

from typing import Final

from poolkeep.core.directory.looks import Looks
from poolkeep.http.hosted.branding.theme import ASSETS, TYPES
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit

HEADERS: Final = (
    ("Cache-Control", "public, max-age=31536000, immutable"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""Styles inside an SVG are its own; they were read when it was uploaded."""
NOWHERE: Final = Answer(status=404, headers=(("Cache-Control", "no-store"),))
_PARTS: Final = 2


@route("GET", f"{ASSETS}*")
async def asset(visit: Visit) -> Answer:
    """Return a picture, or that there is none."""
    parts = visit.path[len(ASSETS) :].split("/")
    if len(parts) != _PARTS:
        return NOWHERE
    client_id, name = parts
    kind = TYPES.get(name.rpartition(".")[2])
    found = await visit.services.book.client(client_id)
    if kind is None or found is None or found[0].pool.id != visit.pool.pool.id:
        return NOWHERE
    looks: Looks = visit.services.directory.looks
    content = await looks.content(visit.pool, client_id, name)
    if content is None:
        return NOWHERE
    return Answer(headers=(("Content-Type", kind), *HEADERS), body=content)
