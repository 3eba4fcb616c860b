"""One region's sign-up, recovery and messages over a real database, with pools made by hand."""

from collections.abc import Sequence
from typing import Any

import msgspec

from poolkeep.adapters.mail.inbox import InboxTransport
from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database
from poolkeep.core.audit import Actor, AuditTrail, AuthEvents
from poolkeep.core.messages.codes import CodeLives
from poolkeep.core.messages.desk import CodeDesk
from poolkeep.core.messages.model import EMAIL, SMS, InboxMessage
from poolkeep.core.messages.ports import Transport
from poolkeep.core.messages.service import Messenger
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient, ClientSettings, LambdaConfig, SmsConfiguration
from poolkeep.core.recovery import ConfirmForgotPassword, ForgotPassword, Recovery
from poolkeep.core.signup import ConfirmSignUp, ResendCode, SignedUp, SignUp, SignUpService
from poolkeep.core.signup.ports import Continuation
from poolkeep.core.triggers.service import Consultant
from poolkeep.core.users.migration import Migration
from poolkeep.core.users.model import CodeDelivery, User
from poolkeep.core.users.names import index_of, login_key, logins_of
from poolkeep.core.users.passwords import Passwords
from poolkeep.crypto.envelope import KeyRing
from poolkeep.storage.stores.attempts import SqlAttempts
from poolkeep.storage.stores.audit import SqlAudit, SqlAuthEvents
from poolkeep.storage.stores.codes import SqlCodes
from poolkeep.storage.stores.inbox import DatabaseInbox, SqlInbox
from poolkeep.storage.stores.outbox import SqlOutbox
from poolkeep.storage.stores.users import SqlUsers
from poolkeep.work.messages import Delivery, MessageSweep
from poolkeep.work.runner import Runner
from tests.unit.core.users.people import a_pool, a_user

ACTOR = Actor(account="123456789012", principal="arn:aws:iam::123456789012:root")
PASSWORD = "Correct-Horse-7"
FRESH = "Fresh-Horse-8"
SMS_SETTINGS = SmsConfiguration(sns_caller_arn="arn:aws:iam::123456789012:role/sms")
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:"
LOST: list[bytes] = []


def quiet_log() -> Log:
    """Return a log that nobody reads."""
    return Log(ManualClock(), write=LOST.append)


def keys(seed: str) -> RingKeys:
    """Return a key ring that is the same for the same seed."""
    secret = SeededEntropy(seed).bytes(32)
    return RingKeys(KeyRing({"one": secret}, "one"), SeededEntropy(f"nonces of {seed}"))


class Book:
    """The pools and clients of a test."""

    def __init__(self) -> None:
        self.pools: dict[str, LoadedPool] = {}
        self.clients: dict[str, tuple[LoadedPool, AppClient]] = {}

    async def pool(self, pool_id: str) -> LoadedPool | None:
        return self.pools.get(pool_id)

    async def client(self, client_id: str) -> tuple[LoadedPool, AppClient] | None:
        return self.clients.get(client_id)

    def changed(self) -> None:
        """Nothing is kept elsewhere."""


class World:
    """Services, transports and short ways to use them."""

    def __init__(
        self,
        database: Database,
        *,
        media: Sequence[str] = (EMAIL, SMS),
        transports: dict[str, Transport] | None = None,
        continuation: Continuation | None = None,
        delivery: Delivery | None = None,
        seed: str = "world",
    ) -> None:
        self.database = database
        self.clock = ManualClock()
        self.entropy = SeededEntropy(seed)
        self.book = Book()
        self.triggers = InProcessTriggers()
        self.users, self.codes = SqlUsers(), SqlCodes()
        self.attempts, self.outbox = SqlAttempts(), SqlOutbox(database.kind)
        self.inbox_rows = SqlInbox(keys("installation"))
        here = InboxTransport(database, self.inbox_rows)
        self.transports: dict[str, Transport] = transports or {EMAIL: here, SMS: here}
        self.sweep = MessageSweep(
            database=database,
            outbox=self.outbox,
            pools=self.book,
            transports=self.transports,
            clock=self.clock,
            log=quiet_log(),
            delivery=delivery,
        )
        self.runner = Runner((self.sweep,), quiet_log())
        self.inbox = DatabaseInbox(
            database, self.inbox_rows, outbox=self.outbox, clock=self.clock, media=()
        )
        consultant = Consultant(self.triggers)
        self.messenger = Messenger(
            consultant=consultant,
            outbox=self.outbox,
            clock=self.clock,
            entropy=self.entropy,
            base_url="http://localhost:9229/",
            media=frozenset(media),
            wake=self.runner.wake,
        )
        self.passwords = Passwords(self.entropy)
        shared: dict[str, Any] = {
            "database": database,
            "users": self.users,
            "attempts": self.attempts,
            "book": self.book,
            "consultant": consultant,
            "desk": CodeDesk(
                database=database,
                codes=self.codes,
                messenger=self.messenger,
                clock=self.clock,
                entropy=self.entropy,
                lives=CodeLives(),
            ),
            "passwords": self.passwords,
            "audit": AuditTrail(SqlAudit(), self.entropy),
            "events": AuthEvents(database, SqlAuthEvents()),
            "clock": self.clock,
            "entropy": self.entropy,
        }
        self.sign_up = SignUpService(**shared, continuation=continuation)
        migration = Migration(
            database=database,
            users=self.users,
            consultant=consultant,
            passwords=self.passwords,
            messenger=self.messenger,
            clock=self.clock,
            entropy=self.entropy,
        )
        self.recovery = Recovery(**shared, migration=migration)

    def add(
        self,
        pool: LoadedPool,
        *,
        client_id: str = "client1",
        client: dict[str, Any] | None = None,
    ) -> "App":
        """Make the pool known, with a client."""
        self.book.pools[pool.pool.id] = pool
        settings = ClientSettings(client_name="app", **(client or {}))
        made = AppClient(
            id=client_id, pool_id=pool.pool.id, created_ms=1, modified_ms=1, settings=settings
        )
        self.book.clients[client_id] = (pool, made)
        return App(self, pool, made)

    async def deliver(self) -> list[InboxMessage]:
        """Send everything that is due, and return the inbox, newest first."""
        await self.runner.once()
        return await self.inbox.list(None, 1000)


class App:
    """A client of one pool."""

    def __init__(self, world: World, pool: LoadedPool, client: AppClient) -> None:
        self.world, self.pool, self.client = world, pool, client

    async def sign_up(self, name: str, password: str | None = PASSWORD, **members: Any) -> SignedUp:
        attributes = members.pop("attributes", {})
        call = SignUp(
            client_id=self.client.id,
            username=name,
            password=password,
            user_attributes=attributes,
            **members,
        )
        return await self.world.sign_up.sign_up(call)

    async def confirm(self, name: str, code: str, **members: Any) -> str | None:
        call = ConfirmSignUp(
            client_id=self.client.id, username=name, confirmation_code=code, **members
        )
        return await self.world.sign_up.confirm(call)

    async def resend(self, name: str, **members: Any) -> CodeDelivery:
        call = ResendCode(client_id=self.client.id, username=name, **members)
        return await self.world.sign_up.resend(call)

    async def forgot(self, name: str, **members: Any) -> CodeDelivery:
        call = ForgotPassword(client_id=self.client.id, username=name, **members)
        return await self.world.recovery.forgot_password(call)

    async def renew(self, name: str, code: str, password: str = FRESH, **members: Any) -> None:
        call = ConfirmForgotPassword(
            client_id=self.client.id,
            username=name,
            confirmation_code=code,
            password=password,
            **members,
        )
        await self.world.recovery.confirm_forgot_password(call)

    async def code(self, to: str) -> str:
        """Return the newest code that reached an address."""
        await self.world.runner.once()
        found = await self.world.inbox.list(to, 1)
        assert found, f"nothing for {to}"
        assert found[0].code is not None
        return found[0].code

    async def user(self, name: str) -> User:
        """Return a user who exists."""
        found = await self.maybe_user(name)
        assert found is not None, name
        return found

    async def maybe_user(self, name: str) -> User | None:
        key = login_key(self.pool, name)
        pool_id = self.pool.pool.id
        return await self.world.database.read(lambda tx: self.world.users.find(tx, pool_id, key))

    async def a_user(
        self, name: str, *, number: int = 1, password: str = PASSWORD, **columns: Any
    ) -> User:
        """Store a user, confirmed unless said otherwise."""
        user = a_user(name, number=number, pool_id=self.pool.pool.id, **columns)
        sealed = await self.world.passwords.make(
            self.pool, user_id=user.id, username=user.username, password=password
        )
        user = msgspec.structs.replace(user, credential=sealed)
        logins, index = logins_of(self.pool, user), index_of(user)
        taken = await self.world.database.write(
            lambda tx: self.world.users.insert(tx, user, logins, index)
        )
        assert taken is None
        return user

    async def has_password(self, name: str, password: str) -> bool:
        return await self.world.passwords.check(self.pool, await self.user(name), password)


def with_functions(**functions: str) -> dict[str, Any]:
    """Return pool settings with a function of its own name for each trigger."""
    arns: dict[str, Any] = {trigger: FUNCTION + name for trigger, name in functions.items()}
    return {"lambda_config": LambdaConfig(**arns)}


def verifying(*schema: Any, **settings: Any) -> LoadedPool:
    """Return a pool that verifies e-mail addresses."""
    return a_pool(*schema, **{"auto_verified_attributes": ("email",), **settings})


def another(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"
