"""Authorization requests, codes and browser sessions as values. Times in ms."""

from collections.abc import Iterable

import msgspec

CODE_LIFE_MS = 5 * 60 * 1_000


class Params:
    """Parameters of a query or a form, in order; a name may come more than once."""

    __slots__ = ("_first", "pairs", "raw", "repeated")

    def __init__(self, pairs: Iterable[tuple[str, str]], raw: str = "") -> None:
        """Keep the pairs; `raw` is the text that they were read from, for a page's own links."""
        self.pairs = tuple(pairs)
        self.raw = raw
        self._first: dict[str, str] = {}
        self.repeated: set[str] = set()
        for name, value in self.pairs:
            if name in self._first:
                self.repeated.add(name)
            else:
                self._first[name] = value

    def get(self, name: str) -> str | None:
        """Return the first value of this name; None when there is none or it is empty."""
        return self._first.get(name) or None

    def has(self, name: str) -> bool:
        """Tell whether the name is there, be it with an empty value."""
        return name in self._first

    def named(self, prefix: str, suffix: str = "") -> dict[str, str]:
        """Return what stands between prefix and suffix in names, each with its first value."""
        return {
            name[len(prefix) : len(name) - len(suffix)]: value
            for name, value in self._first.items()
            if name.startswith(prefix) and name.endswith(suffix)
        }


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a client asks of its pool, found in order.

    `response_types` are `code`, `token`, `id_token` in the order asked for; `response_mode` is
    `query`, `fragment` or `form_post`. `prompts` are the values of `prompt`, `provider` the
    selected provider (`COGNITO` for the directory). `dpop_jkt` binds the code to a key. `pushed` is
    the name of a request that the client has pushed ahead, good for one answer.
    """

    client_id: str
    redirect_uri: str
    response_types: tuple[str, ...]
    response_mode: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    resource: str | None = None
    prompts: frozenset[str] = frozenset()
    provider: str | None = None
    login_hint: str | None = None
    lang: str | None = None
    acr_values: str | None = None
    max_age_s: int | None = None
    dpop_jkt: str | None = None
    pushed: str | None = None

    @property
    def is_implicit(self) -> bool:
        """Whether tokens come straight from the authorization endpoint."""
        return self.response_types != ("code",)


class BrowserSession(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is signed in to the pages of a pool.

    `provider` is `COGNITO` or an identity provider's name; `factors` are the proofs given, and
    `level` an identity provider's word on what they are worth; `sso_session_id` is the tracked
    session where the pool tracks.
    """

    key: bytes
    pool_id: str
    user_id: str
    client_id: str
    provider: str
    factors: tuple[str, ...]
    authenticated_ms: int
    expires_ms: int
    level: int | None = None
    device_key: str | None = None
    sso_session_id: str | None = None


class Code(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an authorization code stands for: the request, and who answered it, how and when."""

    request: AuthorizationRequest
    user_id: str
    factors: tuple[str, ...]
    authenticated_ms: int
    issued_ms: int
    event_id: str
    provider: str
    level: int | None = None
    device_key: str | None = None
    sso_session_id: str | None = None
