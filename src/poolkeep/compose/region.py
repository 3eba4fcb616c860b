"""One region: its database, its stores, its services, its background work."""

from collections.abc import Callable, Mapping

import msgspec

from poolkeep.adapters.logout_notifier import LogoutNotifier
from poolkeep.adapters.mail.console import ConsoleTransport
from poolkeep.adapters.mail.inbox import InboxTransport
from poolkeep.adapters.mail.smtp import SmtpPostman
from poolkeep.adapters.outgoing import Outgoing
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.log import Log, say
from poolkeep.base.paging import PageTokens
from poolkeep.base.transaction import Database
from poolkeep.compose.imports import import_sweep
from poolkeep.compose.kit import Kit
from poolkeep.compose.kms import build_kms
from poolkeep.compose.replicas import build_replication
from poolkeep.compose.services import Services, build_services
from poolkeep.compose.workbench import Recorders
from poolkeep.core.audit import AuditTrail, AuthEvents
from poolkeep.core.directory.domain_rules import host_of
from poolkeep.core.messages.codes import CodeLives
from poolkeep.core.messages.custom_sender import SenderTransport
from poolkeep.core.messages.model import EMAIL, LOGOUT, SMS
from poolkeep.core.messages.ports import Transport
from poolkeep.core.messages.service import Messenger
from poolkeep.core.oauth.addresses import Addresses
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import temporary_password_days
from poolkeep.core.replicas import Neighbours
from poolkeep.core.tokens import Issuers
from poolkeep.core.triggers import Consultant, Triggers
from poolkeep.core.users.limits import CODE_MEMORY_MS, AttemptLimits
from poolkeep.core.users.passwords import Passwords
from poolkeep.core.workbench import Recorder
from poolkeep.crypto.envelope import Purpose
from poolkeep.settings import Settings
from poolkeep.storage.config_book import ConfigBook
from poolkeep.storage.stores.attempts import SqlAttempts
from poolkeep.storage.stores.audit import SqlAudit, SqlAuthEvents
from poolkeep.storage.stores.clients import ClientStore
from poolkeep.storage.stores.expired import SqlExpired
from poolkeep.storage.stores.identity_pools import LATE_MS, IdentityPoolStore
from poolkeep.storage.stores.inbox import DatabaseInbox, SqlInbox
from poolkeep.storage.stores.keys import KeyKeeper, KeyStore
from poolkeep.storage.stores.outbox import SqlOutbox
from poolkeep.storage.stores.pools import PoolStore
from poolkeep.storage.stores.restores import RestoreStore
from poolkeep.storage.stores.users import SqlUsers
from poolkeep.transport_settings import Console, HttpGateway, Inbox, Smtp, SnsEndpoint
from poolkeep.work.functions import FunctionSweep
from poolkeep.work.identity_pools import IdentityPurge
from poolkeep.work.restores import RestoreSweep
from poolkeep.work.runner import Runner
from poolkeep.work.signing import SigningKeySweep
from poolkeep.work.sweeps import sweeps

S_TO_MS = 1_000
HOUR_MS = 60 * 60 * S_TO_MS
DAY_MS = 24 * HOUR_MS
CLOCK_SKEW_MS = 10 * 60 * S_TO_MS
"""More than the clocks of two nodes should ever differ."""


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What all regions of a process share."""

    settings: Settings
    clock: Clock
    wall_clock: Clock
    entropy: Entropy
    log: Log
    issuers: Issuers
    triggers: Triggers
    neighbours: Neighbours = msgspec.field(default_factory=Neighbours)
    recorders: Recorders | None = None


class RegionParts(msgspec.Struct, frozen=True, kw_only=True):
    """A region as compose holds it."""

    name: str
    database: Database
    installation_keys: RingKeys
    pool_store: PoolStore
    key_store: KeyStore
    services: Services
    runner: Runner
    signing: SigningKeySweep
    passwords: Passwords
    inbox: DatabaseInbox | None
    recorder: Recorder | None = None

    async def close(self) -> None:
        """Stop background work and let go of the database."""
        await self.runner.stop()
        if self.recorder is not None:
            await self.recorder.flush()
        self.passwords.close()
        await self.database.close()


def build_region(shared: Shared, name: str, database: Database, keeper: KeyKeeper) -> RegionParts:
    """Build a region over a migrated database. Raises WrongMasterKey."""
    settings, clock, entropy = shared.settings, shared.clock, shared.entropy
    key_store = KeyStore(keeper, entropy, clock)
    installation_keys = database.write_now(key_store.ensure_installation_key)
    pool_store, client_store = PoolStore(), ClientStore()
    users, attempts = SqlUsers(), SqlAttempts()
    book = ConfigBook(
        database=database,
        keys=key_store,
        pools=pool_store,
        clients=client_store,
        clock=shared.wall_clock,
        host=host_of(settings.base_url),
        region=name,
        default_region=settings.default_region,
    )
    triggers, recorder = shared.triggers, None
    if shared.recorders is not None:
        recorder = shared.recorders.add(
            name, database, book, clock=clock, entropy=entropy, log=shared.log
        )
        triggers = shared.recorders.triggers(triggers, recorder, shared.wall_clock)
    consultant = Consultant(triggers)
    audit = AuditTrail(SqlAudit(), entropy)
    events = AuthEvents(database, SqlAuthEvents())
    passwords = Passwords(
        entropy,
        threads=settings.passwords.hash_threads,
        waiting_max=settings.passwords.hash_queue_max,
    )
    limits = attempt_limits(settings)
    page_tokens = PageTokens(installation_keys.key(Purpose.CURSOR))
    inbox_rows = SqlInbox(installation_keys)
    transports = transports_of(shared, database, inbox_rows)
    # On a developer's machine applications may be local ones.
    notifier = LogoutNotifier(Outgoing(private_allowed=settings.mode != "production"))
    outbox = SqlOutbox(database.kind)
    signing = SigningKeySweep(
        database=database,
        keys=key_store,
        pools=pool_store,
        book=book,
        clock=clock,
        rotation_ms=settings.keys.rotation_days * DAY_MS,
        publish_ahead_ms=settings.keys.publish_ahead_h * HOUR_MS,
    )
    work = sweeps(
        database=database,
        outbox=outbox,
        expired=SqlExpired(
            lockout_forgotten_after_ms=max(limits.lock_cap_ms, CODE_MEMORY_MS),
            skew_ms=CLOCK_SKEW_MS,
        ),
        pools=book,
        pool_rows=pool_store,
        transports={**transports, LOGOUT: notifier},
        clock=clock,
        wall_clock=shared.wall_clock,
        log=shared.log,
    )
    # In development pools come and go by the hundred; their next keys are made when asked for.
    restores = RestoreSweep(database=database, restores=RestoreStore(), clock=shared.wall_clock)
    imports = import_sweep(
        database,
        book,
        clock=clock,
        wall_clock=shared.wall_clock,
        entropy=entropy,
        log=shared.log,
    )
    kms = build_kms(
        name,
        database,
        book,
        installation_keys=installation_keys,
        audit=audit,
        clock=clock,
        entropy=entropy,
    )
    senders = FunctionSweep(
        database=database,
        outbox=outbox,
        pools=book,
        transport=SenderTransport(
            triggers=triggers,
            kms=kms,
            entropy=entropy,
            committing=settings.committing_codes,
        ),
        clock=shared.wall_clock,
        log=shared.log,
    )
    identities = IdentityPurge(
        database=database, pools=IdentityPoolStore(), clock=clock, late_ms=LATE_MS
    )
    work = (*work, restores, imports, senders, identities)
    if recorder is not None:
        work = (*work, recorder)
    if len(settings.region_databases) > 1:
        work = (
            *work,
            build_replication(
                name,
                database,
                book,
                neighbours=shared.neighbours,
                clock=shared.wall_clock,
                log=shared.log,
            ),
        )
    runner = Runner(work if settings.mode == "dev" else (*work, signing), shared.log)
    lives = code_lives(settings)
    messenger = Messenger(
        consultant=consultant,
        outbox=outbox,
        clock=clock,
        entropy=entropy,
        base_url=settings.base_url,
        pages_of=Addresses(settings.base_url, settings.domain_addresses).of,
        media=frozenset(transports),
        wake=runner.wake,
        life_ms=message_lives(lives),
    )
    kit = Kit(
        region=name,
        settings=settings,
        database=database,
        clock=clock,
        wall_clock=shared.wall_clock,
        entropy=entropy,
        book=book,
        keys=key_store,
        pools=pool_store,
        clients=client_store,
        users=users,
        attempts=attempts,
        audit=audit,
        events=events,
        consultant=consultant,
        messenger=messenger,
        passwords=passwords,
        limits=limits,
        page_tokens=page_tokens,
        issuers=shared.issuers,
        neighbours=shared.neighbours,
        kms=kms,
    )
    services = build_services(kit, lives=lives)
    to_inbox = [medium for medium, way in transports.items() if isinstance(way, InboxTransport)]
    inbox = DatabaseInbox(
        database, inbox_rows, outbox=outbox, clock=shared.wall_clock, media=to_inbox
    )
    return RegionParts(
        name=name,
        database=database,
        installation_keys=installation_keys,
        pool_store=pool_store,
        key_store=key_store,
        services=services,
        runner=runner,
        signing=signing,
        passwords=passwords,
        inbox=inbox if to_inbox else None,
        recorder=recorder,
    )


def attempt_limits(settings: Settings) -> AttemptLimits:
    """Return the settings' attempt limits in the form of the user package."""
    limits = settings.limits
    return AttemptLimits(
        forgot_password=limits.forgot_password_per_h,
        confirm_forgot_password=limits.confirm_forgot_password_per_h,
        resend=limits.resend_confirmation_code_per_h,
        change_password=limits.change_password_per_h,
        attribute_code=limits.attribute_verification_code_per_h,
        confirm_sign_up=limits.confirm_sign_up_per_h,
        verify_attribute=limits.verify_user_attribute_per_h,
        sign_in_code=limits.sign_in_code_per_h,
        password_failures_free=limits.lockout_free_failures,
        lock_cap_ms=limits.lockout_longest_s * S_TO_MS,
    )


def code_lives(settings: Settings) -> CodeLives:
    """Return the settings' lifetimes of codes."""
    limits = settings.limits
    return CodeLives(
        sign_up_ms=limits.sign_up_code_s * S_TO_MS,
        attribute_ms=limits.attribute_code_s * S_TO_MS,
        forgot_password_ms=limits.forgot_password_code_s * S_TO_MS,
    )


def message_lives(lives: CodeLives) -> Callable[[LoadedPool, str], int | None]:
    """Return for how long what a message brings is good, by the message's source.

    A code of a sign-in is good for as long as that sign-in, which nobody need be told.
    """
    fixed = {
        "SignUp": lives.sign_up_ms,
        "ResendCode": lives.sign_up_ms,
        "ForgotPassword": lives.forgot_password_ms,
        "UpdateUserAttribute": lives.attribute_ms,
        "VerifyUserAttribute": lives.attribute_ms,
    }

    def life_ms(pool: LoadedPool, source: str) -> int | None:
        if source == "AdminCreateUser":
            return temporary_password_days(pool) * DAY_MS
        return fixed.get(source)

    return life_ms


def transports_of(shared: Shared, database: Database, inbox: SqlInbox) -> Mapping[str, Transport]:
    """Return the transport of each medium that has one."""
    settings = shared.settings
    found: dict[str, Transport] = {}
    match settings.mail_transport:
        case Smtp() as smtp:
            found[EMAIL] = SmtpPostman(smtp, mail_from=settings.mail_from)
        case Inbox():
            found[EMAIL] = InboxTransport(database, inbox)
        case Console():
            found[EMAIL] = ConsoleTransport(say)
        case _:
            pass
    match settings.sms_transport:
        case HttpGateway() as gateway:
            from poolkeep.adapters.text.http import HttpTexter  # noqa: PLC0415  seldom wanted

            found[SMS] = HttpTexter(
                gateway, Outgoing(private_allowed=True), sms_from=settings.sms_from
            )
        case SnsEndpoint() as endpoint:
            from poolkeep.adapters.text.sns import SnsTexter  # noqa: PLC0415  as above

            found[SMS] = SnsTexter(
                endpoint,
                Outgoing(private_allowed=True),
                shared.wall_clock,
                sms_from=settings.sms_from,
            )
        case Inbox():
            found[SMS] = InboxTransport(database, inbox)
        case Console():
            found[SMS] = ConsoleTransport(say)
        case _:
            pass
    return found
