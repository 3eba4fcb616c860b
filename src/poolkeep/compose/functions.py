"""The functions of an installation: what runs them, and what they may use."""

from collections.abc import Awaitable, Callable
from importlib.util import find_spec

import msgspec

from poolkeep.adapters.outgoing import Outgoing
from poolkeep.adapters.triggers.aws_lambda import LambdaFunctions
from poolkeep.adapters.triggers.directory import Directory
from poolkeep.adapters.triggers.functions import Functions, Observe
from poolkeep.adapters.triggers.http import HttpFunctions
from poolkeep.adapters.triggers.local.backend import LocalFunctions
from poolkeep.adapters.triggers.local.surroundings import PYTHON_CLIENT, FunctionKey, Surroundings
from poolkeep.adapters.triggers.migration import MigrationFunctions
from poolkeep.adapters.triggers.model import PAYLOAD_BYTES_MAX
from poolkeep.adapters.triggers.remote import Lane
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.hosts import is_loopback
from poolkeep.base.log import Log
from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Database, Transaction
from poolkeep.function_settings import Functions as FunctionSettings
from poolkeep.function_settings import HttpTarget, LambdaTarget, LocalTarget, MigrationTarget
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings
from poolkeep.storage.stores.access_keys import FUNCTIONS, AccessKeyStore

KeyPairOf = Callable[[str], Awaitable[FunctionKey | None]]
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  what to avoid


def build_functions(
    settings: Settings,
    *,
    clock: Clock,
    entropy: Entropy,
    log: Log,
    key_pair_of: KeyPairOf | None = None,
    observe: Observe | None = None,
) -> Functions:
    """Return what calls the functions of the settings; `clock` is the machine's own.

    Without `key_pair_of`, local functions get no credentials. Raises CannotStart.
    """
    chosen = settings.functions
    _insist_on_client(chosen)
    around = Surroundings(
        settings=chosen,
        endpoint_url=endpoint_url(settings),
        key_pair_of=key_pair_of if key_pair_of and chosen.credentials == "own" else _no_key_pair,
        entropy=entropy,
        now_ms=clock.now_ms,
        fresh_code=settings.mode == "dev",
    )

    def lane() -> Lane:
        # The addresses are the operator's own, so they may be private ones.
        outgoing = Outgoing(private_allowed=True, answer_bytes_max=PAYLOAD_BYTES_MAX)
        return Lane(outgoing, at_once=chosen.processes_max, waiting_max=chosen.waiting_max)

    return Functions(
        directory=Directory(
            chosen.targets,
            regions=settings.region_databases,
            default_region=settings.default_region,
            account=None if settings.mode == "dev" else settings.account,
        ),
        backends={
            LocalTarget: LocalFunctions(around, log),
            HttpTarget: HttpFunctions(lane, chosen.signing_keys, clock.now_ms),
            LambdaTarget: LambdaFunctions(lane, clock.now_ms),
            MigrationTarget: MigrationFunctions(lane, clock.now_ms),
        },
        settings=chosen,
        clock=clock,
        entropy=entropy,
        log=log,
        observe=observe,
    )


def endpoint_url(settings: Settings) -> str:
    """Return this server's URL for its functions: where signed operations are answered."""
    if settings.functions.endpoint_url:
        return settings.functions.endpoint_url.rstrip("/")
    split = settings.admin_port is not None
    if settings.tls.certificate_file and not split:
        return settings.base_url  # the certificate has the public name
    host = WILDCARDS.get(settings.host, settings.host)
    if split:
        host = WILDCARDS.get(settings.admin_host, settings.admin_host)
    if is_loopback(host) and "localhost" in settings.allowed_hosts:
        host = "localhost"  # a name that is ours, where the address may not be
    here = msgspec.structs.replace(
        settings, public_url=None, host=host, port=settings.admin_port if split else settings.port
    )
    return here.base_url


class FunctionKeys:
    """The key pairs of local functions, one for each account; made at first use.

    One that an administrator has turned off stays off. In development the account is its own key.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Have none until `kept_in` says where they are."""
        self._made_up = settings.mode == "dev"
        self._clock = clock
        self._known: dict[str, FunctionKey | None] = {}
        self._place: tuple[Database, AccessKeyStore] | None = None

    def kept_in(self, database: Database, store: AccessKeyStore) -> None:
        """Keep them where the administrators' are."""
        self._place = database, store

    async def of(self, account: str) -> FunctionKey | None:
        """Return what functions of an account sign with."""
        if self._made_up:
            return FunctionKey(account, Secret(FUNCTIONS))
        if account not in self._known and self._place is not None:
            database, store = self._place
            self._known[account] = await database.write(
                lambda tx: self._find_or_make(tx, store, account)
            )
        return self._known.get(account)

    def _find_or_make(
        self, tx: Transaction, store: AccessKeyStore, account: str
    ) -> FunctionKey | None:
        found = store.of_principal(tx, account, FUNCTIONS) or store.create(
            tx, account, now_ms=self._clock.now_ms(), principal=FUNCTIONS
        )
        return FunctionKey(found.id, found.secret) if found.active else None


def _insist_on_client(chosen: FunctionSettings) -> None:
    """Refuse to start with Python functions that nothing could run."""
    languages = {
        target.language for target in chosen.targets.values() if isinstance(target, LocalTarget)
    }
    if "python" in languages and chosen.python is None and find_spec(PYTHON_CLIENT) is None:
        raise CannotStart(
            f"functions.map: a Python function needs the package {PYTHON_CLIENT}, which is not "
            f"installed. Run pip install {PYTHON_CLIENT}, or set functions.python."
        )


async def _no_key_pair(_account: str) -> FunctionKey | None:
    return None
