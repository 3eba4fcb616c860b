"""Somebody who is served all the while: what abuse must not change."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Final

from tests.sdk.builders import App

LATE_S: Final = 5.0


class Others:
    """A caller of GetUser in a thread, who counts answers and notes everything else."""

    def __init__(self, app: App) -> None:
        """Speak for a user of `app`."""
        self._app = app
        self._name = app.user()
        self._token = app.sign_in(self._name)["AccessToken"]
        self._stop = threading.Event()
        self.answers = 0
        self.longest_s = 0.0
        self.mistakes: list[str] = []

    def call(self) -> None:
        """Call until stopped."""
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                found = self._app.wire.call("GetUser", AccessToken=self._token)
                if found["Username"] != self._name:
                    self.mistakes.append(f"spoke for {found['Username']}")
            except Exception as error:  # noqa: BLE001  told when they leave
                self.mistakes.append(repr(error))
            self.answers += 1
            self.longest_s = max(self.longest_s, time.monotonic() - started)
            self._stop.wait(0.01)

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """Insist that they are served while the block runs."""
        thread = threading.Thread(target=self.call)
        self._stop.clear()
        before, self.mistakes, self.longest_s = self.answers, [], 0.0
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
        assert not self.mistakes, self.mistakes[:3]
        assert self.answers > before
        assert self.longest_s < LATE_S
