"""A pool as a provider: made as for a run of the suite, described by its own discovery document."""

import dataclasses
from typing import Final

import httpx2

from tests.sdk.support import PASSWORD, Json, Wire, unique
from tools import conformance

SUITE: Final = "https://suite.example.com"
CALLBACK: Final = conformance.callback(SUITE)
CALLBACK_WITH_QUERY: Final = f"{CALLBACK}?{conformance.QUERY}"
AFTER_LOGOUT: Final = conformance.after_logout(SUITE)


@dataclasses.dataclass(frozen=True)
class Client:
    """A client of the provider, as its own configuration knows it."""

    id: str
    secret: str | None
    redirect_uri: str = CALLBACK


@dataclasses.dataclass(frozen=True)
class Provider:
    """A provider and its two clients."""

    wire: Wire
    profile: str
    pool_id: str
    metadata: dict[str, Json]
    client: Client
    client2: Client
    username: str
    password: str = PASSWORD

    @property
    def strict(self) -> bool:
        """Whether the RFCs decide."""
        return self.profile == "strict"

    @property
    def base(self) -> str:
        """Return what the addresses of the pool's pages begin with."""
        return str(self.metadata["authorization_endpoint"]).removesuffix("/oauth2/authorize")

    def at(self, path: str) -> str:
        """Return the address of a path."""
        return self.base + path

    def new_user(self) -> str:
        """Make another user with every attribute; return the name."""
        return conformance.make_user(self.wire.call, self.pool_id, unique())

    def new_client(self, **settings: Json) -> Client:
        """Make another client."""
        made = conformance.make_client(
            self.wire.call, self.pool_id, SUITE, unique("client"), **settings
        )
        return Client(made["ClientId"], made.get("ClientSecret"))

    def jwks(self) -> dict[str, Json]:
        """Return the published keys."""
        found: dict[str, Json] = httpx2.get(self.metadata["jwks_uri"]).json()
        return found


def a_provider(wire: Wire, profile: str) -> Provider:
    """Make a pool with its domain, two clients and a user."""
    pool_id = conformance.make_pool(wire.call, profile)
    conformance.make_domain(wire.call, pool_id)
    clients = [
        Client(made["ClientId"], made["ClientSecret"])
        for made in (
            conformance.make_client(wire.call, pool_id, SUITE, name) for name in ("first", "second")
        )
    ]
    user = conformance.make_user(wire.call, pool_id)
    told = httpx2.get(f"{wire.base_url}/{pool_id}/.well-known/openid-configuration")
    assert told.status_code == 200, told.text
    return Provider(wire, profile, pool_id, told.json(), clients[0], clients[1], user)
