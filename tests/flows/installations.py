"""Installations side by side, each with keys of its own, and the command line beside them."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.sdk.builders import App
from tests.sdk.support import Wire
from tests.support.server import ROOT, Server

ISSUER: Final = "https://id.example.org"
PASSPHRASE: Final = "correct horse battery staple"
ELSEWHERE: Final = "555566667777"


class Installation:
    """A development server with keys of its own, and the command line beside it."""

    def __init__(self, folder: Path, *where: str) -> None:
        """Keep everything in `folder`; `where` are flags that choose database and regions."""
        folder.mkdir()
        self.folder = folder
        self.where = ["--dev", "--data", str(folder / "data"), *where]
        self.server = Server(folder, *self.where, "--issuer", ISSUER)

    def wire(self, account: str = "", region: str = "") -> Wire:
        """Return a caller."""
        wire = Wire(self.server.base_url, account)
        wire.region = region or wire.region
        return wire

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run `poolkeep`; return what it says."""
        done = subprocess.run(
            self.command(*arguments), cwd=ROOT, env=self.environment, timeout=120,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert "Traceback" not in said
        return said

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of `poolkeep`."""
        return [sys.executable, "-m", "poolkeep", *arguments, *self.where]

    @property
    def environment(self) -> dict[str, str]:
        """Return what the command needs of the environment."""
        return {"PYTHONPATH": str(ROOT / "src"), "PATH": ""}

    @property
    def passphrase(self) -> str:
        """Return a file with the passphrase."""
        path = self.folder / "passphrase"
        path.write_text(PASSPHRASE + "\n")
        return str(path)

    def export(self, pool_id: str, file: Path) -> Path:
        """Export a pool and return the file."""
        self.run("export", pool_id, "--to", str(file), "--passphrase-file", self.passphrase)
        return file

    def restore(self, file: Path, *more: str, code: int = 0) -> str:
        """Restore a file."""
        return self.run(
            "restore", str(file), "--passphrase-file", self.passphrase, *more, code=code
        )


def moved(app: App, there: Installation, account: str = ELSEWHERE) -> App:
    """Return the same app at its new place."""
    return App(there.wire(account, "eu-west-1"), app.pool_id, app.client_id, app.secret)
