"""A request to a pool's domain and the answer to it, as handlers see them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal
from urllib.parse import urlencode

import msgspec

from poolkeep.core.directory.model import CLASSIC, Domain
from poolkeep.core.oauth.model import Params
from poolkeep.core.pools.loaded import LoadedPool

Headers = tuple[tuple[str, str], ...]
SameSite = Literal["Lax", "Strict", "None"]
HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json;charset=UTF-8"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a pool's domain.

    `path` is below the domain's root: `/login`, wherever the domain is reached. `base` is what
    stands before it in addresses (nothing on a host of the pool's own, `/<pool id>` below the
    installation's), `origin` is scheme, host and port as the browser sees them. `services` are
    those of the pool's region (`compose.services.Services`). `nonce` goes into the page's policy
    and its style and script elements; it differs at every visit.
    """

    method: str
    path: str
    base: str
    origin: str
    pool: LoadedPool
    domain: Domain | None
    services: Any
    query: Params
    form: Params
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes
    source_ip: str
    user_agent: str
    request_id: str
    nonce: str
    now_ms: int
    repeated: frozenset[str] = frozenset()
    """Headers that came more than once, in lower case; `headers` has the first."""

    @property
    def is_secure(self) -> bool:
        """Whether the browser sees https."""
        return self.origin.startswith("https:")

    @property
    def is_classic(self) -> bool:
        """Whether the domain shows the first generation of pages."""
        return self.domain is not None and self.domain.managed_login_version == CLASSIC

    def to(self, path: str, query: str | Mapping[str, str] | None = None) -> str:
        """Return the address of a path of this domain, for links: `to("/signup", visit.query.raw)`.

        `query` is raw text or a mapping to be encoded.
        """
        text = query if isinstance(query, str) or query is None else urlencode(query)
        return f"{self.base}{path}?{text}" if text else f"{self.base}{path}"

    def absolute(self, path: str) -> str:
        """Return the whole URL of a path of this domain."""
        return f"{self.origin}{self.base}{path}"


class Cookie(msgspec.Struct, frozen=True, kw_only=True):
    """A cookie to set. No `max_age_s`: until the browser closes; 0: forget it."""

    name: str
    value: str
    max_age_s: int | None = None
    same_site: SameSite = "Lax"

    def header(self, visit: Visit) -> tuple[str, str]:
        """Return the header that sets it: for this domain alone, and never for scripts."""
        parts = [f"{self.name}={self.value}", f"Path={visit.base or '/'}", "HttpOnly"]
        if self.max_age_s is not None:
            parts.append(f"Max-Age={self.max_age_s}")
        # Browsers take SameSite=None from https alone.
        if self.same_site != "None" or visit.is_secure:
            parts.append(f"SameSite={self.same_site}")
        if visit.is_secure:
            parts.append("Secure")
        return "Set-Cookie", "; ".join(parts)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler answers; the face adds the headers that every answer has."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    cookies: tuple[Cookie, ...] = ()

    def with_cookies(self, cookies: Iterable[Cookie]) -> "Answer":
        """Return the answer with more cookies."""
        return msgspec.structs.replace(self, cookies=(*self.cookies, *cookies))

    def with_headers(self, *headers: tuple[str, str]) -> "Answer":
        """Return the answer with more headers."""
        return msgspec.structs.replace(self, headers=(*self.headers, *headers))


def redirect(location: str, *cookies: Cookie, status: int = 302) -> Answer:
    """Return a redirect; the caller vouches for the location."""
    return Answer(status=status, headers=(("Location", location),), cookies=cookies)


def html(text: str, *, status: int = 200, headers: Headers = ()) -> Answer:
    """Return a page."""
    return Answer(status=status, headers=(("Content-Type", HTML), *headers), body=text.encode())


def json(value: object, *, status: int = 200, headers: Headers = ()) -> Answer:
    """Return JSON."""
    kind = ("Content-Type", JSON)
    return Answer(status=status, headers=(kind, *headers), body=msgspec.json.encode(value))
