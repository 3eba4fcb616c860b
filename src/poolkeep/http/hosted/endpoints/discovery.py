"""A pool's document and keys on its own domain; the issuer has them too."""

from poolkeep.core.oauth.discovery import (
    AUTHORIZATION_SERVER,
    CACHEABLE,
    JWKS,
    OPENID_CONFIGURATION,
)
from poolkeep.http.hosted.programs import services_of, shared
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, json

KEPT = (("Cache-Control", CACHEABLE),)


@route("GET", OPENID_CONFIGURATION)
@shared
async def openid_configuration(visit: Visit) -> Answer:
    """Answer OpenID Connect Discovery."""
    return json(services_of(visit).metadata.of_domain(visit.pool), headers=KEPT)


@route("GET", AUTHORIZATION_SERVER)
@shared
async def authorization_server(visit: Visit) -> Answer:
    """Answer RFC 8414, which asks for the same document."""
    return json(services_of(visit).metadata.of_domain(visit.pool), headers=KEPT)


@route("GET", JWKS)
@shared
async def keys(visit: Visit) -> Answer:
    """Publish the pool's keys."""
    return json(visit.pool.signing.published(visit.now_ms), headers=KEPT)
