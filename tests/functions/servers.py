"""A server with functions, for tests."""

import json
from pathlib import Path
from typing import Final

from tests.functions.support import ARN, HANDLERS
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Wire
from tests.support.server import Server, StartServer

ACCOUNT: Final = ARN.split(":")[4]
COGNITO: Final = HANDLERS / "cognito.py"


def configured(folder: Path, mapped: dict[str, str], **settings: str | float) -> Path:
    """Write a settings file with these functions."""
    lines = ["[functions]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    lines += ["[functions.map]"]
    lines += [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in mapped.items()]
    file = folder / "functions.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


def cognito(*names: str) -> dict[str, str]:
    """Return the map that leads each name to the handler of that name in cognito.py."""
    return {name: f"python:{COGNITO}:{name}" for name in names}


def an_app_with(server: Server | Wire, **triggers: str) -> App:
    """Make a pool whose triggers are these functions, and a client."""
    wire = server if isinstance(server, Wire) else Wire(server.base_url, ACCOUNT)
    config = {member: ARN + name for member, name in triggers.items()}
    return an_app(wire, a_pool(wire, LambdaConfig=config))


def a_server(start: StartServer, folder: Path, mapped: dict[str, str], **settings: float) -> Server:
    """Start a development server with these functions."""
    return start("--config", str(configured(folder, mapped, **settings)))
