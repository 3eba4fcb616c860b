"""What `poolkeep triggers` does to an installation. Implements `cli.ports.TriggerDesk`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from poolkeep.adapters.triggers.model import Attempt
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.log import Log
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound
from poolkeep.base.secret import Secret
from poolkeep.cli.ports import Moves, Ran, Wired
from poolkeep.compose.functions import FunctionKeys, build_functions
from poolkeep.compose.region import RegionParts
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.triggers import Consultant, FunctionError, FunctionUnavailable
from poolkeep.core.users.model import User
from poolkeep.core.workbench.model import Found, Record, Tally
from poolkeep.core.workbench.samples import TABLE
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.function_settings import (
    HttpTarget,
    LambdaTarget,
    LocalTarget,
    MigrationTarget,
    Target,
    target_of,
)
from poolkeep.settings import Settings
from poolkeep.storage.stores.access_keys import AccessKeyStore
from poolkeep.storage.stores.invocations import SqlInvocations, Wanted, opened
from poolkeep.storage.stores.users import SqlUsers

FOUND_MAX: Final = 20
USERS_AT_ONCE: Final = 500
TRIED: Final = "tried"
"""What a function is called that is given by its address."""


class Desk:
    """The functions of an installation's pools."""

    def __init__(
        self,
        settings: Settings,
        region_of: Callable[[str], Awaitable[RegionParts]],
        region: Callable[[str], RegionParts],
        *,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Find pools by `region_of`, and records in any `region` of the settings."""
        self._settings = settings
        self._region_of = region_of
        self._region = region
        self._clock = clock
        self._entropy = entropy
        self._rows = SqlInvocations()

    async def wired(self, pool_id: str | None) -> list[Wired]:
        """Return the functions of a pool, or of all."""
        found: list[Wired] = []
        for part, pool in await self._pools(pool_id):
            tallies = await part.database.read(
                lambda tx, pool=pool: self._rows.tallies(tx, pool.pool.id)  # type: ignore[misc]  # mypy: default argument of a lambda
            )
            found.extend(self._of_pool(pool, tallies))
        return found

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
        wanted = Wanted(pool_id=pool_id, function=function, source=source, failed=failed)
        parts = [await self._region_of(pool_id)] if pool_id else self._parts()
        found: list[Found] = []
        for part in parts:
            found += await part.database.read(lambda tx: self._rows.newest(tx, wanted, limit=limit))
        return sorted(found, key=lambda one: (one.began_ms, one.id), reverse=True)[:limit]

    async def records(self, name: str) -> list[Record]:
        """Return the records whose id, or whose request's id, begins with `name`."""
        found: list[Record] = []
        for part in self._parts():
            for row in await part.database.read(
                lambda tx: self._rows.sealed(tx, name, limit=FOUND_MAX)
            ):
                pool = await part.services.book.pool(row[1])
                if pool is None:
                    continue
                try:
                    found.append(opened(row, pool))
                except EnvelopeBroken:
                    continue  # sealed under a key that is gone
        return found

    async def run(self, event: bytes, function: str, *, show: Callable[[str], object]) -> list[Ran]:
        """Send an event to a function: its ARN, its name, or an address as in the settings.

        Return each attempt; the last one has the answer. `show` gets what the function prints.
        """
        settings, arn = self._named(function)
        attempts: list[Attempt] = []

        def write(line: bytes) -> None:
            logged: dict[str, Any] = msgspec.json.decode(line)
            if logged.get("event") == "function_output":
                show(str(logged.get("line", "")))

        keys = FunctionKeys(settings, self._clock)
        default = self._region(settings.default_region)
        keys.kept_in(default.database, AccessKeyStore(default.installation_keys, self._entropy))
        functions = build_functions(
            settings,
            clock=self._clock,
            entropy=self._entropy,
            log=Log(self._clock, "info", write),
            key_pair_of=keys.of,
            observe=attempts.append,
        )
        try:
            await functions.call(arn, event)
        except (FunctionError, FunctionUnavailable) as error:
            if not attempts:
                return [Ran(took_us=0, error=str(error))]
        finally:
            await functions.close()
        return [
            Ran(
                took_us=round(attempt.took_ms * 1000),
                answer=attempt.answer,
                error=attempt.error,
                thrown=attempt.thrown,
            )
            for attempt in attempts
        ]

    async def moved(self, pool_id: str, show: Callable[[Sequence[User]], object]) -> Moves:
        """Show the users who came from elsewhere, some at a time; return how many there are."""
        part = await self._region_of(pool_id)
        users = SqlUsers()
        after: tuple[int, str] | None = None
        total = came = kept = 0
        while True:
            page = await part.database.read(
                lambda tx, after=after: users.by_age(  # type: ignore[misc]  # mypy: default argument of a lambda
                    tx, pool_id, after=after, limit=USERS_AT_ONCE
                )
            )
            moved = [user for user in page.users if user.document.moved is not None]
            total += len(page.users)
            came += len(moved)
            kept += sum(user.document.moved is not None and user.document.moved.kept_sub
                        for user in moved)  # fmt: skip
            show(moved)
            if page.next is None:
                return Moves(users=total, moved=came, kept_sub=kept)
            after = (int(page.next[0]), str(page.next[1]))

    def _of_pool(self, pool: LoadedPool, tallies: dict[str, Tally]) -> list[Wired]:
        found = []
        consultant = Consultant(_NOBODY)
        for trigger, _, _ in TABLE:
            arn = consultant.function(pool, trigger)
            if arn is None:
                continue
            found.append(
                Wired(
                    pool_id=pool.pool.id,
                    pool_name=pool.pool.settings.name,
                    trigger=trigger.name,
                    function=arn,
                    runs_at=self._where(arn),
                    tally=tallies.get(arn),
                )
            )
        return found

    def _where(self, arn: str) -> str:
        """Return where a function runs, without secrets; "" for nowhere."""
        function = self._directory(self._settings).find(arn)
        return "" if function is None else shown(function.target)

    def _directory(self, settings: Settings) -> Any:  # noqa: ANN401  the adapters' Directory
        return build_functions(
            settings, clock=self._clock, entropy=self._entropy, log=Log(self._clock, "error")
        ).directory

    def _named(self, function: str) -> tuple[Settings, str]:
        """Return settings that know the function, and its ARN."""
        settings = self._settings
        if not function.startswith("arn:") and ":" in function and "/" in function:
            try:
                target_of(TRIED, function)
            except ValueError as fault:
                raise InvalidParameter(
                    f"{function} is no address of a function; {fault}."
                ) from fault
            mapped = {**settings.functions.map, TRIED: Secret(function)}
            chosen = msgspec.structs.replace(settings.functions, map=mapped)
            settings = msgspec.structs.replace(settings, functions=chosen)
            function = TRIED
        directory = self._directory(settings)
        arn: str = directory.arn_of(
            function, account=settings.account, region=settings.default_region, qualifier=None
        )
        if directory.find(arn) is None:
            known = ", ".join(settings.functions.map) or "none"
            raise ResourceNotFound(
                f"No function of the settings is called {function}; functions.map has {known}. "
                "Give --config, or an address such as python:/srv/functions/app.py:handler."
            )
        return settings, arn

    def _parts(self) -> list[RegionParts]:
        return [self._region(name) for name in self._settings.region_databases]

    async def _pools(self, pool_id: str | None) -> list[tuple[RegionParts, LoadedPool]]:
        found = []
        for part in [await self._region_of(pool_id)] if pool_id else self._parts():
            ids = [pool_id] if pool_id else await part.database.read(part.pool_store.ids)
            for each in ids:
                pool = await part.services.book.pool(each)
                if pool is not None:
                    found.append((part, pool))
        return found


class _Nobody:
    """Runs no function: only configurations are read."""

    async def call(self, arn: str, event: bytes) -> bytes:
        raise FunctionUnavailable(arn)

    async def deliver(self, arn: str, event: bytes, *, request_id: str | None = None) -> None:
        raise FunctionUnavailable(arn)

    async def submit(self, arn: str, event: bytes) -> None:
        raise FunctionUnavailable(arn)


_NOBODY: Final = _Nobody()


def shown(target: Target) -> str:
    """Return an address for people: without keys, and without what may be one."""
    match target:
        case LocalTarget():
            return f"{target.language}:{target.file}:{target.handler}"
        case HttpTarget():
            return target.url.partition("?")[0]
        case LambdaTarget():
            return f"lambda+{target.url}"
        case MigrationTarget():
            return f"migrate+{target.url}"
