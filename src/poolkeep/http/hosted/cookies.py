"""The cookies of a pool's domain: their names, and how they are set and forgotten.

A whole host of the pool's own over https gets cookies that no neighbouring host can set (the
`__Host-` prefix); elsewhere, below a path or without https, browsers do not take that prefix.
`XSRF-TOKEN` keeps its name everywhere, since scripted sign-ins read it.
Source: docs/behaviours/oauth.md; RFC 6265bis, 4.1.3.2.
"""

from typing import Final

from poolkeep.http.hosted.web import Cookie, Visit

SESSION: Final = "cognito"
FLOW: Final = "cognito-fl"
"""A sign-in under way: with a part of its request's digest, so that each has a cookie of its own
and each step may give it another value."""
DIGEST_CHARACTERS: Final = 12
XSRF: Final = "XSRF-TOKEN"
HOST_PREFIX: Final = "__Host-"


def name_of(visit: Visit, name: str) -> str:
    """Return what a cookie is called here."""
    return HOST_PREFIX + name if visit.is_secure and not visit.base else name


def session(visit: Visit) -> str | None:
    """Return the browser's session cookie."""
    return visit.cookies.get(name_of(visit, SESSION))


def flow(visit: Visit, request: str) -> str | None:
    """Return the cookie that names the sign-in under way for a request (by its digest)."""
    return visit.cookies.get(_flow_name(visit, request))


def set_session(visit: Visit, value: str, life_s: int) -> Cookie:
    """Return the session cookie of a browser that has signed in."""
    return Cookie(name=name_of(visit, SESSION), value=value, max_age_s=life_s)


def forget_session(visit: Visit) -> Cookie:
    """Return the cookie that ends the browser's session."""
    return Cookie(name=name_of(visit, SESSION), value="", max_age_s=0)


def set_flow(visit: Visit, request: str, value: str, life_s: int) -> Cookie:
    """Return the cookie that names the sign-in under way for a request."""
    return Cookie(name=_flow_name(visit, request), value=value, max_age_s=life_s)


def forget_flow(visit: Visit, request: str) -> Cookie:
    """Return the cookie that forgets the sign-in for a request."""
    return Cookie(name=_flow_name(visit, request), value="", max_age_s=0)


def _flow_name(visit: Visit, request: str) -> str:
    return name_of(visit, f"{FLOW}-{request[:DIGEST_CHARACTERS]}")
