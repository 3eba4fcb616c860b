"""The sign-in page in Chromium on this machine: its requests, its bytes, its first paint."""

import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.browser import Browser, Page
from tools import machine

PAINTED: Final = """\
new Promise((done) => {
  const look = () => performance.getEntriesByName('first-contentful-paint').length
    ? done(true) : requestAnimationFrame(look);
  look();
})"""
FACTS: Final = """\
(() => {
  const [page] = performance.getEntriesByType('navigation');
  const parts = performance.getEntriesByType('resource');
  const sum = (name) => [page, ...parts].reduce((total, entry) => total + entry[name], 0);
  return {
    requests: 1 + page.redirectCount + parts.length,
    sent: sum('transferSize'),
    text: sum('decodedBodySize'),
    elsewhere: parts.filter((entry) => new URL(entry.name).origin !== location.origin).length,
    answered: page.responseEnd - page.startTime,
    painted: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  };
})()"""
NOTE: Final = """\
The page as Chromium gets it on this machine when an application sends somebody:
`/oauth2/authorize`, its redirect, the page, and what the page asks for. The first visit has an
empty cache and no cookies. Times are medians and count from the moment when Chromium begins."""


class Visit(NamedTuple):
    """What a visit took: requests, bytes over the wire and of text, ms until answer and paint."""

    requests: int
    sent: int
    text: int
    elsewhere: int
    answered_ms: float
    painted_ms: float


class Results(NamedTuple):
    """A first visit and one with a cache; the times are medians of several."""

    first: Visit
    again: Visit


def measure(url: str, *, rounds: int) -> Results | None:
    """Visit the page again and again; None without a Chromium."""
    program = machine.browser_program()
    if program is None:
        return None
    with _running(program) as browser:
        page = browser.page("data:text/html,<script>window.ready = true</script>")
        page.send("Network.enable")
        _visit(page, url)
        first, again = [], []
        for _ in range(rounds):
            page.send("Network.clearBrowserCache")
            page.send("Network.clearBrowserCookies")
            first.append(_visit(page, url))
            again.append(_visit(page, url))
    return Results(_middle(first), _middle(again))


def _visit(page: Page, url: str) -> Visit:
    # A page of no origin in between, so that nothing is left of the visit before.
    page.go("data:text/html,<script>window.ready = true</script>")
    page.send("Page.navigate", url=url)
    page.wait("document.readyState === 'complete' && location.protocol.startsWith('http')")
    page.run(PAINTED)
    told = page.run(FACTS)
    return Visit(
        told["requests"],
        told["sent"],
        told["text"],
        told["elsewhere"],
        told["answered"],
        told["painted"],
    )


def _middle(visits: list[Visit]) -> Visit:
    return visits[-1]._replace(
        answered_ms=statistics.median(each.answered_ms for each in visits),
        painted_ms=statistics.median(each.painted_ms for each in visits),
    )


@contextlib.contextmanager
def _running(program: Path) -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, Path(folder))
        try:
            yield browser
        finally:
            browser.stop()


def table(visits: dict[str, Visit]) -> str:
    """Return the figures as a table."""
    rows = [
        ("requests, redirects included", "requests", ".0f"),
        ("of them to other origins", "elsewhere", ".0f"),
        ("bytes over the wire, with headers", "sent", ",.0f"),
        ("bytes of text", "text", ",.0f"),
        ("ms until the page is answered", "answered_ms", ".1f"),
        ("ms until the first contentful paint", "painted_ms", ".1f"),
    ]
    lines = [
        f"| the sign-in page | {' | '.join(visits)} |",
        "| --- |" + " ---: |" * len(visits),
    ]
    for what, name, form in rows:
        cells = [format(getattr(visit, name), form) for visit in visits.values()]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(lines) + f"\n\n{NOTE}"
