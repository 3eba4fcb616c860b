"""Start the server: in this process for one worker, in forked ones for more.

Every worker listens on a socket of its own on the same port (SO_REUSEPORT), so the kernel
spreads connections evenly; one shared socket gave two workers less than one (performance
research, section 2). The application is built inside each worker, after the fork: nothing that
a library keeps (connections, random state, threads) is ever shared.

Exit codes: 0 after a signal, 78 for what the operator must mend, 1 for a defect.
"""

import asyncio
import functools
import importlib
import os
import socket
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.log import Bridge, Log, say
from poolkeep.http.server import process, sockets
from poolkeep.http.server.certificates import ensure_authority, tls_context
from poolkeep.http.server.ports import App, CannotStart
from poolkeep.http.server.supervisor import Supervisor
from poolkeep.settings import Settings

EXIT_CONFIGURATION: Final = 78  # EX_CONFIG of sysexits.h
EXIT_DEFECT: Final = 1
DEFAULT_APP: Final = "poolkeep.compose:build"


def launch(
    settings: Settings, *, app: str = DEFAULT_APP, announce: Callable[[str], None] = print
) -> int:
    """Serve until told to stop; return the exit code.

    `app` names a function from settings to an App, as `module:function`; `announce` gets the
    sentence that says where we listen, once requests are answered.
    """
    process.harden(debuggable=settings.mode == "dev")
    process.allow_many_connections()
    try:
        if settings.tls.development:  # before there are several of us to make one
            ensure_authority(settings, clock=SystemClock(), entropy=SystemEntropy())
        held = _open(settings, shared=settings.workers > 1)
    except CannotStart as error:
        return _explain(error)
    settings = _with_ports(settings, held)
    greeting = _greeting(settings)
    if settings.workers == 1:
        return _work(settings, app, listeners=held, ready=lambda: announce(greeting))
    worker = functools.partial(_worker, settings, app)
    code = Supervisor(
        worker, settings.workers, drain_s=settings.http.drain_s, ready=lambda: announce(greeting)
    ).run()
    for sock in held:
        sock.close()
    return code


def _worker(settings: Settings, app: str, parent: int, ready: Callable[[], None]) -> int:
    """Be one of several workers."""
    try:
        process.end_with_parent(parent)
        listeners = _open(settings, shared=True, held=True)
    except CannotStart as error:
        return _explain(error)
    return _work(settings, app, listeners=listeners, ready=ready)


def _work(
    settings: Settings, app: str, *, listeners: list[socket.socket], ready: Callable[[], None]
) -> int:
    from poolkeep.http.server.server import Server  # noqa: PLC0415  the supervisor needs no uvicorn

    clock = SystemClock()
    log = Log(clock, settings.log_level)
    Bridge(log).install()

    async def serve() -> None:
        tls = tls_context(settings, clock=clock, entropy=SystemEntropy(), log=log)
        built = _build(app)(settings)
        server = Server(
            built, settings, sockets=listeners, tls=tls,
            clock=clock, entropy=SystemEntropy(), log=log,
        )  # fmt: skip
        await server.run(ready)

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve())
    except CannotStart as error:
        return _explain(error)
    except Exception as error:  # noqa: BLE001  the last place that can tell anybody
        log.defect("server_failed", error)
        say(f"The server failed: {type(error).__name__}. The log has the place.")
        return EXIT_DEFECT
    return 0


def _open(settings: Settings, *, shared: bool, held: bool = False) -> list[socket.socket]:
    """Return the sockets of the public port and, if there is one, the admin port."""
    wanted = [("port", settings.host, settings.port)]
    if settings.admin_port is not None:
        wanted.append(("admin_port", settings.admin_host, settings.admin_port))
    stall_s = settings.http.write_progress_s
    if shared and not held:
        return [sockets.reserve(host, port, setting=s, stall_s=stall_s) for s, host, port in wanted]
    return [
        sockets.bind(host, port, setting=s, shared=shared, stall_s=stall_s)
        for s, host, port in wanted
    ]


def _with_ports(settings: Settings, held: list[socket.socket]) -> Settings:
    """Return `settings` with the ports that were picked for 0."""
    changed: dict[str, Any] = {"port": held[0].getsockname()[1]}
    if len(held) > 1:
        changed["admin_port"] = held[1].getsockname()[1]
    return msgspec.structs.replace(settings, **changed)


def _greeting(settings: Settings) -> str:
    here = msgspec.structs.replace(settings, public_url=None)
    lines = [f"poolkeep listening on {here.base_url}"]
    if settings.admin_port is not None:
        admin = msgspec.structs.replace(here, host=settings.admin_host, port=settings.admin_port)
        lines.append(f"poolkeep administered on {admin.base_url}")
    return "\n".join(lines)


def _build(name: str) -> Callable[[Settings], App]:
    module, _, function = name.partition(":")
    return cast(Callable[[Settings], App], getattr(importlib.import_module(module), function))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  optional, and slow to import where it is not needed
    except ImportError:
        return None
    return uvloop.new_event_loop


def _explain(error: CannotStart) -> int:
    for line in error.lines:
        say(line)
    return EXIT_CONFIGURATION


def announce_now(text: str) -> None:
    """Print `text` to standard output at once, also into a pipe."""
    os.write(1, text.encode() + b"\n")
