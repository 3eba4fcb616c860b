"""Two server processes on one database, and many callers who want the same thing at once."""

import asyncio
import dataclasses
import itertools
import threading
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from poolkeep.base.transaction import Transaction
from poolkeep.storage.database import open_database
from tests.sdk.builders import App
from tests.sdk.support import Json, RefusedError, Wire
from tests.support.server import Server

RACERS: Final = 12
Act: TypeAlias = Callable[[App, int], Json]
"""What a racer does: on a node, by its number."""


@dataclasses.dataclass(frozen=True)
class Nodes:
    """Servers that share a database; one server with two workers on SQLite."""

    servers: tuple[Server, ...]
    wires: tuple[Wire, ...]
    database_url: str
    turn: "itertools.count[int]" = dataclasses.field(default_factory=itertools.count)

    @property
    def wire(self) -> Wire:
        """The first node."""
        return self.wires[0]

    @property
    def other(self) -> Wire:
        """The last node: another process than the first where there are two servers."""
        return self.wires[-1]

    def next(self) -> Wire:
        """Return the nodes in turn."""
        return self.wires[next(self.turn) % len(self.wires)]

    def spread(self, app: App) -> App:
        """Return the app as seen by the next node."""
        return dataclasses.replace(app, wire=self.next())

    def rows(self, sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return what the database holds."""
        return rows_of(self.database_url, sql, params)


def rows_of(url: str, sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return rows of a database, read beside the servers that use it."""

    async def read() -> list[tuple[Any, ...]]:
        database = open_database(url)
        try:
            return await database.read(lambda tx: _all(tx, sql, params))
        finally:
            await database.close()

    return asyncio.run(read())


def _all(tx: Transaction, sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return tx.all(sql, params)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a race."""

    won: list[Json]
    refusals: list[RefusedError]

    @property
    def codes(self) -> set[str]:
        """The codes of those who were refused."""
        return {refusal.code for refusal in self.refusals}


def race(nodes: Nodes, app: App, act: Act, racers: int = RACERS) -> Outcome:
    """Let `act(app, number)` run in many threads at one moment, spread over the nodes."""
    ready = threading.Barrier(racers)
    won: list[Json] = []
    refusals: list[RefusedError] = []
    deaths: list[BaseException] = []

    def run(number: int) -> None:
        mine = nodes.spread(app)
        try:
            assert (
                mine.wire.exchange("GET", "/_poolkeep/health").status == 200
            )  # connect beforehand
            ready.wait(timeout=60)
            won.append(act(mine, number))
        except RefusedError as refusal:
            refusals.append(refusal)
        except BaseException as death:  # noqa: BLE001  told below, in the test's own thread
            deaths.append(death)
            ready.abort()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not deaths, deaths
    assert not [refusal for refusal in refusals if refusal.status != 400], refusals
    return Outcome(won, refusals)
