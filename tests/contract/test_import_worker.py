"""What import workers promise whatever breaks: every row once, on both databases."""

import random

import pytest

from poolkeep.base.refusal import Unavailable
from poolkeep.base.transaction import Database
from poolkeep.core.imports import wording
from poolkeep.core.imports.model import Job, JobStatus, Tally
from poolkeep.core.imports.uploads import PART_BYTES
from poolkeep.core.imports.worker import LEASE_MS
from poolkeep.storage.stores.user_batches import SqlUserBatches
from tests.contract.import_world import BreakingDatabase, World, a_person, a_world, work
from tests.sdk.support import holds
from tests.unit.core.pools.region import ALICE

ROWS = 1_500
"""Some ten parts of a file."""
PEOPLE = [
    a_person(number)
    if number % 10
    else a_person(number, email_verified="false" if number % 20 else "true")
    for number in range(ROWS)
]
FAILED = {number for number in range(ROWS) if number % 20 == 10}
LOG_OF_TWO = [
    "[SUCCEEDED] Line Number 2 - The import succeeded.",
    "[SKIPPED] Line Number 3 - The user already exists.",
]


async def finish(world: World, job: Job) -> Job:
    """Let fresh workers come until the job is over."""
    found = job
    for _ in range(50):
        if found.completed_ms is not None:
            break
        world.region.clock.advance(ms=LEASE_MS)
        await work(world.worker())
        found = await world.now(job)
    return found


async def assert_every_row_once(world: World, job: Job) -> None:
    assert job.status == JobStatus.SUCCEEDED
    assert job.tally == Tally(imported=ROWS - len(FAILED), failed=len(FAILED))
    assert await world.names() == [
        f"p{number:05d}" for number in range(ROWS) if number not in FAILED
    ]
    log = await world.log(job)
    assert [int(line.split()[3]) for line in log] == list(range(2, ROWS + 2))
    wrong = [line for number, line in enumerate(log) if ("FAILED" in line) != (number in FAILED)]
    assert not wrong


@holds("IMPORT-15")
async def test_a_job_in_one_go(database: Database) -> None:
    world = await a_world(database)
    job = await world.job(world.csv(PEOPLE))
    await work(world.worker())
    await assert_every_row_once(world, await world.now(job))
    left = await database.read(lambda tx: tx.all("SELECT 1 FROM import_files"))
    assert not left


@holds("IMPORT-15")
@pytest.mark.parametrize("seed", range(3))
async def test_workers_that_die_at_any_moment_lose_and_repeat_nothing(
    database: Database, seed: int
) -> None:
    world = await a_world(database)
    job = await world.job(world.csv(PEOPLE))
    dice = random.Random(seed)
    for _ in range(6):
        await work(world.worker(), dice.randint(1, 4))  # and is never seen again
        world.region.clock.advance(ms=LEASE_MS)
    await assert_every_row_once(world, await finish(world, job))


@holds("IMPORT-15")
@pytest.mark.parametrize("after_commit", [False, True])
async def test_any_write_may_fail(database: Database, *, after_commit: bool) -> None:
    for at in range(1, 8):
        world = await a_world(database, seed=f"write {at}")
        job = await world.job(world.csv(PEOPLE))
        broken = BreakingDatabase(database, at=at, after_commit=after_commit)
        with pytest.raises(Unavailable):
            await work(world.worker(broken))
        await assert_every_row_once(world, await finish(world, job))


@holds("IMPORT-16")
async def test_a_worker_that_lost_its_lease_changes_nothing(database: Database) -> None:
    world = await a_world(database)
    job = await world.job(world.csv(PEOPLE))
    slow, quick = world.worker(), world.worker()
    await work(slow, 2)
    assert not await quick.round()  # the lease holds
    world.region.clock.advance(ms=LEASE_MS)
    for _ in range(4):
        await quick.round()
        await slow.round()
    await work(quick)
    await work(slow)
    await assert_every_row_once(world, await world.now(job))


async def test_a_stopped_job_keeps_who_is_in(database: Database) -> None:
    world = await a_world(database)
    jobs = world.jobs()
    job = await world.job(world.csv(PEOPLE))
    worker = world.worker()
    await work(worker, 3)
    await jobs.stop(ALICE, job.pool_id, job.id)
    await work(worker)
    found = await world.now(job)
    assert (found.status, found.message) == (JobStatus.STOPPED, wording.STOPPED)
    assert 0 < found.tally.imported == len(await world.names()) < ROWS
    waiting = await world.job(world.csv(PEOPLE))
    await jobs.stop(ALICE, waiting.pool_id, waiting.id)
    await work(worker)
    assert (await world.now(waiting)).status == JobStatus.STOPPED


async def test_a_job_whose_worker_is_gone_can_be_stopped(database: Database) -> None:
    world = await a_world(database)
    job = await world.job(world.csv(PEOPLE))
    await work(world.worker(), 3)
    await world.jobs().stop(ALICE, job.pool_id, job.id)
    assert (await finish(world, job)).status == JobStatus.STOPPED


@holds("IMPORT-41")
async def test_the_log_names_lines_and_reasons_and_nobody(database: Database) -> None:
    world = await a_world(database)
    twin = a_person(1, email="secret@x.com")
    job = await world.job(world.csv([a_person(1), twin, a_person(2, email="secret")]))
    await work(world.worker())
    log = await world.log(job)
    assert log == [
        *LOG_OF_TWO,
        "[FAILED] Line Number 4 - Invalid email address format.",
    ]
    stored = await database.read(lambda tx: tx.all("SELECT stretches FROM import_log"))
    assert all(b"secret" not in bytes(row[0]) for row in stored)


async def test_a_file_is_sealed_in_its_place(database: Database) -> None:
    world = await a_world(database)
    file = world.csv(PEOPLE)
    job = await world.job(file, start=False)
    parts = await database.read(
        lambda tx: tx.all("SELECT part, sealed FROM import_files ORDER BY part")
    )
    assert len(parts) == -(-len(file) // PART_BYTES) > 2
    assert all(b"@x.com" not in bytes(sealed) for _, sealed in parts)
    swap = "UPDATE import_files SET sealed = ? WHERE part = ?"
    await database.write(lambda tx: tx.run(swap, (parts[1][1], 2)))
    await world.jobs().start(ALICE, job.pool_id, job.id)
    await work(world.worker())
    found = await world.now(job)
    assert (found.status, found.message) == (JobStatus.FAILED, wording.FILE_GONE)


async def test_a_defect_ends_its_job_and_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await a_world(database)
    job = await world.job(world.csv(PEOPLE))
    with monkeypatch.context() as patch:
        patch.setattr(SqlUserBatches, "insert", lambda *_: 1 / 0)
        worker = world.worker()
        await work(worker)
    found = await world.now(job)
    assert (found.status, found.message) == (JobStatus.FAILED, wording.INTERNAL)
    assert world.reported == ["import job failed: ZeroDivisionError"]
    again = await world.job(world.csv(PEOPLE))
    await work(worker)
    await assert_every_row_once(world, await world.now(again))


async def test_a_job_of_a_pool_that_is_gone_ends(database: Database) -> None:
    world = await a_world(database)
    job = await world.job(world.csv(PEOPLE))
    worker = world.worker()
    await work(worker, 2)
    # As development's reset does; DeleteUserPool waits for the job.
    await database.write(world.region.pool_rows.bump_epoch)
    await database.write(lambda tx: world.region.pool_rows.delete(tx, job.pool_id))
    world.region.book.changed()
    await work(worker)
    found = await world.now(job)
    assert (found.status, found.message) == (JobStatus.FAILED, wording.POOL_GONE)


async def test_a_row_of_any_length_is_passed_over(database: Database) -> None:
    world = await a_world(database)
    file = world.csv([a_person(1)]) + b"x" * (5 * PART_BYTES) + b"\n"
    tail = world.csv([a_person(2)]).partition(b"\n")[2]
    job = await world.job(file + tail)
    await work(world.worker())
    found = await world.now(job)
    assert found.tally == Tally(imported=2, failed=1)
    assert (await world.log(job))[1] == (
        "[FAILED] Line Number 3 - The row is longer than 16000 characters."
    )
