"""Where external providers send people back to.

Nobody can be on the way to one yet, so whoever arrives did not set out from here, and is told so
on our own page: no parameter of the address decides where a browser goes next.
Source: docs/behaviours/oauth.md, OAUTH-52.
"""

from typing import Final

from poolkeep.http.hosted.refusals import error_page
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit

UNKNOWN_FLOW: Final = "invalid_request"


@route("GET POST", "/oauth2/idpresponse")
async def oauth(visit: Visit) -> Answer:
    """Take the answer of an OpenID Connect or social provider."""
    return await error_page(visit, UNKNOWN_FLOW)


@route("POST", "/saml2/idpresponse")
async def saml(visit: Visit) -> Answer:
    """Take a SAML response."""
    return await error_page(visit, UNKNOWN_FLOW)


@route("POST", "/saml2/logout")
async def saml_logout(visit: Visit) -> Answer:
    """Take a SAML provider's answer to a sign-out."""
    return await error_page(visit, UNKNOWN_FLOW)
