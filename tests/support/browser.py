"""A real browser, driven through its DevTools protocol over a pair of pipes.

It runs without a window, in a profile of its own that is thrown away, and can reach this machine
only: every other name does not resolve, every other address goes to a proxy that is not there.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.support import processes
from tests.support.exclusions import skip_if_excluded
from tools import machine

Json: TypeAlias = Any
ANSWER_S: Final = 60.0
FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=localhost;*.localhost;127.0.0.1",
    (
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, "
        "EXCLUDE 127.0.0.1"
    ),
    "--remote-debugging-pipe",
)


class BrowserError(Exception):
    """The browser refused a command, or a script of the page threw."""


class Browser:
    """One running browser; its commands may come from one thread."""

    def __init__(self, program: Path, folder: Path) -> None:
        """Start it with an empty profile in `folder`."""
        to_browser, our_writer = os.pipe()
        our_reader, from_browser = os.pipe()
        self._writer = os.fdopen(our_writer, "wb", buffering=0)
        self._reader = os.fdopen(our_reader, "rb")
        self._numbers = 0
        self._answers: queue.Queue[Json] = queue.Queue()
        # The protocol wants to read from descriptor 3 and to write to 4.
        script = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        command = [str(program), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        self._process = subprocess.Popen(
            [
                *processes.as_user(None, dies_with_us=signal.SIGKILL),
                *("bash", "-c", script, "browser", *command),
            ],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(folder)},
        )
        os.close(to_browser)
        os.close(from_browser)
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, method: str, session: str | None = None, /, **parameters: Json) -> Json:
        """Send one command and return its result."""
        self._numbers += 1
        message = {"id": self._numbers, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._writer.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._answers.get(timeout=ANSWER_S)
            if answer is None:
                raise BrowserError("the browser has gone")
            if answer.get("id") == self._numbers:
                break
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def page(self, url: str) -> "Page":
        """Open a page and wait until it is there."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.go(url)
        return page

    def stop(self) -> None:
        """Stop it and wait until it is gone."""
        with contextlib.suppress(BrowserError, OSError, queue.Empty):
            self.send("Browser.close")
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._writer.close()
        self._reader.close()

    def _listen(self) -> None:
        rest = b""
        with contextlib.suppress(OSError, ValueError):
            while block := os.read(self._reader.fileno(), 65536):
                *messages, rest = (rest + block).split(b"\0")
                for message in messages:
                    self._answers.put(json.loads(message))
        self._answers.put(None)


class Page:
    """One page of a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        """Drive the page that `session` is attached to."""
        self._browser = browser
        self._session = session

    def send(self, method: str, /, **parameters: Json) -> Json:
        """Send one command about the page."""
        return self._browser.send(method, self._session, **parameters)

    def go(self, url: str) -> None:
        """Load an address; the page is ready when its own script says so."""
        self.send("Page.enable")
        told = self.send("Page.navigate", url=url)
        if told.get("errorText"):
            raise BrowserError(f"{url}: {told['errorText']}")
        self.run("new Promise((done) => { (function look() {"
                 " window.ready ? done(true) : setTimeout(look, 10); })(); })")  # fmt: skip

    def run(self, script: str) -> Json:
        """Return what a script's promise becomes; a user seems to have asked for it."""
        told = self.send(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in told:
            details = told["exceptionDetails"]
            thrown = details.get("exception", {})
            raise BrowserError(thrown.get("description") or details.get("text", ""))
        return told["result"].get("value")

    def wait(self, script: str, *, within_s: float = 20) -> Json:
        """Return what a script says once that is true, on whichever page is there by then."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                found = self.run(script)
            except BrowserError:  # one page is leaving, the next not there yet
                found = None
            if found:
                return found
            if time.monotonic() > deadline:
                here = self.run("location.href + '\\n' + document.body?.innerText.slice(0, 2000)")
                raise BrowserError(f"never came true: {script}\nat {here}")
            time.sleep(0.02)

    def authenticator(self, **options: Json) -> "Keys":
        """Plug a virtual authenticator in: a platform's that verifies, unless told otherwise."""
        self.send("WebAuthn.enable")
        usual = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.send("WebAuthn.addVirtualAuthenticator", options={**usual, **options})
        return Keys(self, made["authenticatorId"])


class Keys:
    """What is in a virtual authenticator."""

    def __init__(self, page: Page, identity: str) -> None:
        """Look into the authenticator of this id."""
        self._page = page
        self._identity = identity

    def all(self) -> list[dict[str, Json]]:
        """Return every credential, private keys included."""
        found: list[dict[str, Json]] = self._page.send(
            "WebAuthn.getCredentials", authenticatorId=self._identity
        )["credentials"]
        return found

    def put(self, credential: Json) -> None:
        """Put a credential in, in place of what is there."""
        self._page.send("WebAuthn.clearCredentials", authenticatorId=self._identity)
        self._page.send(
            "WebAuthn.addCredential", authenticatorId=self._identity, credential=credential
        )

    def verify(self, *, verified: bool) -> None:
        """Set whether the next user will be verified."""
        self._page.send(
            "WebAuthn.setUserVerified", authenticatorId=self._identity, isUserVerified=verified
        )

    def unplug(self) -> None:
        """Take the authenticator away."""
        self._page.send("WebAuthn.removeVirtualAuthenticator", authenticatorId=self._identity)


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Run a browser; skip when excluded by name, fail when missing."""
    skip_if_excluded("browser")
    program = machine.browser_program()
    if program is None:
        pytest.fail("a Chromium is missing; run: python3 tools/setup.py test")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, Path(folder))
        try:
            yield browser
        finally:
            browser.stop()
