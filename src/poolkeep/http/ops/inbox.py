"""The inbox for programs: list, or wait until something is there."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from poolkeep.core.messages.model import InboxMessage
from poolkeep.http.ops.ports import Inbox
from poolkeep.http.ops.respond import Asked, Unacceptable

WAIT_S_MAX: Final = 60.0
LOOK_S: Final = 0.1  # another process may deliver, so we look again rather than be told
LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 500


async def answer_json(asked: Asked, inbox: Inbox) -> None:
    """Answer `?to=ADDRESS&wait=SECONDS&after=ID&limit=N` with messages, newest first.

    `wait` answers as soon as there is a message (after the one with id `after`, if given), or
    with an empty list when the time is up.
    """
    to = asked.query.get("to") or None
    after = asked.query.get("after") or None
    limit = int(_number(asked, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX))
    wait_s = _number(asked, "wait", default=0, most=WAIT_S_MAX)
    await asked.body()
    loop = asyncio.get_running_loop()
    end = loop.time() + wait_s
    gone = asyncio.ensure_future(asked.receive())  # answers only when the client leaves
    try:
        while True:
            messages = _newer(await inbox.list(to, limit), after)
            if messages or loop.time() >= end:
                break
            done, _ = await asyncio.wait({gone}, timeout=min(LOOK_S, end - loop.time()))
            if done:
                return
    finally:
        gone.cancel()
    await asked.json(200, {"messages": [presented(message) for message in messages]})


def presented(message: InboxMessage) -> dict[str, Any]:
    """Return a message as the JSON shows it."""
    return {
        "id": message.id,
        "medium": message.medium,
        "kind": message.kind,
        "pool": message.pool_id,
        "to": message.to,
        "subject": message.subject,
        "body": message.body,
        "code": message.code,
        "link": message.link,
        "at": moment(message.at_ms),
        "at_ms": message.at_ms,
    }


def moment(at_ms: int) -> str:
    """Return a time as ISO 8601 text, UTC, to the second."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _newer(messages: list[InboxMessage], after: str | None) -> list[InboxMessage]:
    if after is None:
        return messages
    ids = [message.id for message in messages]
    return messages[: ids.index(after)] if after in ids else messages


def _number(asked: Asked, name: str, *, default: float, most: float) -> float:
    text = asked.query.get(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise Unacceptable(400, f"{name} must be a number from 0 to {most:g}.")
    return number
