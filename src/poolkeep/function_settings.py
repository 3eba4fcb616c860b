"""The settings of functions: which there are, where each runs, and what it may use.

python:/srv/functions/app.py:handler          a process of ours, Python
node:/srv/functions/index.mjs:handler         a process of ours, Node
https://hooks.example.org/pre-sign-up         a signed POST
lambda+https://KEY:SECRET@host?region=…       the Invoke operation of AWS Lambda, or its like
migrate+https://CLIENT_ID@host?region=…       brings users over from another Cognito
"""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

from poolkeep.base.secret import Secret

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Language = Literal["python", "node"]

ANY: Final = "*"
LAMBDA: Final = "lambda+"
MIGRATE: Final = "migrate+"
FORMS: Final = (
    "use python:FILE:HANDLER, node:FILE:HANDLER, https://…, lambda+https://… or migrate+https://…"
)
_SUFFIXES: Final[dict[Language, tuple[str, ...]]] = {
    "python": (".py",),
    "node": (".mjs", ".js", ".cjs"),
}
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?")
_ARN: Final = re.compile(r"arn:[^:]+:lambda:[^:]*:[0-9]{12}:function:[^:]+(:[^:]+)?")
_HANDLER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE: Final = re.compile(r"([A-Za-z0-9_-]{1,64}:)?[A-Za-z_][A-Za-z0-9_]*")


class LocalTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A handler in a file, run in processes of ours."""

    language: Language
    file: Path
    handler: str


class HttpTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An address that takes events as signed POSTs."""

    url: str


class LambdaTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A server with Lambda's Invoke operation; `function` is its name there, if it differs."""

    url: str
    access_key: str
    secret_key: Secret[str]
    region: str | None = None
    function: str | None = None


class MigrationTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Another Cognito, or poolkeep, whose users come over as they sign in.

    With a key pair it is asked as by an administrator (`by_admin`), else as by the app client.
    `drops_factors` lets users come whose authenticator app stays behind; `keeps_sub` lets them
    have the sub that they had.
    """

    url: str
    region: str
    client_id: str
    client_secret: Secret[str] | None = None
    pool_id: str | None = None
    access_key: str | None = None
    secret_key: Secret[str] | None = None
    by_admin: bool = False
    drops_factors: bool = False
    keeps_sub: bool = True


Target: TypeAlias = LocalTarget | HttpTarget | LambdaTarget | MigrationTarget


class Functions(msgspec.Struct, frozen=True, kw_only=True):
    """Where functions run, for how long, and with what."""

    map: dict[str, Secret[str]] = {}
    environment: dict[str, Secret[str]] = {}
    signing_keys: dict[str, Secret[str]] = {}
    attempt_s: Seconds = 5.0
    attempts: Positive = 3
    run_s: Seconds = 60.0
    start_s: Seconds = 10.0
    idle_s: Seconds = 300.0
    processes_max: Positive = 10
    waiting_max: Positive = 1_000
    memory_mib: Positive = 512
    user: str | None = None
    credentials: Literal["own", "none"] = "own"
    endpoint_url: str | None = None
    python: Path | None = None
    node: Path | None = None
    node_client: Path | None = None

    DOCS: ClassVar[dict[str, str]] = {
        "map": "Where each function runs, by its ARN or its name: `python:FILE:HANDLER`, "
        "`node:FILE:HANDLER`, `https://…`, `lambda+https://KEY:SECRET@host?region=…` or "
        "`migrate+https://CLIENT_ID@host?region=…`. "
        "The name `*` sends every other function to a `lambda+https://…`.",
        "environment": "Variables of local functions: `NAME` for all, `function:NAME` for one.",
        "signing_keys": "Key that signs the POSTs to an `https://` function, by the name in "
        "`map`; `*` for all others.",
        "attempt_s": "Seconds that a function has for its answer, each attempt.",
        "attempts": "Attempts before a function without an answer counts as timed out.",
        "run_s": "Seconds that a function may run when nobody waits for it in a sign-in: "
        "custom senders, and calls of Invoke.",
        "start_s": "Seconds from the start of a local function's process to its first event.",
        "idle_s": "Seconds that a local function's process waits for an event before it ends.",
        "processes_max": "Processes of one local function in a worker, and connections to one "
        "remote function.",
        "waiting_max": "Events that may wait for one function in a worker; more are throttled.",
        "memory_mib": "Mebibytes of data that a local function's process may have.",
        "user": "System user that local functions run as, for which the server needs the rights "
        "of docs/operating/triggers.md. Unset is the server's own.",
        "credentials": "`own` gives local functions a key pair for signed operations, made at "
        "first use under the principal `role/functions`; `none` gives them none.",
        "endpoint_url": "URL of this server as functions reach it. Default: the port that takes "
        "signed operations, on this machine.",
        "python": "Python that runs local functions; it must have awslambdaric. "
        "Default: the server's own.",
        "node": "Node that runs local functions. Default: `node` in the PATH.",
        "node_client": "Folder of the package aws-lambda-ric. Default: the one in the function's "
        "`node_modules`, or else a small client of ours.",
    }

    @property
    def targets(self) -> dict[str, Target]:
        """Return `map` taken apart. Raises ValueError for what it is not, naming the function."""
        return {name: target_of(name, text.reveal()) for name, text in self.map.items()}

    @property
    def faults(self) -> list[str]:
        """Return what is wrong with the settings, one sentence a fault, each saying what to do."""
        found: list[str] = []
        for name, text in self.map.items():
            try:
                target_of(name, text.reveal())
            except ValueError as error:
                found.append(f"functions.map: {name} has no address of a function; {error}.")
        found += [
            f"functions.environment: {name!r} is no name of a variable. "
            "Use NAME, or FUNCTION:NAME for one function."
            for name in self.environment
            if not _VARIABLE.fullmatch(name)
        ]
        found += [
            f"functions.signing_keys: {name} is not in functions.map. Use its name there, or *."
            for name in self.signing_keys
            if name != ANY and name not in self.map
        ]
        return found


def target_of(name: str, text: str) -> Target:
    """Return one entry of the map taken apart. Raises ValueError."""
    if name != ANY and not _NAME.fullmatch(name) and not _ARN.fullmatch(name):
        raise ValueError("its name must be a function's name, its ARN, or *")
    target = _target(text)
    if name == ANY and not isinstance(target, LambdaTarget):
        raise ValueError("* can only lead to a lambda+https:// address")
    return target


def _target(text: str) -> Target:
    scheme, _, rest = text.partition(":")
    if scheme == "python":
        return _local("python", rest)
    if scheme == "node":
        return _local("node", rest)
    if scheme in {"http", "https"}:
        url = urlsplit(text)
        if not url.hostname or url.username or url.password or url.fragment:
            raise ValueError("an https:// address has a host, and neither a user nor a fragment")
        return HttpTarget(url=text)
    if text.startswith(("lambda+http://", "lambda+https://")):
        return _lambda(urlsplit(text.removeprefix(LAMBDA)))
    if text.startswith(("migrate+http://", "migrate+https://")):
        return _migration(urlsplit(text.removeprefix(MIGRATE)))
    raise ValueError(FORMS)


def _local(language: Language, rest: str) -> LocalTarget:
    file, _, handler = rest.rpartition(":")
    path = Path(file).expanduser().absolute()
    suffixes = _SUFFIXES[language]
    if not file or path.suffix not in suffixes or "." in path.stem:
        raise ValueError(f"{language}: needs a file that ends in {' or '.join(suffixes)}")
    if not _HANDLER.fullmatch(handler):
        raise ValueError(f"{language}:FILE:HANDLER ends in the name of a handler")
    return LocalTarget(language=language, file=path, handler=handler)


def _lambda(url: SplitResult) -> LambdaTarget:
    if not url.hostname or not url.username or not url.password:
        raise ValueError("a lambda+https:// address needs KEY:SECRET@ before the host")
    given = dict(parse_qsl(url.query))
    if unknown := given.keys() - {"region", "function"}:
        raise ValueError(f"it has region and function only, not {', '.join(sorted(unknown))}")
    host = url.netloc.rpartition("@")[2]
    return LambdaTarget(
        url=f"{url.scheme}://{host}{url.path.rstrip('/')}",
        access_key=unquote(url.username),
        secret_key=Secret(unquote(url.password)),
        region=given.get("region"),
        function=given.get("function"),
    )


_FLOWS: Final = ("USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH")
_OPTIONS: Final = {"region", "pool", "key", "secret", "flow", "mfa", "sub"}


def _migration(url: SplitResult) -> MigrationTarget:
    given = dict(parse_qsl(url.query))
    if not url.hostname or not url.username:
        raise ValueError("a migrate+https:// address needs CLIENT_ID@ before the host")
    if unknown := given.keys() - _OPTIONS:
        named = ", ".join(sorted(_OPTIONS))
        raise ValueError(f"it has {named} only, not {', '.join(sorted(unknown))}")
    if "region" not in given:
        raise ValueError("a migrate+https:// address needs region=")
    keys = [name for name in ("pool", "key", "secret") if name in given]
    if keys and len(keys) < 3:
        raise ValueError("pool=, key= and secret= go together")
    flow = given.get("flow", _FLOWS[bool(keys)])
    if flow not in _FLOWS:
        raise ValueError(f"flow= is {' or '.join(_FLOWS)}")
    if flow == _FLOWS[1] and not keys:
        raise ValueError(f"{flow} needs pool=, key= and secret=")
    if given.get("mfa", "keep") not in {"keep", "drop"}:
        raise ValueError("mfa= is keep or drop")
    if given.get("sub", "keep") not in {"keep", "new"}:
        raise ValueError("sub= is keep or new")
    return MigrationTarget(
        url=f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path.rstrip('/')}/",
        region=given["region"],
        client_id=unquote(url.username),
        client_secret=Secret(unquote(url.password)) if url.password else None,
        pool_id=given.get("pool"),
        access_key=given.get("key"),
        secret_key=Secret(given["secret"]) if keys else None,
        by_admin=flow == _FLOWS[1],
        drops_factors=given.get("mfa") == "drop",
        keeps_sub=given.get("sub") != "new",
    )
