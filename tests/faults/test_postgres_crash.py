"""PostgreSQL killed under load: poolkeep answers 503 meanwhile, reconnects and has lost nothing."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.faults.killing import (
    Run,
    a_crowd,
    assert_nothing_is_lost,
    assert_rows_fit,
    durable_database,
    kill_postgres,
    kill_under_load,
)
from tests.sdk.builders import an_app
from tests.sdk.support import Json, RefusedError, Wire, unique
from tests.support.exclusions import skip_if_excluded
from tests.support.postgres import Cluster
from tests.support.server import StartServer

AWAY_S: Final = 15.0


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """Return a PostgreSQL that no other test needs."""
    skip_if_excluded("postgres")
    with Cluster() as cluster:
        yield cluster


def test_no_acknowledged_user_is_lost_with_the_database(
    start_server: StartServer, own_cluster: Cluster, tmp_path: Path
) -> None:
    data, url = tmp_path / "data", durable_database(own_cluster)
    server = start_server("--data", str(data), database_url=url)
    crowd = a_crowd(server, url, data)
    kill_under_load(server, crowd, Run(kills=3, sign_ups=200), lambda _: kill_postgres(own_cluster))
    assert_nothing_is_lost(crowd)
    server.stop()
    assert_rows_fit(url, data)


def test_while_the_database_is_away_callers_are_told_so_and_then_served_again(
    start_server: StartServer, own_cluster: Cluster, tmp_path: Path
) -> None:
    server = start_server(
        "--data", str(tmp_path / "data"), database_url=own_cluster.url(own_cluster.create())
    )
    app = an_app(Wire(server.base_url))
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    own_cluster._end()
    acts: list[Callable[[], Json]] = [
        lambda: app.sign_in(name),
        lambda: app.sign_up(unique()),
        lambda: app.wire.call("GetUser", AccessToken=access),
        lambda: app.wire.call("ListUserPools", MaxResults=1),
    ]
    for act in acts:
        started = time.monotonic()
        with pytest.raises(RefusedError) as caught:
            act()
        assert (caught.value.status, caught.value.code) == (503, "InternalErrorException")
        assert "postgres" not in caught.value.text.lower(), "nothing of the inside"
        assert time.monotonic() - started < AWAY_S
    assert app.wire.exchange("GET", "/_poolkeep/health").status == 503
    keys = app.wire.exchange("GET", f"/{app.pool_id}/.well-known/jwks.json")
    assert keys.status in {200, 503}, "published keys may come from memory"
    assert keys.headers["content-type"] == "application/json"
    own_cluster._start()
    assert own_cluster._is_ready()
    assert app.sign_in(name)["AccessToken"]
    assert app.wire.exchange("GET", "/_poolkeep/health").status == 200
