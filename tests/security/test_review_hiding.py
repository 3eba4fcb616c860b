"""What an installation cannot do tells nobody apart from nobody."""

from collections.abc import Awaitable, Callable

import pytest

from poolkeep.base.refusal import Refusal
from poolkeep.core.messages.model import SMS
from poolkeep.core.users.model import Status
from poolkeep.storage.sqlite import SqliteDatabase
from tests.unit.core.messages.world import App, World, verifying

PROVEN = {"email": "known@example.com", "email_verified": "true"}


async def said(call: Callable[[str], Awaitable[object]], name: str) -> str:
    """Return how a request about a name ends."""
    try:
        await call(name)
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.text}"
    return "an answer"


def hiding(database: SqliteDatabase, *media: str) -> App:
    """Return a client that hides who exists, where only these media have a transport."""
    world = World(database, media=media)
    return world.add(verifying(), client={"prevent_user_existence_errors": "ENABLED"})


@pytest.mark.asyncio
@pytest.mark.parametrize("operation", ["forgot", "resend"])
async def test_without_a_mail_server_nobody_is_told_apart(sqlite_url: str, operation: str) -> None:
    database = SqliteDatabase(sqlite_url.removeprefix("sqlite:///"))
    app = hiding(database, SMS)
    status = Status.CONFIRMED if operation == "forgot" else Status.UNCONFIRMED
    await app.a_user("known", attributes=PROVEN, status=status)
    await app.a_user("off", number=2, attributes={}, status=status, enabled=False)
    call = getattr(app, operation)
    answers = {await said(call, name) for name in ("known", "off", "nobody")}
    assert len(answers) == 1, answers
    assert next(iter(answers)).startswith("CodeDeliveryFailureException")
    await database.close()
