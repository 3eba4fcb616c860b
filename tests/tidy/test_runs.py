"""What tests/conftest.py promises: no network, fresh databases, announced skips only."""

import socket

import pytest

from poolkeep.base.transaction import Database
from tests.support import exclusions, network


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "10.0.0.1"])
def test_a_foreign_address_is_refused(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(network.NetworkError):
        sock.connect((address, 80))


def test_a_foreign_name_is_not_looked_up() -> None:
    with pytest.raises(network.NetworkError):
        socket.getaddrinfo("name.invalid", 80)


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


async def test_a_fresh_database_has_the_schema(database: Database) -> None:
    assert await database.read(lambda tx: tx.all("SELECT version FROM schema_versions"))


def test_only_announced_skips_are_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(exclusions.VARIABLE, "node")
    assert exclusions.is_expected("Skipped: excluded by name: node")
    assert not exclusions.is_expected("Skipped: excluded by name: postgres")
    assert not exclusions.is_expected("Skipped: could not import 'boto3'")
