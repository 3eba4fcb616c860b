"""What endpoints for programs have in common: forms in, JSON out, errors, and CORS.

Source: docs/behaviours/oauth-tokens.md.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.token_endpoint import TokenRequest
from poolkeep.core.sessions import Activity
from poolkeep.http.hosted import reading
from poolkeep.http.hosted.web import Answer, Headers, Visit, json

CORS: Final = ("Access-Control-Allow-Origin", "*")
PREFLIGHT_HEADERS: Final = ", ".join(
    (
        *("authorization", "content-type", "cache-control", "dpop", "x-amz-user-agent"),
        *("x-amz-target", "x-amz-date", "x-requested-with"),
    )
)
PREFLIGHT_AGE: Final = "7200"
PREFLIGHT_CHARACTERS_MAX: Final = 1_024

Handler = Callable[[Visit], Awaitable[Answer]]


def in_json(handler: Handler) -> Handler:
    """Let a handler refuse with OAuthRefusal, which is told as JSON."""

    @wraps(handler)
    async def answered(visit: Visit) -> Answer:
        try:
            return await handler(visit)
        except OAuthRefusal as refusal:
            return told(refusal)

    return answered


def shared(handler: Handler) -> Handler:
    """Let scripts of any site read what a handler answers, errors too; never with cookies."""

    @wraps(handler)
    async def answered(visit: Visit) -> Answer:
        return (await handler(visit)).with_headers(CORS)

    return answered


def told(refusal: OAuthRefusal) -> Answer:
    """Return a refusal as RFC 6749, 5.2, has it."""
    members = {"error": refusal.error}
    if refusal.description is not None:
        members["error_description"] = refusal.description
    return json(members, status=refusal.status, headers=refusal.headers)


def preflight(visit: Visit, methods: str) -> Answer:
    """Return what browsers want to know before a script of another site may call."""
    asked = visit.headers.get("access-control-request-headers", "")
    fits = asked.isascii() and asked.isprintable() and 0 < len(asked) <= PREFLIGHT_CHARACTERS_MAX
    headers: Headers = (
        CORS,
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", asked if fits else PREFLIGHT_HEADERS),
        ("Access-Control-Max-Age", PREFLIGHT_AGE),
    )
    return Answer(status=200, headers=headers)


def form_of(visit: Visit) -> Params:
    """Return the form of a request; refuses any other body, and secrets in the address."""
    if not reading.is_form(visit.headers.get("content-type", "")):
        raise OAuthRefusal("invalid_request", "The body must be a form")
    if "content-encoding" in visit.headers:
        raise OAuthRefusal("invalid_request", "The body must not be compressed")
    if visit.query.has("client_secret") or visit.query.has("token"):
        raise OAuthRefusal("invalid_request", "Secrets do not belong into an address")
    return visit.form


def activity_of(visit: Visit) -> Activity:
    """Return where a request comes from."""
    return Activity(ip_address=visit.source_ip, user_agent=visit.user_agent)


def request_of(visit: Visit, *, key_thumbprint: str | None = None) -> TokenRequest:
    """Return what the rules of the token endpoint and its neighbours take."""
    return TokenRequest(
        pool=visit.pool,
        form=form_of(visit),
        authorization=visit.headers.get("authorization"),
        activity=activity_of(visit),
        key_thumbprint=key_thumbprint,
    )


def services_of(visit: Visit) -> Any:  # noqa: ANN401  the faces do not know compose's type
    """Return the services of OAuth's endpoints: `compose.oauth_tokens.OAuthTokens`."""
    return visit.services.oauth_tokens
