"""What the operator's face needs from outside."""

from typing import Protocol

import msgspec

from poolkeep.core.messages.model import InboxMessage
from poolkeep.core.messages.samples import Sample


class Health(msgspec.Struct, frozen=True):
    """Whether requests can be answered: overall, and each region's database."""

    ready: bool
    databases: dict[str, bool]


class Readiness(Protocol):
    """Asks the parts that can be away."""

    async def check(self) -> Health:
        """Return what works now, promptly also when something hangs."""
        ...


class Inbox(Protocol):
    """The messages that the development transport delivered."""

    async def list(self, to: str | None, limit: int) -> list[InboxMessage]:
        """Return the newest messages first, of one recipient or of all."""
        ...


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A page, and the policy that it is shown under."""

    page: str
    policy: str


class Previews(Protocol):
    """Pages and messages as users would see them."""

    async def branding(
        self, pool_id: str, client_id: str, *, scheme: str | None, language: str | None
    ) -> Preview | None:
        """Return the page of a client's style; None where there is none."""
        ...

    async def messages(self, pool_id: str | None, language: str | None) -> list[Sample] | None:
        """Return what a pool sends, or our own texts without one; None for an unknown pool."""
        ...


class TimeTravel(Protocol):
    """The clock that development moves, shared by all processes. Each returns the new now in ms."""

    async def advance(self, ms: int) -> int:
        """Move by `ms`, which may be negative."""
        ...

    async def set_offset(self, ms: int) -> int:
        """Make the clock differ from the machine's by `ms`."""
        ...

    async def set_now(self, now_ms: int) -> int:
        """Make the clock show `now_ms`, and go on from there."""
        ...


class Emptier(Protocol):
    """Removes everything that an account owns."""

    async def empty(self, account: str) -> None:
        """Remove pools, users, keys other than the root pair, and messages of `account`."""
        ...
