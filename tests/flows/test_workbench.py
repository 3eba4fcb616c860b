"""Invocations are recorded behind everybody's back: docs/behaviours/workbench.md."""

import asyncio
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.log import Log
from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Database
from poolkeep.compose.admin import Administration
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.triggers import FunctionError
from poolkeep.core.workbench import Outcome, Record, Recorder, RecordingTriggers, Seen
from poolkeep.core.workbench.recording import BATCH, WAITING_MAX
from poolkeep.settings import Settings
from poolkeep.storage.stores.invocations import SqlInvocations, Wanted
from tests.contract.test_passkeys_store import a_pool
from tests.flows.functions import Stage
from tests.flows.in_process import serving
from tests.sdk.support import PASSWORD, an_email, holds, refused, unique

DATABASE: Final = "sqlite:///{}/poolkeep.db"
ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:"


def records(folder: Path, pool_id: str) -> list[Record]:
    """Return what is kept of a pool, newest first, once the server is down."""
    return asyncio.run(_records(folder, pool_id))


async def _records(folder: Path, pool_id: str) -> list[Record]:
    settings = Settings(mode="dev", data=folder, database=Secret(DATABASE.format(folder)))
    admin = Administration(settings)
    try:
        desk = admin.triggers()
        found = await desk.invocations(pool_id=pool_id, limit=100)
        return [(await desk.records(one.id))[0] for one in found]
    finally:
        await admin.close()


@holds("WORKBENCH-01", "WORKBENCH-03")
def test_what_functions_were_told_and_said_is_kept_without_secrets(tmp_path: Path) -> None:
    triggers = InProcessTriggers()
    with serving(tmp_path, triggers, DATABASE.format(tmp_path)) as wire:
        stage = Stage(wire, triggers)
        migration = stage.function(
            {"userAttributes": {"email": an_email()}, "finalUserStatus": "CONFIRMED"}
        )
        checking = stage.function(RuntimeError(f"not with {PASSWORD}"))
        app = stage.app(UserMigration=migration, PreAuthentication=checking)
        name = unique()
        with refused("UserLambdaValidationException"):
            app.sign_in(name)
    threw, answered = records(tmp_path, app.pool_id)
    assert (threw.source, threw.outcome) == ("PreAuthentication_Authentication", Outcome.THREW)
    assert (answered.source, answered.outcome) == (
        "UserMigration_Authentication",
        Outcome.ANSWERED,
    )
    assert answered.function == migration.arn
    event = msgspec.json.decode(answered.event)
    assert (event["userName"], event["request"]["password"]) == (name, "***")
    assert answered.reply is not None
    assert msgspec.json.decode(answered.reply)["response"]["finalUserStatus"] == "CONFIRMED"
    assert answered.took_us > 0
    assert PASSWORD not in str([answered.event, answered.reply, threw.event])
    stored = (tmp_path / "poolkeep.db").read_bytes()
    assert name.encode() not in answered.function.encode()
    assert b'"triggerSource"' not in stored


@holds("WORKBENCH-05")
def test_a_users_records_go_with_the_user_and_a_pools_with_the_pool(tmp_path: Path) -> None:
    triggers = InProcessTriggers()
    with serving(tmp_path, triggers, DATABASE.format(tmp_path)) as wire:
        stage = Stage(wire, triggers)
        app = stage.app(PostAuthentication=stage.function())
        name, other = app.user(), app.user()
        app.sign_in(name)
        app.sign_in(other)
    assert len(records(tmp_path, app.pool_id)) == 2
    with serving(tmp_path, triggers, DATABASE.format(tmp_path)) as wire:
        again = type(app)(wire, app.pool_id, app.client_id)
        wire.account = app.wire.account
        again.admin("AdminDeleteUser", name)
    (left,) = records(tmp_path, app.pool_id)
    assert msgspec.json.decode(left.event)["userName"] == other


class Book:
    """One pool."""

    def __init__(self, pool: LoadedPool) -> None:
        self._pool = pool

    async def pool(self, pool_id: str) -> LoadedPool | None:
        return self._pool if pool_id == self._pool.pool.id else None

    async def client(self, client_id: str) -> None:
        raise AssertionError(client_id)

    def changed(self) -> None:
        """Know nothing of it."""


def a_recorder(
    database: Database, *, kept_max: int = 20, log: list[bytes] | None = None
) -> Recorder:
    """Return a recorder over a pool of its own."""
    clock = ManualClock(1_000)
    logged: list[bytes] = log if log is not None else []
    return Recorder(
        database=database,
        records=SqlInvocations(),
        book=Book(a_pool()),
        clock=clock,
        entropy=SeededEntropy(),
        log=Log(clock, "info", logged.append),
        kept_max=kept_max,
        kept_ms=10_000,
    )


def seen(number: int = 1, **event: Any) -> Seen:
    """Return an attempt."""
    told = {"userPoolId": a_pool().pool.id, "triggerSource": "PreSignUp_SignUp", **event}
    return Seen(arn=ARN + "f", event=msgspec.json.encode(told), began_ms=number, took_us=5)


async def kept(database: Database) -> int:
    found = await database.read(lambda tx: SqlInvocations().newest(tx, Wanted(), limit=9_999))
    return len(found)


@holds("WORKBENCH-06")
async def test_a_note_waits_for_nothing_and_a_round_writes_a_batch(database: Database) -> None:
    recorder = a_recorder(database, kept_max=1_000)
    for number in range(BATCH + 7):
        recorder.note(seen(number))
    assert await kept(database) == 0
    assert await recorder.round()
    assert await kept(database) == BATCH
    assert not await recorder.round()
    assert await kept(database) == BATCH + 7
    assert not await recorder.round()


@holds("WORKBENCH-06")
async def test_what_is_too_much_is_counted_and_left_out(database: Database) -> None:
    logged: list[bytes] = []
    recorder = a_recorder(database, log=logged)
    for number in range(WAITING_MAX + 3):
        recorder.note(seen(number))
    recorder.note(seen(request="x" * 17 * 1024 * 1024))
    await recorder.round()
    assert b'"invocations_not_recorded"' in logged[0]
    assert b'"count":4' in logged[0].replace(b" ", b"")


@holds("WORKBENCH-04")
async def test_a_function_that_is_asked_all_day_has_so_many_records_and_no_more(
    database: Database,
) -> None:
    recorder = a_recorder(database, kept_max=20)
    for number in range(500):
        recorder.note(seen(number))
    await recorder.flush()
    assert 20 <= await kept(database) <= 20 + BATCH
    recorder.note(seen(999))
    await recorder.flush()
    assert await kept(database) == 20


@pytest.mark.parametrize(
    "event", [b"", b"[]", b"nonsense", b"\xff", b'{"userPoolId":"x_none"}', b'{"userPoolId":7}']
)
async def test_what_is_no_event_of_ours_is_not_recorded(database: Database, event: bytes) -> None:
    recorder = a_recorder(database)
    recorder.note(Seen(arn=ARN, event=event, began_ms=1, took_us=1))
    await recorder.flush()
    assert await kept(database) == 0


async def test_a_huge_answer_is_not_kept_and_its_size_is(database: Database) -> None:
    recorder = a_recorder(database)
    recorder.note(msgspec.structs.replace(seen(), answer=b'{"response":"' + b"x" * 99_999 + b'"}'))
    await recorder.flush()
    (row,) = await database.read(lambda tx: tx.all("SELECT document FROM invocations"))
    assert len(row[0]) < 5_000


async def test_every_way_to_call_a_function_is_recorded(database: Database) -> None:
    recorder = a_recorder(database)
    inner = InProcessTriggers({ARN + "ok": lambda event: event})
    triggers = RecordingTriggers(inner, recorder, ManualClock(1))
    event = msgspec.json.encode({"userPoolId": a_pool().pool.id})
    assert msgspec.json.decode(await triggers.call(ARN + "ok", event))
    await triggers.deliver(ARN + "ok", event, request_id="r")
    await triggers.submit(ARN + "ok", event)

    def throw(_: object) -> None:
        raise RuntimeError("no")

    inner.register(ARN + "no", throw)
    with pytest.raises(FunctionError):
        await triggers.call(ARN + "no", event)
    await recorder.flush()
    found = await database.read(lambda tx: SqlInvocations().newest(tx, Wanted(), limit=9))
    outcomes = sorted((one.function.removeprefix(ARN), str(one.outcome)) for one in found)
    assert outcomes == [("no", "threw"), *[("ok", "answered")] * 3]
