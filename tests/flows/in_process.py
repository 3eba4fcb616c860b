"""The whole application in this process, called as the wire would call it."""

import asyncio
import concurrent.futures
import contextlib
import socket
import threading
import urllib.parse
from collections.abc import Coroutine, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, TypeVar

import uvicorn

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.base.secret import Secret
from poolkeep.compose import build
from poolkeep.http.app import Application
from poolkeep.settings import Settings
from tests.sdk.support import Json, Reply, Wire

T = TypeVar("T")
ANSWER_S: Final = 60.0


class Loop:
    """An event loop in a thread of its own, for callers in any thread."""

    def __init__(self) -> None:
        """Make it; it runs once started."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def start(self) -> None:
        """Run until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and close."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work returns."""
        return self.begin(work).result(ANSWER_S)

    def begin(self, work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
        """Return what the work will return, while it runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


class InProcessWire(Wire):
    """A caller of an application in this process."""

    def __init__(self, application: Application, loop: Loop) -> None:
        """Call `application`, whose clock only tests move."""
        super().__init__("http://localhost:9229")
        self._application = application
        self._loop = loop

    def exchange(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Answer one request."""
        return self._loop.run(self._exchange(method, path, body, dict(headers or {})))

    async def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> Reply:
        plain, _, query = path.partition("?")
        named = {"Host": "localhost:9229", **headers}
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": urllib.parse.unquote(plain),
            "raw_path": plain.encode(),
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in named.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 9229),
            "state": {},
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Json]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self._application(scope, receive, send)
        start = next(one for one in sent if one["type"] == "http.response.start")
        seen = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        content = b"".join(
            one.get("body", b"") for one in sent if one["type"] == "http.response.body"
        )
        return Reply(start["status"], seen, content)


@contextlib.contextmanager
def serving(
    folder: Path, triggers: InProcessTriggers | None = None, database: str = "sqlite:///:memory:"
) -> Iterator[InProcessWire]:
    """Run a development server without sockets, its database in memory unless told otherwise."""
    settings = Settings(mode="dev", data=folder, database=Secret(database), log_level="error")
    application = build(settings, triggers=triggers)
    loop = Loop()
    loop.start()
    try:
        loop.run(application.startup())
        yield InProcessWire(application, loop)
    finally:
        loop.run(application.shutdown())
        loop.stop()


@contextlib.contextmanager
def listening(folder: Path, triggers: InProcessTriggers, **more: Any) -> Iterator[Wire]:
    """Run a development server in this process, on a port of its own, for clients outside it."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        settings = Settings(
            mode="dev",
            data=folder,
            database=Secret("sqlite:///:memory:"),
            log_level="error",
            port=listener.getsockname()[1],
            **more,
        )
        application = build(settings, triggers=triggers)
        loop = Loop()
        loop.start()
        server = uvicorn.Server(
            uvicorn.Config(application, lifespan="off", log_config=None, access_log=False)
        )
        loop.run(application.startup())
        serving_on = loop.begin(server.serve(sockets=[listener]))
        try:
            yield Wire(f"http://127.0.0.1:{settings.port}")
        finally:
            server.should_exit = True
            serving_on.result(ANSWER_S)
            loop.run(application.shutdown())
            loop.stop()
