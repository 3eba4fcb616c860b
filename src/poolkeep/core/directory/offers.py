"""The identity providers that a client's sign-in page offers, and whose address leads to which.

What is known stays with the pool in memory, which is dropped at every change of configuration.
Source: docs/behaviours/pages.md.
"""

from typing import Final, Protocol, cast

import msgspec

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.directory.ports import ProviderDocument
from poolkeep.core.directory.provider_rules import identifier_key
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient

SAML: Final = "SAML"
OWN: Final = "COGNITO"
SOCIAL: Final = frozenset({"Facebook", "Google", "LoginWithAmazon", "SignInWithApple"})


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A provider on the page. `identifiers` are domains of addresses, in one spelling."""

    name: str
    kind: str
    identifiers: tuple[str, ...] = ()

    @property
    def is_social(self) -> bool:
        """Whether it is one of the four that everybody knows."""
        return self.kind in SOCIAL


class ProviderDocuments(Protocol):
    """Providers as stored."""

    def documents(self, tx: Transaction, pool_id: str) -> dict[str, ProviderDocument]:
        """Return what is kept in clear of each of the pool's providers, by name."""
        ...


class Offers:
    """The providers of one region's clients."""

    def __init__(self, *, database: Database, providers: ProviderDocuments) -> None:
        """Read from `providers`."""
        self._database = database
        self._providers = providers

    async def of(self, pool: LoadedPool, client: AppClient) -> tuple[Offered, ...]:
        """Return the providers beside the pool's own users, in the client's order."""
        names = [name for name in client.settings.supported_identity_providers or () if name != OWN]
        if not names:
            return ()
        found = await self._documents(pool)
        return tuple(
            Offered(
                name=name,
                kind=found[name].provider_type,
                identifiers=tuple(identifier_key(one) for one in found[name].idp_identifiers),
            )
            for name in names
            if name in found
        )

    async def _documents(self, pool: LoadedPool) -> dict[str, ProviderDocument]:
        if Offers not in pool.derived:
            pool.derived[Offers] = await self._database.read(
                lambda tx: self._providers.documents(tx, pool.pool.id)
            )
        return cast("dict[str, ProviderDocument]", pool.derived[Offers])


def asks_address(offered: tuple[Offered, ...]) -> bool:
    """Tell whether an address is asked for in place of buttons on classic pages.

    That is so where more than one SAML provider is there, and each has an identifier.
    """
    saml = [one for one in offered if one.kind == SAML]
    return len(saml) > 1 and all(one.identifiers for one in saml)


def domain_of(address: str, offered: tuple[Offered, ...]) -> str | None:
    """Return the part of an address that is some provider's identifier; None for a stranger's."""
    domain = identifier_key(address.rpartition("@")[2].strip())
    return domain if any(domain in one.identifiers for one in offered) else None
