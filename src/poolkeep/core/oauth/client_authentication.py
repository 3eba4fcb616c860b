"""Which app client calls an endpoint, and whether it proves it (RFC 6749, 2.3).

A client with a secret sends it in the `Authorization` header or in the form; a client without one
sends its id alone. A wrong proof is always the same refusal, whoever sends it.
"""

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from poolkeep.base.refusal import NotAuthorized, TooManyRequests
from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.tokens.client_proof import WINDOW_MS, SecretTries, is_secret_of

BASIC: Final = "basic"
METHODS: Final = ("client_secret_basic", "client_secret_post", "none")
"""What discovery lists."""
CLIENT_ID: Final = re.compile(r"[\w+]{1,128}", re.ASCII)
RETRY_AFTER: Final = str(WINDOW_MS // 1_000)


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of its client: the `Authorization` header, and the form."""

    authorization: str | None
    form: Params
    ip_address: str

    def __repr__(self) -> str:
        """Never show a secret."""
        return f"Credentials({self.form.get('client_id')!r})"


class _Basic(msgspec.Struct, frozen=True):
    """An id and a secret, as the header has them and as its form-encoding reads."""

    ids: tuple[str, str]
    secrets: tuple[str, str]


class ClientAuthentication:
    """Proves clients of every pool of a region."""

    def __init__(self, *, book: PoolBook, tries: SecretTries) -> None:
        """Count wrong secrets in `tries`."""
        self._book = book
        self._tries = tries

    async def prove(self, pool: LoadedPool, given: Credentials) -> AppClient:
        """Return the client of the pool that the request proves.

        Refuses `invalid_client`, or `invalid_request` where header and form contradict.
        """
        basic = _basic(pool, given.authorization)
        named = given.form.get("client_id")
        secret = given.form.get("client_secret")
        if basic is None:
            client = await self._client(pool, (named or "",))
            self._demand(pool, client, (secret or "",), given)
            return client
        if named is not None and named not in basic.ids:
            raise OAuthRefusal("invalid_request", "client_id differs from the Authorization header")
        if secret is not None and (profile_of(pool).strict or secret not in basic.secrets):
            raise OAuthRefusal("invalid_request", "The client must use one way to prove itself")
        client = await self._client(pool, basic.ids)
        self._demand(pool, client, basic.secrets, given)
        return client

    async def _client(self, pool: LoadedPool, ids: tuple[str, ...]) -> AppClient:
        for client_id in ids:
            if CLIENT_ID.fullmatch(client_id):
                found = await self._book.client(client_id)
                if found is not None and found[0].pool.id == pool.pool.id:
                    return found[1]
        raise invalid_client(pool)

    def _demand(
        self,
        pool: LoadedPool,
        client: AppClient,
        secrets: tuple[str, ...],
        given: Credentials,
    ) -> None:
        """Refuse a missing or wrong secret, and any secret of a client that has none."""
        if not client.secrets:
            if any(secrets):
                raise invalid_client(pool)
            return
        right = [secret for secret in secrets if is_secret_of(client, secret)]
        try:
            self._tries.demand(client, (right or secrets)[0], ip_address=given.ip_address)
        except TooManyRequests:
            raise OAuthRefusal(
                "temporarily_unavailable", status=429, headers=(("Retry-After", RETRY_AFTER),)
            ) from None
        except NotAuthorized:
            raise invalid_client(pool) from None


def invalid_client(pool: LoadedPool) -> OAuthRefusal:
    """Return the refusal of who is no client, or does not prove it."""
    if not profile_of(pool).strict:
        return OAuthRefusal("invalid_client")
    return unauthorized_client_proof(pool)


def unauthorized_client_proof(pool: LoadedPool) -> OAuthRefusal:
    """Return the same refusal as HTTP has it: with a challenge."""
    challenge = (("WWW-Authenticate", f'Basic realm="{pool.pool.id}"'),)
    return OAuthRefusal("invalid_client", status=401, headers=challenge)


def _basic(pool: LoadedPool, authorization: str | None) -> _Basic | None:
    """Return what a Basic header says; None without one."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme.lower() != BASIC:
        return None
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_client(pool) from None
    client_id, colon, secret = plain.partition(":")
    if not colon:
        raise invalid_client(pool)
    # A secret may hold a plus sign, which is a space to who reads the form-encoding.
    return _Basic(
        (unquote_plus(client_id), client_id),
        (unquote_plus(secret), secret),
    )
