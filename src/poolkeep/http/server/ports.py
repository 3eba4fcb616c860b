"""What the server needs from outside."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

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


class CannotStart(Exception):
    """What keeps the server from starting; each line names a setting and says what to do."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
