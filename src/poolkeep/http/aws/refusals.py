"""Refusals as AWS errors: one table, total over the tree in `base/refusal.py`.

A refusal's code is Cognito's exception name, so only the status needs a rule: what the service
models say, 501 for what is not built, 503 for what may be tried again.
"""

from poolkeep.base.refusal import NotBuilt, Refusal, Unavailable
from poolkeep.wire.service import Service

NOT_IMPLEMENTED = 501
UNAVAILABLE = 503
BAD_REQUEST = 400


class Defect(Refusal):
    """Something unexpected; the caller learns nothing of it."""

    code = "InternalErrorException"


def status_of(service: Service | None, refusal: Refusal) -> int:
    """Return the HTTP status of a refusal."""
    if isinstance(refusal, NotBuilt):
        return NOT_IMPLEMENTED
    if isinstance(refusal, Unavailable):
        return UNAVAILABLE
    return BAD_REQUEST if service is None else service.status(refusal.code)


def for_caller(refusal: Refusal) -> Refusal:
    """Return what may be said to the caller: not the words of a database that is away."""
    return Defect() if isinstance(refusal, Unavailable) else refusal
