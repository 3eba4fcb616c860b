"""Custom senders under the real runtimes: docs/behaviours/custom-senders.md, kms.md."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from tests.functions.servers import configured
from tests.functions.support import ARN, HANDLERS
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import an_email, holds, unique
from tests.security.signing import SignedWire, root_key
from tests.support.node import node_program
from tests.support.server import Server, StartServer

KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4234-8234-123456789abc"
NODE: Final = Path(__file__).with_name("node") / "sender.mjs"
TRIES: Final = 300


def create_key(folder: Path, key_id: str) -> str:
    """Make a key by the command line, and return its ARN."""
    made = subprocess.run(
        [
            *(sys.executable, "-m", "poolkeep", "kms", "create-key"),
            *("--data", str(folder / "data"), "--key-id", key_id),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.strip()


def noted(note: Path) -> list[str]:
    """Return what the function has noted, once there is something."""
    for _ in range(TRIES):
        if note.exists() and (text := note.read_text()).endswith("\n"):
            return text.split()
        threading.Event().wait(0.1)
    raise AssertionError("the function noted nothing")


def sending_app(server: Server, folder: Path, key: str) -> App:
    """Return an app of a pool whose e-mail the function delivers."""
    wire = SignedWire(server.base_url, root_key(folder / "data"))
    named = {"LambdaVersion": "V1_0", "LambdaArn": f"{ARN}sender"}
    config = {"CustomEmailSender": named, "KMSKeyID": key}
    return an_app(wire, a_pool(wire, LambdaConfig=config, AutoVerifiedAttributes=["email"]))


@holds("SENDER-04", "KMS-03", "KMS-05")
@pytest.mark.parametrize("language", ["python", "node"])
def test_an_unmodified_handler_reads_the_code_with_credentials_of_its_own(
    start_server: StartServer, tmp_path: Path, language: str
) -> None:
    note = tmp_path / "note"
    file = NODE if language == "node" else HANDLERS / "sender.py"
    chosen = {"node": str(node_program())} if language == "node" else {}
    config = configured(tmp_path, {"sender": f"{language}:{file}:handler"}, **chosen)
    variables = {"KEY_ARN": KEY, "NOTE": str(note)}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in variables.items())
    config.write_text(f"{config.read_text()}\n[functions.environment]\n{lines}\n")
    server = start_server("--config", str(config), dev=False)
    assert create_key(tmp_path, KEY.rpartition("/")[2]) == KEY
    app = sending_app(server, tmp_path, KEY)
    name = unique()
    app.sign_up(name, email=an_email())
    source, code = noted(note)
    assert source == "CustomEmailSender_SignUp"
    app.call("ConfirmSignUp", name, ConfirmationCode=code)
