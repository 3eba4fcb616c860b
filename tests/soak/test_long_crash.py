"""Hundreds of kills during ten thousand sign-ups."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.killing import (
    Run,
    a_crowd,
    assert_nothing_is_lost,
    assert_rows_fit,
    durable_database,
    kill_a_worker,
    kill_postgres,
    kill_the_parent,
    kill_under_load,
)
from tests.support.exclusions import skip_if_excluded
from tests.support.postgres import Cluster
from tests.support.server import StartServer

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
HOURS_S = 3600.0


def test_two_hundred_kills_of_the_server(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), database_url=database_url)
    crowd = a_crowd(server, database_url, data)
    run = Run(kills=200, sign_ups=10_000, limit_s=3 * HOURS_S)
    kill_under_load(server, crowd, run, lambda _: server.kill())
    assert_nothing_is_lost(crowd)
    server.stop()
    assert_rows_fit(database_url, data)
    assert len(crowd.people) >= run.sign_ups


def test_a_hundred_kills_of_single_processes(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), "--workers", "2", database_url=database_url)
    crowd = a_crowd(server, database_url, data)

    def fell(number: int) -> None:
        if number % 5 == 4:
            kill_the_parent(server)
        else:
            kill_a_worker(server)

    run = Run(kills=100, sign_ups=5_000, limit_s=2 * HOURS_S)
    kill_under_load(server, crowd, run, fell)
    assert_nothing_is_lost(crowd)
    server.stop()
    assert_rows_fit(database_url, data)


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """Return a PostgreSQL that no other test needs."""
    skip_if_excluded("postgres")
    with Cluster() as cluster:
        yield cluster


def test_two_hundred_kills_of_postgresql(
    start_server: StartServer, own_cluster: Cluster, tmp_path: Path
) -> None:
    data, url = tmp_path / "data", durable_database(own_cluster)
    server = start_server("--data", str(data), database_url=url)
    crowd = a_crowd(server, url, data)
    run = Run(kills=200, sign_ups=10_000, limit_s=3 * HOURS_S)
    kill_under_load(server, crowd, run, lambda _: kill_postgres(own_cluster))
    assert_nothing_is_lost(crowd)
    server.stop()
    assert_rows_fit(url, data)
