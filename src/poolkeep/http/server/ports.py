"""What the server needs from outside."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, runtime_checkable

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class App(Protocol):
    """An ASGI application with a beginning and an end.

    `scope["state"]["listener"]` says where a request came in: `public` or `admin`.
    """

    async def startup(self) -> None:
        """Get ready. Raises CannotStart for what the operator can mend."""
        ...

    async def shutdown(self) -> None:
        """Let go of everything; no request is under way any more."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...


@runtime_checkable
class JudgesHosts(Protocol):
    """An application that refuses by itself the hosts that are nobody's."""

    def is_ours(self, name: str) -> bool:
        """Tell whether the installation answers for a host name, pools' domains aside."""
        ...


class CannotStart(Exception):
    """What keeps the server from starting; each line names a setting and says what to do."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
