"""What a modelled exception is on the wire: a code, a status, and whose fault it is.

Each service's `errors.py` is generated and subclasses `ServiceError`. Core knows nothing of these:
it raises refusals from `poolkeep.base.refusal`, whose `code` is the same text.
"""

from typing import ClassVar


class ServiceError(Exception):
    """An exception of a service model."""

    code: ClassVar[str] = "InternalErrorException"
    status: ClassVar[int] = 500
    fault: ClassVar[bool] = True

    def __init__(self, text: str = "", *, reason_code: str | None = None) -> None:
        """Carry the caller's text and, for InvalidParameterException, its reason code."""
        super().__init__(text)
        self.text = text
        self.reason_code = reason_code
