"""What the parts of a region are built from."""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.paging import PageTokens
from poolkeep.base.transaction import Database
from poolkeep.core.audit import AuditTrail, AuthEvents
from poolkeep.core.kms import Kms
from poolkeep.core.messages.service import Messenger
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.replicas import Neighbours
from poolkeep.core.tokens import Issuers
from poolkeep.core.triggers import Consultant
from poolkeep.core.users.limits import AttemptLimits
from poolkeep.core.users.passwords import Passwords
from poolkeep.settings import Settings
from poolkeep.storage.stores.attempts import SqlAttempts
from poolkeep.storage.stores.clients import ClientStore
from poolkeep.storage.stores.keys import KeyStore
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.users import SqlUsers


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """One region's collaborators; each `build_…` of this package takes what it needs of it."""

    region: str
    settings: Settings
    database: Database
    clock: Clock
    wall_clock: Clock
    entropy: Entropy
    book: PoolBook
    keys: KeyStore
    pools: PoolStore
    clients: ClientStore
    users: SqlUsers
    attempts: SqlAttempts
    audit: AuditTrail
    events: AuthEvents
    consultant: Consultant
    messenger: Messenger
    passwords: Passwords
    limits: AttemptLimits
    page_tokens: PageTokens
    issuers: Issuers
    neighbours: Neighbours
    kms: Kms
