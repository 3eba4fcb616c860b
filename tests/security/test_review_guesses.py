"""Guesses that arrive at one moment: no more of them are judged than of guesses in a row."""

import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.sdk.builders import App, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, PREFIX, Wire, refused, unique
from tests.support.postgres import Cluster
from tests.support.server import Server, StartServer

GUESSES = 60
FREE = 5
LOCKED = "Password attempts exceeded"
INCORRECT = "Incorrect username or password."


@pytest.fixture(scope="module")
def server(start_shared_server: StartServer, postgres_cluster: Cluster) -> Iterator[Server]:
    """Return a server whose reads and writes really overlap."""
    with postgres_cluster.database() as url:
        yield start_shared_server(database_url=url)


@pytest.fixture(scope="module")
def app(server: Server) -> App:
    return an_app(Wire(server.base_url))


def claims(app: App, name: str, password: str, count: int) -> list[bytes]:
    """Return the bodies of as many proofs, each of an exchange of its own."""
    bodies = []
    for _ in range(count):
        srp = SrpClient(app.pool_id)
        step = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        answers = srp.answers(step["ChallengeParameters"], password)
        bodies.append(
            json.dumps({
                "ClientId": app.client_id,
                "ChallengeName": "PASSWORD_VERIFIER",
                "ChallengeResponses": answers,
            }).encode()
        )  # fmt: skip
    return bodies


def at_once(server: Server, app: App, bodies: list[bytes]) -> list[str]:
    """Send all bodies while the server sleeps, each over a connection of its own."""
    parts = urlsplit(app.wire.base_url)
    head = (
        f"POST / HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\n"
        f"X-Amz-Target: {PREFIX}.RespondToAuthChallenge\r\nContent-Length: "
    ).encode()
    os.kill(server.pid, signal.SIGSTOP)
    try:
        sockets = [socket.create_connection((parts.hostname, parts.port)) for _ in bodies]
        for sock, body in zip(sockets, bodies, strict=True):
            sock.sendall(head + str(len(body)).encode() + b"\r\n\r\n" + body)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    return [answer_of(sock) for sock in sockets]


def answer_of(sock: socket.socket) -> str:
    """Return what a refusal says, or `in`."""
    with sock, sock.makefile("rb") as stream:
        body = stream.read().partition(b"\r\n\r\n")[2]
    text: str = json.loads(body).get("message", "in")
    return text


def test_of_many_proofs_at_once_a_handful_is_judged(server: Server, app: App) -> None:
    name = app.user()
    seen = Counter(at_once(server, app, claims(app, name, "Wrong-Horse-7", GUESSES)))
    assert seen[INCORRECT] <= FREE + 1, seen


def test_right_proofs_at_once_all_count(server: Server, app: App) -> None:
    name = app.user()
    seen = Counter(at_once(server, app, claims(app, name, PASSWORD, FREE)))
    assert seen == {"in": FREE}
    assert app.srp_step(name)


@pytest.mark.parametrize("turn", range(3))
def test_a_right_proof_after_them_tells_nothing(server: Server, app: App, turn: int) -> None:
    name = unique(f"unconfirmed-{turn}")
    app.sign_up(name)
    guesses = [*claims(app, name, "Wrong-Horse-7", 30), *claims(app, name, PASSWORD, 1)]
    assert at_once(server, app, guesses)[-1] == LOCKED


def test_a_right_proof_is_told_once_what_keeps_the_user_out(app: App) -> None:
    name = unique("unconfirmed")
    app.sign_up(name)
    srp = SrpClient(app.pool_id)
    step = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    answers = srp.answers(step["ChallengeParameters"], PASSWORD)
    with refused("UserNotConfirmedException"):
        app.respond("PASSWORD_VERIFIER", None, **answers)
    with refused("NotAuthorizedException"):
        app.respond("PASSWORD_VERIFIER", None, **answers)
