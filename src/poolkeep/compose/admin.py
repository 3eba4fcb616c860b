"""What the command line does to an installation, beside a running server or without one.

Implements `cli.ports.Admin`. It opens the databases directly, and every change that a server must
notice raises the configuration's epoch.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from poolkeep.adapters.keys.file import FileKeyKeeper, MasterKeyUnusable, read_master_key
from poolkeep.adapters.pool_files import make_key_files
from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.ids import region_of_pool
from poolkeep.base.log import Log
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound, Unavailable
from poolkeep.base.transaction import Database
from poolkeep.cli.ports import (
    AccessKey,
    Counter,
    DatabaseFacts,
    EncryptionKey,
    FileKey,
    Migration,
    NewAccessKey,
    PoolFile,
    SigningKey,
)
from poolkeep.compose.application import master_key, opened, prepare_data_dir
from poolkeep.compose.facts import database_facts
from poolkeep.compose.iam import build_explainer
from poolkeep.compose.import_desk import Desk
from poolkeep.compose.pool_files import (
    PoolFiles,
    checked,
    file_advice,
    locker_of,
    unlocker_of,
)
from poolkeep.compose.previews import InstallationPreviews
from poolkeep.compose.region import HOUR_MS, S_TO_MS, RegionParts, Shared, build_region
from poolkeep.compose.services import Services
from poolkeep.compose.trigger_desk import Desk as TriggerDesk
from poolkeep.compose.trouble import SERVERS, advice
from poolkeep.core.export import Place
from poolkeep.core.export.out import Progress
from poolkeep.core.iam.explaining import Explanation
from poolkeep.core.oauth.addresses import Addresses
from poolkeep.core.pools.copies import is_copy
from poolkeep.core.pools.signing import NEVER_MS, KeyRecord
from poolkeep.core.tokens import Issuers
from poolkeep.core.users.limits import subject_of
from poolkeep.core.users.names import login_key
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings
from poolkeep.storage import change_log
from poolkeep.storage.database import open_database
from poolkeep.storage.migrate import CREATE_LEDGER, available, migrate, pending
from poolkeep.storage.stores.access_keys import AccessKeyStore
from poolkeep.storage.stores.attempts import SqlAttempts
from poolkeep.storage.stores.keys import KeyStore
from poolkeep.storage.stores.users import SqlUsers
from poolkeep.work.signing import SKEW_MS, TOKEN_LIFE_MAX_MS


def admin(settings: Settings) -> "Administration":
    """Return the administration of the installation that `settings` describe."""
    return Administration(settings)


class Administration:
    """Keys, migrations and facts of one installation."""

    def __init__(self, settings: Settings) -> None:
        """Open databases when they are needed."""
        self._settings = settings
        self._clock = SystemClock()
        self._entropy = SystemEntropy()
        self._parts: dict[str, RegionParts] = {}

    async def access_keys(self, account: str) -> list[AccessKey]:
        """Return the access keys of an account."""
        part, store = self._access_keys()
        found = await part.database.read(store.all)
        return [
            AccessKey(key_id=key.id, account=key.account, user=key.principal, active=key.active,
                      created_ms=key.created_ms)
            for key in found if key.account == account
        ]  # fmt: skip

    async def create_access_key(self, account: str) -> NewAccessKey:
        """Make another root key pair for an account."""
        part, store = self._access_keys()
        now_ms = self._clock.now_ms()
        made = await part.database.write(lambda tx: store.create(tx, account, now_ms=now_ms))
        return NewAccessKey(key_id=made.id, account=account, secret=made.secret)

    async def set_access_key_active(self, key_id: str, *, active: bool) -> None:
        """Let a key sign, or not."""
        part, store = self._access_keys()
        if not await part.database.write(lambda tx: store.set_active(tx, key_id, active=active)):
            raise ResourceNotFound(
                f"There is no access key {key_id}; `poolkeep keys list` shows them."
            )

    async def delete_access_key(self, key_id: str) -> None:
        """Forget a key for good."""
        part, store = self._access_keys()
        if not await part.database.write(lambda tx: store.delete(tx, key_id)):
            raise ResourceNotFound(
                f"There is no access key {key_id}; `poolkeep keys list` shows them."
            )

    async def encryption_keys(self, region: str | None) -> list[EncryptionKey]:
        """Return the KMS keys of a region, the default one unless told otherwise."""
        kms = self._region(region or self._settings.default_region).services.kms
        return [
            EncryptionKey(arn=key.arn, description=key.description, created_ms=key.created_ms)
            for key in await kms.all()
        ]

    async def create_encryption_key(
        self, account: str, region: str | None, *, description: str, key_id: str | None
    ) -> str:
        """Make a KMS key and return its ARN."""
        kms = self._region(region or self._settings.default_region).services.kms
        return (await kms.create(account, description=description, key_id=key_id)).arn

    async def explain(
        self,
        account: str,
        who: str,
        *,
        action: str,
        resource: str,
        context: dict[str, str],
        is_guest: bool,
    ) -> Explanation:
        """Say whether somebody may do something, and why."""
        part = self._region(self._settings.default_region)
        return await build_explainer(part.database, wall_clock=self._clock).explain(
            account,
            who,
            action=action,
            resource=resource,
            context=context,
            now_ms=self._clock.now_ms(),
            is_guest=is_guest,
        )

    async def signing_keys(self, pool_id: str) -> list[SigningKey]:
        """Return the token keys that a pool has now."""
        part = await self._region_of(pool_id)
        pool = await part.services.book.pool(pool_id)
        if pool is None:
            raise ResourceNotFound(f"There is no user pool {pool_id}.")
        now_ms = self._clock.now_ms()
        return [
            SigningKey(
                kid=record.key.kid,
                use=record.use,
                state=_state(record, now_ms),
                created_ms=record.created_ms,
                signs_from_ms=record.active_from_ms,
                gone_at_ms=None if record.gone_ms == NEVER_MS else record.gone_ms,
            )
            for record in pool.signing.records()
        ]

    async def rotate_signing_key(self, pool_id: str, *, emergency: bool) -> str:
        """Let the next keys sign once verifiers know them; in an emergency at once."""
        part = await self._region_of(pool_id)
        if await part.services.book.pool(pool_id) is None:
            raise ResourceNotFound(f"There is no user pool {pool_id}.")
        await part.signing.make_next(pool_id)
        pool = await part.services.book.pool(pool_id)
        now_ms = self._clock.now_ms()
        waiting = [
            record for record in (pool.signing.records() if pool else ())
            if record.active_from_ms > now_ms and record.use == "access"
        ]  # fmt: skip
        if not waiting:
            raise ResourceNotFound(f"There is no user pool {pool_id}.")
        ahead_ms = self._settings.keys.publish_ahead_h * HOUR_MS
        at_ms = now_ms if emergency else max(now_ms, waiting[0].created_ms + ahead_ms)
        gone_ms = now_ms if emergency else at_ms + TOKEN_LIFE_MAX_MS + SKEW_MS
        await part.signing.rotate(pool_id, at_ms=at_ms, gone_ms=gone_ms)
        return waiting[0].key.kid

    async def rotate_master_key(self, new_key_file: Path) -> int:
        """Wrap every pool key under the key in `new_key_file`; may be run again after a kill."""
        old = FileKeyKeeper(master_key(self._settings))
        try:
            new = FileKeyKeeper(read_master_key(new_key_file))
        except MasterKeyUnusable as error:
            raise InvalidParameter(str(error)) from error
        changed = 0
        for url in self._settings.region_databases.values():
            _insist_that_it_exists(url.reveal())
            database = opened(url.reveal(), self._settings)
            try:
                changed += await database.write(lambda tx: self._key_store(new).rewrap(tx, old))
            except EnvelopeBroken as error:
                raise CannotStart(
                    "master_key_file: neither this key nor the new one opens this database: "
                    "use the key that it was made with"
                ) from error
            finally:
                await database.close()
        return changed

    async def counters(self, pool_id: str, username: str) -> list[Counter]:
        """Return what counts against a user, or against a name that nobody has."""
        part, subject = await self._subject(pool_id, username)
        now_ms = self._clock.now_ms()
        cap_ms = self._settings.limits.lockout_longest_s * S_TO_MS
        rows = await part.database.read(
            lambda tx: SqlAttempts().counters(tx, pool_id, subject, now_ms=now_ms, cap_ms=cap_ms)
        )
        return [Counter(kind=kind, count=count, until_ms=end) for kind, count, end in rows]

    async def lift(self, pool_id: str, username: str) -> None:
        """Forget what counts against a user."""
        part, subject = await self._subject(pool_id, username)
        await part.database.write(lambda tx: SqlAttempts().forget(tx, pool_id, subject))

    async def _subject(self, pool_id: str, username: str) -> tuple[RegionParts, str]:
        """Return under which name the user's counters stand."""
        part = await self._region_of(pool_id)
        pool = await part.services.book.pool(pool_id)
        if pool is None:
            raise ResourceNotFound(f"There is no user pool {pool_id}.")
        key = login_key(pool, username)
        user = await part.database.read(lambda tx: SqlUsers().find(tx, pool_id, key))
        return part, f"name:{key}" if user is None else subject_of(user.id)

    async def export_pool(
        self,
        pool_id: str,
        path: Path,
        key: FileKey,
        *,
        region: str | None,
        progress: Progress,
    ) -> PoolFile:
        """Write a pool to a file."""
        part = await self._region_of(pool_id) if region is None else self._region(region)
        with file_advice(path):
            counts = await self._pool_files(part.name).export(
                pool_id, path, locker_of(key), progress
            )
        return PoolFile(pool_id=pool_id, region=part.name, counts=counts)

    async def check_pool_file(self, path: Path, key: FileKey) -> PoolFile:
        """Read a pool file from beginning to end."""
        with file_advice(path):
            found = checked(path, unlocker_of(key))
        return PoolFile(
            pool_id=found.manifest.pool_id, region=found.manifest.region, counts=found.counts
        )

    def make_file_keys(self, path: Path) -> Path:
        """Make a private key for pool files and its public half; return where that is."""
        with file_advice(path):
            return make_key_files(path, self._entropy)

    async def restore_pool(
        self,
        path: Path,
        key: FileKey,
        *,
        region: str | None,
        take_over: bool,
        progress: Progress,
    ) -> PoolFile:
        """Make the pool of a file in this installation."""
        with file_advice(path):
            unlocker = unlocker_of(key)
            pool_id = checked(path, unlocker).manifest.pool_id
            if region is None:
                home, known = region_of_pool(pool_id), self._settings.region_databases
                region = home if home in known else self._settings.default_region
            await self._insist_on_none_elsewhere(pool_id, region)
            place = Place(account=self._settings.account, region=region)
            found = self._pool_files(region).restore(
                path, unlocker, place, take_over=take_over, progress=progress
            )
        return PoolFile(pool_id=found.manifest.pool_id, region=region, counts=found.counts)

    def imports(self) -> Desk:
        """Return the desk of imports."""
        return Desk(
            self._region_of,
            self._region,
            names=tuple(self._settings.region_databases),
            clock=self._clock,
            entropy=self._entropy,
        )

    def previews(self) -> InstallationPreviews:
        """Return pages and messages as users would see them."""

        async def services_of(pool_id: str) -> Services:
            return (await self._region_of(pool_id)).services

        return InstallationPreviews(
            services_of,
            base_url=self._settings.base_url,
            addresses=Addresses(self._settings.base_url, self._settings.domain_addresses),
            clock=self._clock,
            entropy=self._entropy,
        )

    def triggers(self) -> TriggerDesk:
        """Return the desk of functions."""
        where = self._region_of, self._region
        return TriggerDesk(self._settings, *where, clock=self._clock, entropy=self._entropy)

    async def migrations(self) -> list[Migration]:
        """Return every migration of every region, in order."""
        found: list[Migration] = []
        for region, url, database in self._bare():
            with advice(url):
                database.write_now(lambda tx: tx.run(CREATE_LEDGER))
                waiting = {version for version, _, _ in await database.read(pending)}
            found.extend(
                Migration(
                    region=region, name=f"{version:04d}_{name}", applied=version not in waiting
                )
                for version, name, _ in available()
            )
            await database.close()
        return found

    async def migrate(self) -> list[Migration]:
        """Apply what is pending; return what was applied."""
        done: list[Migration] = []
        for region, url, database in self._bare():
            with advice(url):
                names = migrate(database)
                if len(self._settings.region_databases) > 1:
                    change_log.install(database)
            done.extend(Migration(region=region, name=name, applied=True) for name in names)
            await database.close()
        return done

    async def database_facts(self) -> list[DatabaseFacts]:
        """Return what is known of each region's database, without changing it."""
        found: list[DatabaseFacts] = []
        for region, url, database in self._bare():
            with advice(url):
                found.append(await database_facts(self._settings, region, database))
        return found

    async def close(self) -> None:
        """Let go of the databases."""
        for part in self._parts.values():
            part.passwords.close()
            await part.database.close()
        self._parts.clear()

    def _bare(self) -> Iterator[tuple[str, str, Database]]:
        """Open each region's database in turn; with it go the region's name and the URL."""
        prepare_data_dir(self._settings)
        for name, secret in self._settings.region_databases.items():
            url = secret.reveal()
            with advice(url):
                database = open_database(url)
            yield name, url, database

    def _access_keys(self) -> tuple[RegionParts, AccessKeyStore]:
        part = self._region(self._settings.default_region)
        return part, AccessKeyStore(part.installation_keys, self._entropy)

    async def _region_of(self, pool_id: str) -> RegionParts:
        """Return the region that has the pool: the one it is called after, or else another."""
        home = region_of_pool(pool_id)
        names = sorted(self._settings.region_databases, key=lambda name: name != home)
        for name in names:
            part = self._region(name)
            if await part.services.book.pool(pool_id) is not None:
                return part
        raise ResourceNotFound(f"There is no user pool {pool_id} in {', '.join(names)}.")

    async def _insist_on_none_elsewhere(self, pool_id: str, region: str) -> None:
        """Refuse a second original in this installation; a copy may be all that is left of one."""
        for name in self._settings.region_databases:
            with suppress(CannotStart, Unavailable):  # a region that is lost has no pools
                found = await self._region(name).services.book.pool(pool_id)
                if name != region and found is not None and not is_copy(found.pool):
                    raise InvalidParameter(f"The user pool {pool_id} exists in {name}.")

    def _pool_files(self, region: str) -> PoolFiles:
        part = self._region(region)
        url = self._settings.region_databases[region].reveal()
        return PoolFiles(part, url=url, clock=self._clock, entropy=self._entropy)

    def _region(self, name: str) -> RegionParts:
        if name not in self._settings.region_databases:
            known = ", ".join(self._settings.region_databases)
            raise InvalidParameter(f"This installation has no region {name}; it has {known}.")
        part = self._parts.get(name)
        if part is None:
            settings = self._settings
            prepare_data_dir(settings)
            shared = Shared(
                settings=settings, clock=self._clock, wall_clock=self._clock, entropy=self._entropy,
                log=Log(self._clock, settings.log_level),
                issuers=Issuers(settings.issuer or settings.base_url), triggers=InProcessTriggers(),
            )  # fmt: skip
            url = settings.region_databases[name].reveal()
            _insist_that_it_exists(url)
            keeper = FileKeyKeeper(master_key(settings))
            with advice(url):
                part = build_region(shared, name, opened(url, settings), keeper)
            self._parts[name] = part
        return part

    def _key_store(self, keeper: FileKeyKeeper) -> KeyStore:
        return KeyStore(keeper, self._entropy, self._clock)


def _insist_that_it_exists(url: str) -> None:
    """Refuse to make a database only to look into it; a mistyped --data would look like a loss."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith(SERVERS) and not path.exists():
        raise CannotStart(
            f"database: {path} does not exist. Start the server once, "
            "or give its --data, --database, --dev or --config."
        )


def _state(record: KeyRecord, now_ms: int) -> str:
    if record.active_from_ms > now_ms:
        return "next"
    return "retiring" if record.retired_ms <= now_ms else "active"
