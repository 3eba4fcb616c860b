"""What a function's process finds around it: its program, its variables, its limits.

Nothing of the server's own environment is passed on, save the search path for programs.
"""

import json
import os
import pwd
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from poolkeep.adapters.triggers.model import LATEST, Function
from poolkeep.base.entropy import Entropy
from poolkeep.base.secret import Secret
from poolkeep.core.triggers import FunctionUnavailable
from poolkeep.function_settings import Functions, LocalTarget

PYTHON_CLIENT: Final = "awslambdaric"
NODE_CLIENT: Final = "aws-lambda-ric"
OWN_NODE_CLIENT: Final = Path(__file__).with_name("bootstrap.mjs")
LAUNCHER: Final = Path(__file__).with_name("launch.py")
MEBIBYTE: Final = 1024 * 1024
HEADROOM_MIB: Final = 256
"""What the interpreters themselves set aside: Lambda counts pages in use, we what is mapped."""
PATH: Final = "/usr/local/bin:/usr/bin:/bin"
STREAM_BYTES: Final = 16


class FunctionKey(msgspec.Struct, frozen=True):
    """What a function signs with."""

    access_key_id: str
    secret: Secret[str]


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What all local functions of a server share.

    `key_pair_of` returns the key pair for functions of an account.
    """

    settings: Functions
    endpoint_url: str
    key_pair_of: Callable[[str], Awaitable[FunctionKey | None]]
    entropy: Entropy
    now_ms: Callable[[], int]
    path: str = msgspec.field(default_factory=lambda: os.environ.get("PATH", PATH))
    fresh_code: bool = False


def local(function: Function) -> LocalTarget:
    """Return where the function's file is."""
    if not isinstance(function.target, LocalTarget):
        raise TypeError(function.name)
    return function.target


def command(function: Function, around: Surroundings) -> list[str]:
    """Return the program, behind the launcher. Raises FunctionUnavailable when there is none."""
    target = local(function)
    handler = f"{target.file.stem}.{target.handler}"
    if target.language == "python":
        python = found(around.settings.python or Path(sys.executable), around.path)
        program = [python, "-m", PYTHON_CLIENT, handler]
    else:
        node = found(around.settings.node or Path("node"), around.path)
        heap = f"--max-old-space-size={around.settings.memory_mib}"
        program = [node, heap, str(node_client(target, around.settings)), handler]
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), limits(around.settings)]
    return [*launcher, *program]


def found(program: Path, path: str) -> str:
    """Return the whole path of a program. Raises FunctionUnavailable when there is none."""
    whole = shutil.which(program, path=path)
    if whole is None:
        raise FunctionUnavailable(f"Runtime.{program.name}NotFound")
    return whole


def node_client(target: LocalTarget, settings: Functions) -> Path:
    """Return the client that runs a Node handler: AWS's where it is installed, or ours."""
    folders = [parent / "node_modules" / NODE_CLIENT for parent in target.file.parents]
    if settings.node_client is not None:
        folders = [settings.node_client]
    for folder in folders:
        try:
            package = msgspec.json.decode((folder / "package.json").read_bytes())
            return folder / str(package["bin"][NODE_CLIENT])
        except (OSError, KeyError, TypeError, msgspec.DecodeError):
            continue
    return OWN_NODE_CLIENT


def limits(settings: Functions) -> str:
    """Return what the launcher imposes, as it reads it."""
    user = pwd.getpwnam(settings.user) if settings.user else None
    return json.dumps({
        "parent": os.getpid(),
        "data": (settings.memory_mib + HEADROOM_MIB) * MEBIBYTE,
        "uid": user.pw_uid if user else None,
        "gid": user.pw_gid if user else None,
    })  # fmt: skip


def variables(
    function: Function, around: Surroundings, *, runtime_api: str, key_pair: FunctionKey | None
) -> dict[str, str]:
    """Return the process's whole environment."""
    target = local(function)
    given = own_variables(function.name, around.settings.environment)
    today = datetime.fromtimestamp(around.now_ms() // 1000, UTC).strftime("%Y/%m/%d")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    engine = f"python{version}" if target.language == "python" else "nodejs"
    base = {
        "PATH": around.path,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": "/tmp",  # noqa: S108  where Lambda lets functions write, too
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": around.endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",  # without credentials, look nowhere else for some
    }
    if around.fresh_code:
        base["PYTHONDONTWRITEBYTECODE"] = "1"  # compiled files know changes by the second only
    if key_pair is not None:
        base["AWS_ACCESS_KEY_ID"] = key_pair.access_key_id
        base["AWS_SECRET_ACCESS_KEY"] = key_pair.secret.reveal()
    reserved = {
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{engine}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(around.settings.memory_mib),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": (
            f"{today}/[{LATEST}]{around.entropy.bytes(STREAM_BYTES).hex()}"
        ),
        "LAMBDA_TASK_ROOT": str(target.file.parent),
        "LAMBDA_RUNTIME_DIR": str(target.file.parent),
        "_HANDLER": f"{target.file.stem}.{target.handler}",
    }
    return {**base, **given, **reserved}


def own_variables(name: str, environment: Mapping[str, Secret[str]]) -> dict[str, str]:
    """Return the settings' variables for one function; its own win over those for all."""
    shared: dict[str, str] = {}
    own: dict[str, str] = {}
    for key, value in environment.items():
        owner, mark, variable = key.partition(":")
        if not mark:
            shared[owner] = value.reveal()
        elif owner == name:
            own[variable] = value.reveal()
    return {**shared, **own}
