"""Tokens and the sessions behind them."""

import msgspec

from poolkeep.compose.directory import client_references
from poolkeep.compose.kit import Kit
from poolkeep.core.sessions import Tracker
from poolkeep.core.sessions.service import Sessions
from poolkeep.core.sessions.settings import SessionSettings
from poolkeep.core.tokens import Tokens
from poolkeep.core.tokens.client_proof import SecretTries
from poolkeep.core.tokens.exchange import TokenExchange
from poolkeep.core.tokens.machine import Machines
from poolkeep.core.tokens.minting import Mint
from poolkeep.core.tokens.own_tokens import OwnTokens
from poolkeep.storage.stores.devices import SqlDevices
from poolkeep.storage.stores.resource_servers import ResourceServerStore
from poolkeep.storage.stores.sessions import SqlSessions
from poolkeep.storage.stores.tokens import SqlTokens


class TokenServices(msgspec.Struct, frozen=True, kw_only=True):
    """What issues, lists and ends."""

    tokens: Tokens
    sessions: Sessions
    session_settings: SessionSettings
    machines: Machines
    token_exchange: TokenExchange
    own: OwnTokens
    tries: SecretTries
    tracker: Tracker


def build_tokens(kit: Kit) -> TokenServices:
    """Wire tokens and sessions over the kit."""
    rows, sessions = SqlTokens(), SqlSessions()
    tracker = Tracker(sessions=sessions, revocations=rows)
    mint = Mint(issuers=kit.issuers, consultant=kit.consultant, entropy=kit.entropy)
    tries = SecretTries(kit.clock)
    servers = ResourceServerStore()
    own = OwnTokens(
        database=kit.database, rows=rows, book=kit.book, clock=kit.clock, issuers=kit.issuers
    )
    return TokenServices(
        own=own,
        tries=tries,
        tracker=tracker,
        tokens=Tokens(
            database=kit.database,
            rows=rows,
            users=kit.users,
            book=kit.book,
            clock=kit.clock,
            entropy=kit.entropy,
            issuers=kit.issuers,
            mint=mint,
            tracker=tracker,
            devices=SqlDevices(),
            audit=kit.audit,
        ),
        sessions=Sessions(
            database=kit.database,
            sessions=sessions,
            tracker=tracker,
            users=kit.users,
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
            page_tokens=kit.page_tokens,
        ),
        session_settings=SessionSettings(
            database=kit.database,
            pools=kit.pools,
            clients=kit.clients,
            sessions=sessions,
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
            tiers_enforced=kit.settings.tiers_enforced,
        ),
        machines=Machines(
            database=kit.database,
            servers=servers,
            book=kit.book,
            clock=kit.clock,
            entropy=kit.entropy,
            issuers=kit.issuers,
            consultant=kit.consultant,
            tries=tries,
        ),
        token_exchange=TokenExchange(
            database=kit.database,
            book=kit.book,
            own=own,
            servers=servers,
            providers=client_references(),
            mint=mint,
            clock=kit.clock,
            entropy=kit.entropy,
            issuers=kit.issuers,
            tries=tries,
        ),
    )
