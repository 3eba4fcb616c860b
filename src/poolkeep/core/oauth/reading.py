"""Read authorization requests: find what they are judged by, and those that were pushed ahead.

Every page reads the request again from its own address, so nothing stands between the pages but
the address and the browser's cookies.
"""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth.model import AuthorizationRequest, Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.pushed import OURS, URN
from poolkeep.core.oauth.requests import Facts, ToErrorPage, digest, parse
from poolkeep.core.oauth.scopes import needs_catalogue
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient


class Catalogue(Protocol):
    """What requests name of a pool's settings."""

    def scopes(self, tx: Transaction, pool_id: str) -> frozenset[str]:
        """Return the scopes of the pool's resource servers."""
        ...

    def provider_of(self, tx: Transaction, pool_id: str, identifier: str) -> str | None:
        """Return the provider that has the identifier, in whatever case."""
        ...

    def sso_minutes(self, tx: Transaction, pool_id: str) -> Iterable[int]:
        """Return how long each of the pool's clients takes a browser's sign-in."""
        ...


class PushedLookup(Protocol):
    """Requests that clients have pushed ahead."""

    async def find(self, pool: LoadedPool, client_id: str, request_uri: str) -> Params | None:
        """Return the parameters that this client pushed; None once they are gone or were used."""
        ...

    async def use(self, pool: LoadedPool, request_uri: str) -> bool:
        """Use a request up as it is answered; False when another answer was faster."""
        ...


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request in order, with its client; `digest` names it."""

    client: AppClient
    request: AuthorizationRequest

    @property
    def digest(self) -> str:
        """The request's name, for `authorization_request` of a sign-in."""
        return digest(self.request)


class Requests:
    """The authorization requests to every pool of a region."""

    def __init__(
        self,
        *,
        database: Database,
        book: PoolBook,
        catalogue: Catalogue,
        tiers_enforced: bool,
        pushed: PushedLookup | None = None,
    ) -> None:
        """Look up in `database`; `tiers_enforced` is the setting of that name."""
        self._database = database
        self._book = book
        self._catalogue = catalogue
        self._tiers_enforced = tiers_enforced
        self._pushed = pushed

    async def read(self, pool: LoadedPool, params: Params, *, managed: bool = True) -> Asked:
        """Return the request of these parameters; raises ToErrorPage or ToClient.

        `managed` tells that the pages are managed login's, of the second generation.
        """
        profile = profile_of(pool)
        client = await self._client(pool, params.get("client_id"))
        name = self._pushed_name(params) if profile.strict else None
        if name is not None:
            params = await self._pushed_params(pool, client, name)
        facts = Facts(
            pool=pool,
            profile=profile,
            managed=managed,
            tiers_enforced=self._tiers_enforced,
            pushed=name is not None,
            own_address=params.get("redirect_uri") if name and name.startswith(OURS) else None,
        )
        if client is not None:
            facts = await self._with_catalogue(facts, client, params)
        request = parse(client, params, facts)
        if name is not None:
            request = msgspec.structs.replace(request, pushed=name)
        if client is None:  # parse has refused that
            raise ToErrorPage("client_not_found")
        return Asked(client=client, request=request)

    async def use_up(self, pool: LoadedPool, request: AuthorizationRequest) -> None:
        """Use up the name of a request that is being answered; refuses a second answer."""
        if request.pushed is None or self._pushed is None:
            return
        if not await self._pushed.use(pool, request.pushed):
            raise ToErrorPage("invalid_request_uri", request.client_id)

    async def _client(self, pool: LoadedPool, client_id: str | None) -> AppClient | None:
        found = None if client_id is None else await self._book.client(client_id)
        if found is None or found[0].pool.id != pool.pool.id:
            return None
        return found[1]

    def _pushed_name(self, params: Params) -> str | None:
        """Return the name of a request that was pushed ahead; any other is a document elsewhere."""
        name = params.get("request_uri")
        if self._pushed is None or name is None or not name.startswith((URN, OURS)):
            return None
        return name

    async def _pushed_params(self, pool: LoadedPool, client: AppClient | None, name: str) -> Params:
        found = None
        if client is not None and self._pushed is not None:
            found = await self._pushed.find(pool, client.id, name)
        if found is None or client is None:
            raise ToErrorPage("invalid_request_uri", None if client is None else client.id)
        kept = [(key, value) for key, value in found.pairs if key != "client_id"]
        return Params([("client_id", client.id), *kept])

    async def _with_catalogue(self, facts: Facts, client: AppClient, params: Params) -> Facts:
        identifier = params.get("idp_identifier")
        if params.get("identity_provider") is not None:
            identifier = None
        if not needs_catalogue(client) and identifier is None:
            return facts
        pool_id = facts.pool.pool.id

        def load(tx: Transaction) -> Facts:
            named: dict[str, str] = {}
            if identifier is not None:
                provider = self._catalogue.provider_of(tx, pool_id, identifier)
                named = {} if provider is None else {identifier.lower(): provider}
            return msgspec.structs.replace(
                facts, scopes=self._catalogue.scopes(tx, pool_id), identifiers=named
            )

        return await self._database.read(load)
