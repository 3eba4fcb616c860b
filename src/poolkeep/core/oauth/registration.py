"""Clients that register themselves (RFC 7591). Off until a pool has a DcrConfiguration.

Two doors: with an access token of the pool that has the scope `aws.cognito/dcr/register`, and
without one where the pool is open. Both are counted, the open one strictly; every client counts
against the pool's quota. Source: docs/behaviours/oauth-tokens.md.
"""

from typing import Any, Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import LimitExceeded, Refusal, Unavailable
from poolkeep.base.transaction import Database
from poolkeep.core.audit import Actor
from poolkeep.core.oauth import registration_rules as rules
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.oauth.registration_rules import Metadata, Registered
from poolkeep.core.oauth.userinfo import refused
from poolkeep.core.pools.client_checks import REGISTER_SCOPE
from poolkeep.core.pools.clients import REGISTERED, ClientService, NewClient
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.ports import ClientReferences
from poolkeep.core.tokens.own_tokens import OwnTokens
from poolkeep.core.users.ports import Attempts

HOUR_MS: Final = 60 * 60 * 1_000
KIND: Final = "registration"
ADDRESS_MAX: Final = 10
"""Open registrations from one address in an hour."""
POOL_MAX: Final = 100
"""Open registrations in one pool in an hour, from wherever: a pool has room for 1000 clients."""
BEARER_MAX: Final = 100
"""Registrations by one registered-with client in an hour."""
RETRY_AFTER: Final = "3600"
BEARER: Final = "bearer"


class Registering(msgspec.Struct, frozen=True, kw_only=True):
    """A request to register."""

    pool: LoadedPool
    body: bytes
    authorization: str | None
    ip_address: str
    request_id: str


class Registration:
    """Answers for every pool of a region."""

    def __init__(
        self,
        *,
        database: Database,
        clients: ClientService,
        references: ClientReferences,
        own: OwnTokens,
        attempts: Attempts,
        clock: Clock,
    ) -> None:
        """Make clients by `clients`, count in `attempts`."""
        self._database = database
        self._clients = clients
        self._references = references
        self._own = own
        self._attempts = attempts
        self._clock = clock

    async def register(self, asked: Registering) -> dict[str, Any]:
        """Make a client and return what RFC 7591, 3.2.1, lists; refuses with OAuthRefusal."""
        pool = asked.pool
        doors = rules.doors_of(pool)
        if doors is None:
            raise OAuthRefusal("invalid_request", "Registration is not enabled", status=404)
        principal = await self._principal(asked, is_open=doors.is_open)
        flows = doors.open_flows if principal is None else doors.authenticated_flows
        metadata = rules.read(asked.body)
        providers, scopes = await self._database.read(
            lambda tx: (
                self._references.providers(tx, pool.pool.id),
                self._references.scopes(tx, pool.pool.id),
            )
        )
        registered = rules.decide(
            metadata, flows=flows, permitted=doors.permitted(scopes), providers=providers
        )
        return await self._make(asked, metadata, registered, principal)

    async def _principal(self, asked: Registering, *, is_open: bool) -> str | None:
        """Return the client that vouches for the new one, None at the open door."""
        scheme, _, token = (asked.authorization or "").strip().partition(" ")
        if scheme.lower() != BEARER:
            if not is_open:
                raise refused("invalid_token", "An access token is required", status=401)
            await self._count(asked.pool, f"address:{asked.ip_address}", ADDRESS_MAX)
            await self._count(asked.pool, "open", POOL_MAX)
            return None
        try:
            bearer = await self._own.judge(asked.pool, token.strip(), "access", role="subject")
        except Unavailable:
            raise
        except Refusal as refusal:
            raise refused("invalid_token", "The access token is not valid", status=401) from refusal
        if bearer.claims.cnf is not None:
            # Bound to a key of which nothing here is a proof.
            raise refused("invalid_token", "The access token is not valid", status=401)
        if REGISTER_SCOPE not in (bearer.claims.scope or "").split():
            raise refused(
                "insufficient_scope",
                "The access token may not register clients",
                status=403,
                scope=REGISTER_SCOPE,
            )
        await self._count(asked.pool, f"client:{bearer.claims.client}", BEARER_MAX)
        return bearer.claims.client

    async def _count(self, pool: LoadedPool, subject: str, most: int) -> None:
        now_ms = self._clock.now_ms()
        used = await self._database.write(
            lambda tx: self._attempts.use(
                tx, pool.pool.id, subject, kind=KIND, window_ms=HOUR_MS, now_ms=now_ms
            )
        )
        if used > most:
            raise _too_many()

    async def _make(
        self,
        asked: Registering,
        metadata: Metadata,
        registered: Registered,
        principal: str | None,
    ) -> dict[str, Any]:
        actor = Actor(
            account=asked.pool.pool.account,
            principal="anonymous" if principal is None else f"client/{principal}",
            request_id=asked.request_id,
            source_ip=asked.ip_address,
        )
        new = NewClient(
            settings=registered.settings,
            generate_secret=registered.method != rules.PUBLIC,
            client_type=REGISTERED,
        )
        try:
            client = await self._clients.create(actor, asked.pool.pool.id, new)
        except LimitExceeded as refusal:
            raise _too_many() from refusal
        except Unavailable:
            raise
        except Refusal as refusal:
            raise OAuthRefusal("invalid_client_metadata", refusal.text) from refusal
        return rules.told(client, metadata, registered)


def _too_many() -> OAuthRefusal:
    return OAuthRefusal(
        "temporarily_unavailable",
        "Too many clients have been registered",
        status=429,
        headers=(("Retry-After", RETRY_AFTER),),
    )
