"""Take a picture of every page of managed login, in both themes and two sizes.

    .venv/bin/python tools/make_screenshots.py             write docs/managed-login/
    .venv/bin/python tools/make_screenshots.py sign-up     only the scenes that lead there

A development server and a Chromium are started, and stopped again. The ways to the pages are
those of the tests: tests/support/scenes.py.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.sdk.support import Wire  # noqa: E402  the script's own folder is not the project's
from tests.support.browser import Browser, Page  # noqa: E402
from tests.support.scenes import SCENES  # noqa: E402
from tests.support.screens import Look, Stage, looks_of  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tools import machine  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = ROOT / "docs" / "managed-login"
PAGE = FOLDER / "README.md"
PICTURES = FOLDER / "screenshots"
THEMES = ("light", "dark")
SIZES = {"desktop": (960, 680, 1), "phone": (390, 740, 2)}
WIDTHS = {"desktop": 35, "phone": 13}
TALLEST = 2_400
QUALITY = 70
HEAD = """\
# The pages of managed login

Every page as the defaults show it, in both themes, on a desktop and on a phone.
A picture opens in full size.
A style of your own changes the looks: [branding](../behaviours/branding.md).
How people come to the pages: [giving people pages](../operating/managed-login.md).

The pictures are of a real server in a real browser: `.venv/bin/python tools/make_screenshots.py`.
"""


def take(page: Page, look: Look) -> None:
    """Take the four pictures of what the page shows."""
    for size, (width, height, scale) in SIZES.items():
        for theme in THEMES:
            wishes = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
            media = [{"name": name, "value": value} for name, value in wishes.items()]
            page.send("Emulation.setEmulatedMedia", features=media)
            metrics = {"width": width, "deviceScaleFactor": scale, "mobile": size == "phone"}
            page.send("Emulation.setDeviceMetricsOverride", height=height, **metrics)
            tall = page.run("document.documentElement.scrollHeight")
            shown = min(max(tall, height), TALLEST)
            page.send("Emulation.setDeviceMetricsOverride", height=shown, **metrics)
            page.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
            told = page.send("Page.captureScreenshot", format="webp", quality=QUALITY)
            picture = PICTURES / f"{look.name}-{size}-{theme}.webp"
            picture.write_bytes(base64.b64decode(told["data"]))
    page.send("Emulation.setEmulatedMedia", features=[])
    page.send("Emulation.clearDeviceMetricsOverride")


def take_all(stage: Stage, wanted: set[str]) -> None:
    """Walk through the scenes that lead to the pictures wanted, and take these; all for none."""
    for scene in SCENES:
        if wanted and wanted.isdisjoint(look.name for look in looks_of(scene)):
            continue
        for look in scene(stage):
            stage.shows(look)
            if not wanted or look.name in wanted:
                print(look.name, flush=True)
                take(stage.page, look)


def all_looks() -> list[Look]:
    """Return everything that there is to see."""
    return [look for scene in SCENES for look in looks_of(scene)]


def pictures_of(look: Look) -> list[str]:
    """Return the names of a look's pictures."""
    return [f"{look.name}-{size}-{theme}.webp" for size in SIZES for theme in THEMES]


def page_of(looks: Iterable[Look]) -> str:
    """Return the page that shows the pictures."""
    parts = [HEAD]
    for look in looks:
        lines = [f"## {look.title}\n"]
        for size in SIZES:
            for theme in THEMES:
                address = f"screenshots/{look.name}-{size}-{theme}.webp"
                about = f"{look.title}: {theme}, on a {size}"
                lines.append(
                    f'<a href="{address}"><img src="{address}" alt="{about}"'
                    f' width="{WIDTHS[size]}%" align="top" loading="lazy"></a>'
                )
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def main(wanted: set[str]) -> int:
    """Run everything; return the exit status."""
    program = machine.browser_program()
    if program is None:
        print("a Chromium is missing; run: python3 tools/setup.py test")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Server(folder, "--dev", "--data", str(folder / "data")) as server:
            browser = Browser(program, folder / "browser")
            try:
                blank = "data:text/html,<script>window.ready = true</script>"
                stage = Stage(Wire(server.base_url), browser.page(blank))
                take_all(stage, wanted)
            finally:
                browser.stop()
    looks = all_looks()
    PAGE.write_text(page_of(looks))
    kept = {picture for look in looks for picture in pictures_of(look)}
    for picture in PICTURES.glob("*.webp"):
        if picture.name not in kept:
            picture.unlink()
    total = sum(picture.stat().st_size for picture in PICTURES.glob("*.webp"))
    print(f"{len(looks)} pages, {total / 1e6:.1f} MB of pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
