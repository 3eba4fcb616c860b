"""The measurements run; what they measure is nobody's business here."""

import contextlib
from pathlib import Path

import pytest

from bench import bulk, functions, imports, oauth, report, scale, second_factor, starts
from bench.aws import credentials_of
from bench.client import Client, RequestFailed
from bench.floor import Calibration
from bench.flows import Kind, Results, new_subject
from bench.operations import OPERATIONS, email_of
from bench.serving import poolkeep
from bench.tenant import Tenant, username
from tests.bench.test_identity import A_RUN
from tests.support.exclusions import skip_if_excluded
from tests.support.node import node_program
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
            second_factor={"SQLite": second_factor.Costs(2_000, 500, 2_100)},
            functions=functions.Results(
                {"Python": functions.Over(500, 5_000)},
                {True: (400, 300), False: (450, 350)},
                {"alone": functions.Latency(2.25, 5, 7)},
            ),
            oauth=oauth.Results(
                oauth.Side(100, 8_000, 1_443, 4, 1_000, 900, 668),
                oauth.Side(150, 8_500, 1_443, 4, 1_500, 950, 668),
                oauth.Side(50, 16_000, 1_336, 5, 500, 1_800, 668),
                "9",
                None,
                None,
            ),
            identity=A_RUN,
            imports={"SQLite": [imports.Run(1_000, 0.5, 0.25, 80, 30)]},
            starts=starts.Results(500, 450, 450, 30, 30),
            round_trips=None,
            moto="Not compared.",
        )
    )
    assert "| refresh: floor ÷ CPU | ≥ 85% | 90% | met |" in page
    assert "| SQLite | 2000 | 500 | 2100 | 600 |" in page
    assert "| they are not | 450 | 350 |" in page
    assert "| code-flow logins a second | 100 | 150 | 50 | 2.00 |" in page
    assert "| CPU µs of a token | 900 | 950 | 1800 | 2.00 |" in page
    assert "| requests of a login | 4 | 4 | 5 |  |" in page
    assert "| SQLite, 1,000 rows | 2,000 | 0 | 250 | 80 | 30 |" in page
    assert "| start to first answer, ms | ≤ 400 | 450 | **not met** |" in page
    assert "2,000 users ÷ 1,000, SQLite, the worst (GetUser) | ≤ 1.7 | 2.00 | **not met** |" in page


def test_a_section_is_put_in_place_of_the_old_one() -> None:
    page = "# All\n\n## One\n\nold\n\n## Two\n\nkept\n"
    assert report.with_section(page, "## One\n\nnew") == page.replace("old", "new")
    with pytest.raises(ValueError, match="Three"):
        report.with_section(page, "## Three\n\nnew")


@pytest.mark.parametrize(
    "title", [oauth.TITLE, functions.TITLE, second_factor.TITLE, imports.TITLE]
)
def test_the_page_has_a_place_for_each_section(title: str) -> None:
    assert f"{title}\n" in report.PAGE.read_text()


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


async def test_managed_login_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node_program()
    monkeypatch.setattr("bench.oauth.USERS", FEW)
    monkeypatch.setattr("bench.oauth.LOGINS", FEW)
    monkeypatch.setattr("bench.oauth.TOKENS", FEW)
    skip_if_excluded("browser")
    found = await oauth.measure(tmp_path, rounds=1)
    assert found.theirs is not None
    assert all(
        value > 0 for side in (found.ours, found.two_workers, found.theirs) for value in side
    )
    assert found.page is not None
    assert found.page.first.elsewhere == 0
    assert 0 < found.page.first.answered_ms < found.page.first.painted_ms
    assert (found.ours.requests, found.theirs.requests) == (4, 5)
    assert found.bare is not None
    assert 0 < found.bare.first.sent < found.page.first.sent
    assert "poolkeep's advantage" in oauth.section(found)
