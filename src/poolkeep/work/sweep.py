"""What a sweep is: a name, one round of work, and how long to rest when there is none."""

from typing import Protocol


class Sweep(Protocol):
    """A kind of background work."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    @property
    def rest_s(self) -> float:
        """Seconds to wait after a round that found nothing, unless woken."""
        ...

    async def round(self) -> bool:
        """Do one bounded round; return whether there may be more to do at once."""
        ...
