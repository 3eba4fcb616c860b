"""A server that speaks TLS under an authority of the tests: some clients take nothing less."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.sdk.support import Wire
from tests.support.certificates import certify
from tests.support.server import Server


class Secure(NamedTuple):
    """A caller of the server, and how to trust it: as a context, and as a file."""

    wire: Wire
    context: ssl.SSLContext
    authority: Path


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """Return a development server with TLS."""
    folder = tmp_path_factory.mktemp("secure")
    certified = certify(folder)
    context = certified.context()
    with Server(
        folder,
        "--dev",
        *("--data", str(folder / "data")),
        environment=certified.environment(),
        context=context,
    ) as server:
        yield Secure(Wire(server.base_url, context=context), context, certified.authority)
