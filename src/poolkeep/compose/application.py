"""The server: databases and keys made ready, regions built, faces put in front of them."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from poolkeep import __version__
from poolkeep.adapters.keys.file import (
    PRIVATE_MODE,
    FileKeyKeeper,
    MasterKeyUnusable,
    make_master_key,
    read_master_key,
)
from poolkeep.base.clock import Clock, OffsetClock, SystemClock
from poolkeep.base.entropy import Entropy, SystemEntropy
from poolkeep.base.log import Log, say
from poolkeep.base.transaction import Database, Transaction
from poolkeep.compose.functions import FunctionKeys, build_functions
from poolkeep.compose.iam import build_iam
from poolkeep.compose.identities import build_identities, build_openid
from poolkeep.compose.installation import Installation
from poolkeep.compose.previews import InstallationPreviews
from poolkeep.compose.region import RegionParts, Shared, build_region
from poolkeep.compose.services import Services
from poolkeep.compose.sts import build_foreign_tokens, build_sessions, build_sts
from poolkeep.compose.trouble import advice
from poolkeep.compose.user_pools import InstalledUserPools
from poolkeep.compose.workbench import Recorders
from poolkeep.core.messages.model import InboxMessage
from poolkeep.core.oauth.addresses import Addresses
from poolkeep.core.oauth.discovery import Metadata
from poolkeep.core.tokens import Issuers
from poolkeep.core.triggers import Triggers
from poolkeep.crypto import modexp
from poolkeep.http.app import Application
from poolkeep.http.aws.authorise import Gate
from poolkeep.http.aws.caller import Callers, KeyPair
from poolkeep.http.aws.invoke import InvokeFace
from poolkeep.http.aws.pipeline import Face
from poolkeep.http.aws.regions import Region, Regions
from poolkeep.http.aws.throttle import Throttle
from poolkeep.http.confirm import Confirmation
from poolkeep.http.discovery import Discovery
from poolkeep.http.hosted.face import Hosted
from poolkeep.http.hosted.places import Places
from poolkeep.http.hosted.throttle import DomainThrottle
from poolkeep.http.logos import Logos
from poolkeep.http.ops.ports import Health
from poolkeep.http.ops.routes import routes
from poolkeep.http.server.policy import Hosts, Networks
from poolkeep.http.server.ports import CannotStart
from poolkeep.http.uploads import ImportUploads
from poolkeep.settings import QUOTA_PER_S, Settings
from poolkeep.storage import change_log
from poolkeep.storage.database import DatabaseAway, open_database
from poolkeep.storage.development import AccountEmptier, MovableClock
from poolkeep.storage.migrate import migrate
from poolkeep.storage.stores.access_keys import AccessKey, AccessKeyStore
from poolkeep.storage.stores.keys import WrongMasterKey

HEALTH_TIMEOUT_S = 2.0
ISSUER_VENDOR = "aws"


def build(settings: Settings, *, triggers: Triggers | None = None) -> Application:
    """Return the application that `settings` describe. Raises CannotStart, saying what to do."""
    machine = SystemClock()
    clock = OffsetClock(machine) if settings.mode == "dev" else machine
    entropy = SystemEntropy()
    log = Log(machine, settings.log_level)
    modexp.warm()
    function_keys = FunctionKeys(settings, machine)
    functions = None
    recorders = (
        Recorders(settings.workbench, wraps=triggers is not None)
        if settings.workbench.enabled
        else None
    )
    if triggers is None:
        triggers = functions = build_functions(
            settings,
            clock=machine,
            entropy=entropy,
            log=log,
            key_pair_of=function_keys.of,
            observe=recorders.observe if recorders is not None else None,
        )
    shared = Shared(
        settings=settings,
        clock=clock,
        wall_clock=machine,
        entropy=entropy,
        log=log,
        issuers=Issuers(settings.issuer or settings.base_url),
        triggers=triggers,
        recorders=recorders,
    )
    prepare_data_dir(settings)
    had_key = os.access(settings.key_file, os.F_OK)
    keeper = FileKeyKeeper(master_key(settings, entropy))
    parts = {}
    for name, url in settings.region_databases.items():
        with advice(url.reveal()), _restoring(settings.key_file, had_key=had_key):
            parts[name] = build_region(shared, name, opened(url.reveal(), settings), keeper)
    default = parts[settings.default_region]
    access_keys = AccessKeyStore(default.installation_keys, entropy)
    first_root_key(settings, default.database, access_keys, machine)
    function_keys.kept_in(default.database, access_keys)
    regions = Regions(
        {name: Region(name, part.services) for name, part in parts.items()},
        settings.default_region,
    )
    openid = build_openid(
        default, settings=settings, clock=clock, wall_clock=machine, entropy=entropy
    )
    user_pools = InstalledUserPools(parts, regions, settings, clock)
    foreign = build_foreign_tokens(
        settings, own=user_pools.keys_of, clock=clock, wall_clock=machine
    )
    iam = build_iam(
        default.database,
        access_keys,
        settings=settings,
        wall_clock=machine,
        clock=clock,
        entropy=entropy,
    )
    sessions = build_sessions(default.installation_keys, clock=clock, entropy=entropy)
    sts = build_sts(
        default.database,
        access_keys,
        iam,
        sessions=sessions,
        foreign=foreign,
        openid=openid,
        settings=settings,
        clock=clock,
    )
    installation = Installation(iam=iam, sts=sts)
    installation.identities = build_identities(
        parts,
        installation,
        openid=openid,
        user_pools=user_pools,
        foreign=foreign,
        settings=settings,
        clock=clock,
        wall_clock=machine,
        entropy=entropy,
    )
    quotas = {name: settings.throttle.quota_per_s(name) for name in QUOTA_PER_S}
    callers = Callers(
        find=_finder(default.database, access_keys),
        clock=machine,
        regions=regions.names(),
        default_account=settings.account,
        any_signature=settings.mode == "dev",
        ports_are_split=settings.admin_port is not None,
        may_sign=_sources(settings.admin_sources),
        sessions=sessions,
    )
    gate = Gate(
        authority=iam.authority,
        book=iam.book,
        note_use=iam.people.note_use,
        clock=machine,
        is_secure=settings.base_url.startswith("https:"),
    )
    face = Face(
        regions=regions,
        callers=callers,
        gate=gate,
        throttle=Throttle(
            per_s=quotas if settings.throttle.enabled else {},
            workers=settings.workers,
            clock=machine,
        ),
        clock=clock,
        entropy=entropy,
        log=log,
        installation=installation,
    )
    travel = (
        MovableClock(default.database, clock, machine) if isinstance(clock, OffsetClock) else None
    )
    invocations = None
    if functions is not None:
        invocations = InvokeFace(
            functions,
            callers=callers,
            gate=gate,
            entropy=entropy,
            log=log,
        )

    async def shut_down() -> None:
        # First those who may still wait for a function, then the functions.
        await _each(parts, RegionParts.close)()
        if functions is not None:
            await functions.close()

    async def services_of(pool_id: str) -> Services | None:
        found = await regions.of_pool(pool_id)
        return found.services if found is not None else None

    addresses = Addresses(settings.base_url, settings.domain_addresses)
    return Application(
        face=face,
        invocations=invocations,
        discovery=Discovery(
            regions=regions,
            metadata=Metadata(issuers=shared.issuers, addresses=addresses),
            clock=clock,
            identities=openid,
        ),
        confirmation=Confirmation(regions, base_url=settings.base_url),
        logos=Logos(regions),
        hosted=Hosted(
            clock=clock,
            entropy=entropy,
            log=log,
            throttle=DomainThrottle(
                clock=machine, workers=settings.workers, is_on=settings.throttle.enabled
            ),
            public_url=settings.public_url,
        ),
        hosts=Hosts(settings),
        places=Places(
            regions=regions, base_url=settings.base_url, issuer=settings.issuer, clock=machine
        ),
        uploads=ImportUploads(regions),
        ops=routes(
            mode=settings.mode,
            version=__version__,
            default_account=settings.account,
            readiness=_Readiness(parts),
            inbox=_AllInboxes(list(parts.values())) if default.inbox is not None else None,
            previews=InstallationPreviews(
                services_of,
                base_url=settings.base_url,
                addresses=addresses,
                clock=clock,
                entropy=entropy,
            ),
            time_travel=travel,
            emptier=_AllRegions(list(parts.values()), iam.book.forget)
            if settings.mode == "dev"
            else None,
        ),
        on_startup=_each(parts, lambda part: part.runner.start()),
        on_shutdown=shut_down,
        before_request=travel.follow if travel else None,
        home="/_poolkeep/inbox" if default.inbox is not None else None,
    )


def opened(url: str, settings: Settings) -> Database:
    """Return a migrated database."""
    with advice(url):
        database = open_database(url, durable=settings.durability == "full")
        migrate(database)
        if len(settings.region_databases) > 1:
            change_log.install(database)
    return database


@contextmanager
def _restoring(key_file: Path, *, had_key: bool) -> Iterator[None]:
    """Take back a key made just now for a database that has another: the key file was lost."""
    try:
        yield
    except WrongMasterKey as error:
        if had_key:
            raise
        key_file.unlink(missing_ok=True)
        message = (
            f"{key_file} is missing, and this database was made with one: restore it from a backup"
        )
        raise WrongMasterKey(message) from error


def prepare_data_dir(settings: Settings) -> None:
    """Make the data directory, for its owner's eyes only."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotStart(
            f"data: {settings.data_dir} cannot be made ({error.strerror}). Choose another --data."
        ) from error


def master_key(settings: Settings, entropy: Entropy | None = None) -> bytes:
    """Return the master key; with `entropy`, a first start outside of production makes it."""
    path = settings.key_file
    try:
        if entropy is not None and settings.mode != "production" and not path.exists():
            return make_master_key(path, entropy)
        return read_master_key(path)
    except MasterKeyUnusable as error:
        raise CannotStart(f"master_key_file: {error}") from error
    except OSError as error:
        raise CannotStart(
            f"master_key_file: {path} cannot be reached ({error.strerror}). "
            "Let the server's user own its directory, or choose another."
        ) from error


def first_root_key(
    settings: Settings, database: Database, store: AccessKeyStore, clock: Clock
) -> None:
    """Make the root key pair at the very first start, and leave it in the credentials file.

    The file is written before the commit: a start that is killed in between is a first start
    again, and never leaves a key pair whose secret nobody has.
    """

    def make(tx: Transaction) -> bool:
        if store.any(tx):
            return False
        made = store.create(tx, settings.account, now_ms=clock.now_ms())
        write_credentials(settings.credentials_file, made, settings.default_region)
        return True

    if database.write_now(make) and settings.mode != "dev":
        say(f"The root key pair is in {settings.credentials_file}.")


def write_credentials(path: Path, key: AccessKey, region: str) -> None:
    """Write a key pair in the AWS CLI's format, mode 0600."""
    lines = (
        "[default]",
        f"aws_access_key_id = {key.id}",
        f"aws_secret_access_key = {key.secret.reveal()}",
        f"region = {region}",
    )
    fresh = path.with_name(f"{path.name}.{key.id}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _sources(networks: tuple[str, ...]) -> Callable[[str], bool]:
    """Return which addresses may call signed operations; no list is everywhere."""
    allowed = Networks(networks)
    return (lambda address: address in allowed) if allowed else (lambda _: True)


def _finder(
    database: Database, store: AccessKeyStore
) -> Callable[[str], Awaitable[KeyPair | None]]:
    async def find(access_key_id: str) -> KeyPair | None:
        return await database.read(lambda tx: store.get(tx, access_key_id))

    return find


def _each(
    parts: dict[str, RegionParts], act: Callable[[RegionParts], Awaitable[None]]
) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        for part in parts.values():
            await act(part)

    return run


class _Readiness:
    """Asks every region's database."""

    def __init__(self, parts: dict[str, RegionParts]) -> None:
        self._parts = parts

    async def check(self) -> Health:
        """Return which databases answer."""
        found = {name: await self._answers(part.database) for name, part in self._parts.items()}
        return Health(all(found.values()), found)

    async def _answers(self, database: Database) -> bool:
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                await database.read(lambda tx: tx.one("SELECT 1"))
        except (DatabaseAway, TimeoutError):
            return False
        return True


class _AllInboxes:
    """The inboxes of all regions as one."""

    def __init__(self, parts: list[RegionParts]) -> None:
        self._parts = parts

    async def list(self, to: str | None, limit: int) -> list[InboxMessage]:
        """Return the newest messages of any region first."""
        found: list[InboxMessage] = []
        for part in self._parts:
            if part.inbox is not None:
                found.extend(await part.inbox.list(to, limit))
        return sorted(found, key=lambda message: message.at_ms, reverse=True)[:limit]


class _AllRegions:
    """Empties an account in every region."""

    def __init__(self, parts: list[RegionParts], forget: Callable[[], None]) -> None:
        self._forget = forget
        self._emptiers = [
            AccountEmptier(part.database, part.pool_store, part.services.book) for part in parts
        ]

    async def empty(self, account: str) -> None:
        """Remove everything that the account owns."""
        for emptier in self._emptiers:
            await emptier.empty(account)
        self._forget()
