"""An installation that cannot be opened is refused with advice, by the server and by commands."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from poolkeep.base.secret import Secret
from poolkeep.compose import admin, build
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings


def started(data: Path) -> Settings:
    """Return the settings of an installation that was started once."""
    settings = Settings(data=data)
    asyncio.run(_start_and_stop(settings))
    return settings


async def _start_and_stop(settings: Settings) -> None:
    await build(settings).shutdown()


def listed(settings: Settings) -> int:
    """Return how many access keys `poolkeep keys list` would show."""

    async def ask() -> int:
        here = admin(settings)
        try:
            return len(await here.access_keys(settings.account))
        finally:
            await here.close()

    return asyncio.run(ask())


def test_a_started_installation_is_listed(tmp_path: Path) -> None:
    assert listed(started(tmp_path / "data")) == 1


def test_looking_into_an_installation_makes_none(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"poolkeep\.db does not exist\. Start the server once"):
        listed(Settings(data=tmp_path / "data"))
    assert not list((tmp_path / "data").iterdir())


def test_a_lost_master_key_is_not_made_anew(tmp_path: Path) -> None:
    settings = started(tmp_path / "data")
    settings.key_file.unlink()
    with pytest.raises(CannotStart, match="is missing, and this database was made with one"):
        build(settings)
    with pytest.raises(CannotStart, match="restore it from your backup"):
        listed(settings)
    assert not settings.key_file.exists()


def test_another_master_key_is_refused(tmp_path: Path) -> None:
    settings, other = started(tmp_path / "data"), started(tmp_path / "other")
    settings.key_file.write_bytes(other.key_file.read_bytes())
    for attempt in (build, listed):
        with pytest.raises(CannotStart, match="the master key does not open this database"):
            attempt(settings)
    with pytest.raises(CannotStart, match="neither this key nor the new one opens"):
        asyncio.run(admin(settings).rotate_master_key(other.key_file))


def test_a_database_from_the_future_is_refused(tmp_path: Path) -> None:
    settings = started(tmp_path / "data")
    with sqlite3.connect(tmp_path / "data" / "poolkeep.db") as connection:
        connection.execute("INSERT INTO schema_versions VALUES (999, 'future')")
    connection.close()
    here = admin(settings)
    for attempt in (lambda: build(settings), lambda: asyncio.run(here.migrate()),
                    lambda: asyncio.run(here.migrations())):  # fmt: skip
        with pytest.raises(CannotStart, match="schema 999, this release knows"):
            attempt()


@pytest.mark.parametrize("content", [None, b"no database at all, but some text of this length"])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "none" / "x.db" if content is None else tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    settings = Settings(data=tmp_path, database=Secret(f"sqlite:///{path}"))
    with pytest.raises(CannotStart, match=r"x\.db: .*Is its folder there"):
        build(settings)
