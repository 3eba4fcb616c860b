"""Kill -9 under load: what was acknowledged stands, and nothing else is half there."""

from pathlib import Path

import pytest

from tests.faults.killing import (
    Run,
    a_crowd,
    assert_nothing_is_lost,
    assert_rows_fit,
    kill_a_worker,
    kill_the_parent,
    kill_under_load,
    kill_while_starting,
)
from tests.security.signing import SignedWire, root_key
from tests.support.server import Server, StartServer

RUN = Run(kills=12, sign_ups=1500)


def test_no_acknowledged_user_is_lost_by_kills(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), database_url=database_url)
    crowd = a_crowd(server, database_url, data)
    kill_under_load(server, crowd, RUN, lambda _: server.kill())
    assert_nothing_is_lost(crowd)
    server.stop()
    assert_rows_fit(database_url, data)
    assert len(crowd.people) > RUN.sign_ups // 3, "the machine was too slow to tell anything"


def test_a_server_with_workers_outlives_each_of_its_processes(
    start_server: StartServer, sqlite_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), "--workers", "2", database_url=sqlite_url)
    crowd = a_crowd(server, sqlite_url, data)

    def fell(number: int) -> None:
        if number % 4 == 3:
            kill_the_parent(server)
        else:
            kill_a_worker(server)

    kill_under_load(server, crowd, Run(kills=8, sign_ups=300), fell)
    assert_nothing_is_lost(crowd)
    server.stop()
    assert_rows_fit(sqlite_url, data)


@pytest.mark.parametrize("moment_s", [0.2, 0.35, 0.5, 0.65, 0.8, 1.0])
def test_a_first_start_that_is_killed_is_a_first_start_again(
    tmp_path: Path, moment_s: float
) -> None:
    server = Server(tmp_path, "--data", str(tmp_path / "data"))
    kill_while_starting(server, moment_s)
    with server:
        wire = SignedWire(server.base_url, root_key(tmp_path / "data"))
        assert wire.call("ListUserPools", MaxResults=1)["UserPools"] == []
