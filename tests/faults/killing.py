"""Kill a server again and again under a crowd, and account for everybody afterwards."""

import contextlib
import dataclasses
import os
import random
import signal
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from psycopg import sql

from poolkeep.storage.database import DatabaseAway
from tests.faults.checker import code_of, problems_of
from tests.faults.crash import CarefulWire, Crowd, Person
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import RefusedError
from tests.support.postgres import Cluster
from tests.support.server import Server

RESTART_S: Final = 5.0
THREADS: Final = 6
CHECKERS: Final = 4
POSTGRES_TRIES: Final = 50
PAUSE_S: Final = (0.1, 1.2)


@dataclasses.dataclass(frozen=True)
class Run:
    """How many kills, and how many sign-ups at least; `limit_s` ends a run on a slow machine."""

    kills: int
    sign_ups: int
    limit_s: float = 60.0


def a_crowd(server: Server, database_url: str, data: Path) -> Crowd:
    """Return people who come to a fresh app that confirms sign-ups by e-mail."""
    wire = CarefulWire(server.base_url)
    app = an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))

    def newest_code(email: str) -> str | None:
        for _ in range(POSTGRES_TRIES):
            try:
                return code_of(database_url, data / "master.key", email)
            except DatabaseAway:  # it is being killed as well
                time.sleep(0.2)
        return None

    return Crowd(app, newest_code)


def kill_under_load(server: Server, crowd: Crowd, run: Run, fell: Callable[[int], None]) -> None:
    """Let people come while `fell(number)` does its damage, until enough came."""
    crowd.start(THREADS)
    dice = random.Random()
    end = time.monotonic() + run.limit_s
    restarts: list[float] = []
    try:
        for number in range(run.kills):
            time.sleep(dice.uniform(*PAUSE_S))
            crowd.up.clear()
            fell(number)
            if server._process is None:
                started = time.monotonic()
                server.start()
                restarts.append(time.monotonic() - started)
            crowd.up.set()
        while len(crowd.people) < run.sign_ups and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        crowd.up.set()
        crowd.stop()
    assert not restarts or statistics.median(restarts) <= RESTART_S, restarts


def kill_a_worker(server: Server) -> None:
    """Kill one of the workers; the server is to start another by itself."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    if children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(random.choice(children)), signal.SIGKILL)


def kill_the_parent(server: Server) -> None:
    """Kill the process that watches the workers; they are to end without it."""
    assert server._process is not None
    os.kill(server.pid, signal.SIGKILL)
    server._process.wait()
    server._process = None


def durable_database(cluster: Cluster) -> str:
    """Return the address of a database whose commits survive a kill of PostgreSQL.

    Tests run it without synchronous commits, which is unsafe for exactly that.
    """
    name = cluster.create()
    cluster.execute(
        sql.SQL("ALTER DATABASE {} SET synchronous_commit = on").format(sql.Identifier(name))
    )
    return cluster.url(name)


def kill_postgres(cluster: Cluster) -> None:
    """Kill PostgreSQL and start it again; its children may take a moment to notice."""
    process = cluster._process
    assert process is not None
    process.kill()
    process.wait()
    for _ in range(POSTGRES_TRIES):
        cluster._start()
        if cluster._is_ready():
            return
        time.sleep(0.2)
    pytest.fail("PostgreSQL did not come back")


def kill_while_starting(server: Server, moment_s: float) -> None:
    """Start a server and kill it a moment later, ready or not."""
    with (
        contextlib.suppress(pytest.fail.Exception),  # it did not get ready, on purpose
        ThreadPoolExecutor(1) as killer,
    ):
        done = killer.submit(_kill_soon, server, moment_s)
        server.start()
    done.result()
    if server._process is not None:  # it was quicker
        server._process.wait()
        server._process = None


def _kill_soon(server: Server, moment_s: float) -> None:
    while server._process is None:
        time.sleep(0.001)
    time.sleep(moment_s)
    process = server._process
    if process is not None:
        process.kill()


def assert_nothing_is_lost(crowd: Crowd) -> None:
    """Everybody who was told so can sign in, and nothing could be used twice."""
    assert not crowd.mistakes, crowd.mistakes[:5]
    waiting = [person for person in crowd.people if person.signed_up]
    lock = threading.Lock()
    lost: list[str] = []

    def check() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                person = waiting.pop()
            try:
                _enter(crowd.app, person)
            except RefusedError as refusal:
                lost.append(f"{person}: {refusal}")

    threads = [threading.Thread(target=check) for _ in range(CHECKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not lost, lost[:5]


def _enter(app: App, person: Person) -> None:
    """Sign in; who never confirmed is confirmed by an administrator first."""
    if not person.confirmed:
        app.admin("AdminConfirmSignUp", person.name)
    assert app.sign_in(person.name, person.password)["AccessToken"]


def assert_rows_fit(database_url: str, data: Path) -> None:
    """Every row fits every other."""
    problems = problems_of(database_url, data / "master.key")
    assert not problems, problems[:10]
