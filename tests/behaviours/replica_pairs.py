"""A pool and its copy in another region, for the tests of docs/behaviours/replicas.md."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.conftest import server_starter
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    Json,
    RefusedError,
    Reply,
    Wire,
    an_account,
)
from tests.support.server import Server

HOME: Final = "us-east-1"
AWAY: Final = "eu-west-1"
KEY: Final = {
    "KeyType": "CUSTOMER_MANAGED_KEY",
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
}
WITHIN_S: Final = 20.0
NOT_ENABLED: Final = "OperationNotEnabledException"
INVALID: Final = "InvalidParameterException"


@contextlib.contextmanager
def two_regions(folder: Path, **environment: str) -> Iterator[Server]:
    """Run a server of two regions."""
    with ExitStack() as stack:
        start = server_starter(folder, stack)
        yield start(f"--region={HOME}=", f"--region={AWAY}=", environment=environment)


class HostWire(Wire):
    """A caller who addresses the server by a name of its own."""

    def __init__(self, base_url: str, account: str, host: str) -> None:
        super().__init__(base_url, account)
        self.host = host

    def send(
        self,
        operation: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        without: tuple[str, ...] = (),
    ) -> Reply:
        named = {"Host": f"{self.host}:{self._address[1]}", **(headers or {})}
        return super().send(operation, body, named, without=without)


class RegionWire(HostWire):
    """A caller whose signature and host name a region."""

    def __init__(self, base_url: str, account: str, region: str) -> None:
        super().__init__(base_url, account, f"cognito-idp.{region}.localhost")
        self.region = region


@dataclasses.dataclass(frozen=True)
class Twins:
    """An app at the primary, and the same at its copy."""

    home: App
    away: App

    def status(self) -> str | None:
        """Return the copy's status."""
        listed = replicas(self.home)
        return next((one["Status"] for one in listed if one["Role"] == "SECONDARY"), None)

    def update(self, status: str, *, at: App | None = None) -> dict[str, Json]:
        """Make the copy ACTIVE or INACTIVE."""
        made = pool_call(at or self.home, "UpdateUserPoolReplica", RegionName=AWAY, Status=status)
        replica: dict[str, Json] = made["UserPoolReplica"]
        return replica


def replicas(app: App) -> list[dict[str, Json]]:
    listed: list[dict[str, Json]] = pool_call(app, "ListUserPoolReplicas")["UserPoolReplicas"]
    return listed


def pool_call(app: App, operation: str, /, **members: Json) -> dict[str, Json]:
    return app.wire.call(operation, UserPoolId=app.pool_id, **members)


def soon(check: Callable[[], Json]) -> Json:
    """Return what `check` returns once that is something: a copy lags behind by a second."""
    ends = time.monotonic() + WITHIN_S
    while True:
        try:
            found = check()
        except RefusedError:
            found = None
        if found:
            return found
        assert time.monotonic() < ends, "the copy did not follow"


def original(server: Server, account: str = "", **settings: Json) -> App:
    wire = RegionWire(server.base_url, account or an_account(), HOME)
    pool_id = a_pool(wire, **{"KeyConfiguration": KEY, **settings})
    return an_app(wire, pool_id)


def copied(server: Server, *, active: bool = True, **settings: Json) -> Twins:
    """Return an app with a copy of its pool."""
    home = original(server, **settings)
    away = dataclasses.replace(home, wire=RegionWire(server.base_url, home.wire.account, AWAY))
    made = pool_call(home, "CreateUserPoolReplica", RegionName=AWAY)["UserPoolReplica"]
    assert made == {
        "RegionName": AWAY, "Status": "CREATING", "Role": "SECONDARY",
        "UserPoolArn": f"arn:aws:cognito-idp:{AWAY}:{home.wire.account}:userpool/{home.pool_id}",
    }  # fmt: skip
    twins = Twins(home, away)
    soon(lambda: twins.status() == "INACTIVE")
    if active:
        twins.update("ACTIVE")
    return twins


def at_both(twins: Twins, name: str) -> str:
    """Return the user once the copy knows it as the primary does."""
    ours = twins.home.admin("AdminGetUser", name)
    soon(lambda: twins.away.admin("AdminGetUser", name) == ours)
    return name
