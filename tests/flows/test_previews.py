"""Previews of pages and messages over an installation: docs/operating/branding.md."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, unique
from tests.support.server import ROOT, StartServer

STYLE = {"components": {"pageBackground": {"darkMode": {"color": "a1b2c3d4"}}}}


def told(data: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command; return its exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "poolkeep", *arguments, "--data", str(data)],
        check=False, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""}, timeout=60,
        capture_output=True, text=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@holds("BRANDPAGE-10")
@pytest.mark.parametrize("what", [("branding", "preview", "p", "c"), ("messages", "preview", "p")])
def test_an_installation_that_never_ran_says_what_to_do(
    tmp_path: Path, what: tuple[str, ...]
) -> None:
    code, out, error = told(tmp_path / "fresh", *what)
    assert (code, out) == (78, "")
    assert "does not exist. Start the server once" in error


@holds("BRANDPAGE-10", "MSGLANG-07")
def test_what_a_pool_has_is_shown(start_server: StartServer, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    wire = Wire(start_server("--data", str(data)).base_url)
    app = an_app(wire, a_pool(wire, EmailVerificationSubject="Our own subject"))
    missing = (app.pool_id, app.client_id)
    code, _, error = told(data, "branding", "preview", *missing)
    assert code == 1
    assert f"client {app.client_id} of {app.pool_id} has no style." in error
    dress(app, Settings=STYLE)
    code, said, error = told(data, "branding", "preview", *missing, "--out", str(out))
    assert (code, error) == (0, "")
    assert said.split() == [str(out / "light.html"), str(out / "dark.html")]
    assert "--page-bg:#a1b2c3d4" in (out / "dark.html").read_text()
    code, said, _ = told(data, "messages", "preview", app.pool_id)
    assert (code, "Our own subject" in said) == (0, True)
    for wrong in ((unique("us-east-1_x"), app.client_id), (app.pool_id, "nobody")):
        code, _, error = told(data, "branding", "preview", *wrong)
        assert code == 1
        assert wrong[0] in error
    code, _, error = told(data, "messages", "preview", "us-east-1_nobody")
    assert code == 1
    assert "us-east-1_nobody" in error


@holds("SPAGE-50")
def test_the_link_of_a_preview_is_that_of_a_message(
    start_server: StartServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data))
    wire = Wire(server.base_url)
    by_link = {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}}
    app = an_app(wire, a_pool(wire, **by_link))
    wire.call("CreateUserPoolDomain", UserPoolId=app.pool_id, Domain=unique("preview"))
    code, said, _ = told(data, "messages", "preview", app.pool_id, "--json")
    assert code == 0
    bodies = [json.loads(line)["body"] for line in said.splitlines()]
    assert any(f"/{app.pool_id}/confirmUser?" in body for body in bodies)


@holds("BRANDPAGE-10")
def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    draft, file = tmp_path / "style.json", tmp_path / "file"
    draft.write_text(json.dumps(STYLE))
    file.write_text("")
    below = ("--out", str(file / "below"))
    for what in (("branding", "preview", "--settings", str(draft)), ("messages", "preview")):
        code, _, error = told(tmp_path / "data", *what, *below)
        assert code == 1
        assert "cannot be written" in error
    code, _, error = told(
        tmp_path / "data", "branding", "preview", "--settings", str(draft), "--lang", "xx"
    )
    assert code == 1
    assert "pt-BR" in error


def dress(app: App, **style: Json) -> None:
    named = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    app.wire.call("CreateManagedLoginBranding", **named, **style)
