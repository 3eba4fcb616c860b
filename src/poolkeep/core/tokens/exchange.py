"""Swap a token for a narrower one, for another client and audience (RFC 8693).

    subject token ──▶ judge ──┐
    actor token ────▶ judge ──┴▶ scopes, audience ──▶ claims ──▶ pre-token function ──▶ one token

A derived token copies what binds its subject token to a sign-in (origin_jti, and in `jti` the
time of the sign-in), so whatever ends the sign-in ends it too. Source:
docs/behaviours/token-exchange.md.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid, uuid4
from poolkeep.base.refusal import InvalidParameter, NotAuthorized, ResourceNotFound
from poolkeep.base.transaction import Database
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_flows, token_validity_s
from poolkeep.core.tokens import wording
from poolkeep.core.tokens.claims import OPENID, Claims, access_claims, id_claims, shared_claims
from poolkeep.core.tokens.client_proof import SecretTries
from poolkeep.core.tokens.issuer import Issuers
from poolkeep.core.tokens.minting import MS_PER_S, Mint
from poolkeep.core.tokens.model import API_SCOPES, USER_ADMIN_SCOPE, Grant
from poolkeep.core.tokens.own_tokens import TYPES, Bearer, OwnTokens
from poolkeep.core.tokens.ports import Providers, ResourceServers
from poolkeep.crypto.jose import sign

IMPERSONATION: Final = "TOKEN_EXCHANGE_IMPERSONATION"
DELEGATION: Final = "TOKEN_EXCHANGE_DELEGATION"
SOURCE: Final = "TokenExchange"
ACCESS: Final = "ACCESS_TOKEN"
SAML: Final = "SAML2"
ACTORS_MAX: Final = 8
"""How deep delegations may nest; a token that grew for ever would verify nowhere."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A subject or actor token; a provider's name means that the token is foreign."""

    role: str
    token: str
    type: str
    provider_name: str | None = None

    def __repr__(self) -> str:
        """Never show the token."""
        return f"Offered({self.role}, {self.type})"


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wants for a token. `account` is the signer's, None without a signature.

    `key_thumbprint` is the key of which the client has proven possession.
    """

    client_id: str
    client_secret: str | None = None
    account: str | None = None
    ip_address: str = ""
    subject: Offered
    actor: Offered | None = None
    scopes: Sequence[str] = ()
    audience: str | None = None
    resource: str | None = None
    wanted: str = ACCESS
    key_thumbprint: str | None = None

    def __repr__(self) -> str:
        """Never show the secret."""
        return f"Exchange({self.client_id!r})"


class DerivedToken(msgspec.Struct, frozen=True, kw_only=True):
    """The token that came out; `scopes` only of an access token."""

    token: str
    type: str
    expires_in_s: int
    scopes: tuple[str, ...] | None

    def __repr__(self) -> str:
        """Never show a token."""
        return f"DerivedToken({self.type})"


class TokenExchange:
    """Token exchange in every pool of a region."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        *,
        database: Database,
        book: PoolBook,
        own: OwnTokens,
        servers: ResourceServers,
        providers: Providers,
        mint: Mint,
        clock: Clock,
        entropy: Entropy,
        issuers: Issuers,
        tries: SecretTries,
    ) -> None:
        """Look servers and providers up in `database`."""
        self._database = database
        self._book = book
        self._own = own
        self._servers = servers
        self._providers = providers
        self._mint = mint
        self._clock = clock
        self._entropy = entropy
        self._issuers = issuers
        self._tries = tries

    async def derive(self, asked: Exchange) -> DerivedToken:
        """Answer GetDerivedToken."""
        pool, client = await self._client(asked)
        return await self.derive_for(pool, client, asked)

    async def derive_for(
        self, pool: LoadedPool, client: AppClient, asked: Exchange
    ) -> DerivedToken:
        """Swap a token for a client that has proven itself."""
        if (IMPERSONATION if asked.actor is None else DELEGATION) not in auth_flows(client):
            raise NotAuthorized(wording.EXCHANGE_OFF)
        if asked.audience is not None and asked.resource is not None:
            raise InvalidParameter(wording.AUDIENCE_AND_RESOURCE)
        subject = await self._judge(pool, asked.subject)
        _refuse_other_key(client, asked, subject)
        if subject.user is None:
            raise InvalidParameter(wording.MACHINE_AS_SUBJECT)
        actor = None if asked.actor is None else await self._judge(pool, asked.actor)
        if actor is not None:
            _refuse_other_key(client, asked, actor, role="actor")
        await self._check_resource(pool, asked.resource)
        scopes = _scopes(asked, subject, client)
        return await self._issue(pool, client, asked, subject=subject, actor=actor, scopes=scopes)

    async def _client(self, asked: Exchange) -> tuple[LoadedPool, AppClient]:
        """Return the client that asks: vouched for by the pool's account, or by its secret."""
        found = await self._book.client(asked.client_id)
        signed = asked.account is not None
        if found is None or (signed and found[0].pool.account != asked.account):
            raise ResourceNotFound(wording.client_does_not_exist(asked.client_id))
        if not signed or asked.client_secret is not None:
            self._tries.demand(found[1], asked.client_secret, ip_address=asked.ip_address)
        return found

    async def _judge(self, pool: LoadedPool, offered: Offered) -> Bearer:
        name = offered.provider_name
        if name is None:
            if offered.type == SAML:
                raise InvalidParameter(wording.provider_missing(offered.role))
            return await self._own.judge(
                pool, offered.token, TYPES[offered.type], role=offered.role
            )
        known = await self._database.read(lambda tx: self._providers.providers(tx, pool.pool.id))
        if name not in known:
            raise ResourceNotFound(wording.no_provider(name))
        # No provider's token is believed before federation knows how to judge it.
        raise NotAuthorized(wording.invalid_token(offered.role))

    async def _check_resource(self, pool: LoadedPool, resource: str | None) -> None:
        if resource is None:
            return
        servers = await self._database.read(lambda tx: self._servers.scopes_of(tx, pool.pool.id))
        if resource not in servers:
            raise ResourceNotFound(wording.no_server(resource))

    async def _issue(
        self,
        pool: LoadedPool,
        client: AppClient,
        asked: Exchange,
        *,
        subject: Bearer,
        actor: Bearer | None,
        scopes: tuple[str, ...],
    ) -> DerivedToken:
        said, user = subject.claims, subject.user
        assert user is not None  # noqa: S101  `derive` has refused machines
        now_ms = self._clock.now_ms()
        issued_s = now_ms // MS_PER_S
        grant = Grant(
            pool=pool,
            client=client,
            user=user,
            groups=subject.groups,
            auth_time_ms=said.auth_time * MS_PER_S,
            event_id=said.event_id or uuid4(self._entropy),
            factors=(),
            scopes=scopes,
            device_key=said.device_key,
        )
        shared = shared_claims(
            grant, self._issuers.of(pool.pool), origin_jti=said.origin_jti, issued_s=issued_s
        )
        fixed = _fixed(subject, actor)
        shared.update(fixed)
        lives = token_validity_s(client)
        access, identity = (
            make(
                granted,
                shared,
                jti=timed_uuid(self._entropy, said.signed_in_ms),
                expires_s=min(issued_s + life_s, said.exp),
            )
            for make, granted, life_s in (
                (access_claims, grant, lives[0]),
                (id_claims, _as_told(grant, asked, said.scope), lives[1]),
            )
        )
        await self._mint.shape(grant, identity, access, source=SOURCE, client_metadata=None)
        audience = asked.audience or asked.resource
        wants_access = asked.wanted == ACCESS
        claims: Claims = access if wants_access else identity
        if audience is not None:
            claims["aud"] = audience
        if not wants_access:
            # What it came from had no more; swapped again, it would be worth all of the client's.
            claims["scope"] = " ".join(scopes)
        signer = pool.signing.signer(TYPES[asked.wanted], now_ms)
        return DerivedToken(
            token=sign(signer, msgspec.json.encode(claims)),
            type=asked.wanted,
            expires_in_s=claims["exp"] - issued_s,
            scopes=tuple(claims["scope"].split()) if wants_access else None,
        )


def _refuse_other_key(
    client: AppClient, asked: Exchange, bearer: Bearer, *, role: str = "subject"
) -> None:
    """Refuse a bound token to a client without a secret that does not hold its key.

    What came out would be bound to nothing. A client with a secret proves itself by that: an API
    may swap the tokens that it is called with.
    """
    bound = None if bearer.claims.cnf is None else bearer.claims.cnf.get("jkt")
    proven = client.secrets or asked.account is not None
    if bound is not None and not proven and bound != asked.key_thumbprint:
        raise NotAuthorized(wording.invalid_token(role))


def _scopes(asked: Exchange, subject: Bearer, client: AppClient) -> tuple[str, ...]:
    """Return what was asked for, of what the subject token and the client have both.

    An ID token of a sign-in has no scopes, so the client's stand in; a derived one says with which
    it came. A client without OAuth scopes has those of an API sign-in.
    """
    allowed = client.settings.allowed_o_auth_scopes or API_SCOPES
    said = subject.claims.scope
    if said is None and asked.subject.type == ACCESS:
        said = ""
    held = allowed if said is None else said.split()
    granted = tuple(
        scope for scope in dict.fromkeys(asked.scopes or held) if scope in held and scope in allowed
    )
    if not granted and (asked.wanted == ACCESS or asked.scopes):
        raise InvalidParameter(wording.INVALID_SCOPES)
    return granted


def _as_told(grant: Grant, asked: Exchange, held: str | None) -> Grant:
    """Return the grant with the scopes that bound what an ID token of it may tell.

    A sign-in at the pages told what its scopes asked for, and without `openid` nothing. Whoever
    holds the scope of an API sign-in may read everything anyway.
    """
    scopes = tuple((held or "").split())
    if OPENID in scopes:
        return msgspec.structs.replace(grant, from_pages=True, scopes=scopes)
    if asked.wanted != ACCESS and held is not None and USER_ADMIN_SCOPE not in scopes:
        raise InvalidParameter(wording.INVALID_SCOPES)
    return grant


def _fixed(subject: Bearer, actor: Bearer | None) -> Claims:
    """Return what a derived token says of the sign-in and of who acts, which nobody may change."""
    said = subject.claims
    fixed: Claims = {}
    if said.acr is not None:
        fixed["acr"] = said.acr
    if said.amr is not None:
        fixed["amr"] = said.amr
    act = said.act
    if actor is not None:
        named: dict[str, Any] = {"sub": actor.claims.sub}
        if actor.claims.client_id:
            named["client_id"] = actor.claims.client_id
        if act is not None:
            named["act"] = act
        act = named
    if act is not None:
        if _depth(act) > ACTORS_MAX:
            raise InvalidParameter(wording.TOO_MANY_ACTORS)
        fixed["act"] = act
    return fixed


def _depth(act: Any) -> int:  # noqa: ANN401  a claim, as deep as it was signed
    depth = 0
    while isinstance(act, dict):
        depth, act = depth + 1, act.get("act")
    return depth
