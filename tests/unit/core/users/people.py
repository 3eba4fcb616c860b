"""Pools, clients and users for tests, and a region's user services over a real database."""

from typing import Any

import msgspec

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.paging import PageTokens
from poolkeep.base.transaction import Database
from poolkeep.core.audit import Actor, AuditTrail, AuthEvents
from poolkeep.core.messages.codes import CodeLives
from poolkeep.core.messages.model import Message, OutboxMessage
from poolkeep.core.messages.service import Messenger, open_message
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import (
    AppClient,
    ClientSettings,
    EmailMfaConfiguration,
    MfaSettings,
    PasswordPolicy,
    Policies,
    PoolSettings,
    SchemaAttribute,
    SmsConfiguration,
    SoftwareTokenMfaConfiguration,
    UserPool,
    WebAuthnConfiguration,
)
from poolkeep.core.pools.schema import build_schema
from poolkeep.core.tokens.model import AccessClaims, Caller
from poolkeep.core.triggers.service import Consultant
from poolkeep.core.users.creation import CreateUser, UserCreation
from poolkeep.core.users.limits import AttemptLimits
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.own_account import OwnAccount
from poolkeep.core.users.passwords import Passwords
from poolkeep.core.users.revision import Proofs
from poolkeep.core.users.service import UserAdmin
from poolkeep.crypto.envelope import KeyRing
from poolkeep.storage.stores.attempts import SqlAttempts
from poolkeep.storage.stores.audit import SqlAudit, SqlAuthEvents
from poolkeep.storage.stores.codes import SqlCodes
from poolkeep.storage.stores.outbox import SqlOutbox
from poolkeep.storage.stores.users import SqlUsers

POOL_ID = "eu-west-1_Pool12345"
ACTOR = Actor(account="123456789012", principal="arn:aws:iam::123456789012:root")
PASSWORD = "Correct-Horse-7"
SMS = SmsConfiguration(sns_caller_arn="arn:aws:iam::123456789012:role/sms")
VERIFIES_EMAIL: dict[str, Any] = {"auto_verified_attributes": ("email",)}
ALIASES: dict[str, Any] = {"alias_attributes": ("email", "phone_number", "preferred_username")}


def a_pool(
    *schema: SchemaAttribute,
    pool_id: str = POOL_ID,
    storage: str = "srp-verifier",
    **settings: Any,
) -> LoadedPool:
    """Return a pool with the standard attributes and `schema`."""
    built = build_schema(schema)
    pool = UserPool(
        id=pool_id,
        account=ACTOR.account,
        region="eu-west-1",
        created_ms=1,
        modified_ms=1,
        settings=PoolSettings(name="people", schema_attributes=built, **settings),
        password_storage=storage,  # type: ignore[arg-type]  # one of two words
    )
    return LoadedPool(pool, RingKeys(KeyRing({"one": b"k" * 32}, "one"), SeededEntropy("keys")))


def with_mfa(pool: LoadedPool, mode: str, *factors: str, **passkeys: str) -> LoadedPool:
    """Return the pool with these second factors (SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP)."""
    settings = msgspec.structs.replace(
        pool.pool.settings,
        mfa_configuration=mode,
        sms_configuration=SMS if "SMS_MFA" in factors else pool.pool.settings.sms_configuration,
    )
    mfa = MfaSettings(
        sms_mfa_enabled="SMS_MFA" in factors,
        software_token_mfa_configuration=SoftwareTokenMfaConfiguration(
            enabled="SOFTWARE_TOKEN_MFA" in factors
        ),
        email_mfa_configuration=EmailMfaConfiguration() if "EMAIL_OTP" in factors else None,
        web_authn_configuration=WebAuthnConfiguration(**passkeys) if passkeys else None,
    )
    changed = msgspec.structs.replace(pool.pool, settings=settings, mfa=mfa)
    return LoadedPool(changed, pool.keys)


def a_policy(**rules: Any) -> dict[str, Any]:
    """Return pool settings with a password policy."""
    return {"policies": Policies(password_policy=PasswordPolicy(**rules))}


def a_client(pool: LoadedPool, **settings: Any) -> AppClient:
    """Return a client of the pool."""
    return AppClient(
        id="client1",
        pool_id=pool.pool.id,
        created_ms=1,
        modified_ms=1,
        settings=ClientSettings(client_name="app", **settings),
    )


def a_user(username: str = "alice", *, number: int = 1, **columns: Any) -> User:
    """Return a confirmed user; `attributes` and `pending` go into the document."""
    document = UserDocument(
        attributes=columns.pop("attributes", {}), pending=columns.pop("pending", {})
    )
    defaults: dict[str, Any] = {
        "pool_id": POOL_ID,
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "username": username,
        "status": "CONFIRMED",
        "enabled": True,
        "created_ms": number,
        "modified_ms": number,
        "version": 1,
        "signed_out_ms": 0,
        "document": document,
    }
    return User(**{**defaults, **columns})


class Book:
    """One pool."""

    def __init__(self, pool: LoadedPool) -> None:
        self.one = pool

    async def pool(self, pool_id: str) -> LoadedPool | None:
        return self.one if pool_id == self.one.pool.id else None

    async def client(self, client_id: str) -> tuple[LoadedPool, AppClient] | None:
        return None

    def changed(self) -> None:
        """Nothing is kept."""


class Region:
    """A region's user services over `database`, with one pool."""

    def __init__(self, database: Database, pool: LoadedPool) -> None:
        self.database = database
        self.pool = pool
        self.clock = ManualClock()
        self.entropy = SeededEntropy("region")
        self.store = SqlUsers()
        self.attempts = SqlAttempts()
        self.codes = SqlCodes()
        self.triggers = InProcessTriggers()
        self.passwords = Passwords(self.entropy)
        consultant = Consultant(self.triggers)
        messenger = Messenger(
            consultant=consultant,
            outbox=SqlOutbox(database.kind),
            clock=self.clock,
            entropy=self.entropy,
            base_url="http://localhost:9229",
        )
        proofs = Proofs(
            messenger=messenger,
            codes=self.codes,
            clock=self.clock,
            entropy=self.entropy,
            lives=CodeLives(),
        )
        audit = AuditTrail(SqlAudit(), self.entropy)
        self.admin = UserAdmin(
            database=database,
            users=self.store,
            attempts=self.attempts,
            book=Book(pool),
            audit=audit,
            passwords=self.passwords,
            proofs=proofs,
            page_tokens=PageTokens(b"p" * 32),
            clock=self.clock,
        )
        self.creation = UserCreation(
            database=database,
            users=self.store,
            book=Book(pool),
            audit=audit,
            passwords=self.passwords,
            messenger=messenger,
            consultant=consultant,
            clock=self.clock,
            entropy=self.entropy,
        )
        self.own = OwnAccount(
            database=database,
            users=self.store,
            attempts=self.attempts,
            passwords=self.passwords,
            proofs=proofs,
            events=AuthEvents(database, SqlAuthEvents()),
            limits=AttemptLimits(),
            clock=self.clock,
            entropy=self.entropy,
        )

    async def create(self, username: str, **members: Any) -> User:
        """Create a user without an invitation, unless `members` say otherwise."""
        command = CreateUser(
            pool_id=self.pool.pool.id,
            username=username,
            **{"message_action": "SUPPRESS", **members},
        )
        return await self.creation.create(ACTOR, command)

    async def person(self, username: str, **attributes: str) -> Caller:
        """Return the token holder of a new, confirmed user with PASSWORD."""
        await self.create(username, attributes=attributes)
        await self.admin.set_password(
            ACTOR, self.pool.pool.id, username, password=PASSWORD, permanent=True
        )
        return await self.caller(username)

    async def caller(self, username: str, client: AppClient | None = None) -> Caller:
        """Return the holder of an access token of the user."""
        user = await self.get(username)
        claims = AccessClaims(
            sub=user.id, iss="", token_use="access", exp=0, iat=0, jti="", client_id="client1"
        )
        return Caller(
            pool=self.pool, client=client or a_client(self.pool), user=user, claims=claims
        )

    async def get(self, username: str) -> User:
        """Return the user as stored."""
        return await self.admin.get(ACTOR, self.pool.pool.id, username)

    async def messages(self) -> list[Message]:
        """Return what was sent, oldest first."""
        rows = await self.database.read(
            lambda tx: tx.all("SELECT message_id, pool_id, medium, sealed FROM outbox ORDER BY 1")
        )
        sealed = (
            OutboxMessage(id=row[0], pool_id=row[1], medium=row[2], sealed=row[3], created_ms=0)
            for row in rows
        )
        return [open_message(self.pool, message) for message in sealed]

    async def last_code(self) -> str:
        """Return the code of the newest message."""
        return (await self.messages())[-1].code or ""

    async def audited(self) -> list[str]:
        """Return the operations in the audit trail."""
        rows = await self.database.read(lambda tx: tx.all("SELECT document FROM audit"))
        return [msgspec.json.decode(row[0])["operation"] for row in rows]
