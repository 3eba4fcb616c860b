"""One installation for all RFCs: a strict pool, which keeps them, and a client of every kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import STRICT, Party, a_domain, a_machine, a_party


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    folder: Path = tmp_path_factory.mktemp("rfc")
    with serving(folder) as wire:
        yield wire


@pytest.fixture(scope="session")
def strict_pool(wire: InProcessWire) -> str:
    """Return a strict pool."""
    return a_domain(wire, UserPoolTags=STRICT)


@pytest.fixture(scope="session")
def party(wire: InProcessWire, strict_pool: str) -> Party:
    """Return a client with a secret."""
    return a_party(wire, strict_pool)


@pytest.fixture(scope="session")
def public(wire: InProcessWire, strict_pool: str) -> Party:
    """Return a client without one."""
    return a_party(wire, strict_pool, GenerateSecret=False)


@pytest.fixture(scope="session")
def machine(wire: InProcessWire, strict_pool: str) -> Party:
    """Return a client that speaks for itself."""
    return a_machine(wire, strict_pool)
