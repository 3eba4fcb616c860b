"""What the store of import jobs promises, on SQLite and on PostgreSQL."""

import asyncio

import msgspec
import pytest

from poolkeep.base.transaction import Database
from poolkeep.core.imports.model import (
    Claim,
    Job,
    JobFile,
    JobStatus,
    Outcome,
    Place,
    Run,
    Stretch,
    Tally,
)
from poolkeep.storage.stores.imports import SqlImportRuns, SqlImports

POOL = "eu-central-1_aB3dE6gH9"
ACCOUNT = "123456789012"
RUNS = SqlImportRuns()


def a_job(number: int = 1, *, pool_id: str = POOL, account: str = ACCOUNT) -> Job:
    return Job(
        pool_id=pool_id,
        id=f"import-{number:010d}",
        account=account,
        name="größe",
        role_arn="arn:aws:iam::123456789012:role/r",
        algorithm="BCRYPT" if number % 2 else None,
        status=JobStatus.CREATED,
        created_ms=number,
    )


@pytest.fixture
def store(database: Database) -> SqlImports:
    return SqlImports(database.kind)


async def kept(database: Database, store: SqlImports, *jobs: Job) -> None:
    for job in jobs:
        await database.write(lambda tx, job=job: store.insert(tx, job))  # type: ignore[misc]


async def get(database: Database, store: SqlImports, job: Job) -> Job:
    found = await database.read(lambda tx: store.get(tx, job.pool_id, job.id))
    assert found is not None
    return found


async def uploaded(database: Database, store: SqlImports, job: Job, upload_id: str = "u1") -> None:
    file = JobFile(upload_id=upload_id, size=3, rows=1)
    await database.write(
        lambda tx: store.add_parts(tx, job, upload_id, first=0, sealed=[b"a", b"b", b"c"])
    )
    assert await database.write(lambda tx: store.end_upload(tx, job, file, parts=3))


async def started(database: Database, store: SqlImports, job: Job, at_ms: int = 5) -> None:
    await database.write(lambda tx: store.start(tx, job, at_ms))


async def claim(
    database: Database, store: SqlImports, owner: str = "w1", now_ms: int = 100
) -> Claim | None:
    return await database.write(lambda tx: store.claim(tx, owner=owner, now_ms=now_ms, lease_ms=10))


async def test_a_job_comes_back_as_it_was_made(database: Database, store: SqlImports) -> None:
    for number in (1, 2):
        await kept(database, store, a_job(number))
        assert await get(database, store, a_job(number)) == a_job(number)
    assert await database.read(lambda tx: store.get(tx, "other", a_job().id)) is None
    assert await database.read(lambda tx: store.find(tx, a_job(2).id)) == a_job(2)
    assert await database.read(lambda tx: store.find(tx, "import-x")) is None
    assert await database.read(lambda tx: store.count(tx, POOL)) == 2


async def test_pages_go_from_the_newest(database: Database, store: SqlImports) -> None:
    same = msgspec.structs.replace(a_job(3), created_ms=2)
    await kept(database, store, a_job(1), a_job(2), same, a_job(9, pool_id="other"))

    async def page(before: tuple[int, str] | None) -> list[str]:
        found = await database.read(lambda tx: store.page(tx, POOL, before=before, limit=2))
        return [job.id[-1] for job in found]

    assert await page(None) == ["3", "2"]
    assert await page((2, a_job(2).id)) == ["1"]


async def test_only_created_jobs_start_and_only_running_ones_stop(
    database: Database, store: SqlImports
) -> None:
    await kept(database, store, a_job())
    assert not await database.write(lambda tx: store.stop(tx, a_job()))
    await started(database, store, a_job(), 5)
    await started(database, store, a_job(), 6)
    found = await get(database, store, a_job())
    assert (found.status, found.started_ms) == (JobStatus.PENDING, 5)
    assert await database.read(lambda tx: store.is_active(tx, pool_id=POOL))
    assert await database.read(lambda tx: store.account_is_active(tx, ACCOUNT))
    assert not await database.read(lambda tx: store.account_is_active(tx, "999999999999"))
    assert await database.write(lambda tx: store.stop(tx, a_job()))
    assert not await database.write(lambda tx: store.stop(tx, a_job()))
    assert await database.read(lambda tx: store.is_active(tx, pool_id=POOL))


async def test_a_file_counts_once_it_is_whole(database: Database, store: SqlImports) -> None:
    job = a_job()
    await kept(database, store, job)
    await database.write(lambda tx: store.begin_upload(tx, job))
    file = JobFile(upload_id="u1", size=3, rows=1)
    await database.write(lambda tx: store.add_parts(tx, job, "u1", first=0, sealed=[b"a"]))
    assert not await database.write(lambda tx: store.end_upload(tx, job, file, parts=2))
    assert (await get(database, store, job)).file is None
    await database.write(lambda tx: store.begin_upload(tx, job))
    await uploaded(database, store, job, "u2")
    found = await get(database, store, job)
    assert found.file == JobFile(upload_id="u2", size=3, rows=1)
    # One that begins later does not cost the job its file.
    await database.write(lambda tx: store.begin_upload(tx, job))
    for first, count, parts in ((0, 9, [b"a", b"b", b"c"]), (1, 1, [b"b"]), (3, 1, [])):
        assert parts == await database.read(
            lambda tx, first=first, count=count: store.parts(  # type: ignore[misc]
                tx, job, "u2", first=first, count=count
            )
        )
    await started(database, store, job)
    assert not await database.write(lambda tx: store.end_upload(tx, job, file, parts=0))


async def test_a_job_is_claimed_by_one(database: Database, store: SqlImports) -> None:
    await kept(database, store, a_job(1), a_job(2))
    assert await claim(database, store) is None
    await started(database, store, a_job(1))
    claims = await asyncio.gather(
        *(claim(database, store, owner=f"w{number}") for number in range(8))
    )
    won = [each for each in claims if each is not None]
    assert len(won) == 1
    assert won[0].job.status == JobStatus.IN_PROGRESS
    assert await claim(database, store, "late", now_ms=109) is None
    taken = await claim(database, store, "late", now_ms=110)
    assert taken is not None
    assert (taken.owner, taken.lease_until_ms) == ("late", 120)


async def test_only_the_claimant_advances_and_only_from_where_it_was(
    database: Database, store: SqlImports
) -> None:
    await kept(database, store, a_job())
    await started(database, store, a_job())
    first = await claim(database, store, "first")
    second = await claim(database, store, "second", now_ms=200)
    assert first is not None
    assert second is not None
    place, tally = Place(byte=50, line=4), Tally(imported=1, skipped=2, failed=3)

    async def advance(held: Claim) -> bool:
        return await database.write(
            lambda tx: store.advance(tx, held, place=place, tally=tally, lease_until_ms=300)
        )

    assert not await advance(first)
    assert await advance(second)
    assert not await advance(second)
    found = await get(database, store, a_job())
    assert (found.place, found.tally) == (place, tally)
    moved = second._replace(job=found)
    await database.write(lambda tx: store.stop(tx, a_job()))
    assert not await advance(moved)


async def test_settling_drops_the_file_and_keeps_the_log(
    database: Database, store: SqlImports
) -> None:
    job = a_job()
    await kept(database, store, job)
    await uploaded(database, store, job)
    await started(database, store, job)
    held = await claim(database, store)
    assert held is not None
    entries = [
        [Stretch(2, 9, Outcome.SUCCEEDED), Stretch(10, 10, Outcome.FAILED, "why")],
        [Stretch(11, 11, Outcome.SKIPPED, "because")],
    ]
    for entry in entries:
        await database.write(lambda tx, entry=entry: store.log(tx, job, entry))  # type: ignore[misc]
    await database.write(lambda tx: store.log(tx, job, []))

    async def settle(to: JobStatus, by: Claim) -> bool:
        return await database.write(
            lambda tx: store.settle(tx, by, to=to, message="said", now_ms=7)
        )

    assert not await settle(JobStatus.FAILED, held._replace(owner="other"))
    assert await settle(JobStatus.FAILED, held)
    assert not await settle(JobStatus.SUCCEEDED, held)
    found = await get(database, store, job)
    assert (found.status, found.message, found.completed_ms) == (JobStatus.FAILED, "said", 7)
    assert not await database.read(lambda tx: store.parts(tx, job, "u1", first=0, count=9))
    pages = [
        await database.read(
            lambda tx, after=after: store.log_page(tx, job, after=after, limit=1)  # type: ignore[misc]
        )
        for after in (0, 2, 11)
    ]
    assert pages == [[(2, entries[0])], [(11, entries[1])], []]
    assert not await database.read(lambda tx: store.is_active(tx, pool_id=POOL))


async def test_a_job_that_is_to_stop_ends_no_other_way(
    database: Database, store: SqlImports
) -> None:
    await kept(database, store, a_job())
    await started(database, store, a_job())
    held = await claim(database, store)
    assert held is not None
    await database.write(lambda tx: store.stop(tx, a_job()))
    for to, ends in ((JobStatus.SUCCEEDED, False), (JobStatus.STOPPED, True)):
        assert ends == await database.write(
            lambda tx, to=to: store.settle(tx, held, to=to, message=None, now_ms=7)  # type: ignore[misc]
        )
    again = await claim(database, store, now_ms=10_000)
    assert again is None


async def test_what_was_never_started_expires(database: Database, store: SqlImports) -> None:
    await kept(database, store, a_job(1), a_job(2), a_job(3))
    await uploaded(database, store, a_job(1))
    await started(database, store, a_job(2))
    assert not await database.read(lambda tx: store.has_old(tx, 0))
    assert await database.read(lambda tx: store.has_old(tx, 2))
    assert await database.write(lambda tx: store.expire(tx, 2)) == 1
    states = [(await get(database, store, a_job(number))).status for number in (1, 2, 3)]
    assert states == [JobStatus.EXPIRED, JobStatus.PENDING, JobStatus.CREATED]
    assert not await database.read(lambda tx: store.parts(tx, a_job(1), "u1", first=0, count=9))


async def test_a_run_is_carried_on_by_one(database: Database) -> None:
    run = Run(pool_id=POOL, id="r")
    after = Run(
        pool_id=POOL, id="r", place=Place(byte=9, line=3), digest=b"d",
        tally=Tally(imported=1, failed=1), rejects_bytes=4,
    )  # fmt: skip
    assert await database.read(lambda tx: RUNS.get(tx, POOL, "r")) is None
    await database.write(lambda tx: RUNS.begin(tx, run))
    assert await database.write(lambda tx: RUNS.advance(tx, run, after))
    assert not await database.write(lambda tx: RUNS.advance(tx, run, after))
    assert await database.read(lambda tx: RUNS.get(tx, POOL, "r")) == after
    await database.write(lambda tx: RUNS.begin(tx, run))
    assert await database.read(lambda tx: RUNS.get(tx, POOL, "r")) == run
    await database.write(lambda tx: RUNS.end(tx, run))
    assert await database.read(lambda tx: RUNS.get(tx, POOL, "r")) is None
