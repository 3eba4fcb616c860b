"""From a path to its answer."""

from collections.abc import Awaitable, Callable
from typing import Final

from poolkeep.http.ops.development import answer_clock, answer_reset
from poolkeep.http.ops.inbox import answer_json
from poolkeep.http.ops.inbox_page import answer_page
from poolkeep.http.ops.ports import Emptier, Inbox, Previews, Readiness, TimeTravel
from poolkeep.http.ops.previews import answer_branding, answer_messages, answer_messages_json
from poolkeep.http.ops.respond import Asked, Unacceptable, asked
from poolkeep.http.server.ports import Receive, Scope, Send
from poolkeep.settings import Mode

PREFIX: Final = "/_poolkeep/"

Answer = Callable[[Asked], Awaitable[None]]
Face = Callable[[Scope, Receive, Send], Awaitable[None]]


def routes(
    *,
    mode: Mode,
    version: str,
    default_account: str,
    readiness: Readiness,
    inbox: Inbox | None = None,
    previews: Previews | None = None,
    time_travel: TimeTravel | None = None,
    emptier: Emptier | None = None,
) -> Face:
    """Return the ASGI application for paths under `/_poolkeep/`.

    `inbox` is for dev and local where mail or SMS goes to it, `previews` for both; `time_travel`
    and `emptier` are for dev. The mode is asked again here, so that wiring one by mistake opens
    nothing.
    """

    async def health(request: Asked) -> None:
        found = await readiness.check()
        databases = {name: "ok" if ok else "away" for name, ok in found.databases.items()}
        status = "ok" if found.ready else "not ready"
        value = {"status": status, "version": version, "mode": mode, "databases": databases}
        await request.json(200 if found.ready else 503, value)

    table: dict[str, tuple[str, Answer]] = {"health": ("GET", health)}
    if inbox is not None and mode != "production":
        table["inbox"] = ("GET", lambda request: answer_page(request, inbox))
        table["inbox.json"] = ("GET", lambda request: answer_json(request, inbox))
    if previews is not None and mode != "production":
        table["branding"] = ("GET", lambda request: answer_branding(request, previews))
        table["messages"] = ("GET", lambda request: answer_messages(request, previews))
        table["messages.json"] = ("GET", lambda request: answer_messages_json(request, previews))
    if time_travel is not None and mode == "dev":
        table["clock"] = ("POST", lambda request: answer_clock(request, time_travel))
    if emptier is not None and mode == "dev":
        table["reset"] = ("POST", lambda request: answer_reset(request, emptier, default_account))

    async def face(scope: Scope, receive: Receive, send: Send) -> None:
        request = Asked(
            method=scope["method"], path="", query={}, origin=None, receive=receive, send=send
        )
        try:
            request = asked(scope, receive, send)
            await _dispatch(request, table)
        except Unacceptable as refused:
            await request.json(refused.status, {"message": refused.text})

    return face


async def _dispatch(request: Asked, table: dict[str, tuple[str, Answer]]) -> None:
    found = table.get(request.path.removeprefix(PREFIX))
    if found is None or not request.path.startswith(PREFIX):
        raise Unacceptable(404, "There is nothing at this address in this mode.")
    method, answer = found
    if request.method == "OPTIONS" and request.origin is not None:
        await request.answer(204, b"", headers=[])
    elif request.method != method and (method, request.method) != ("GET", "HEAD"):
        raise Unacceptable(405, f"Use {method} here.")
    else:
        await answer(request)
