"""The services of a region, wired."""

import msgspec

from poolkeep.compose.devices import build_browser_devices, build_devices
from poolkeep.compose.directory import Directory, build_directory, client_references
from poolkeep.compose.factors import FactorServices, build_factors
from poolkeep.compose.imports import Imports, build_imports
from poolkeep.compose.kit import Kit
from poolkeep.compose.oauth import OAuth, build_oauth
from poolkeep.compose.oauth_extensions import (
    OAuthExtensions,
    build_oauth_extensions,
    grants_of,
)
from poolkeep.compose.oauth_tokens import OAuthTokens, build_oauth_tokens
from poolkeep.compose.passkeys import build_passkeys
from poolkeep.compose.replicas import build_domain_routing, build_quotas, build_replicas
from poolkeep.compose.sign_in import build_sign_in
from poolkeep.compose.tokens import build_tokens
from poolkeep.core.devices.browsers import BrowserDevices
from poolkeep.core.devices.service import DeviceService
from poolkeep.core.kms import Kms
from poolkeep.core.messages.codes import CodeLives
from poolkeep.core.messages.desk import CodeDesk
from poolkeep.core.passkeys.service import PasskeyService
from poolkeep.core.pools.clients import ClientService
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.pools.service import PoolService
from poolkeep.core.quotas import ProvisionedLimits
from poolkeep.core.recovery import Recovery
from poolkeep.core.replicas import DomainRouting, ReplicaService
from poolkeep.core.sessions.service import Sessions
from poolkeep.core.sessions.settings import SessionSettings
from poolkeep.core.signin import SignIn
from poolkeep.core.signin.continuation import Continuations
from poolkeep.core.signup import SignUpService
from poolkeep.core.tokens import Tokens
from poolkeep.core.tokens.exchange import TokenExchange
from poolkeep.core.tokens.machine import Machines
from poolkeep.core.users.creation import UserCreation
from poolkeep.core.users.groups import GroupService
from poolkeep.core.users.migration import Migration
from poolkeep.core.users.own_account import OwnAccount
from poolkeep.core.users.revision import Proofs
from poolkeep.core.users.service import UserAdmin
from poolkeep.storage.stores.codes import SqlCodes
from poolkeep.storage.stores.groups import GroupStore


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers call, by name."""

    book: PoolBook
    pools: PoolService
    clients: ClientService
    groups: GroupService
    users: UserAdmin
    user_creation: UserCreation
    own_account: OwnAccount
    sign_up: SignUpService
    recovery: Recovery
    passkeys: PasskeyService
    sign_in: SignIn
    tokens: Tokens
    sessions: Sessions
    session_settings: SessionSettings
    machines: Machines
    token_exchange: TokenExchange
    oauth: OAuth
    oauth_extensions: OAuthExtensions
    oauth_tokens: OAuthTokens
    directory: Directory
    imports: Imports
    devices: DeviceService
    browser_devices: BrowserDevices
    mfa: FactorServices
    replicas: ReplicaService
    domain_routing: DomainRouting
    quotas: ProvisionedLimits
    kms: Kms


def build_services(kit: Kit, *, lives: CodeLives) -> Services:
    """Wire every service over the kit."""
    codes = SqlCodes()
    desk = CodeDesk(
        database=kit.database,
        codes=codes,
        messenger=kit.messenger,
        clock=kit.clock,
        entropy=kit.entropy,
        lives=lives,
    )
    proofs = Proofs(
        messenger=kit.messenger, codes=codes, clock=kit.clock, entropy=kit.entropy, lives=lives
    )
    issuing = build_tokens(kit)
    extensions = build_oauth_extensions(kit)
    oauth = build_oauth(kit, tokens=issuing.tokens, extensions=extensions)
    clients = ClientService(
        database=kit.database,
        pools=kit.pools,
        clients=kit.clients,
        references=client_references(),
        book=kit.book,
        audit=kit.audit,
        clock=kit.clock,
        entropy=kit.entropy,
        page_tokens=kit.page_tokens,
        tiers_enforced=kit.settings.tiers_enforced,
    )
    migration = Migration(
        database=kit.database,
        users=kit.users,
        consultant=kit.consultant,
        passwords=kit.passwords,
        messenger=kit.messenger,
        clock=kit.clock,
        entropy=kit.entropy,
    )
    return Services(
        book=kit.book,
        imports=build_imports(kit),
        mfa=build_factors(kit),
        replicas=build_replicas(kit),
        domain_routing=build_domain_routing(kit),
        quotas=build_quotas(kit),
        pools=PoolService(
            database=kit.database,
            pools=kit.pools,
            clients=kit.clients,
            keys=kit.keys,
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
            entropy=kit.entropy,
            page_tokens=kit.page_tokens,
            region=kit.region,
            tiers_enforced=kit.settings.tiers_enforced,
        ),
        clients=clients,
        groups=GroupService(
            database=kit.database,
            groups=GroupStore(),
            users=kit.users,
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
            page_tokens=kit.page_tokens,
        ),
        users=UserAdmin(
            database=kit.database,
            users=kit.users,
            attempts=kit.attempts,
            book=kit.book,
            audit=kit.audit,
            passwords=kit.passwords,
            proofs=proofs,
            page_tokens=kit.page_tokens,
            clock=kit.clock,
        ),
        user_creation=UserCreation(
            database=kit.database,
            users=kit.users,
            book=kit.book,
            audit=kit.audit,
            passwords=kit.passwords,
            messenger=kit.messenger,
            consultant=kit.consultant,
            clock=kit.clock,
            entropy=kit.entropy,
        ),
        own_account=OwnAccount(
            database=kit.database,
            users=kit.users,
            attempts=kit.attempts,
            passwords=kit.passwords,
            proofs=proofs,
            events=kit.events,
            limits=kit.limits,
            clock=kit.clock,
            entropy=kit.entropy,
        ),
        sign_up=SignUpService(
            database=kit.database,
            users=kit.users,
            attempts=kit.attempts,
            book=kit.book,
            consultant=kit.consultant,
            desk=desk,
            passwords=kit.passwords,
            audit=kit.audit,
            events=kit.events,
            clock=kit.clock,
            entropy=kit.entropy,
            limits=kit.limits,
            continuation=Continuations(clock=kit.clock, entropy=kit.entropy),
        ),
        recovery=Recovery(
            database=kit.database,
            users=kit.users,
            attempts=kit.attempts,
            book=kit.book,
            consultant=kit.consultant,
            desk=desk,
            passwords=kit.passwords,
            audit=kit.audit,
            events=kit.events,
            clock=kit.clock,
            entropy=kit.entropy,
            limits=kit.limits,
            migration=migration,
        ),
        passkeys=build_passkeys(kit),
        sign_in=build_sign_in(kit, migration=migration, tokens=issuing.tokens),
        tokens=issuing.tokens,
        sessions=issuing.sessions,
        session_settings=issuing.session_settings,
        machines=issuing.machines,
        token_exchange=issuing.token_exchange,
        oauth=oauth,
        oauth_extensions=extensions,
        oauth_tokens=build_oauth_tokens(
            kit,
            issuing,
            codes=oauth.codes,
            clients=clients,
            more_grants=grants_of(kit, extensions, tokens=issuing.tokens),
        ),
        directory=build_directory(kit),
        devices=build_devices(kit),
        browser_devices=build_browser_devices(kit),
        kms=kit.kms,
    )
