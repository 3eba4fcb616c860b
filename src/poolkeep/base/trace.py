"""What a request was decided by, told where it is decided and read where the request is logged."""

from contextvars import ContextVar
from typing import Final

_notes: Final[ContextVar[dict[str, object] | None]] = ContextVar("trace", default=None)


def begin() -> dict[str, object]:
    """Return the notes of a new request, which `note` fills from now on."""
    notes: dict[str, object] = {}
    _notes.set(notes)
    return notes


def note(**told: object) -> None:
    """Add to the notes of the request that runs; nothing where none does."""
    notes = _notes.get()
    if notes is not None:
        notes.update(told)
