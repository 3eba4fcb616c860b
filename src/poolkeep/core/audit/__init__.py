"""What happened and who did it: administrators' changes, and users' sign-in events.

An audit row is written in the same transaction as the change. An auth event is written in a
transaction of its own before the caller gets the answer, where the pool's advanced security or
log delivery asks for it.
"""

from poolkeep.core.audit.events import AuthEvent, AuthEvents
from poolkeep.core.audit.trail import Actor, AuditEntry, AuditTrail

__all__ = ["Actor", "AuditEntry", "AuditTrail", "AuthEvent", "AuthEvents"]
