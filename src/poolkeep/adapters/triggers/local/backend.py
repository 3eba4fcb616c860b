"""The pools of all local functions."""

import asyncio

from poolkeep.adapters.triggers.local.pool import Pool
from poolkeep.adapters.triggers.local.surroundings import Surroundings
from poolkeep.adapters.triggers.model import Function, Invocation
from poolkeep.base.log import Log


class LocalFunctions:
    """Runs handlers in processes of this machine."""

    def __init__(self, around: Surroundings, log: Log) -> None:
        """Start nothing yet."""
        self._around = around
        self._log = log
        self._pools: dict[tuple[str, ...], Pool] = {}

    async def run(self, invocation: Invocation) -> bytes:
        """Make one attempt."""
        answer, _ = await self.run_and_tell(invocation)
        return answer

    async def run_and_tell(self, invocation: Invocation) -> tuple[bytes, bytes]:
        """Make one attempt; return its answer and the last of what was printed."""
        return await self._pool(invocation.function).run(invocation)

    async def hand_over(self, invocation: Invocation) -> None:
        """Run the function for nobody in particular."""
        async with asyncio.timeout(invocation.within_s):
            await self.run(invocation)

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    def _pool(self, function: Function) -> Pool:
        pool = self._pools.get(function.identity)
        if pool is None:
            pool = self._pools[function.identity] = Pool(function, self._around, self._log)
        return pool
