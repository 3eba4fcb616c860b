"""Signing a browser out, in three dialects.

    client_id + logout_uri                        back to the application (Cognito's form A)
    client_id + redirect_uri + response_type      on to the sign-in page (Cognito's form B)
    id_token_hint, post_logout_redirect_uri …     OpenID Connect RP-Initiated Logout 1.0

Tokens live on: only the browser's session with the pages ends. Source: docs/behaviours/oauth.md.
"""

from typing import Final
from urllib.parse import quote

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.core.oauth.browsers import Browsers
from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.responses import PLAIN, answered
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.tokens import Issuers
from poolkeep.crypto.jose import TokenRefused, parse, verify

CARRIED: Final = (
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "nonce",
    "scope",
    "code_challenge",
    "code_challenge_method",
)
"""What form B takes along to the sign-in page."""
STANDARD: Final = ("id_token_hint", "post_logout_redirect_uri", "state", "client_id", "ui_locales")


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """Signed out; the browser goes to an address of the client's."""

    location: str


class ToSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Signed out; the browser goes to the sign-in page with this query."""

    query: str


class SignedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Signed out, and nowhere to go."""


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody has proven that the user wants this: ask. `fields` go with the answer."""

    fields: tuple[tuple[str, str], ...]


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """Something is wrong, and our own page tells what. `ended`: the browser is signed out yet."""

    error: str
    client_id: str | None = None
    ended: bool = False


Outcome = Back | ToSignIn | SignedOut | Confirm | Wrong


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """Whom and which client an ID token of ours names, be it expired."""

    sub: str
    aud: str
    iss: str
    token_use: str


_hint: Final = msgspec.json.Decoder(Hint)


class SignOuts:
    """Sign-outs at every pool of a region."""

    def __init__(
        self, *, browsers: Browsers, book: PoolBook, issuers: Issuers, clock: Clock
    ) -> None:
        """End sessions in `browsers`."""
        self._browsers = browsers
        self._book = book
        self._issuers = issuers
        self._clock = clock

    async def sign_out(
        self, pool: LoadedPool, params: Params, *, cookie: str | None, confirmed: bool = False
    ) -> Outcome:
        """Answer a request to sign out; `confirmed` where the user has just said so."""
        if {"client_id", "logout_uri", "redirect_uri"} & params.repeated:
            return Wrong(error="invalid_request")
        if params.has("logout_uri") or params.has("redirect_uri"):
            return await self._by_cognito(pool, params, cookie)
        if params.has("id_token_hint") or params.has("post_logout_redirect_uri"):
            return await self._by_standard(pool, params, cookie, confirmed=confirmed)
        return await self._bare(pool, params, cookie)

    async def _by_cognito(self, pool: LoadedPool, params: Params, cookie: str | None) -> Outcome:
        named = params.get("client_id")
        if named is None:
            return Wrong(error="client_id_missing")
        client = await self._client(pool, named)
        if client is None:
            return Wrong(error="client_not_found", client_id=named)
        await self._browsers.end_session(pool, cookie)
        settings = client.settings
        callbacks = settings.callback_urls or ()
        target = params.get("logout_uri")
        if target is not None and target in (*(settings.logout_urls or ()), *callbacks):
            return Back(location=target)
        redirect_uri = params.get("redirect_uri")
        if redirect_uri is None:
            return Wrong(error="redirect_uri_missing", client_id=client.id, ended=True)
        if redirect_uri not in callbacks:
            return Wrong(error="redirect_mismatch", client_id=client.id, ended=True)
        if params.get("response_type") is None:
            return Wrong(error="response_type_missing", client_id=client.id, ended=True)
        return ToSignIn(query=_carried(client, params))

    async def _by_standard(
        self, pool: LoadedPool, params: Params, cookie: str | None, *, confirmed: bool
    ) -> Outcome:
        if params.repeated.intersection(STANDARD):
            return Wrong(error="invalid_request")
        given, named = params.get("id_token_hint"), params.get("client_id")
        hint = None
        if given is not None:
            hint = self._hint(pool, given)
            if hint is None or (named is not None and named != hint.aud):
                return Wrong(error="invalid_hint")
        client_id = named if hint is None else hint.aud
        client = None if client_id is None else await self._client(pool, client_id)
        if client_id is not None and client is None:
            return Wrong(error="client_not_found", client_id=client_id)
        target = params.get("post_logout_redirect_uri")
        if target is not None and client is not None:
            allowed = client.settings.logout_urls or ()
            if target not in allowed:
                return Wrong(error="redirect_mismatch", client_id=client.id)
        session = await self._browsers.session_of(pool, cookie)
        vouched = hint is not None and (session is None or session.user_id == hint.sub)
        if not (vouched or confirmed):
            return Confirm(
                fields=tuple(pair for pair in params.pairs if pair[0] in STANDARD and pair[1])
            )
        await self._browsers.end_session(pool, cookie)
        if target is None or client is None:
            return SignedOut()
        state = params.get("state")
        if state is None:
            return Back(location=target)
        return Back(location=answered(target, "query", (("state", state),)).location)

    async def _bare(self, pool: LoadedPool, params: Params, cookie: str | None) -> Outcome:
        """Sign out whoever asks for nothing else; Cognito then misses a parameter."""
        await self._browsers.end_session(pool, cookie)
        if profile_of(pool).strict:
            return SignedOut()
        missing = "redirect_uri" if params.get("client_id") else "client_id"
        return Wrong(error=f"{missing}_missing", ended=True)

    async def _client(self, pool: LoadedPool, client_id: str) -> AppClient | None:
        found = await self._book.client(client_id)
        if found is None or found[0].pool.id != pool.pool.id:
            return None
        return found[1]

    def _hint(self, pool: LoadedPool, token: str) -> Hint | None:
        """Return what one of our ID tokens says, expired or not; None for anything else."""
        try:
            parsed = parse(token)
            hint = _hint.decode(parsed.payload)
        except (TokenRefused, msgspec.DecodeError):
            return None
        key = pool.signing.verifier(parsed.kid, "id", self._clock.now_ms())
        if key is None or not verify(key, parsed):
            return None
        ours = hint.token_use == "id" and self._issuers.accepts(pool.pool, hint.iss)
        return hint if ours else None


def _carried(client: AppClient, params: Params) -> str:
    values = {name: value for name in CARRIED if (value := params.get(name)) is not None}
    values.setdefault("scope", " ".join(client.settings.allowed_o_auth_scopes or ()))
    return "&".join(f"{name}={quote(value, safe=PLAIN)}" for name, value in values.items())
