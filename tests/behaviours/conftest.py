"""The fixtures of the client tests, for the behaviour tests."""

from tests.sdk.fixtures import (
    app,
    clock_app,
    clock_server,
    clock_wire,
    pytest_configure,
    secret_app,
    server_url,
    wire,
)

__all__ = [
    "app",
    "clock_app",
    "clock_server",
    "clock_wire",
    "pytest_configure",
    "secret_app",
    "server_url",
    "wire",
]
