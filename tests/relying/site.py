"""A site of an application: each of its pages runs one bundled client, whatever the address."""

import contextlib
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.sdk.support import PASSWORD, Json
from tests.support.browser import Page
from tests.support.node import FOLDER, node_program

PACKER: Final = FOLDER / "node_modules" / "esbuild" / "bin" / "esbuild"
FIELD: Final = "document.querySelector('input[name=password]')"
PAGE: Final = """\
<!doctype html>
<meta charset="utf-8">
<title>An application</title>
<link rel="icon" href="data:,">
<script>window.settings = {settings};</script>
<script src="/client.js"></script>
"""


def packed(name: str, folder: Path) -> bytes:
    """Return a client of tests/sdk/node/pages with all that it imports, in one file."""
    out = folder / f"{name}.js"
    source = FOLDER / "pages" / f"{name}.js"
    done = subprocess.run(
        [
            str(node_program()), str(PACKER), str(source), "--bundle", "--format=iife",
            "--platform=browser", "--define:global=window", "--log-level=error",
            f"--outfile={out}",
        ],
        cwd=FOLDER, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"{source.name} cannot be packed:\n{done.stderr}")
    return out.read_bytes()


class Site:
    """A site on a port of its own; the settings may be given once the port is known."""

    def __init__(self, client: bytes) -> None:
        """Serve pages that run `client`."""
        site = self
        self.client = client
        self.settings: dict[str, Json] = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_script = self.path == "/client.js"
                self.send_response(200)
                kind = "text/javascript" if is_script else "text/html; charset=utf-8"
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(site.client if is_script else site.page())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self._server.server_port}"

    def page(self) -> bytes:
        """Return the page, which every address has."""
        return PAGE.replace("{settings}", json.dumps(self.settings)).encode()

    @contextlib.contextmanager
    def running(self) -> Iterator["Site"]:
        """Serve."""
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def start(page: Page, script: str) -> None:
    """Run what leads away from a page, without waiting for what it never says.

    The page is not `ready` any more, so that nobody takes it for the one that comes next.
    """
    page.run(f"window.ready = false; void ({script})")


def type_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Sign in on the hosted page that a browser is about to show."""
    page.wait(
        "document.querySelector('input[name=password]') && document.readyState === 'complete'"
    )
    values = {"username": username, "password": password}
    page.run(
        f"""(() => {{
            const values = {json.dumps(values)};
            const form = {FIELD}.form;
            for (const [name, value] of Object.entries(values)) {{
                const field = form.elements[name];
                if (field.type !== 'hidden' && !field.readOnly) field.value = value;
            }}
            setTimeout(() => form.querySelector('[type=submit]').click());
        }})()"""
    )


def is_back(page: Page, site: Site, path: str = "/callback") -> str:
    """Wait until a browser is at an address of the site and return the address."""
    wanted = json.dumps(site.origin + path)
    found: str = page.wait(f"location.href.startsWith({wanted}) && window.ready && location.href")
    return found
