"""Users on their way in: one batch of one job a round."""

from poolkeep.core.imports.worker import ImportWorker

REST_S = 2.0


class ImportSweep:
    """One region's import jobs."""

    name = "user imports"
    rest_s = REST_S

    def __init__(self, worker: ImportWorker) -> None:
        """Let `worker` do the work; several nodes' workers share the jobs by their leases."""
        self._worker = worker

    async def round(self) -> bool:
        """Do a batch; return whether there may be more."""
        return await self._worker.round()
