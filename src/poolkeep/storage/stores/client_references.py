"""What clients may name. Implements `core.pools.ports.ClientReferences`."""

from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.ports import ProviderFacts
from poolkeep.storage.stores.identity_providers import IdentityProviderStore
from poolkeep.storage.stores.resource_servers import ResourceServerStore


class ClientReferenceStore:
    """Reads the providers and resource servers that clients are checked against."""

    def __init__(self, providers: IdentityProviderStore, servers: ResourceServerStore) -> None:
        """Read from these stores."""
        self._providers = providers
        self._servers = servers

    def scopes(self, tx: Transaction, pool_id: str) -> frozenset[str]:
        """Return the scopes of the pool's resource servers."""
        return frozenset().union(*self._servers.scopes_of(tx, pool_id).values())

    def providers(self, tx: Transaction, pool_id: str) -> dict[str, ProviderFacts]:
        """Return the pool's identity providers by name."""
        return {
            name: ProviderFacts(
                provider_type=document.provider_type, idp_initiated=document.idp_initiated
            )
            for name, document in self._providers.documents(tx, pool_id).items()
        }
