"""Tokens as values."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.devices.model import NewDevice
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.sessions.model import Activity
from poolkeep.core.users.model import Group, User

USER_ADMIN_SCOPE = "aws.cognito.signin.user.admin"
"""The scope of every token from an API sign-in; the token operations ask for it."""

API_SCOPES = (USER_ADMIN_SCOPE,)


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What we read of an access token; None for a claim that is not there."""

    sub: str
    iss: str
    token_use: str
    exp: int
    iat: int
    jti: str
    client_id: str = ""
    username: str | None = None
    scope: str = ""
    auth_time: int = 0
    origin_jti: str | None = None
    event_id: str | None = None
    device_key: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    cnf: dict[str, str] | None = None

    @property
    def key_thumbprint(self) -> str | None:
        """The key that must come with the token."""
        return None if self.cnf is None else self.cnf.get("jkt")


class RefreshContents(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a refresh token carries, sealed. `version` comes first, so that formats can change.

    `auth_time` in s, the other times in ms. `factors` names the proofs in the order in which
    they were given, `acr` the level that they had then; `device_key` and `sso_session_id` bind
    the token to a remembered device and to the browser session behind it. `issued_ms` is the
    sign-in, for every descendant: a sign-out ends what was signed in before it. `from_pages`
    means that an authorization request stands behind it, with its audience and key; `provider`
    is who signed the user in then.
    """

    version: int = 1
    user_id: str
    client_id: str
    token_id: str
    origin_jti: str
    event_id: str
    auth_time: int
    issued_ms: int
    expires_ms: int
    factors: tuple[str, ...] = ()
    scopes: tuple[str, ...] = API_SCOPES
    device_key: str | None = None
    sso_session_id: str | None = None
    acr: str | None = None
    audience: str | None = None
    provider: str | None = None
    from_pages: bool = False
    key_thumbprint: str | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A finished sign-in: for whom, at which client, by which proofs, for which scopes.

    `level` is the word of an identity provider, in place of what the proofs are worth here.
    `from_pages` means that an authorization request led to it: then the scopes decide what the ID
    token tells. `audience` is the API that the access token is for, `key_thumbprint` the key that
    must come with it, `code` an authorization code that goes out beside the tokens. `origin_jti`
    names the sign-in where the caller has already named it.
    """

    pool: LoadedPool
    client: AppClient
    user: User
    groups: tuple[Group, ...]
    auth_time_ms: int
    event_id: str
    factors: tuple[str, ...]
    scopes: tuple[str, ...] = API_SCOPES
    device_key: str | None = None
    sso_session_id: str | None = None
    nonce: str | None = None
    level: int | None = None
    activity: Activity = Activity()
    audience: str | None = None
    provider: str | None = None
    from_pages: bool = False
    key_thumbprint: str | None = None
    code: str | None = None
    origin_jti: str | None = None


class IssuedTokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens for the caller; `refresh_token` is None where a refresh does not replace it.

    `id_token` is None where an authorization request did not ask for `openid`. `scope` is what
    the access token says. `new_device` is the session's device while nobody has confirmed it.
    """

    access_token: str
    id_token: str | None
    refresh_token: str | None
    expires_in_s: int
    scope: str = ""
    new_device: NewDevice | None = None

    def __repr__(self) -> str:
        """Never show a token."""
        return f"IssuedTokens(expires_in_s={self.expires_in_s})"


class Prepared(NamedTuple):
    """Tokens that are signed but not out yet, and what must be saved before they are.

    `save` belongs into the transaction that finishes the sign-in; None where nothing is kept.
    """

    tokens: IssuedTokens
    save: Callable[[Transaction], None] | None


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The user for whom a verified access token speaks."""

    pool: LoadedPool
    client: AppClient
    user: User
    claims: AccessClaims


class RefreshFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows when a refresh token comes back."""

    user: User
    groups: tuple[Group, ...]
    revoked: bool
    grace_ends_ms: int | None
