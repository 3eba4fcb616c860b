"""A pool's copy in another region of the installation.

    CreateUserPoolReplica ─▶ CREATING ─ first copy ─▶ INACTIVE ⇄ ACTIVE
                                         INACTIVE ─ DeleteUserPoolReplica ─▶ DELETING ─▶ gone

Every region has its own database. The one with the original notes what changes in it
(`storage/change_log.py`), and its sweep brings that to the other; sign-outs and revocations also
come back. The copy is in step a second or two later, and answers a part of the operations only.
"""

from poolkeep.core.replicas.copying import Replication
from poolkeep.core.replicas.failover import DomainRouting
from poolkeep.core.replicas.model import Replica
from poolkeep.core.replicas.ports import Neighbour, Neighbours
from poolkeep.core.replicas.rules import check_challenge, check_operation
from poolkeep.core.replicas.service import ReplicaService

__all__ = [
    "DomainRouting",
    "Neighbour",
    "Neighbours",
    "Replica",
    "ReplicaService",
    "Replication",
    "check_challenge",
    "check_operation",
]
