"""Run every sweep in a task of its own until stopped.

claim → run → settle, again at once while there is more, else rest until woken or `rest_s`
"""

import asyncio
from collections.abc import Sequence

from poolkeep.base.log import Log
from poolkeep.work.sweep import Sweep


class Runner:
    """The sweeps of one process."""

    def __init__(self, sweeps: Sequence[Sweep], log: Log) -> None:
        """Run `sweeps`; a round that fails is logged and the sweep goes on after its rest."""
        self._sweeps = tuple(sweeps)
        self._log = log
        self._bells = [asyncio.Event() for _ in self._sweeps]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start a task for each sweep on the running loop."""
        self._tasks = [
            asyncio.create_task(self._run(sweep, bell), name=f"sweep {sweep.name}")
            for sweep, bell in zip(self._sweeps, self._bells, strict=True)
        ]

    async def stop(self) -> None:
        """End every task. Work under way is cut off; its lease lapses and it is done again."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """Let every sweep look at once; call it on the loop, after a commit."""
        for bell in self._bells:
            bell.set()

    async def once(self) -> None:
        """Do everything that is due now, without starting tasks."""
        for sweep in self._sweeps:
            while await sweep.round():
                pass

    async def _run(self, sweep: Sweep, bell: asyncio.Event) -> None:
        while True:
            bell.clear()
            try:
                more = await sweep.round()
            except Exception as error:  # noqa: BLE001  a sweep outlives every defect of a round
                self._log.defect("sweep failed", error, sweep=sweep.name)
                more = False
            if more:
                continue
            try:
                async with asyncio.timeout(sweep.rest_s):
                    await bell.wait()
            except TimeoutError:
                continue
