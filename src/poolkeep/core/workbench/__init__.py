"""What functions were told and what they said: recorded, looked at, tried again.

This package owns the record of an invocation, what of it is masked, the sample event of every
trigger, and the judgement of a reply in plain words. It runs no function, and no sign-in waits
for it.
"""

from poolkeep.core.workbench.model import Found, Outcome, Record, Seen
from poolkeep.core.workbench.ports import Records
from poolkeep.core.workbench.recording import Recorder, RecordingTriggers

__all__ = ["Found", "Outcome", "Record", "Recorder", "RecordingTriggers", "Records", "Seen"]
