"""Managed login and OAuth, wired."""

from collections.abc import Iterable
from typing import Final

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.compose.directory import client_references
from poolkeep.compose.kit import Kit
from poolkeep.compose.oauth_extensions import OAuthExtensions
from poolkeep.core.directory.provider_rules import identifier_key
from poolkeep.core.oauth.authorization import Authorizations
from poolkeep.core.oauth.browsers import Browsers
from poolkeep.core.oauth.codes import Codes
from poolkeep.core.oauth.flows import Flows
from poolkeep.core.oauth.logout import SignOuts
from poolkeep.core.oauth.pausing import Pauses
from poolkeep.core.oauth.reading import Requests
from poolkeep.core.sessions import Tracker
from poolkeep.core.tokens import Tokens
from poolkeep.storage.stores.browser_sessions import SqlBrowserSessions
from poolkeep.storage.stores.clients import ClientStore
from poolkeep.storage.stores.hosted_flows import SqlHostedFlows
from poolkeep.storage.stores.identity_providers import IdentityProviderStore
from poolkeep.storage.stores.oauth_codes import SqlOAuthCodes
from poolkeep.storage.stores.sessions import SqlSessions
from poolkeep.storage.stores.tokens import SqlTokens

PAGE: Final = 500
"""Clients that one statement reads."""


class OAuth(msgspec.Struct, frozen=True, kw_only=True):
    """What the hosted face calls, by name."""

    authorizations: Authorizations
    codes: Codes
    flows: Flows
    pauses: Pauses
    sign_outs: SignOuts


class StoredCatalogue:
    """What authorization requests name, from the stores. Implements `core.oauth.Catalogue`."""

    def __init__(self, clients: ClientStore) -> None:
        """Read from these stores."""
        self._references = client_references()
        self._providers = IdentityProviderStore()
        self._clients = clients

    def scopes(self, tx: Transaction, pool_id: str) -> frozenset[str]:
        """Return the scopes of the pool's resource servers."""
        return self._references.scopes(tx, pool_id)

    def provider_of(self, tx: Transaction, pool_id: str, identifier: str) -> str | None:
        """Return the provider that has the identifier, in whatever case."""
        found = self._providers.find(tx, pool_id, identifier_key(identifier))
        return None if found is None else found.provider_name

    def sso_minutes(self, tx: Transaction, pool_id: str) -> Iterable[int]:
        """Return how long each of the pool's clients takes a browser's sign-in."""
        minutes: list[int] = []
        after = (-1, "")
        while page := self._clients.page(tx, pool_id, after=after, limit=PAGE):
            minutes += [row.document.sso_minutes for row in page]
            after = (page[-1].created_ms, page[-1].client_id)
        return minutes


def build_oauth(kit: Kit, *, tokens: Tokens, extensions: OAuthExtensions) -> OAuth:
    """Wire OAuth over the kit."""
    revocations, tracked = SqlTokens(), SqlSessions()
    tracker = Tracker(sessions=tracked, revocations=revocations)
    catalogue = StoredCatalogue(kit.clients)
    codes = Codes(
        database=kit.database,
        rows=SqlOAuthCodes(),
        revocations=revocations,
        tracker=tracker,
        clock=kit.clock,
        entropy=kit.entropy,
    )
    browsers = Browsers(
        database=kit.database,
        rows=SqlBrowserSessions(),
        tracked=tracked,
        tracker=tracker,
        catalogue=catalogue,
        clock=kit.clock,
        entropy=kit.entropy,
        notices=extensions.notices,
    )
    authorizations = Authorizations(
        database=kit.database,
        requests=Requests(
            database=kit.database,
            book=kit.book,
            catalogue=catalogue,
            tiers_enforced=kit.settings.tiers_enforced,
            pushed=extensions.pushed,
        ),
        browsers=browsers,
        codes=codes,
        users=kit.users,
        tokens=tokens,
        issuers=kit.issuers,
        clock=kit.clock,
        entropy=kit.entropy,
    )
    return OAuth(
        authorizations=authorizations,
        codes=codes,
        flows=Flows(
            database=kit.database, rows=SqlHostedFlows(), clock=kit.clock, entropy=kit.entropy
        ),
        pauses=Pauses(database=kit.database, users=kit.users),
        sign_outs=SignOuts(browsers=browsers, book=kit.book, issuers=kit.issuers, clock=kit.clock),
    )
