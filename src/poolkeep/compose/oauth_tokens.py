"""What OAuth's endpoints for programs call, wired."""

import msgspec

from poolkeep.compose.directory import client_references
from poolkeep.compose.kit import Kit
from poolkeep.compose.tokens import TokenServices
from poolkeep.core.oauth.addresses import Addresses
from poolkeep.core.oauth.client_authentication import ClientAuthentication
from poolkeep.core.oauth.discovery import Metadata
from poolkeep.core.oauth.grants import (
    GrantHandler,
    authorization_code,
    client_credentials,
    refresh_token,
    token_exchange,
)
from poolkeep.core.oauth.introspection import Introspection
from poolkeep.core.oauth.issuing import CodeTokens
from poolkeep.core.oauth.registration import Registration
from poolkeep.core.oauth.revocation import Revocation
from poolkeep.core.oauth.token_endpoint import TokenEndpoint
from poolkeep.core.oauth.userinfo import UserInfo
from poolkeep.core.pools.clients import ClientService
from poolkeep.storage.stores.tokens import SqlTokens


class OAuthTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoints call, by name."""

    clients: ClientAuthentication
    issuing: CodeTokens
    token_endpoint: TokenEndpoint
    user_info: UserInfo
    revocation: Revocation
    introspection: Introspection
    registration: Registration
    metadata: Metadata


def build_oauth_tokens(
    kit: Kit,
    issuing: TokenServices,
    *,
    codes: authorization_code.Codes,
    clients: ClientService,
    more_grants: dict[str, GrantHandler] | None = None,
) -> OAuthTokens:
    """Wire the endpoints over the kit; `more_grants` are those of extensions."""
    proving = ClientAuthentication(book=kit.book, tries=issuing.tries)
    first_tokens = CodeTokens(database=kit.database, rows=SqlTokens(), tokens=issuing.tokens)
    grants: dict[str, GrantHandler] = {
        authorization_code.GRANT_TYPE: authorization_code.CodeGrant(
            codes=codes, issuing=first_tokens, entropy=kit.entropy
        ),
        refresh_token.GRANT_TYPE: refresh_token.RefreshGrant(tokens=issuing.tokens),
        client_credentials.GRANT_TYPE: client_credentials.ClientCredentialsGrant(
            machines=issuing.machines
        ),
        token_exchange.GRANT_TYPE: token_exchange.TokenExchangeGrant(
            exchange=issuing.token_exchange
        ),
    }
    return OAuthTokens(
        clients=proving,
        issuing=first_tokens,
        token_endpoint=TokenEndpoint(clients=proving, grants={**grants, **(more_grants or {})}),
        user_info=UserInfo(tokens=issuing.tokens),
        revocation=Revocation(clients=proving, tokens=issuing.tokens),
        introspection=Introspection(
            clients=proving, own=issuing.own, tokens=issuing.tokens, issuers=kit.issuers
        ),
        registration=Registration(
            database=kit.database,
            clients=clients,
            references=client_references(),
            own=issuing.own,
            attempts=kit.attempts,
            clock=kit.clock,
        ),
        metadata=Metadata(
            issuers=kit.issuers,
            addresses=Addresses(kit.settings.base_url, kit.settings.domain_addresses),
        ),
    )
