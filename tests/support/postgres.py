"""A private PostgreSQL for a run of tests.

The cluster lives in a temporary folder, listens on a Unix socket and on a loopback port, and ends
with the process that started it, even when that is killed. Each test gets a fresh database,
copied from a template. Text sorts by a linguistic locale on purpose, so that a statement that
forgot to ask for code-point order is found here.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import psycopg
from psycopg import sql

from tests.support import processes
from tools import machine

START_S: Final = 60.0
STOP_S: Final = 20.0
SETTINGS: Final = {
    "fsync": "off",  # the machine does not lose power during a test; processes are killed, though
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


class PostgresError(Exception):
    """The private PostgreSQL cannot be had; the text says why."""


class Cluster:
    """One PostgreSQL server of our own."""

    def __init__(self) -> None:
        """Prepare; nothing runs until entered."""
        programs = machine.postgres_programs()
        if programs is None:
            raise PostgresError("no PostgreSQL found; `python3 tools/setup.py test` says how")
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="poolkeep-pg-", dir="/tmp"))
        self._user = machine.POSTGRES_USER if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)
        self.port = 0

    def __enter__(self) -> Self:
        """Make and start the cluster."""
        if self._user is not None:
            try:
                entry = pwd.getpwnam(self._user)
            except KeyError:
                raise PostgresError(f"no system user {self._user}; run tools/setup.py") from None
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        self._make()
        for _ in range(3):  # the port may be taken between the look and the start
            self.port = processes.free_port()
            self._start()
            if self._is_ready():
                return self
            self._end()
        log = (self._folder / "log").read_text(errors="replace")
        raise PostgresError(f"PostgreSQL did not start:\n{log[-3000:]}")

    def __exit__(self, *_: object) -> None:
        """Stop the cluster and remove every trace of it."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgresql://poolkeep@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """Create a database like `template` and return its name."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def execute(self, statement: sql.Composed) -> None:
        """Execute one statement as the owner of the cluster."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Yield the address of a fresh database."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def _make(self) -> None:
        locale = ["--locale=C.UTF-8"]
        if int(self._programs.parent.name if self._programs.parent.name.isdigit() else 0) >= 15:
            locale += ["--locale-provider=icu", "--icu-locale=en-US"]
        done = subprocess.run(
            [
                *processes.as_user(self._user),
                str(self._programs / "initdb"), "--pgdata", str(self._folder / "data"),
                "--username=poolkeep", "--auth=trust", "--encoding=UTF8", "--no-sync", *locale,
            ],
            capture_output=True, text=True, check=False, cwd=self._folder,
        )  # fmt: skip
        if done.returncode:
            raise PostgresError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _start(self) -> None:
        options = [part for pair in SETTINGS.items() for part in ("-c", "=".join(pair))]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *processes.as_user(self._user, dies_with_us=signal.SIGINT),
                    str(self._programs / "postgres"), "-D", str(self._folder / "data"),
                    "-k", str(self._folder), "-h", "127.0.0.1", "-p", str(self.port), *options,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder,
            )  # fmt: skip

    def _is_ready(self) -> bool:
        deadline = time.monotonic() + START_S
        while self._process and self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _end(self) -> None:
        process, self._process = self._process, None
        processes.stop(process, first=signal.SIGINT, patience_s=STOP_S)  # SIGINT: fast shutdown
