"""A small application and a way to serve it in processes of its own, as `serve` does.

`python -m tests.unit.http.dummy '{"port": 0, "http.header_s": 0.5}'` serves it until SIGTERM.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

from poolkeep.http.server.ports import CannotStart, Receive, Scope, Send
from poolkeep.settings import Settings
from tests.support import processes

ROOT = Path(__file__).resolve().parents[3]
ME = "tests.unit.http.dummy"
START_S = 30.0


class Dummy:
    """Answers what a test needs to see."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.served = 0

    async def startup(self) -> None:
        if self.settings.mail_from == "refuse@start":
            raise CannotStart("mail_from: is not wanted here. Give another.")
        if self.settings.mail_from == "crash@start":
            raise RuntimeError("a secret in a text")

    async def shutdown(self) -> None:
        os.write(1, b"shut down\n")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
        body = b""
        match scope["path"]:
            case "/count":
                pass
            case "/big":
                body = b"x" * int(query["bytes"])
            case "/slow":
                await asyncio.sleep(float(query["s"]))
            case "/unread":
                body = b"not read"
            case "/pid":
                body = str(os.getpid()).encode()
            case "/crash":
                os._exit(9)
            case _:
                read = bytearray()
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return
                    read += message["body"]
                    if not message["more_body"]:
                        break
                body = json.dumps(
                    {
                        "bytes": len(read),
                        "client": scope["client"][0],
                        "scheme": scope["scheme"],
                        "listener": scope["state"]["listener"],
                        "path": scope["path"],
                        "headers": [name.decode() for name, _ in scope["headers"]],
                    }
                ).encode()
        self.served += 1
        if scope["path"] == "/count":
            body = str(self.served).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def build(settings: Settings) -> Dummy:
    """Return the application, as compose does."""
    return Dummy(settings)


class Serving:
    """A running launcher and the ports that it announced."""

    def __init__(self, **settings: object) -> None:
        flags = {"port": 0, **{key.replace("__", "."): value for key, value in settings.items()}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", ME, json.dumps(flags)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        )  # fmt: skip
        self.ports: list[int] = []

    def await_ready(self, lines: int = 1) -> "Serving":
        assert self.process.stdout is not None
        for _ in range(lines):
            line = self.process.stdout.readline().decode()
            assert " on http://127.0.0.1:" in line, line + self.errors()
            self.ports.append(int(line.rpartition(":")[2]))
        return self

    def errors(self) -> str:
        """Return all that it wrote to standard error, after it ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def connect(self, port: int | None = None) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port or self.ports[0]), timeout=20)

    def ask(self, path: str, **headers: str) -> bytes:
        """Return the body of GET `path` on a connection of its own."""
        with self.connect() as sock:
            lines = [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
            head = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines]
            sock.sendall("\r\n".join([*head, "", ""]).encode())
            return read_all(sock).partition(b"\r\n\r\n")[2]

    def close(self) -> None:
        """Stop it, if it still runs, and let go of its pipes."""
        processes.stop(self.process)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@contextlib.contextmanager
def serving(lines: int = 1, **settings: object) -> Iterator[Serving]:
    """Serve the dummy; `http__header_s=0.5` sets `http.header_s`."""
    with contextlib.closing(Serving(**settings)) as running:
        yield running.await_ready(lines)


def failing(**settings: object) -> tuple[int, str]:
    """Return exit code and errors of a server that cannot start."""
    with contextlib.closing(Serving(**settings)) as running:
        code = running.process.wait(timeout=START_S)
        return code, running.errors()


def read_all(sock: socket.socket) -> bytes:
    """Read until the other side closes; a reset counts as closing."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while piece := sock.recv(65536):
            data += piece
    return data


def closed_after_s(sock: socket.socket) -> float:
    """Return the seconds until the other side closes."""
    start = time.monotonic()
    read_all(sock)
    return time.monotonic() - start


def main() -> int:
    """Serve until a signal."""
    from poolkeep.cli.sources import load
    from poolkeep.http.server.launcher import announce_now, launch

    settings = load(None, {}, flags=json.loads(sys.argv[1])).settings
    return launch(settings, app=f"{ME}:build", announce=announce_now)


if __name__ == "__main__":
    sys.exit(main())
