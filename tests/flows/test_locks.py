"""Lock-outs and used-up attempts are visible to the operator, who can lift them."""

import subprocess
import sys
from pathlib import Path

from tests.sdk.builders import a_pool, an_app
from tests.sdk.support import Wire, refused
from tests.support.server import ROOT, StartServer


def locks(data: Path, *arguments: str) -> str:
    """Run `poolkeep locks` beside the server."""
    done = subprocess.run(
        [sys.executable, "-m", "poolkeep", "locks", "--dev", "--data", str(data), *arguments],
        check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""}, timeout=60,
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


def test_an_operator_sees_and_lifts_a_lock(start_server: StartServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    wire = Wire(start_server("--data", str(data), dev=True).base_url)
    app = an_app(wire, a_pool(wire))
    user = app.user()
    assert "Nothing counts" in locks(data, app.pool_id, user)
    for _ in range(5):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            app.sign_in(user, "Wrong-Horse-8")
    shown = locks(data, app.pool_id, user)
    assert shown.split()[3:5] == ["password", "5"]
    locks(data, app.pool_id, user, "--lift")
    assert "Nothing counts" in locks(data, app.pool_id, user)
    assert "AccessToken" in app.sign_in(user)
