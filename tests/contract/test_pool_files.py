"""A pool in a file is the pool: from either database into either, or not at all."""

import io
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import InvalidParameter, ResourceNotFound
from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.export import FileRefused, Place, check, records
from poolkeep.core.export.model import End, Manifest, PoolKey, Record, Rows
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.crypto.sealed_file import FileBroken, Passphrase, SealedReader, SealedWriter, WrongKey
from poolkeep.storage.database import open_database, open_snapshot
from poolkeep.storage.pool_tables import LEFT_BEHIND, POOL_TABLES
from poolkeep.storage.schema import newest, tables
from poolkeep.storage.stores.pools import PoolStore
from tests.contract.pool_copies import (
    ACCOUNT,
    CHEAP,
    OPERATOR,
    OTHER,
    PASSPHRASE,
    POOL,
    ROWS,
    all_rows,
    exported,
    fill,
    keys_of,
    opener,
    restore_into,
)  # fmt: skip
from tests.support.postgres import Cluster

HERE: Final = Place(account="999988887777", region="eu-west-1")
COUNT_ALL: Final = {table: f"SELECT count(*) FROM {table}" for table in sorted(tables())}


@pytest.fixture
def file(sqlite_url: str) -> bytes:
    """Return a pool as a file."""
    return _file(sqlite_url)


def _file(url: str, *, rows: int = 3) -> bytes:
    database = open_database(url)
    database.write_now(lambda tx: fill(tx, keys_of("source"), rows=rows))
    return exported(open_snapshot(url), keys_of("source"))


@pytest.fixture(params=["sqlite", "postgres"])
def source_url(request: pytest.FixtureRequest) -> str:
    """Return the database that a pool comes from; the test runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the database of another installation; the test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "target.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    with cluster.database(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest_asyncio.fixture
async def target(target_url: str) -> AsyncIterator[Database]:
    """Return the open database of another installation."""
    database = open_database(target_url)
    yield database
    await database.close()


def everything(tx: Transaction) -> dict[str, int]:
    """Return how many rows each table has."""
    return {table: (tx.one(sql) or (0,))[0] for table, sql in COUNT_ALL.items()}


def rewritten(file: bytes, change: Callable[[list[Record]], list[Record]]) -> bytes:
    """Return an authentic file whose records were changed: what a defect or a foe could write."""
    found = list(records.read(SealedReader(io.BytesIO(file), PASSPHRASE)))
    out = io.BytesIO()
    sink = SealedWriter(out, PASSPHRASE, SeededEntropy("forged"))
    for record in change(found):
        records.write(sink, record)
    sink.finish()
    return out.getvalue()


async def test_every_table_comes_back_as_it_was(source_url: str, target: Database) -> None:
    source = open_database(source_url)
    source.write_now(lambda tx: fill(tx, keys_of("source"), rows=1_203))
    source.write_now(lambda tx: fill(tx, keys_of("source"), OTHER))
    file = exported(open_snapshot(source_url), keys_of("source"))
    found = restore_into(target, keys_of("target")).load(opener(file), HERE, OPERATOR)
    assert set(found.counts) == {table.name for table in POOL_TABLES}
    before = await source.read(all_rows)
    after = await target.read(all_rows)
    for table in POOL_TABLES:
        if table.name == "user_pools":
            continue
        if "account" in table.columns:
            at = table.columns.index("account")
            before[table.name] = [
                (*row[:at], HERE.account, *row[at + 1 :]) for row in before[table.name]
            ]
        assert before[table.name] == after[table.name], table.name
    pool = await target.read(lambda tx: PoolStore().get(tx, POOL))
    assert pool is not None
    assert (pool.account, pool.region, pool.settings.name) == (*_place(), "größe🗝")
    assert not await target.read(lambda tx: all_rows(tx, OTHER)["users"])
    await source.close()


def _place() -> tuple[str, str]:
    return HERE.account, HERE.region


async def test_what_is_sealed_opens_under_the_other_master_key(
    file: bytes, target: Database
) -> None:
    restore_into(target, keys_of("target")).load(opener(file), HERE, OPERATOR)
    keys = await target.read(lambda tx: keys_of("target").pool_keys(tx, POOL))
    assert keys is not None
    assert keys.key_id == "key2"
    for table in POOL_TABLES:
        for column in table.sealed:
            at = table.columns.index(column)
            rows = (await target.read(all_rows))[table.name]
            place = f"{table.name}.{column}.0"
            opened = keys.open("srp-verifier", rows[0][at], context=place)
            assert opened == f"secret of {place}".encode()
            with pytest.raises(EnvelopeBroken):
                keys.open("srp-verifier", rows[0][at], context="elsewhere")


@pytest.mark.parametrize("table", sorted(LEFT_BEHIND.keys() - {"keyring"}))
async def test_what_is_left_behind_is_not_in_the_file(file: bytes, table: str) -> None:
    manifest = check(opener(file), ROWS.tables(), schema=newest()).manifest
    assert table not in {head.name for head in manifest.tables}


async def test_a_restore_is_told_in_the_audit_trail(file: bytes, target: Database) -> None:
    restore_into(target, keys_of("target")).load(opener(file), HERE, OPERATOR)
    (row,) = await target.read(lambda tx: tx.all("SELECT document FROM audit"))
    told = msgspec.json.decode(row[0])
    assert (told["operation"], told["resource"]) == ("RestoreUserPool", POOL)
    assert told["detail"]["account"] == ACCOUNT


async def test_the_snapshot_does_not_see_what_comes_later(database_url: str) -> None:
    database = open_database(database_url)
    database.write_now(lambda tx: fill(tx, keys_of("source")))
    with open_snapshot(database_url) as tx:
        assert len(all_rows(tx)["users"]) == 3
        database.write_now(lambda tx: tx.run("DELETE FROM users WHERE pool_id = ?", (POOL,)))
        assert len(all_rows(tx)["users"]) == 3
        assert len(all_rows(tx)["logins"]) == 3
    with open_snapshot(database_url) as tx:
        assert not all_rows(tx)["users"]
    await database.close()


async def test_a_pool_that_does_not_exist_is_refused(database_url: str) -> None:
    with pytest.raises(ResourceNotFound):
        exported(open_snapshot(database_url), keys_of("source"))


async def test_a_value_sealed_under_a_key_of_somebody_else_is_not_exported(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    database.write_now(lambda tx: fill(tx, keys_of("source")))
    database.write_now(lambda tx: tx.run("DELETE FROM keyring WHERE key_id = 'key2'"))
    with pytest.raises(FileRefused, match="under another key"):
        exported(open_snapshot(sqlite_url), keys_of("source"))


# ------------------------------------------------------------------------------------- refusals


async def test_a_pool_that_exists_is_never_overwritten(file: bytes, target: Database) -> None:
    restore = restore_into(target, keys_of("target"))
    restore.load(opener(file), HERE, OPERATOR)
    before = await target.read(everything)
    with pytest.raises(InvalidParameter, match="exists here"):
        restore.load(opener(file), HERE, OPERATOR)
    assert await target.read(everything) == before


async def test_a_client_of_another_pool_is_never_overwritten(file: bytes, target: Database) -> None:
    row = ("client_id-gH9-ü🗝-00001", OTHER, 1, 1, b"{}", None)
    target.write_now(
        lambda tx: ROWS.insert(
            tx,
            "app_clients",
            ("client_id", "pool_id", "created_ms", "version", "document", "secrets"),
            [row],
        )
    )
    before = await target.read(everything)
    with pytest.raises(InvalidParameter, match="app_clients"):
        restore_into(target, keys_of("target")).load(opener(file), HERE, OPERATOR)
    assert await target.read(everything) == before


@pytest.mark.parametrize("part", range(20))
async def test_a_changed_file_changes_nothing(sqlite_url: str, file: bytes, part: int) -> None:
    target = open_database(sqlite_url)
    target.write_now(lambda tx: ROWS.clear(tx, POOL, limit=1_000))
    before = await target.read(everything)
    changed = bytearray(file)
    changed[len(file) * part // 20 + 7] ^= 0x20
    with pytest.raises((FileBroken, WrongKey)):
        restore_into(target, keys_of("target")).load(opener(bytes(changed)), HERE, OPERATOR)
    cut = file[: len(file) * (part + 1) // 21]
    with pytest.raises(FileBroken):
        restore_into(target, keys_of("target")).load(opener(cut), HERE, OPERATOR)
    assert await target.read(everything) == before


async def test_a_wrong_passphrase_changes_nothing(file: bytes, target: Database) -> None:
    wrong = Passphrase(Secret("correct horse bakery"), CHEAP)
    before = await target.read(everything)
    with pytest.raises(WrongKey):
        restore_into(target, keys_of("target")).load(opener(file, wrong), HERE, OPERATOR)
    assert await target.read(everything) == before


def _replaced(kind: type[Any], **members: Any) -> Callable[[list[Record]], list[Record]]:
    def change(found: list[Record]) -> list[Record]:
        return [
            msgspec.structs.replace(one, **members) if isinstance(one, kind) else one
            for one in found
        ]

    return change


def _rows_of(table: str, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Any:
    def changed(found: list[Record]) -> list[Record]:
        return [
            Rows(table=one.table, rows=[change(row) for row in one.rows])
            if isinstance(one, Rows) and one.table == table
            else one
            for one in found
        ]

    return changed


FORGERIES: Final = {
    "rows of another pool": _rows_of("users", lambda row: (OTHER, *row[1:])),
    "a number for a text": _rows_of("users", lambda row: (*row[:2], 7, *row[3:])),
    "a truth value": _rows_of("users", lambda row: (*row[:4], True, *row[5:])),
    "a row too short": _rows_of("users", lambda row: row[:-1]),
    "a secret in clear": _rows_of("users", lambda row: (*row[:-1], b"in clear")),
    "a foreign key's secret": _rows_of("users", lambda row: (*row[:-1], b"\1\4keyX" + b"0" * 40)),
    "a table unknown": _rows_of("users", lambda row: row),
    "another pool's settings": _rows_of("user_pools", lambda row: (*row[:-1], b'{"id":"x"}')),
    "no pool": lambda found: [
        one for one in found if not (isinstance(one, Rows) and one.table == "user_pools")
    ],
    "too few rows": lambda found: [
        one for one in found if not (isinstance(one, Rows) and one.table == "logins")
    ],
    "no end": lambda found: found[:-1],
    "two ends": lambda found: [*found, found[-1]],
    "rows behind the end": lambda found: [*found, *(r for r in found if isinstance(r, Rows))],
    "no keys": lambda found: [one for one in found if not isinstance(one, PoolKey)],
    "a key twice": lambda found: [found[0], found[1], *found[1:]],
    "a key too short": _replaced(PoolKey, key=b"short"),
    "no manifest": lambda found: found[1:],
    "two manifests": lambda found: [found[0], *found],
    "a newer schema": _replaced(Manifest, schema=10_000),
    "a newer format": _replaced(Manifest, format=99),
    "counts that are wrong": _replaced(End, counts={"users": 1}),
    "nothing": lambda _: [],
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_an_authentic_file_with_wrong_contents_changes_nothing(
    sqlite_url: str, file: bytes, forgery: str
) -> None:
    def unknown(found: list[Record]) -> list[Record]:
        named = _replaced(Rows, table="access_keys")
        return named(found) if forgery == "a table unknown" else FORGERIES[forgery](found)

    target = open_database(sqlite_url)
    target.write_now(lambda tx: ROWS.clear(tx, POOL, limit=1_000))
    before = await target.read(everything)
    forged = rewritten(file, unknown)
    with pytest.raises((FileRefused, FileBroken)):
        restore_into(target, keys_of("target")).load(opener(forged), HERE, OPERATOR)
    assert await target.read(everything) == before


async def test_a_file_of_an_older_schema_fills_new_columns_with_their_defaults(
    file: bytes, target: Database
) -> None:
    def older(found: list[Record]) -> list[Record]:
        made: list[Record] = []
        for one in found:
            if isinstance(one, Manifest):
                heads = tuple(
                    msgspec.structs.replace(head, columns=head.columns[:-1])
                    if head.name == "users"
                    else head
                    for head in one.tables
                )
                made.append(msgspec.structs.replace(one, tables=heads, schema=1))
            elif isinstance(one, Rows) and one.table == "users":
                made.append(Rows(table="users", rows=[row[:-1] for row in one.rows]))
            else:
                made.append(one)
        return made

    restore_into(target, keys_of("target")).load(opener(rewritten(file, older)), HERE, OPERATOR)
    rows = (await target.read(all_rows))["users"]
    assert [row[-1] for row in rows] == [None] * 3
