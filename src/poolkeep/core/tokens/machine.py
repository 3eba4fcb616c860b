"""Tokens of machines: an app client that speaks for itself. Source: docs/behaviours/machines.md."""

from collections.abc import Sequence
from typing import Any

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid
from poolkeep.base.refusal import (
    InvalidLambdaResponse,
    InvalidParameter,
    NotAuthorized,
    ResourceNotFound,
    UnexpectedLambda,
    UserLambdaValidation,
)
from poolkeep.base.transaction import Database
from poolkeep.core.pools.client_checks import REGISTER_SCOPE
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_flows, token_validity_s
from poolkeep.core.tokens import pre_token, wording
from poolkeep.core.tokens.client_proof import SecretTries
from poolkeep.core.tokens.issuer import Issuers
from poolkeep.core.tokens.minting import MS_PER_S
from poolkeep.core.tokens.ports import ResourceServers
from poolkeep.core.triggers import Consultant, Subject
from poolkeep.core.triggers.sources import (
    PRE_TOKEN_GENERATION,
    PreTokenRequest,
    PreTokenScopesReply,
)
from poolkeep.core.triggers.telling import metadata
from poolkeep.crypto.jose import sign

FLOW = "CLIENT_TOKEN_AUTH"
VERSION = 2
EVENT_VERSION = "3"
"""Only functions of this version hear of machines."""
MACHINE = "ClientCredentials"
"""Stands where an event names the user."""


class AskedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A client that asks for a token of its own; no scopes: all that it may have."""

    client_id: str
    secret: str
    scopes: Sequence[str] = ()
    client_metadata: dict[str, str] | None = None
    ip_address: str = ""

    def __repr__(self) -> str:
        """Never show the secret."""
        return f"AskedToken({self.client_id!r})"


class MachineToken(msgspec.Struct, frozen=True, kw_only=True):
    """An access token without a user."""

    access_token: str
    expires_in_s: int
    scope: str

    def __repr__(self) -> str:
        """Never show a token."""
        return f"MachineToken(expires_in_s={self.expires_in_s})"


class Machines:
    """Machine tokens of every pool of a region."""

    def __init__(
        self,
        *,
        database: Database,
        servers: ResourceServers,
        book: PoolBook,
        clock: Clock,
        entropy: Entropy,
        issuers: Issuers,
        consultant: Consultant,
        tries: SecretTries,
    ) -> None:
        """Look scopes up in `database`."""
        self._database = database
        self._servers = servers
        self._book = book
        self._clock = clock
        self._entropy = entropy
        self._issuers = issuers
        self._consultant = consultant
        self._tries = tries

    async def issue(self, asked: AskedToken) -> MachineToken:
        """Answer GetClientToken."""
        found = await self._book.client(asked.client_id)
        if found is None:
            raise ResourceNotFound(wording.client_does_not_exist(asked.client_id))
        pool, client = found
        if not client.secrets:
            raise NotAuthorized(wording.secret_wrong(client.id))
        self._tries.demand(client, asked.secret, ip_address=asked.ip_address)
        if FLOW not in auth_flows(client):
            raise NotAuthorized(wording.CLIENT_TOKEN_OFF)
        scopes = await self._scopes(pool, client, asked.scopes)
        return await self._sign(pool, client, scopes, asked.client_metadata)

    async def grant(
        self,
        pool: LoadedPool,
        client: AppClient,
        *,
        scopes: Sequence[str],
        client_metadata: dict[str, str] | None = None,
        key_thumbprint: str | None = None,
    ) -> MachineToken:
        """Answer the token endpoint; the client has proven itself.

        Scopes that the client may not have are passed over; refuses where none is left.
        """
        allowed = await self._allowed(pool, client)
        granted = tuple(scope for scope in dict.fromkeys(scopes or allowed) if scope in allowed)
        if not granted:
            raise InvalidParameter(wording.INVALID_SCOPES)
        return await self._sign(
            pool, client, granted, client_metadata, key_thumbprint=key_thumbprint
        )

    async def _allowed(self, pool: LoadedPool, client: AppClient) -> list[str]:
        """Return the scopes that the client may have; a machine has none of a user's."""
        by_server = await self._database.read(lambda tx: self._servers.scopes_of(tx, pool.pool.id))
        exist = frozenset({REGISTER_SCOPE}).union(*by_server.values())
        return [scope for scope in client.settings.allowed_o_auth_scopes or () if scope in exist]

    async def _scopes(
        self, pool: LoadedPool, client: AppClient, asked: Sequence[str]
    ) -> tuple[str, ...]:
        """Return the scopes to grant: all that were asked for, and one at least."""
        allowed = await self._allowed(pool, client)
        granted = tuple(dict.fromkeys(asked or allowed))
        if not granted or not set(granted) <= set(allowed):
            raise InvalidParameter(wording.INVALID_SCOPES)
        return granted

    async def _sign(
        self,
        pool: LoadedPool,
        client: AppClient,
        scopes: tuple[str, ...],
        client_metadata: dict[str, str] | None,
        *,
        key_thumbprint: str | None = None,
    ) -> MachineToken:
        now_ms = self._clock.now_ms()
        access_s, _, _ = token_validity_s(client)
        issued_s = now_ms // MS_PER_S
        claims: dict[str, Any] = {
            "sub": client.id,
            "token_use": "access",
            "scope": " ".join(scopes),
            "auth_time": issued_s,
            "iss": self._issuers.of(pool.pool),
            "exp": issued_s + access_s,
            "iat": issued_s,
            "version": VERSION,
            "jti": timed_uuid(self._entropy, now_ms),
            "client_id": client.id,
        }
        if key_thumbprint is not None:
            claims["cnf"] = {"jkt": key_thumbprint}
        if self._consultant.event_version(pool, PRE_TOKEN_GENERATION) == EVENT_VERSION:
            await self._consult(pool, client, claims, scopes, client_metadata)
        return MachineToken(
            access_token=sign(pool.signing.signer("access", now_ms), msgspec.json.encode(claims)),
            expires_in_s=access_s,
            scope=claims["scope"],
        )

    async def _consult(
        self,
        pool: LoadedPool,
        client: AppClient,
        claims: dict[str, Any],
        scopes: tuple[str, ...],
        client_metadata: dict[str, str] | None,
    ) -> None:
        """Change the claims as the function asks; its failure is the caller's refusal."""
        try:
            reply = await self._consultant.consult(
                pool,
                PRE_TOKEN_GENERATION,
                source=f"TokenGeneration_{MACHINE}",
                subject=Subject(username=MACHINE, client_id=client.id),
                request=PreTokenRequest(
                    user_attributes={},
                    group_configuration=None,
                    scopes=list(scopes),
                    client_metadata=metadata(client_metadata),
                ),
                reply=PreTokenScopesReply,
            )
        except (UserLambdaValidation, UnexpectedLambda, InvalidLambdaResponse) as refusal:
            # The operation declares no exception of functions.
            raise NotAuthorized(refusal.text) from refusal
        if reply is not None:
            nobody: dict[str, Any] = {}
            pre_token.apply(reply, nobody, claims)
