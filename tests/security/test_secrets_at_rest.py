"""Whoever reads the database, or a dump of it, learns no secret."""

import asyncio
import base64
import sqlite3
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from poolkeep.adapters.keys.file import FileKeyKeeper, read_master_key
from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.transaction import Transaction
from poolkeep.storage.database import open_database
from poolkeep.storage.stores.keys import INSTALLATION, KeyStore
from tests.sdk.support import holds
from tests.security.canaries import Canaries, Life
from tests.security.signing import SignedWire, root_key
from tests.security.traces import contents, spellings, traces
from tests.support.server import StartServer

CODES_BY_CHANCE: Final = 4
# How private RSA keys begin in their usual forms.
KEY_FORMS: Final = {
    "PEM": b"-----BEGIN",
    "PKCS#8": bytes.fromhex("020100300d06092a864886f70d0101010500"),
    "PKCS#1": bytes.fromhex("0201000282010100"),
    "JWK": b'"kty"',
}


def places_of(url: str, folder: Path) -> dict[str, bytes]:
    """Return everything that a thief of the database has."""
    if url.startswith("sqlite"):
        database = Path(url.removeprefix("sqlite:///"))
        copy = sqlite3.connect(folder / "copy.db")
        source = sqlite3.connect(database)
        source.backup(copy)
        source.close()
        copy.close()
        beside = [database.with_name(database.name + end) for end in ("", "-wal", "-shm")]
        return contents([*beside, folder / "copy.db"])
    return dumped(url)


def dumped(url: str) -> dict[str, bytes]:
    """Return every table as `COPY` writes it: text with hexadecimal bytes, and binary."""
    found = {}
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables.fetchall():
            for form in ("text", "binary"):
                query = sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(
                    sql.Identifier(table), sql.SQL(form)
                )
                with connection.cursor() as cursor, cursor.copy(query) as copy:
                    found[f"{table} as {form}"] = b"".join(bytes(block) for block in copy)
    assert len(found) > 20
    return found


def keys_of(url: str, key_file: Path) -> dict[str, bytes | str]:
    """Return the keys of the installation, opened with the master key."""
    master = read_master_key(key_file)
    keys = KeyStore(FileKeyKeeper(master), SystemEntropy(), SystemClock())
    found: dict[str, bytes | str] = {"master key": master}

    def read(tx: Transaction) -> None:
        for (pool_id,) in [*tx.all("SELECT pool_id FROM user_pools"), (INSTALLATION,)]:
            ring = keys.pool_keys(tx, pool_id)
            assert ring is not None
            found[f"key of {pool_id!r}"] = ring.ring.key()
            for record in keys.signing_keys(tx, pool_id, ring).records():
                der = record.key.to_der()
                # A private key from its secret exponent on.
                found[f"token key {record.key.kid}"] = der[-600:]
                found[f"prime of token key {record.key.kid}"] = der[-560:-440]

    async def work() -> None:
        database = open_database(url)
        await database.read(read)
        await database.close()

    asyncio.run(work())
    return found


@holds("MFA-40")
def test_a_stolen_database_holds_no_secret(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), dev=False, database_url=database_url)
    pair = root_key(data)
    canaries = Life(SignedWire(server.base_url, pair)).live()
    secrets = {
        **canaries.secrets,
        **keys_of(database_url, data / "master.key"),
        "root secret": pair.secret,
    }
    places = places_of(database_url, tmp_path)
    assert_nothing(places, secrets, canaries)
    server.stop()
    assert_nothing(places_of(database_url, tmp_path), secrets, canaries)


def assert_nothing(
    places: dict[str, bytes], secrets: dict[str, bytes | str], canaries: Canaries
) -> None:
    assert traces(places, {"name": canaries.people["username"]}), "the search looks at the data"
    assert not traces(places, secrets)
    for form, beginning in KEY_FORMS.items():
        assert not traces(places, {form: beginning})
    found = [
        code
        for code in canaries.codes
        if any(spelled in content for spelled in spellings(code) for content in places.values())
    ]
    # Six digits in a row turn up among numbers; if codes were kept, all of them would.
    assert len(canaries.codes) > 3 * CODES_BY_CHANCE
    assert len(found) <= CODES_BY_CHANCE, found


def test_a_database_without_its_master_key_serves_nobody(
    start_server: StartServer, sqlite_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    start_server("--data", str(data), dev=False, database_url=sqlite_url).stop()
    key = data / "master.key"
    for content in (None, base64.b64encode(bytes(32)).decode(), "garbage"):
        key.unlink(missing_ok=True)
        if content is not None:
            key.touch(0o600)
            key.write_text(content)
        with pytest.raises(pytest.fail.Exception, match="master_key_file: "):
            start_server("--data", str(data), dev=False, database_url=sqlite_url)
        assert content is not None or not key.exists(), "no new key for an old database"
