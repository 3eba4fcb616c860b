"""The recording of invocations: which region keeps which."""

import msgspec

from poolkeep.adapters.triggers.model import Attempt
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.log import Log
from poolkeep.base.transaction import Database
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.core.triggers import Triggers
from poolkeep.core.workbench import Recorder, RecordingTriggers, Seen
from poolkeep.settings import Workbench
from poolkeep.storage.stores.invocations import SqlInvocations

DAY_MS = 86_400_000


class _Head(msgspec.Struct):
    """What of an event tells whose it is."""

    region: str = ""


_heads = msgspec.json.Decoder(_Head)


class Recorders:
    """The recorders of a process, by region.

    Functions of the settings tell of each attempt themselves; those that a program has brought
    along are wrapped, because nothing else knows of them.
    """

    def __init__(self, settings: Workbench, *, wraps: bool) -> None:
        """Have none yet."""
        self._settings = settings
        self._wraps = wraps
        self._by_region: dict[str, Recorder] = {}

    def add(
        self,
        region: str,
        database: Database,
        book: PoolBook,
        *,
        clock: Clock,
        entropy: Entropy,
        log: Log,
    ) -> Recorder:
        """Return the recorder of a region."""
        recorder = self._by_region[region] = Recorder(
            database=database,
            records=SqlInvocations(),
            book=book,
            clock=clock,
            entropy=entropy,
            log=log,
            kept_max=self._settings.kept_per_function,
            kept_ms=self._settings.kept_days * DAY_MS,
        )
        return recorder

    def triggers(self, triggers: Triggers, recorder: Recorder, clock: Clock) -> Triggers:
        """Return what a region calls functions through."""
        if self._wraps:
            return RecordingTriggers(triggers, recorder, clock)
        return triggers

    def observe(self, attempt: Attempt) -> None:
        """Note an attempt with the region of its pool; what is no pool's event is not noted."""
        invocation = attempt.invocation
        try:
            recorder = self._by_region.get(_heads.decode(invocation.event).region)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return
        if recorder is None:
            return
        recorder.note(
            Seen(
                arn=invocation.arn,
                event=invocation.event,
                began_ms=attempt.began_ms,
                took_us=round(attempt.took_ms * 1000),
                request_id=invocation.request_id,
                attempt=invocation.attempt,
                answer=attempt.answer,
                error=attempt.error,
                thrown=attempt.thrown,
            )
        )
