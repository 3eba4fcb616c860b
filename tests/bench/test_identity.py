"""The measurements of identities run, and their page says what they found."""

from pathlib import Path

import pytest

from bench import deciding, identity, identity_flows, identity_scale, postgres
from bench.report import PAGE

FEW = 2
SIZES = (10, 40)


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
async def test_flows_are_measured(tmp_path: Path, database: str) -> None:
    with postgres.cluster() as cluster:
        url = None
        if database == "PostgreSQL":
            assert cluster is not None
            url = cluster.url(cluster.create())
        found = await identity_flows.measure(tmp_path, {database: url}, rounds=1, users=FEW)
    costs = found.costs[database]
    assert identity_flows.FLOORS.keys() <= costs.keys()
    assert all(value > 0 for cost in costs.values() for value in cost)
    assert all(identity_flows.floor_of(name, found.floors) > 0 for name in identity_flows.FLOORS)


async def test_decisions_and_signatures_are_measured(tmp_path: Path) -> None:
    found = await deciding.measure(tmp_path / "deciding", rounds=1, budget_s=0)
    assert found.decisions[deciding.PLAIN][100] > found.decisions[deciding.PLAIN][1]
    assert found.signatures.keys() == {deciding.KEY, deciding.SESSION, deciding.NEW_SESSION}


async def test_sizes_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.identity_scale.USERS", FEW)
    monkeypatch.setattr("bench.identity_scale.COUNT", FEW)
    with postgres.cluster() as cluster:
        found = await identity_scale.measure(tmp_path, cluster, sizes=SIZES, rounds=1)
    assert found.keys() == {"SQLite", "PostgreSQL"}
    assert all(
        cost > 0 for sizes in found.values() for each in sizes.values() for cost in each.values()
    )


def test_the_section_has_every_figure() -> None:
    section = identity.section(A_RUN)
    assert "| a user's login: both | 50 | 500 | 10% | 1000 |" in section
    assert "| GetOpenIdToken |  | 500 |  | 1000 |" in section
    assert f"| {deciding.PLAIN} | 100,000 | 50,000 | 5,000 | 1.92 |" in section
    assert f"| {deciding.NEW_SESSION} | 10,000 | 100.0 | 40.0 | 40% |" in section
    assert f"| {identity_scale.USER} | 400 | 440 | 1.10 |" in section


def test_the_page_has_a_place_for_it() -> None:
    assert f"{identity.TITLE}\n" in PAGE.read_text()


FLOORS = {
    "rs256_verify": 25.0, "session_issue": 25.0, "rs512_sign": 600.0, "rs512_verify": 25.0,
    "sigv4": 15.0, "session_open": 25.0,
}  # fmt: skip
A_RUN = identity.Results(
    identity_flows.Results(
        {
            "SQLite": dict.fromkeys(
                [*identity_flows.FLOORS, identity_flows.OPENID], identity_flows.Cost(500, 1_000)
            )
        },
        FLOORS,
    ),
    deciding.Results(
        {deciding.PLAIN: {1: 10.0, 10: 20.0, 100: 200.0}},
        {deciding.KEY: 50.0, deciding.NEW_SESSION: 100.0},
        FLOORS,
    ),
    {"SQLite": {1_000: dict.fromkeys(identity_scale.OPERATIONS, 400.0),
                2_000: dict.fromkeys(identity_scale.OPERATIONS, 440.0)}},
)  # fmt: skip
"""What a run may have found."""
