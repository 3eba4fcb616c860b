"""The log tells of requests: of no secret, of no person, and nothing that a caller dictates."""

import json
import re
import socket
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PREFIX, Json, an_email, holds, unique
from tests.security.canaries import Life
from tests.security.signing import SignedWire, root_key
from tests.security.traces import contents, traces
from tests.support.server import Server, StartServer

DEBUG: Final = {"POOLKEEP_LOG_LEVEL": "debug"}
MARK: Final = "forged-7f3a"
HOSTILE: Final = (
    f'{MARK}"}}\n{{"level":"error","event":"{MARK}"}}',
    f"{MARK}\r\nat=now level=error",
    f"{MARK}\x1b[2J\x1b[31m",
    f"{MARK}\u202e\u2066\u2028\x85",
    f"{MARK}%0d%0aevent",
    f"{MARK}\\u000a\\n",
)


def events(server: Server) -> list[dict[str, Json]]:
    """Return the events of the log; everything but the greeting is one line of ASCII JSON."""
    found = []
    for line in server.log.read_bytes().splitlines():
        assert all(32 <= byte < 127 for byte in line), line
        if line.startswith(b"{"):
            found.append(json.loads(line))
        else:
            assert re.match(rb"poolkeep|  a first token|  messages|  http", line), line
    return found


@holds("MFA-40")
@pytest.mark.parametrize("dev", [False, True])
def test_no_secret_and_no_person_is_in_the_log(
    start_server: StartServer, sqlite_url: str, tmp_path: Path, *, dev: bool
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), dev=dev, database_url=sqlite_url, environment=DEBUG)
    pair = root_key(data)
    life = Life(SignedWire(server.base_url, pair))
    canaries = life.live()
    app = an_app(life.wire, a_pool(life.wire))
    life.break_things(app)
    break_the_database(app, sqlite_url)
    told = events(server)
    assert {"request", "defect"} <= {event["event"] for event in told}
    log = contents([server.log])
    assert not traces(log, {**canaries.secrets, "root secret": pair.secret})
    assert not traces(log, {**canaries.people})
    words = re.sub(rb'"us":\d+', b"", log[server.log.name])  # how long it took is no code
    for code in canaries.codes:
        assert not re.search(rf"(?<![0-9a-f-]){code}(?![0-9a-f-])".encode(), words)


def break_the_database(app: App, url: str) -> None:
    """Let a write fail that carries secrets."""
    beside = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    beside.execute("ALTER TABLE users RENAME TO hidden_users")
    reply = app.wire.send("SignUp", json.dumps({
        "ClientId": app.client_id, "Username": unique("canary"), "Password": "Canary-Broken-8",
    }).encode())  # fmt: skip
    beside.execute("ALTER TABLE hidden_users RENAME TO users")
    beside.close()
    assert reply.status == 500
    assert b"users" not in reply.body


def test_a_caller_cannot_write_the_log(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(dev=False, environment=DEBUG)
    wire = SignedWire(server.base_url, root_key(tmp_path / "data"))
    app = an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))
    for text in HOSTILE:
        for members in (
            {"ClientId": app.client_id, "Username": text, "Password": text},
            {"ClientId": text, "Username": "x", "Password": "x"},
            {"ClientId": app.client_id, "AuthFlow": text},
            {"AccessToken": text},
        ):
            for operation in ("SignUp", "InitiateAuth", "GetUser", "ListUsers", text):
                header = text.encode("unicode_escape").decode()[:200]
                agent = {"User-Agent": header, "X-Forwarded-For": header, "Referer": header}
                if operation == text:
                    agent["X-Amz-Target"] = f"{PREFIX}.{header}"
                    operation = "GetUser"  # noqa: PLW2901  the header above counts
                wire.send(operation, json.dumps(members).encode(), agent)
        app.wire.exchange("GET", f"/{MARK}%0a%1b%5b31m?{MARK}=%0d%0a")
        name, email = unique(), an_email()
        app.sign_up(name, email=email, name=MARK)
    raw = [
        f"GET /{MARK}\x1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
        f"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\n{MARK}\r\n\r\n".encode(),
        f"{MARK}\r\n\r\n".encode(),
        b"\x16\x03\x01" + MARK.encode(),
    ]
    for request in raw:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
            sock.sendall(request)
            while sock.recv(65536):
                pass
    told = events(server)
    assert len(told) > 50
    assert not [event for event in told if MARK in json.dumps(event)]
    assert {event["event"] for event in told} <= {"request", "library", "connection refused"}
