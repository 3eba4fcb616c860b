"""What the commands need from the rest: an administration that compose builds.

`poolkeep.compose.admin(settings)` returns an `Admin`. It opens the databases directly; it needs
no running server, and disturbs none.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from poolkeep.base.secret import Secret
from poolkeep.core.export.out import Progress
from poolkeep.core.iam.explaining import Explanation
from poolkeep.core.imports.model import Job, Stretch
from poolkeep.core.imports.stream import Order, Rejects, Report, Source
from poolkeep.core.messages.samples import Sample
from poolkeep.core.users.model import User
from poolkeep.core.workbench.model import Found, Record, Tally
from poolkeep.http.ops.ports import Preview

FileKey = Secret[str] | Path
"""What locks or opens a pool file: a passphrase, or a file with a key."""


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A stored access key, without its secret."""

    key_id: str
    account: str
    user: str
    active: bool
    created_ms: int


class NewAccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh access key; the secret is shown once."""

    key_id: str
    account: str
    secret: Secret[str]


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's token signing key: `next`, `active` or `retiring`; `use` is the kind of token."""

    kid: str
    use: str
    state: str
    created_ms: int
    signs_from_ms: int
    gone_at_ms: int | None


class EncryptionKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of KMS, without its material."""

    arn: str
    description: str
    created_ms: int


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """What counts against a user: wrong passwords (`until_ms` ends the lock) or attempts."""

    kind: str
    count: int
    until_ms: int


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One migration of one region's database."""

    region: str
    name: str
    applied: bool


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What can be known of one region's database; None is "does not apply" or "not known"."""

    region: str
    kind: str
    schema_version: int
    code_schema_version: int
    master_key_fits: bool | None = None
    clock_drift_ms: int | None = None
    tls: bool | None = None
    superuser: bool | None = None
    fsync: bool | None = None
    full_page_writes: bool | None = None
    pools_need_email: bool = False
    pools_need_sms: bool = False
    weak_signing_keys: int = 0
    unfinished: str | None = None


class PoolFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a pool file: rows by table. `region` is where the pool is, or came from."""

    pool_id: str
    region: str
    counts: dict[str, int]


class Wired(msgspec.Struct, frozen=True, kw_only=True):
    """A function of a pool; `runs_at` is "" where the settings do not know it."""

    pool_id: str
    pool_name: str
    trigger: str
    function: str
    runs_at: str
    tally: Tally | None = None


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at an event that a command sent."""

    took_us: int
    answer: bytes | None = None
    error: str | None = None
    thrown: bool = False


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """How many users a pool has, how many came from elsewhere, and how many with their sub."""

    users: int
    moved: int
    kept_sub: int


class TriggerDesk(Protocol):
    """Functions of pools: which there are, what was recorded, and trying them."""

    async def wired(self, pool_id: str | None) -> list[Wired]:
        """Return the functions of a pool, or of all."""
        ...

    async def invocations(
        self,
        *,
        pool_id: str | None = None,
        function: str | None = None,
        source: str | None = None,
        failed: bool = False,
        limit: int,
    ) -> list[Found]:
        """Return the newest records first, of one pool or of all."""
        ...

    async def records(self, name: str) -> list[Record]:
        """Return the records whose id, or whose request's id, begins with `name`."""
        ...

    async def run(self, event: bytes, function: str, *, show: Callable[[str], object]) -> list[Ran]:
        """Send an event to a function; return each attempt. `show` gets what it prints."""
        ...

    async def moved(self, pool_id: str, show: Callable[[Sequence[User]], object]) -> Moves:
        """Show the users who came from elsewhere, some at a time; return how many there are."""
        ...


class Previews(Protocol):
    """Pages and messages as users would see them."""

    async def branding(
        self, pool_id: str, client_id: str, *, scheme: str | None, language: str | None
    ) -> Preview | None:
        """Return the page of a client's style; None where there is none."""
        ...

    async def messages(self, pool_id: str | None, language: str | None) -> list[Sample] | None:
        """Return what a pool sends, or our own texts without one; None for an unknown pool."""
        ...


class ImportDesk(Protocol):
    """Imports of an operator, and the jobs of the API."""

    async def run(
        self, order: Order, source: Source, rejects: Rejects, tell: Callable[[Report], None]
    ) -> Report:
        """Import a file; raises Unreadable for one that is no import file of the pool."""
        ...

    async def jobs(self, pool_id: str) -> list[Job]:
        """Return the newest jobs of a pool."""
        ...

    async def log(self, job_id: str, show: Callable[[Sequence[Stretch]], None]) -> None:
        """Show the log of a job, some of it at a time."""
        ...


class Admin(Protocol):
    """What an operator does beside the API. Methods raise Refusal for what is not there."""

    async def access_keys(self, account: str) -> list[AccessKey]:
        """Return the access keys of an account."""
        ...

    async def create_access_key(self, account: str) -> NewAccessKey:
        """Make another root key pair for an account."""
        ...

    async def set_access_key_active(self, key_id: str, *, active: bool) -> None:
        """Let a key sign, or not."""
        ...

    async def delete_access_key(self, key_id: str) -> None:
        """Forget a key for good."""
        ...

    async def encryption_keys(self, region: str | None) -> list[EncryptionKey]:
        """Return the KMS keys of a region, the default one unless told otherwise."""
        ...

    async def create_encryption_key(
        self, account: str, region: str | None, *, description: str, key_id: str | None
    ) -> str:
        """Make a KMS key and return its ARN."""
        ...

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
        ...

    async def signing_keys(self, pool_id: str) -> list[SigningKey]:
        """Return the signing keys that a pool has now."""
        ...

    async def rotate_signing_key(self, pool_id: str, *, emergency: bool) -> str:
        """Let the next key sign and return its kid; an emergency drops the old one at once."""
        ...

    async def rotate_master_key(self, new_key_file: Path) -> int:
        """Wrap every pool key under the master key in `new_key_file`; return how many."""
        ...

    async def counters(self, pool_id: str, username: str) -> list[Counter]:
        """Return the running lock-out and attempt windows of a user, or of a name nobody has."""
        ...

    async def lift(self, pool_id: str, username: str) -> None:
        """Forget what counts against a user."""
        ...

    async def export_pool(
        self,
        pool_id: str,
        path: Path,
        key: FileKey,
        *,
        region: str | None,
        progress: Progress,
    ) -> PoolFile:
        """Write a pool to a new file; `region` tells whose copy, where there are several."""
        ...

    async def check_pool_file(self, path: Path, key: FileKey) -> PoolFile:
        """Read a pool file from beginning to end."""
        ...

    def make_file_keys(self, path: Path) -> Path:
        """Make a private key for pool files and its public half; return where that is."""
        ...

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
        ...

    def imports(self) -> ImportDesk:
        """Return the desk of imports."""
        ...

    def previews(self) -> Previews:
        """Return pages and messages as users would see them."""
        ...

    def triggers(self) -> TriggerDesk:
        """Return the desk of functions."""
        ...

    async def migrations(self) -> list[Migration]:
        """Return every migration of every region, in order."""
        ...

    async def migrate(self) -> list[Migration]:
        """Apply what is pending; return what was applied."""
        ...

    async def database_facts(self) -> list[DatabaseFacts]:
        """Return what is known of each region's database, without changing it."""
        ...

    async def close(self) -> None:
        """Let go of the databases."""
        ...
