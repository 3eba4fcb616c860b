"""Imports under kill -9, on several nodes, beside sign-ups: docs/behaviours/imports.md."""

import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checker import problems_of
from tests.faults.nodes import Nodes, rows_of
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.importing import HASH, Imports, counts, people
from tests.sdk.support import PASSWORD, RefusedError, Wire, holds
from tests.support.databases import BOTH
from tests.support.server import ROOT, StartServer

ROWS: Final = 8_000
KILLS: Final = 2
MEMORY_MB: Final = 16
VERIFIES: Final = {"AutoVerifiedAttributes": ["email"]}


def command(data: Path, url: str, *arguments: str) -> list[str]:
    where = ["--dev", "--data", str(data), "--database", url]
    return [sys.executable, "-m", "poolkeep", "import", *arguments, *where]


def run(data: Path, url: str, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run `poolkeep import` and return its exit code and what it said."""
    done = subprocess.run(
        command(data, url, *arguments), input=stdin, capture_output=True, cwd=ROOT, check=False,
        env={**os.environ, "PYTHONPATH": "src"},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def names_of(url: str, pool_id: str) -> list[str]:
    sql = "SELECT username FROM users WHERE pool_id = ? ORDER BY username"
    return [name for (name,) in rows_of(url, sql, (pool_id,))]


def assert_imported_rows_fit(url: str, data: Path) -> None:
    """Every user has exactly the logins and index rows that follow, and no row lacks its user."""
    of_rows = ("the logins of", "the index of", "has a row without its user", "is damaged")
    problems = problems_of(url, data / "master.key")
    assert not [each for each in problems if any(text in each for text in of_rows)]


def log_of(data: Path, url: str, job_id: str, *more: str) -> list[str]:
    code, out, err = run(data, url, "log", job_id, *more)
    assert code == 0, err
    return out.splitlines()


@holds("IMPORT-15", "IMPORT-41")
def test_a_killed_server_goes_on_with_its_job(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), database_url=database_url)
    wire = Wire(server.base_url)
    imports = Imports(wire, a_pool(wire, **VERIFIES))
    rows = people(ROWS)
    bad = set(range(3, ROWS, 50))
    for number in bad:
        rows[number]["email"] = ""
    job_id = imports.ready(imports.csv(rows))
    imports.about("StartUserImportJob", job_id)
    dice = random.Random()
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.05, 0.3))
        server.kill()
        server.start()
        if imports.describe(job_id)["Status"] == "Succeeded":
            break
        _wait_for_progress(imports, job_id)
    job = imports.finished(job_id)
    assert (job["Status"], counts(job)) == ("Succeeded", (ROWS - len(bad), 0, len(bad)))
    wanted = [row["cognito:username"] for number, row in enumerate(rows) if number not in bad]
    assert names_of(database_url, imports.pool_id) == sorted(wanted)
    log = log_of(data, database_url, job_id)
    assert [line.split()[3] for line in log] == [str(number + 2) for number in range(ROWS)]
    failed = log_of(data, database_url, job_id, "--failed")
    assert [int(line.split()[3]) - 2 for line in failed] == sorted(bad)
    assert all(line.startswith("[FAILED] Line Number ") for line in failed)
    server.stop()
    assert_imported_rows_fit(database_url, data)


def _wait_for_progress(imports: Imports, job_id: str) -> None:
    """Wait until the next worker has taken the job over."""
    before = counts(imports.describe(job_id))
    end = time.monotonic() + 30
    while counts(imports.describe(job_id)) == before and time.monotonic() < end:
        if imports.describe(job_id)["Status"] != "InProgress":
            return


@holds("IMPORT-16")
@pytest.mark.parametrize("kind", BOTH)
def test_nodes_share_the_work_without_doing_it_twice(
    nodes_on: Callable[[str], Nodes], kind: str
) -> None:
    nodes = nodes_on(kind)
    pool_id = a_pool(nodes.wire, **VERIFIES)
    here, there = (Imports(wire, pool_id) for wire in (nodes.wire, nodes.other))
    rows = people(3_000)
    job_id = here.ready(here.csv(rows))
    there.about("StartUserImportJob", job_id)
    job = here.finished(job_id)
    assert counts(job) == (len(rows), 0, 0)
    sql = "SELECT COUNT(*), COUNT(DISTINCT username) FROM users WHERE pool_id = ?"
    assert nodes.rows(sql, (pool_id,)) == [(len(rows), len(rows))]
    sql = "SELECT COUNT(*) FROM logins WHERE pool_id = ? AND kind = 'username'"
    assert nodes.rows(sql, (pool_id,)) == [(len(rows),)]


@holds("IMPORT-08")
@pytest.mark.parametrize("kind", BOTH)
def test_of_starts_at_one_moment_one_wins(nodes_on: Callable[[str], Nodes], kind: str) -> None:
    nodes = nodes_on(kind)
    pools = [a_pool(nodes.wire, **VERIFIES) for _ in range(4)]
    jobs = []
    for pool_id in pools:
        imports = Imports(nodes.wire, pool_id)
        jobs.append(imports.ready(imports.csv(people(2_000))))
    won: list[str] = []
    lost: list[str] = []
    ready = threading.Barrier(len(jobs))

    def start(pool_id: str, job_id: str, wire: Wire) -> None:
        ready.wait()
        try:
            Imports(wire, pool_id).about("StartUserImportJob", job_id)
            won.append(job_id)
        except RefusedError as refusal:
            lost.append(refusal.code)

    threads = [
        threading.Thread(target=start, args=(pool_id, job_id, nodes.next()))
        for pool_id, job_id in zip(pools, jobs, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won
    assert set(lost) == {"PreconditionNotMetException"}
    # On a slow machine one may be over before the last thread asks: then that is no one moment.
    done = sorted(
        (Imports(nodes.wire, pools[jobs.index(job_id)]).finished(job_id) for job_id in won),
        key=lambda job: job["StartDate"],
    )
    for earlier, later in itertools.pairwise(done):
        assert earlier["CompletionDate"] <= later["StartDate"]


@pytest.mark.parametrize("kind", BOTH)
def test_sign_ups_go_on_beside_an_import(nodes_on: Callable[[str], Nodes], kind: str) -> None:
    """Both want the same names: each has one owner in the end, and nobody is told otherwise."""
    nodes = nodes_on(kind)
    app = an_app(nodes.wire, a_pool(nodes.wire, **VERIFIES))
    imports = Imports(nodes.wire, app.pool_id)
    rows = people(6_000)
    job_id = imports.ready(imports.csv(rows))
    wanted = [row["cognito:username"] for row in rows]
    random.Random(1).shuffle(wanted)
    signed_up: list[str] = []
    stop = threading.Event()

    def sign_up(mine: App, names: list[str]) -> None:
        for name in names:
            if stop.is_set():
                return
            try:
                mine.sign_up(name)
                signed_up.append(name)
            except RefusedError as refusal:
                if refusal.code != "UsernameExistsException":
                    raise

    threads = [
        threading.Thread(target=sign_up, args=(nodes.spread(app), wanted[number::4]))
        for number in range(4)
    ]
    imports.about("StartUserImportJob", job_id)
    for thread in threads:
        thread.start()
    job = imports.finished(job_id)
    stop.set()
    for thread in threads:
        thread.join()
    assert signed_up, "nobody got in beside the import"
    assert job["FailedUsers"] == 0
    sql = "SELECT status, COUNT(*) FROM users WHERE pool_id = ? GROUP BY status"
    found = dict(nodes.rows(sql, (app.pool_id,)))
    assert found["RESET_REQUIRED"] == job["ImportedUsers"]
    assert found["UNCONFIRMED"] == len(signed_up)
    assert job["ImportedUsers"] + job["SkippedUsers"] == len(rows)
    assert sum(found.values()) == len(rows)


@holds("IMPORT-62", "IMPORT-63")
def test_a_killed_command_goes_on_where_it_was(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), database_url=database_url)
    wire = Wire(server.base_url)
    imports = Imports(wire, a_pool(wire, **VERIFIES))
    app = an_app(wire, imports.pool_id)
    rows = people(2 * ROWS)
    bad = set(range(5, len(rows), 700))
    for number in bad:
        rows[number]["email"] = "no address"
    file = tmp_path / "users.csv"
    file.write_bytes(imports.csv(rows))
    dice = random.Random()
    kills = 0
    while kills < KILLS:
        process = subprocess.Popen(
            command(data, database_url, imports.pool_id, str(file)), cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": "src"},
        )  # fmt: skip
        before = len(names_of(database_url, imports.pool_id))
        while len(names_of(database_url, imports.pool_id)) == before and process.poll() is None:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        if process.returncode != -signal.SIGKILL:
            break
        app.sign_up(f"beside-{kills}")  # the server goes on
    assert kills, "the command was too quick to be killed"
    code, out, err = run(data, database_url, imports.pool_id, str(file))
    assert code == 1, err
    assert f"Imported {len(rows) - len(bad):,} users; 0 existed, {len(bad)} failed" in out
    assert re.search(r"[1-9][0-9,]* rows of them earlier", out), out
    names = names_of(database_url, imports.pool_id)
    wanted = [row["cognito:username"] for number, row in enumerate(rows) if number not in bad]
    assert [name for name in names if not name.startswith("beside")] == sorted(wanted)
    failed = [
        json.loads(line)["line"] - 2
        for line in (tmp_path / "users.csv.failed.jsonl").read_text().splitlines()
    ]
    assert failed == sorted(bad)
    server.stop()
    assert_imported_rows_fit(database_url, data)


@holds("IMPORT-63")
def test_the_command_reads_standard_input_and_a_stopped_servers_data(
    start_server: StartServer, sqlite_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), database_url=sqlite_url)
    wire = Wire(server.base_url)
    app = an_app(wire, a_pool(wire, **VERIFIES))
    server.stop()
    (row,) = people(1)
    hashed = "pbkdf2_sha256$1$salt$" + _pbkdf2(PASSWORD)
    line = json.dumps({**row, HASH: hashed}).encode()
    code, out, err = run(
        data, sqlite_url, app.pool_id, "-", "--hashes", "pbkdf2_sha256", stdin=line
    )
    assert (code, out.partition(";")[0]) == (0, "Imported 1 users"), err
    again, out, _ = run(data, sqlite_url, app.pool_id, "-", "--hashes", "PBKDF2_SHA256", stdin=line)
    assert (again, "1 existed" in out) == (0, True)
    server.start()
    assert app.sign_in(row["cognito:username"])["AccessToken"]
    listed = run(data, sqlite_url, "jobs", app.pool_id)
    assert listed == (0, f"{app.pool_id} has no import jobs.\n", "")


def _pbkdf2(password: str) -> str:
    import base64
    import hashlib

    made = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 1)
    return base64.b64encode(made).decode()


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("us-east-1_Nothing00", "FILE"), "no user pool us-east-1_Nothing00"),
        (("POOL", "ABSENT"), "No such file"),
        (("POOL", "OTHER"), "header"),
        (("log", "import-Nothing000"), "no import job"),
        (("POOL",), "Missing argument"),
        ((), "Usage"),
    ],
)
def test_the_command_says_what_is_wrong(
    start_shared_server: StartServer, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    server = start_shared_server()
    wire = Wire(server.base_url)
    places = {
        "POOL": a_pool(wire),
        "FILE": str(tmp_path / "file"),
        "OTHER": str(tmp_path / "other"),
        "ABSENT": str(tmp_path / "absent"),
    }
    Path(places["FILE"]).write_text("cognito:username\nada\n")
    Path(places["OTHER"]).write_text("name,colour\nada,blue\n")
    url = f"sqlite:///{server.log.parent / 'data' / 'poolkeep.db'}"
    code, out, err = run(
        server.log.parent / "data", url, *(places.get(each, each) for each in arguments)
    )
    assert code != 0
    assert said in out + err
    assert "Traceback" not in err


class Memory:
    """The most anonymous memory that a process has while it is watched.

    Pages of the database's file that are mapped do not count: they are the file's.
    """

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak_mb = self.now_mb()
        self._thread.start()

    def now_mb(self) -> float:
        found = re.search(r"RssAnon:\s+([0-9]+) kB", self._status.read_text())
        assert found is not None
        return int(found[1]) / 1024

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return self.peak_mb

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            self.peak_mb = max(self.peak_mb, self.now_mb())


@holds("IMPORT-22")
def test_a_large_file_takes_no_memory(start_server: StartServer) -> None:
    server = start_server()
    wire = Wire(server.base_url)
    imports = Imports(wire, a_pool(wire, **VERIFIES))
    file = imports.csv(people(10))
    imports.run(file)
    job = imports.create()
    large = file + b"x" * 63_000 + b"\n" + b"y,\n" * 100 + b"z" * 75 * 2**20
    memory = Memory(server.pid)
    before = memory.peak_mb
    try:
        assert imports.upload(job, large).status == 200
        imports.about("StartUserImportJob", job["JobId"])
        finished = imports.finished(job["JobId"])
    finally:
        peak = memory.end()
    assert counts(finished) == (0, 10, 102)
    assert peak - before < MEMORY_MB
