"""Every hosted page in a real browser: docs/managed-login."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.sdk.support import Wire, holds
from tests.support.browser import Browser, Page, running
from tests.support.scenes import SCENES
from tests.support.screens import Look, Scene, Stage, looks_of

AXE: Final = Path(__file__).parents[1] / "sdk/node/node_modules/axe-core/axe.min.js"
SMALL: Final = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
WRONG: Final = """\
axe.run().then((told) => told.violations.map((one) =>
  [one.id, one.nodes.map((node) => node.html + ' ' + node.failureSummary)]))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with running() as one:
        yield one


@holds("SPAGE-42", "PAGE-09")
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_every_page_is_there_fits_and_is_accessible(
    browser: Browser, wire: Wire, scene: Scene
) -> None:
    stage = Stage(wire, browser.page("data:text/html,<script>window.ready = true</script>"))
    seen: list[Look] = []
    for look in scene(stage):
        stage.shows(look)
        check(stage.page, look)
        seen.append(look)
    assert seen == looks_of(scene)


def check(page: Page, look: Look) -> None:
    """Look at the page in both themes, on a very small phone; refuse what does not fit."""
    page.run(AXE.read_text() + ";0")
    for theme in ("light", "dark"):
        wishes = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
        media = [{"name": name, "value": value} for name, value in wishes.items()]
        page.send("Emulation.setEmulatedMedia", features=media)
        page.send("Emulation.setDeviceMetricsOverride", **SMALL)
        too_wide = page.run("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{look.name} is {too_wide} px too wide"
        assert page.run(WRONG) == [], f"{look.name} in the {theme} theme"
    page.send("Emulation.clearDeviceMetricsOverride")
    page.send("Emulation.setEmulatedMedia", features=[])
