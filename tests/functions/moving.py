"""A poolkeep whose users move to another one, for tests."""

import concurrent.futures
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tests.functions.servers import an_app_with, configured
from tests.sdk.builders import App, an_app
from tests.sdk.support import Json, Wire, claims_of
from tests.support.server import Server

THREADS: Final = 8


class Removal:
    """The old place, the new one, and an app of a pool at each."""

    def __init__(self, folder: Path, **options: str) -> None:
        """Prepare; `options` are those of the address but for the keys."""
        self._folder = folder
        self._options = options
        self._stack = contextlib.ExitStack()

    def begin(self, old_pool: dict[str, Json], new_pool: dict[str, Json], *, keys: bool) -> None:
        """Start both, with pools of these settings."""
        self.old_server = self._start("old")
        wire = Wire(self.old_server.base_url)
        made = wire.call("CreateUserPool", **{"PoolName": "old", **old_pool})
        self.old = an_app(wire, made["UserPool"]["Id"])
        given = {"region": "us-east-1", **self._options}
        if keys:
            given |= {"pool": self.old.pool_id, "key": wire.account, "secret": "x/+y"}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
        host = self.old_server.base_url.removeprefix("http://")
        target = f"migrate+http://{self.old.client_id}@{host}?{query}"
        config = configured(self._folder, {"leave": target})
        self.new_server = self._start("new", "--config", str(config))
        self.new = an_app_with(self.new_server, UserMigration="leave")
        self.new_wire = Wire(self.new_server.base_url, self.new.wire.account)
        if new_pool:
            arn = "arn:aws:lambda:us-east-1:123456789012:function:leave"
            made = self.new_wire.call(
                "CreateUserPool",
                **{"PoolName": "new", "LambdaConfig": {"UserMigration": arn}, **new_pool},
            )
            self.new = an_app(self.new_wire, made["UserPool"]["Id"])

    def run(self, *arguments: str) -> list[str]:
        """Return the command line of `poolkeep` beside the new server."""
        return [*arguments, "--dev", "--data", str(self._folder / "new" / "data"),
                "--config", str(self._folder / "functions.toml")]  # fmt: skip

    def close(self) -> None:
        """Stop both."""
        self._stack.close()

    def _start(self, name: str, *more: str) -> Server:
        folder = self._folder / name
        folder.mkdir()
        server = Server(folder, "--dev", "--data", str(folder / "data"), *more)
        return self._stack.enter_context(server)


@contextlib.contextmanager
def moving(
    folder: Path,
    old_pool: dict[str, Json] | None = None,
    new_pool: dict[str, Json] | None = None,
    *,
    keys: bool = False,
    **options: str,
) -> Iterator[Removal]:
    """Run both places."""
    removal = Removal(folder, **options)
    try:
        removal.begin(old_pool or {}, new_pool or {}, keys=keys)
        yield removal
    finally:
        removal.close()


def subs(app: App, names: list[str]) -> dict[str, str]:
    """Sign users in, some at a time, and return their subs."""

    def one(name: str) -> tuple[str, str]:
        return name, claims_of(app.sign_in(name)["IdToken"])["sub"]

    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        return dict(threads.map(one, names))


def move_everybody(removal: Removal, count: int) -> None:
    """Move so many users by signing in once; then switch the old place off, and sign in again."""
    old, new = removal.old, removal.new
    names = [f"user-{number:05d}" for number in range(count)]
    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda name: old.user(name, email=f"{name}@example.com"), names))
    before = subs(old, names)
    assert subs(new, names) == before, "with the sub that they had"
    removal.old_server.stop()
    assert subs(new, names) == before
