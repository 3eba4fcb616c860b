"""One process's server: listen, tick, drain.

startup ─▶ listening ─▶ (SIGTERM) ─▶ draining ─▶ shutdown
              │ every 0.25 s: deadlines; every second: the Date header; every 10 s: refusals
"""

import asyncio
import gc
import logging
import signal
import socket
import ssl
from collections.abc import Callable
from email.utils import formatdate
from typing import Final

from uvicorn.config import Config
from uvicorn.server import ServerState

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.log import Log
from poolkeep.http.server.guard import GuardedProtocol
from poolkeep.http.server.policy import SWEEP_S, Policy
from poolkeep.http.server.ports import App, JudgesHosts
from poolkeep.settings import Settings

HANDSHAKE_S: Final = 10.0
GOODBYE_S: Final = 1.0
SHUTDOWN_S: Final = 10.0
TICKS_PER_DATE: Final = round(1 / SWEEP_S)
TICKS_PER_SUMMARY: Final = round(10 / SWEEP_S)


class Server:
    """Serve `app` on `sockets` until asked to stop."""

    def __init__(
        self,
        app: App,
        settings: Settings,
        *,
        sockets: list[socket.socket],
        tls: ssl.SSLContext | None,
        clock: Clock,
        entropy: Entropy,
        log: Log,
    ) -> None:
        self._app = app
        self._settings = settings
        self._sockets = sockets
        self._tls = tls
        self._clock = clock
        self._log = log
        self._state = ServerState()
        admin_port = sockets[1].getsockname()[1] if len(sockets) > 1 else None
        self.policy = Policy(
            settings,
            entropy,
            admin_port=admin_port,
            app_judges_hosts=isinstance(app, JudgesHosts),
        )
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    def stop(self) -> None:
        """Begin to drain; the second time, stop waiting."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve; call `ready` when connections are accepted. Raises what `startup` raises."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or the supervisor's wish
                loop.add_signal_handler(number, self.stop)
        await self._app.startup()
        try:
            # What exists now exists for good; the collector need not look at it again, and
            # forked siblings go on sharing its pages.
            gc.freeze()
            self._refresh_date()
            listeners = [await self._listen(loop, sock) for sock in self._sockets]
            ready()
            await self._tick_until_stopped()
            await self._drain(listeners)
        finally:
            async with asyncio.timeout(SHUTDOWN_S):
                await self._app.shutdown()

    async def _listen(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket
    ) -> asyncio.AbstractServer:
        # uvicorn reports what its own state machine finds; requests are the application's log.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        http = self._settings.http
        config = Config(
            self._app,
            interface="asgi3", lifespan="off", loop="none", ws="none", workers=1,
            log_config=None, access_log=False, server_header=False, date_header=False,
            proxy_headers=False, forwarded_allow_ips="",
            timeout_keep_alive=http.keep_alive_s,  # type: ignore[arg-type]  # goes to call_later
        )  # fmt: skip
        config.load()
        return await loop.create_server(
            lambda: GuardedProtocol(config, self._state, policy=self.policy, loop=loop),
            sock=sock,
            backlog=http.backlog,
            ssl=self._tls,
            ssl_handshake_timeout=HANDSHAKE_S if self._tls else None,
            # Browsers leave idle connections open and do not answer a goodbye.
            ssl_shutdown_timeout=GOODBYE_S if self._tls else None,
        )

    async def _tick_until_stopped(self) -> None:
        loop = asyncio.get_running_loop()
        tick = 0
        while not await _is_set(self._stop, SWEEP_S):
            tick += 1
            self.policy.sweep(loop.time())
            if tick % TICKS_PER_DATE == 0:
                self._refresh_date()
            if tick % TICKS_PER_SUMMARY == 0:
                self._summarise()

    async def _drain(self, listeners: list[asyncio.AbstractServer]) -> None:
        """Stop accepting, let requests under way finish, cut off what takes too long."""
        for listener in listeners:
            listener.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.http.drain_s
        while (self._state.connections or self._state.tasks) and loop.time() < end:
            if await _is_set(self._hurry, 0.02):
                break
            self.policy.sweep(loop.time())
        for connection in list(self._state.connections):
            connection.transport.abort()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._summarise()

    def _refresh_date(self) -> None:
        date = formatdate(self._clock.now_ms() / 1000, usegmt=True).encode("ascii")
        self._state.default_headers = [(b"date", date)]

    def _summarise(self) -> None:
        if counts := self.policy.take_refused():
            self._log.warning("connections_refused", by_status=counts)


async def _is_set(event: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False
