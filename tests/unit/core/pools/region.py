"""A region's pool, client and group services over a real database, with quick keys."""

from functools import cache
from typing import Any

import msgspec

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy, SystemEntropy
from poolkeep.base.paging import PageTokens
from poolkeep.base.transaction import Database
from poolkeep.compose.directory import client_references
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.clients import ClientService, NewClient
from poolkeep.core.pools.model import AppClient, UserPool
from poolkeep.core.pools.service import PoolService
from poolkeep.core.users.groups import GroupService
from poolkeep.crypto.envelope import KEY_BYTES, unwrap_key, wrap_key
from poolkeep.crypto.jose import SigningKey
from poolkeep.http.aws.present import pools as present
from poolkeep.storage.config_book import ConfigBook
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.clients import ClientStore
from poolkeep.storage.stores.groups import GroupStore
from poolkeep.storage.stores.keys import USES, KeyStore, NewPoolKeys, NewSigningKey
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.users import SqlUsers
from poolkeep.wire.cognito_idp import shapes

ACCOUNT = "123456789012"
ALICE = Actor(account=ACCOUNT, principal="root", request_id="r-1", source_ip="127.0.0.1")
STRANGER = Actor(account="999999999999", principal="root")
REGION = "eu-central-1"

Json = dict[str, Any]


class Keeper:
    """Holds a master key that everybody knows."""

    def wrap(self, key: bytes, context: str) -> bytes:
        return wrap_key(b"m" * KEY_BYTES, key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return unwrap_key(b"m" * KEY_BYTES, wrapped, context.encode())


@cache
def _signing_keys() -> tuple[NewSigningKey, ...]:
    return tuple(NewSigningKey(SigningKey.generate(SystemEntropy()), use, 0) for use in USES)


class QuickKeys(KeyStore):
    """Gives every pool the same token keys, because making RSA keys takes longer than a test."""

    async def make(self, pool_id: str, now_ms: int) -> NewPoolKeys:
        bundle = await super().make(pool_id, now_ms)
        return msgspec.structs.replace(bundle, signing=_signing_keys())


class Region:
    """The services, and short ways to use them as the AWS face does."""

    def __init__(self, database: Database, *, tiers_enforced: bool = True, seed: str = "r") -> None:
        self.database = database
        self.clock = ManualClock()
        self.entropy = SeededEntropy(seed)
        self.pool_rows, self.client_rows, self.group_rows = PoolStore(), ClientStore(), GroupStore()
        self.users, self.audit_rows = SqlUsers(), SqlAudit()
        keys = QuickKeys(Keeper(), self.entropy, self.clock)
        self.book = ConfigBook(
            database=database,
            keys=keys,
            pools=self.pool_rows,
            clients=self.client_rows,
            clock=self.clock,
        )
        audit = AuditTrail(self.audit_rows, self.entropy)
        tokens = PageTokens(b"k" * 32)
        self.pools = PoolService(
            database=database,
            pools=self.pool_rows,
            clients=self.client_rows,
            keys=keys,
            book=self.book,
            audit=audit,
            clock=self.clock,
            entropy=self.entropy,
            page_tokens=tokens,
            region=REGION,
            tiers_enforced=tiers_enforced,
        )
        self.clients = ClientService(
            database=database,
            pools=self.pool_rows,
            clients=self.client_rows,
            references=client_references(),
            book=self.book,
            audit=audit,
            clock=self.clock,
            entropy=self.entropy,
            page_tokens=tokens,
            tiers_enforced=tiers_enforced,
        )
        self.groups = GroupService(
            database=database,
            groups=self.group_rows,
            users=self.users,
            book=self.book,
            audit=audit,
            clock=self.clock,
            page_tokens=tokens,
        )

    async def create_pool(self, actor: Actor = ALICE, **members: Any) -> UserPool:
        """Create a pool from members as on the wire."""
        request = _request(shapes.CreateUserPoolRequest, {"PoolName": "p", **members})
        return await self.pools.create(actor, present.pool_settings(request))

    async def update_pool(self, pool: UserPool, **members: Any) -> None:
        """Update a pool from members as on the wire."""
        request = _request(shapes.UpdateUserPoolRequest, {"UserPoolId": pool.id, **members})
        await self.pools.update(ALICE, pool.id, present.pool_settings(request))

    async def describe_pool(self, pool: UserPool) -> Json:
        """Describe a pool in members as on the wire."""
        return _wire(present.user_pool_type(await self.pools.describe(ALICE, pool.id)))

    async def create_client(self, pool: UserPool, **members: Any) -> AppClient:
        """Create a client from members as on the wire."""
        request = _request(
            shapes.CreateUserPoolClientRequest,
            {"UserPoolId": pool.id, "ClientName": "c", **members},
        )
        new = NewClient(
            settings=present.client_settings(request),
            generate_secret=bool(request.generate_secret),
            secret=request.client_secret,
        )
        return await self.clients.create(ALICE, pool.id, new)

    async def update_client(self, client: AppClient, **members: Any) -> AppClient:
        """Update a client from members as on the wire."""
        request = _request(
            shapes.UpdateUserPoolClientRequest,
            {"UserPoolId": client.pool_id, "ClientId": client.id, **members},
        )
        settings = present.client_settings(request)
        return await self.clients.update(ALICE, client.pool_id, client.id, settings)

    async def describe_client(self, client: AppClient) -> Json:
        """Describe a client in members as on the wire."""
        found = await self.clients.describe(ALICE, client.pool_id, client.id)
        return _wire(present.user_pool_client_type(found))

    async def epoch(self) -> int:
        """Return the configuration's epoch."""
        row = await self.database.read(lambda tx: tx.one("SELECT epoch FROM config_epoch"))
        return int(row[0]) if row else 0


def _request(shape: Any, members: Json) -> Any:
    return msgspec.json.decode(msgspec.json.encode(members), type=shape)


def _wire(value: msgspec.Struct) -> Json:
    decoded: Json = msgspec.json.decode(msgspec.json.encode(value))
    return decoded
