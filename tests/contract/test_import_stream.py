"""What `poolkeep import` promises of a file, whatever ends it half way, on both databases."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poolkeep.base.refusal import (
    ConcurrentModification,
    InvalidParameter,
    ResourceNotFound,
    Unavailable,
)
from poolkeep.base.transaction import Database
from poolkeep.cli.import_files import FailedRows, FileSource
from poolkeep.core.imports import stream
from poolkeep.core.imports.model import Tally
from poolkeep.core.imports.rows import Unreadable
from poolkeep.core.imports.stream import FileImport, Order, Report
from poolkeep.storage.stores.imports import SqlImportRuns
from poolkeep.storage.stores.user_batches import SqlUserBatches
from tests.contract.import_world import BreakingDatabase, World, a_person, a_world
from tests.sdk.support import holds

COUNT = 800
BAD = {number for number in range(COUNT) if number % 40 == 7}
PEOPLE = [
    a_person(number, email="bad" if number in BAD else f"p{number}@x.com")
    for number in range(COUNT)
]


class Killed(BaseException):
    """The process ends here."""


class Pipe(io.BytesIO):
    """Gives what it has, and cannot go back."""

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 1000))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files so small that there are many writes."""
    monkeypatch.setattr(stream, "HEAD_BYTES", 2_000)
    monkeypatch.setattr(stream, "BLOCK_BYTES", 3_000)


async def run(
    world: World,
    file: bytes,
    rejects: Path,
    *,
    database: Any = None,
    tell: Callable[[Report], None] = lambda _: None,
    opened: Callable[[bytes], io.BytesIO] = io.BytesIO,
    **order: Any,
) -> Report:
    region = world.region
    work = FileImport(
        database=database or region.database,
        users=SqlUserBatches(region.database.kind),
        runs=SqlImportRuns(),
        book=region.book,
        clock=region.clock,
        entropy=region.entropy,
    )
    wanted = Order(**{"pool_id": world.pool.id, **order})
    try:
        return await work.run(wanted, FileSource(opened(file)), FailedRows(rejects), tell)
    finally:
        work.close()


def failed_lines(rejects: Path) -> list[int]:
    if not rejects.exists():
        return []
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert all(row["reason"] == "Invalid email address format." for row in rows)
    return [row["line"] for row in rows]


async def assert_all_in(world: World, rejects: Path, report: Report) -> None:
    assert report.tally == Tally(imported=COUNT - len(BAD), failed=len(BAD))
    wanted = [f"p{number:05d}" for number in range(COUNT) if number not in BAD]
    assert await world.names() == wanted
    assert failed_lines(rejects) == [number + 2 for number in sorted(BAD)]
    runs = await world.region.database.read(lambda tx: tx.all("SELECT 1 FROM import_runs"))
    assert not runs


def as_json(people: list[dict[str, str]]) -> bytes:
    return b"\n".join(json.dumps(person).encode() for person in people)


@holds("IMPORT-60", "IMPORT-61")
@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_a_file_in_one_go(database: Database, tmp_path: Path, kind: str) -> None:
    world = await a_world(database)
    rejects = tmp_path / "failed"
    told: list[Report] = []
    file = world.csv(PEOPLE) if kind == "csv" else as_json([{}, *PEOPLE])
    report = await run(world, file, rejects, tell=told.append)
    if kind == "json":
        lines = rejects.read_text().splitlines(keepends=True)
        assert json.loads(lines[0])["reason"].startswith("cognito:username: ")
        rejects.write_text("".join(lines[1:]))
        assert report.tally.failed == len(BAD) + 1
        report = Report(
            tally=Tally(imported=report.tally.imported, failed=len(BAD)),
            read_bytes=report.read_bytes, resumed=report.resumed,
        )  # fmt: skip
    await assert_all_in(world, rejects, report)
    assert report.read_bytes == len(file)
    steps = [each.tally.rows for each in told]
    assert steps == sorted(steps)
    assert len(set(steps)) > 5
    assert oct(rejects.stat().st_mode)[-3:] == "600"


@holds("IMPORT-62")
@pytest.mark.parametrize("opened", [io.BytesIO, Pipe], ids=["file", "pipe"])
async def test_an_import_that_dies_goes_on_where_it_was(
    database: Database, tmp_path: Path, opened: Callable[[bytes], io.BytesIO]
) -> None:
    world = await a_world(database)
    rejects = tmp_path / "failed"
    file = world.csv(PEOPLE)
    resumed: list[int] = []
    for step in range(1, 6):
        heard = 0

        def tell(report: Report, step: int = step) -> None:
            nonlocal heard
            heard += 1
            if heard == 1:
                resumed.append(report.tally.rows)
            if heard > step:
                raise Killed

        with pytest.raises(Killed):
            await run(world, file, rejects, tell=tell, opened=opened)
    assert resumed == sorted(set(resumed))
    report = await run(world, file, rejects, opened=opened)
    assert report.resumed.rows >= resumed[-1] > 0
    await assert_all_in(world, rejects, report)


@holds("IMPORT-62")
@pytest.mark.parametrize("after_commit", [False, True])
async def test_any_write_may_fail(
    database: Database, tmp_path: Path, *, after_commit: bool
) -> None:
    world = await a_world(database)
    rejects = tmp_path / "failed"
    file = world.csv(PEOPLE)
    for at in (1, 2, 3, 2, 4, 2):
        broken = BreakingDatabase(database, at=at, after_commit=after_commit)
        with pytest.raises(Unavailable):
            await run(world, file, rejects, database=broken)
    await assert_all_in(world, rejects, await run(world, file, rejects))


@holds("IMPORT-62")
async def test_rows_behind_the_last_commit_leave_the_failed_file(
    database: Database, tmp_path: Path
) -> None:
    world = await a_world(database)
    rejects = tmp_path / "failed"
    broken = BreakingDatabase(database, at=4, after_commit=False)
    with pytest.raises(Unavailable):
        await run(world, world.csv(PEOPLE), rejects, database=broken)
    with rejects.open("ab") as file:
        file.write(b'{"line":4711,"reason":"of a write that never was","row":""}\n' * 9)
    await assert_all_in(world, rejects, await run(world, world.csv(PEOPLE), rejects))


async def test_another_file_with_the_same_beginning_is_another_file(
    database: Database, tmp_path: Path
) -> None:
    world = await a_world(database)
    rejects = tmp_path / "failed"
    broken = BreakingDatabase(database, at=6, after_commit=True)
    others = [*PEOPLE[:60], *(a_person(number + 1000) for number in range(200))]
    with pytest.raises(Unavailable):
        await run(world, world.csv(PEOPLE), rejects, database=broken)
    before = len(await world.names())
    with pytest.raises(InvalidParameter, match="--restart"):
        await run(world, world.csv(others), rejects, opened=Pipe)
    report = await run(world, world.csv(others), rejects)
    assert report.resumed == Tally()
    assert report.tally == Tally(imported=200, skipped=58, failed=2)
    assert len(await world.names()) == before + 200


async def test_restart_begins_anew(database: Database, tmp_path: Path) -> None:
    world = await a_world(database)
    rejects = tmp_path / "failed"
    broken = BreakingDatabase(database, at=6, after_commit=True)
    with pytest.raises(Unavailable):
        await run(world, world.csv(PEOPLE), rejects, database=broken)
    before = len(await world.names())
    report = await run(world, world.csv(PEOPLE), rejects, restart=True, opened=Pipe)
    assert (report.resumed, report.tally.skipped) == (Tally(), before)
    assert report.tally.imported == COUNT - len(BAD) - before
    assert failed_lines(rejects) == [number + 2 for number in sorted(BAD)]


async def test_two_processes_do_not_share_a_file(database: Database, tmp_path: Path) -> None:
    world = await a_world(database)
    paths = [tmp_path / "one", tmp_path / "two"]
    file = world.csv(PEOPLE)
    began = False

    def interfere(report: Report) -> None:
        nonlocal began
        if report.tally.rows and not began:
            began = True
            # Another process has imported the next batch meanwhile.
            world.region.database.write_now(
                lambda tx: tx.run("UPDATE import_runs SET next_byte = next_byte + 1")
            )

    with pytest.raises(ConcurrentModification, match="Another process"):
        await run(world, file, paths[0], tell=interfere)


@pytest.mark.parametrize(
    "file", [b"", b"\n\n", b"name\nx\n", b"cognito:username,what\nx,y\n", b"\xff\xfe"]
)
async def test_what_is_no_import_file_is_refused(
    database: Database, tmp_path: Path, file: bytes
) -> None:
    world = await a_world(database)
    with pytest.raises(Unreadable):
        await run(world, file, tmp_path / "failed")
    assert not (tmp_path / "failed").exists()


async def test_an_unknown_pool_is_refused(database: Database, tmp_path: Path) -> None:
    world = await a_world(database)
    with pytest.raises(ResourceNotFound):
        await run(world, world.csv([]), tmp_path / "failed", pool_id="eu-central-1_Nothing00")


@holds("IMPORT-60")
async def test_columns_and_flags_may_be_left_out(database: Database, tmp_path: Path) -> None:
    world = await a_world(database)
    file = b"\xef\xbb\xbfemail,cognito:username\r\na@x.com,ada\r\n,bob"
    report = await run(world, file, tmp_path / "failed")
    assert report.tally == Tally(imported=2)
    assert await world.names() == ["ada", "bob"]
    assert not (tmp_path / "failed").exists()
