"""The measurements run; what they measure is nobody's business here."""

import contextlib
from pathlib import Path

import pytest

from bench import bulk, functions, imports, report, scale, starts
from bench.aws import credentials_of
from bench.client import Client, RequestFailed
from bench.floor import Calibration
from bench.flows import Kind, Results, new_subject
from bench.operations import OPERATIONS, email_of
from bench.serving import poolkeep
from bench.tenant import Tenant, username
from tests.tidy import tree

FEW = 4
USERS = 30


async def test_every_operation_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.operations.USERS", USERS)
    async with contextlib.AsyncExitStack() as stack:
        subject = await new_subject(stack, poolkeep(tmp_path / "data"))
        for operation in OPERATIONS:
            assert await operation.run(subject, FEW) > 0
        assert all(megabytes > 1 for megabytes in subject.server.worker_pss_mb())


async def test_users_in_bulk_are_users(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with poolkeep(data) as server, Client(server.port) as client:
        tenant = Tenant(client, credentials_of(data))
        await tenant.create(AliasAttributes=["email"])
        await tenant.add_users([0], email_of)
    url = f"sqlite:///{data / 'poolkeep.db'}"
    await bulk.fill(url, tenant.pool_id, range(1, USERS), size=USERS)
    async with poolkeep(data) as server, Client(server.port) as client:
        tenant.client = client
        pool = {"UserPoolId": tenant.pool_id}
        [found] = await tenant.admin("AdminGetUser", [{**pool, "Username": email_of(7)}])
        assert found["Username"] == username(7)
        [listed] = await tenant.admin("ListUsers", [{**pool, "Filter": 'email ^= "000001."'}])
        assert {each["Username"] for each in listed["Users"]} == set(map(username, range(10, 20)))
        assert await tenant.sign_in([email_of(0)])


async def test_a_refusal_ends_a_measurement(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with poolkeep(data, "--dev") as server, Client(server.port, connections=2) as client:
        tenant = Tenant(client, credentials_of(data))
        with pytest.raises(RequestFailed, match="400 Bad Request"):
            await client.run([tenant.list_request()] * FEW)


def test_the_floors_are_of_primitives() -> None:
    calibration = Calibration()
    calibration.sample(budget_us=1)
    floors = calibration.floors()
    assert {each.floor for each in OPERATIONS if each.floor} <= floors.keys()


def test_the_page_says_what_was_not_met() -> None:
    names = [each.name for each in OPERATIONS]
    kinds = [Kind("SQLite", 1), Kind("SQLite", 2)]
    costs = {kind: dict.fromkeys(names, 1_000.0) for kind in kinds}
    floors = {each.floor: 900.0 for each in OPERATIONS if each.floor}
    floors |= dict.fromkeys(report.PRIMITIVES, 900.0)
    sizes = {size: dict.fromkeys(scale.OPERATIONS, float(size)) for size in (1_000, 2_000)}
    page = report.page(
        report.Run(
            machine=["processor: one"],
            quick=True,
            minutes=1,
            loads=(0.0, 0.0),
            flows=Results(costs, floors),
            scale=scale.Results({"SQLite": sizes}),
            imports={"SQLite": [imports.Run(1_000, 0.5, 0.25, 80, 30)]},
            starts=starts.Results(500, 450, 450, 30, 30),
            round_trips=None,
            moto="Not compared.",
        )
    )
    assert "| refresh: floor ÷ CPU | ≥ 85% | 90% | met |" in page
    assert "| SQLite, 1,000 rows | 2,000 | 0 | 250 | 80 | 30 |" in page
    assert "| start to first answer, ms | ≤ 400 | 450 | **not met** |" in page
    assert "2,000 users ÷ 1,000, SQLite, the worst (GetUser) | ≤ 1.7 | 2.00 | **not met** |" in page


def test_the_page_is_there() -> None:
    assert (tree.ROOT / "docs" / report.PAGE.name) == report.PAGE
    assert report.PAGE.exists()


async def test_functions_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.functions.WARM", 2)
    monkeypatch.setattr("bench.functions.TURN", FEW)
    over = await functions.over_the_function(f"python:{functions.HERE / 'handler.py'}:nothing", FEW)
    assert 0 < over.middle <= over.late
    plain, warm = await functions.per_second(tmp_path / "rates", 1, recorded=True)
    assert plain > 0
    assert warm > 0
