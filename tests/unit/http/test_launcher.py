"""Processes: start, workers, crashes, signals, and that nothing is left behind."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.unit.http.dummy import Serving, failing, read_all, serving


def _workers(running: Serving) -> set[int]:
    return {int(running.ask("/pid")) for _ in range(40)}


def _children(pid: int) -> list[int]:
    return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def _await_gone(pids: list[int], within_s: float = 10.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if all(map(_gone, pids)):
            return True
        time.sleep(0.05)
    return False


def test_one_worker_serves_in_the_process_that_was_started() -> None:
    with serving() as running:
        assert _workers(running) == {running.process.pid}


def test_several_workers_share_the_port() -> None:
    with serving(workers=2) as running:
        workers = _workers(running)
        assert len(workers) == 2
        assert running.process.pid not in workers


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_under_way_is_answered_after_sigterm(workers: int) -> None:
    with serving(workers=workers) as running, running.connect() as busy, running.connect() as idle:
        busy.sendall(b"GET /slow?s=0.7 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.2)
        running.process.send_signal(signal.SIGTERM)
        assert read_all(idle) == b""
        answer = read_all(busy)
        assert b"200 OK" in answer
        assert running.process.wait(timeout=5) == 0
        assert running.process.stdout is not None
        assert running.process.stdout.read().count(b"shut down") == workers


@pytest.mark.parametrize("workers", [1, 2])
def test_draining_has_an_end(workers: int) -> None:
    with serving(workers=workers, http__drain_s=0.5) as running, running.connect() as busy:
        busy.sendall(b"GET /slow?s=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.2)
        start = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=10) == 0
        assert time.monotonic() - start < 5


def test_a_crashed_worker_is_replaced_while_the_others_serve() -> None:
    with serving(workers=2) as running:
        before = _workers(running)
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        end = time.monotonic() + 10
        after: set[int] = set()
        while time.monotonic() < end and len(after) < 2:
            try:
                after = _workers(running)
            except (ConnectionError, ValueError):
                continue  # it was waiting in the queue of the killed one
        assert len(after) == 2
        assert victim not in after
        assert _children(running.process.pid) == sorted(after)  # and no zombie
        running.process.terminate()
        assert running.process.wait(timeout=10) == 0
        assert f"worker {victim} ended by signal 9" in running.errors()


def test_workers_end_with_a_killed_parent() -> None:
    with serving(workers=2) as running:
        workers = _children(running.process.pid)
        assert len(workers) == 2
        running.process.kill()
        running.process.wait()
        assert _await_gone(workers)


def test_a_second_signal_does_not_wait() -> None:
    with serving(workers=2) as running, running.connect() as busy:
        busy.sendall(b"GET /slow?s=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.2)
        running.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=8) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_taken_port_is_refused_with_advice(workers: int) -> None:
    with serving(workers=2) as running:
        code, errors = failing(port=running.ports[0], workers=workers)
        assert code == 78
        assert "port: " in errors
        assert "--port" in errors


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_application_refuses_at_its_start_is_said(workers: int) -> None:
    code, errors = failing(workers=workers, mail_from="refuse@start")
    assert code == 78
    assert "poolkeep: mail_from: is not wanted here. Give another." in errors


def test_a_defect_at_the_start_is_logged_without_its_text() -> None:
    code, errors = failing(mail_from="crash@start")
    assert code == 1
    assert json.loads(errors.splitlines()[0])["error"] == "builtins.RuntimeError"
    assert "a secret in a text" not in errors


def test_the_admin_port_is_told_apart() -> None:
    with serving(lines=2, admin_port=0) as running:
        public, admin = running.ports
        assert public != admin
        assert json.loads(running.ask("/echo"))["listener"] == "public"
        with running.connect(admin) as sock:
            sock.sendall(b"GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b'"listener": "admin"' in read_all(sock)


def test_memory_and_files_of_the_server_are_private() -> None:
    with serving() as running:
        limits = Path(f"/proc/{running.process.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core"))
        assert core.split()[4:6] == ["0", "0"]
        status = Path(f"/proc/{running.process.pid}/status").read_text()
        assert "Umask:\t0077" in status
        # A process that cannot be dumped belongs to root as far as /proc is concerned.
        assert Path(f"/proc/{running.process.pid}/environ").stat().st_uid == 0


def _recovers(running: Serving, within_s: float = 20.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            return bool(json.loads(running.ask("/echo"))["bytes"] == 0)
        except (ConnectionError, ValueError):
            time.sleep(0.1)
    return False


def _kill_a_worker(running: Serving) -> None:
    """Kill a child that is alive; one that is listed may be reaped before it is killed."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for child in _children(running.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                return
        time.sleep(0.05)
    raise AssertionError("there is no worker")


def test_killing_workers_again_and_again_ends_in_a_server_that_serves() -> None:
    with serving(workers=2) as running:
        for _ in range(3):
            _kill_a_worker(running)
            assert _recovers(running)
        end = time.monotonic() + 20
        while len(_children(running.process.pid)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(_children(running.process.pid)) == 2
