"""What tracking costs: nothing while it is off, one write at each sign-in and refresh while on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from poolkeep.storage.sqlite import SqliteDatabase
from tests.flows.in_process import InProcessWire, serving
from tests.sdk.builders import a_pool, an_app


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    with serving(tmp_path) as made:
        yield made


@pytest.mark.parametrize("tracking, writes", [("DISABLED", 0), ("ENABLED", 1)])
def test_tracking_costs_one_write_and_nothing_while_off(
    wire: InProcessWire, monkeypatch: pytest.MonkeyPatch, tracking: str, writes: int
) -> None:
    app = an_app(wire, a_pool(wire))
    wire.call(
        "SetUserPoolSessionConfiguration",
        UserPoolId=app.pool_id,
        UserSessionTracking=tracking,
        TokenSession={"MaxPerUser": 5},
    )
    name = app.user()
    app.sign_in(name)
    written: list[str] = []
    write = SqliteDatabase.write

    async def counting_write(self: SqliteDatabase, fn: Callable[[Any], Any]) -> Any:
        written.append("write")
        return await write(self, fn)

    monkeypatch.setattr(SqliteDatabase, "write", counting_write)
    tokens = app.sign_in(name)
    assert len(written) == writes
    app.refresh(tokens["RefreshToken"])
    assert len(written) == 2 * writes
