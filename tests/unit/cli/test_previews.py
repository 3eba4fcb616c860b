"""`poolkeep branding preview` and `poolkeep messages preview` without an installation."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from poolkeep.cli.main import root
from tests.sdk.support import holds

STYLE = {"components": {"pageBackground": {"darkMode": {"color": "a1b2c3d4"}}}}


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "style.json"
    path.write_text(json.dumps(STYLE))
    return path


@holds("BRANDPAGE-10")
def test_a_draft_is_shown_in_both_themes(draft: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = CliRunner().invoke(
        root, ["branding", "preview", "--settings", str(draft), "--out", str(out), "--lang", "de"]
    )
    assert told.exit_code == 0, told.output
    light, dark = (out / f"{name}.html" for name in ("light", "dark"))
    assert "--page-bg:#a1b2c3d4" in dark.read_text()
    assert 'data-mode="dark"' in dark.read_text()
    assert "a1b2c3d4" not in light.read_text()
    assert '<html lang="de"' in light.read_text()
    assert told.output.split() == [str(light), str(dark)]


@holds("BRANDPAGE-10")
@pytest.mark.parametrize(
    "content, why",
    [
        ("no JSON", "cannot be read"),
        ('{"colours": {}}', "colours"),
        ('{"components": {"pageBackground": {"darkMode": {"color": "red"}}}}', "color"),
    ],
)
def test_a_draft_that_no_pool_would_take_is_refused(draft: Path, content: str, why: str) -> None:
    draft.write_text(content)
    told = CliRunner().invoke(root, ["branding", "preview", "--settings", str(draft)])
    assert told.exit_code == 1
    assert why in told.stderr


def test_a_preview_needs_something_to_show() -> None:
    told = CliRunner().invoke(root, ["branding", "preview"])
    assert told.exit_code == 1
    assert "--settings" in told.stderr


@holds("MSGLANG-07")
def test_messages_are_shown_and_written(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    told = CliRunner().invoke(root, ["messages", "preview", "--lang", "it", *data])
    assert told.exit_code == 0, told.output
    assert "Il suo codice di verifica è 012345." in told.output
    out = tmp_path / "out"
    told = CliRunner().invoke(
        root, ["messages", "preview", "--lang", "it", "--out", str(out), *data]
    )
    assert told.exit_code == 0, told.output
    names = {path.name for path in out.iterdir()}
    assert {"it-code-email.html", "it-code-email.txt", "it-code-sms.txt"} <= names
    assert '<html lang="it">' in (out / "it-code-email.html").read_text()
    told = CliRunner().invoke(root, ["messages", "preview", "--lang", "xx", *data])
    assert told.exit_code == 1
    assert "pt-BR" in told.stderr
