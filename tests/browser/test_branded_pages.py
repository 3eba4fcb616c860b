"""The style of a client as a browser computes it: docs/behaviours/branding.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from poolkeep.cli.main import root
from tests.sdk.support import Json, Wire, holds
from tests.support.browser import Browser, Page, running
from tests.support.screens import Stage

BLANK: Final = "data:text/html,<script>window.ready = true</script>"
LIGHT: Final = "rgb(232, 243, 238)"
DARK: Final = "rgb(6, 19, 14)"
COLOURS: Final = {
    "components": {
        "pageBackground": {
            "lightMode": {"color": "e8f3eeff"},
            "darkMode": {"color": "06130eff"},
        }
    }
}
SHEET: Final = (
    ".submitButton-customizable{background-color:#1d3557;color:#f1faee}"
    ".label-customizable{font-weight:900}"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@pytest.fixture
def stage(browser: Browser, wire: Wire) -> Stage:
    """Return a page before the server's pools."""
    return Stage(wire, browser.page(BLANK))


def wishes(page: Page, theme: str) -> None:
    """Have the browser ask for a theme; without it, for none."""
    wanted = [{"name": "prefers-color-scheme", "value": theme}] if theme else []
    page.send("Emulation.setEmulatedMedia", features=wanted)


def computed(page: Page, selector: str, name: str) -> str:
    found: str = page.run(f"getComputedStyle(document.querySelector('{selector}')).{name}")
    return found


@holds("BRANDPAGE-02")
@pytest.mark.parametrize(
    "mode, in_light, in_dark",
    [("LIGHT", LIGHT, LIGHT), ("DARK", DARK, DARK), ("DYNAMIC", LIGHT, DARK)],
)
def test_the_setting_decides_between_the_themes(
    stage: Stage, mode: str, in_light: str, in_dark: str
) -> None:
    settings: Json = {**COLOURS, "categories": {"global": {"colorSchemeMode": mode}}}
    app = stage.styled(Settings=settings)
    stage.go(stage.url(app))
    for theme, expected in (("light", in_light), ("dark", in_dark)):
        wishes(stage.page, theme)
        assert computed(stage.page, "body", "backgroundColor") == expected
        scheme = "dark" if expected == DARK else "light"
        assert computed(stage.page, ":root", "colorScheme").split()[-1] == scheme
    wishes(stage.page, "")


@holds("BRANDPAGE-04")
def test_a_sheet_outweighs_ours_and_knows_no_dark_theme(stage: Stage) -> None:
    app = stage.app(version=1)
    stage.wire.call("SetUICustomization", UserPoolId=app.pool_id, CSS=SHEET)
    stage.go(stage.url(app))
    before = computed(stage.page, "body", "backgroundColor")
    for theme in ("light", "dark"):
        wishes(stage.page, theme)
        assert computed(stage.page, "button.primary", "backgroundColor") == "rgb(29, 53, 87)"
        assert computed(stage.page, "button.primary", "color") == "rgb(241, 250, 238)"
        assert computed(stage.page, "label", "fontWeight") == "900"
        assert computed(stage.page, "body", "backgroundColor") == before
    wishes(stage.page, "")


@holds("BRANDPAGE-10")
def test_a_preview_opens_as_a_file_in_its_theme(browser: Browser, tmp_path: Path) -> None:
    told = CliRunner().invoke(
        root, ["branding", "preview", "--settings", str(draft(tmp_path)), "--out", str(tmp_path)]
    )
    assert told.exit_code == 0, told.output
    page = browser.page(BLANK)
    for theme, expected in (("light", LIGHT), ("dark", DARK)):
        page.send("Page.navigate", url=(tmp_path / f"{theme}.html").as_uri())
        page.wait("location.protocol == 'file:' && document.readyState == 'complete'")
        assert computed(page, "body", "backgroundColor") == expected
        assert page.run("performance.getEntriesByType('resource').length") == 0


def draft(folder: Path) -> Path:
    path = folder / "style.json"
    path.write_text(
        '{"components": {"pageBackground": {"lightMode": {"color": "e8f3eeff"},'
        ' "darkMode": {"color": "06130eff"}}}}'
    )
    return path
