"""Lambda triggers: when each source is consulted, what it is told, what it may answer.

This package owns the events and replies and the meaning of a failing function. It does not know
how a function is run; that is the `Triggers` port. Nothing here touches a transaction: a use case
loads, consults, decides and saves, in that order.
"""

from poolkeep.core.triggers.ports import FunctionError, FunctionUnavailable, Triggers, Vouched
from poolkeep.core.triggers.service import Consultant, Subject

__all__ = ["Consultant", "FunctionError", "FunctionUnavailable", "Subject", "Triggers", "Vouched"]
