"""`/oauth2/userInfo`: who the holder of an access token is."""

from typing import Final

from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.userinfo import BAD_REQUEST, missing, refused
from poolkeep.http.hosted import possession, reading
from poolkeep.http.hosted.programs import in_json, preflight, services_of, shared
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.web import Answer, Visit, json

PATH: Final = "/oauth2/userInfo"
BEARER: Final = "bearer"
DPOP: Final = "dpop"


@route("GET", PATH)
@shared
@in_json
async def get(visit: Visit) -> Answer:
    """Answer the holder of a token in the header."""
    return await _told(visit, _in_header(visit))


@route("POST", PATH)
@shared
@in_json
async def post(visit: Visit) -> Answer:
    """Answer as GET does; the token may stand in a form (RFC 6750, 2.2). Strict profile only."""
    if not profile_of(visit.pool).strict:
        allow = (("Allow", "GET, HEAD, OPTIONS"),)
        raise OAuthRefusal("invalid_request", status=405, headers=allow)
    in_header, in_form = _in_header(visit), None
    if reading.is_form(visit.headers.get("content-type", "")):
        if "access_token" in visit.form.repeated:
            raise refused("invalid_request", BAD_REQUEST, status=400)
        in_form = visit.form.get("access_token")
    if in_header is not None and in_form is not None:
        raise refused("invalid_request", BAD_REQUEST, status=400)
    return await _told(visit, in_header or in_form)


@route("OPTIONS", PATH)
async def before(visit: Visit) -> Answer:
    """Answer a browser's preflight."""
    methods = "GET, POST, OPTIONS" if profile_of(visit.pool).strict else "GET, OPTIONS"
    return preflight(visit, methods)


async def _told(visit: Visit, access_token: str | None) -> Answer:
    if access_token is None:
        raise missing(visit.pool)
    key = await possession.key_of(visit, access_token)
    return json(
        await services_of(visit).user_info.tell(visit.pool, access_token, key_thumbprint=key)
    )


def _in_header(visit: Visit) -> str | None:
    """Return the token of the header; None where there is none that anybody could read."""
    scheme, _, token = visit.headers.get("authorization", "").strip().partition(" ")
    return token.strip() or None if scheme.lower() in {BEARER, DPOP} else None
