"""Tables as the migrations leave them, and what of them belongs to a pool."""

import re
from typing import Final

import pytest

from poolkeep.base.transaction import Database
from poolkeep.storage.pool_tables import BY_NAME, LEFT_BEHIND, POOL_TABLES, REPLICATED
from poolkeep.storage.schema import tables, tables_of
from poolkeep.storage.stores.pools import DELETE_NOW, PURGED_LATER

COLUMNS_SQLITE: Final = "SELECT name FROM pragma_table_info(?) ORDER BY cid"
COLUMNS_POSTGRES: Final = (
    "SELECT column_name::text FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position"
)
HINT: Final = "name it in storage/pool_tables.py, or say there why it is left behind"
SEALED_NAME: Final = re.compile(r"secret|private|credential(?!_id)|sealed|seed|verifier")


async def test_the_database_has_the_columns_that_the_migrations_say(database: Database) -> None:
    question = COLUMNS_SQLITE if database.kind == "sqlite" else COLUMNS_POSTGRES
    for name, table in tables().items():
        found = await database.read(lambda tx, name=name: tx.all(question, (name,)))  # type: ignore[misc]
        assert tuple(row[0] for row in found) == table.columns, name


@pytest.mark.parametrize("table", sorted(tables()))
def test_a_table_of_a_pool_goes_into_a_file_or_is_left_behind_with_a_reason(table: str) -> None:
    if "pool_id" in tables()[table].columns:
        named = [table in {one.name for one in POOL_TABLES}, table in LEFT_BEHIND]
        assert any(named), HINT
        assert not all(named), f"{table} cannot both go and stay"


@pytest.mark.parametrize("table", sorted(tables()))
def test_a_deleted_pool_leaves_nothing_behind(table: str) -> None:
    if "pool_id" in tables()[table].columns:
        at_once = any(f" {table} " in statement for statement in DELETE_NOW)
        assert at_once or table in PURGED_LATER, "name it in storage/stores/pools.py"


def test_every_reason_is_a_sentence() -> None:
    reasons = [*LEFT_BEHIND.values(), *(table.own for table in POOL_TABLES if table.own)]
    assert all(len(reason.split()) > 3 for reason in reasons)


@pytest.mark.parametrize("table", sorted(BY_NAME))
def test_the_list_names_columns_that_exist(table: str) -> None:
    form = BY_NAME[table]
    assert form.unit in form.columns
    assert set(form.sealed) <= set(form.columns)
    assert set(form.key) <= set(form.columns)


@pytest.mark.parametrize("table", sorted(BY_NAME))
def test_a_column_with_a_secrets_name_is_said_to_be_sealed(table: str) -> None:
    form = BY_NAME[table]
    named = {column for column in form.columns if SEALED_NAME.search(column)}
    assert named <= set(form.sealed)


def test_what_is_the_pool_comes_last() -> None:
    assert POOL_TABLES[-1].name == "user_pools"
    assert "user_pools" in {table.name for table in REPLICATED}


def test_later_migrations_are_read() -> None:
    found = tables_of([
        "CREATE TABLE a (x TEXT PRIMARY KEY, y BIGINT NOT NULL CHECK (y IN (1, 2)), UNIQUE (x, y))",
        "CREATE INDEX i ON a (x)",
        "ALTER TABLE a ADD COLUMN z BIGINT NOT NULL DEFAULT 0",
        "CREATE TABLE b (x TEXT, y TEXT, PRIMARY KEY (x, y))",
        "DROP TABLE b",
    ])  # fmt: skip
    assert found.keys() == {"a"}
    assert (found["a"].columns, found["a"].key) == (("x", "y", "z"), ("x",))
    assert found["a"].kinds == (str, int, int)
    with pytest.raises(ValueError, match="not read"):
        tables_of(["ALTER TABLE a RENAME TO b"])
