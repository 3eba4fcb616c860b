"""What the stores of identities and sign-in events promise, on both databases."""

from functools import partial
from typing import Any

import msgspec
import pytest

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit.events import EVENTS_KEPT_MS, AuthEvent, EventFeedback
from poolkeep.core.directory.model import Identity
from poolkeep.storage.stores.audit import SqlAuthEvents
from poolkeep.storage.stores.expired import SqlExpired
from poolkeep.storage.stores.identities import IdentityStore

POOL = "eu-central-1_aB3dE6gH9"
STORE, EVENTS = IdentityStore(), SqlAuthEvents()


def an_identity(value: str = "subject", **more: Any) -> Identity:
    base: dict[str, Any] = {
        "pool_id": POOL,
        "provider_name": "idp",
        "provider_type": "OIDC",
        "attribute_name": "Cognito_Subject",
        "user_id": "u1",
        "created_ms": 1,
    }
    return Identity(value=value, **{**base, **more})


@pytest.mark.parametrize("value", ["subject", "größe🗝", "x" * 2048, "a/b\tc"])
async def test_an_identity_comes_back_whole(database: Database, value: str) -> None:
    identity = an_identity(value, issuer="https://idp", is_primary=True)
    assert await database.write(lambda tx: STORE.insert(tx, identity))
    found = await database.read(
        lambda tx: STORE.get(tx, POOL, "idp", attribute="Cognito_Subject", value=value)
    )
    assert found == identity
    other = f"{value}x" if len(value) < 2048 else value[:-1] + "y"
    assert await database.write(lambda tx: STORE.insert(tx, an_identity(other)))
    assert await database.write(lambda tx: STORE.delete(tx, identity))
    assert not await database.write(lambda tx: STORE.delete(tx, identity))


async def test_an_identity_is_one_user(database: Database) -> None:
    assert await database.write(lambda tx: STORE.insert(tx, an_identity()))
    for same in (an_identity(), an_identity(user_id="u2"), an_identity(is_primary=True)):
        assert not await database.write(partial(STORE.insert, identity=same))
    for other in (
        an_identity("Subject"),
        an_identity(provider_name="Idp"),
        an_identity(attribute_name="email"),
        an_identity(pool_id="other"),
    ):
        assert await database.write(partial(STORE.insert, identity=other))
    names = await database.read(lambda tx: STORE.attribute_names(tx, POOL, "idp"))
    assert names == {"Cognito_Subject", "email"}


async def test_the_identity_that_made_a_user_comes_first(database: Database) -> None:
    identities = [
        an_identity("b", created_ms=2),
        an_identity("c", created_ms=3, is_primary=True),
        an_identity("a", created_ms=1),
        an_identity("d", user_id="u2"),
    ]

    def fill(tx: Transaction) -> None:
        for identity in identities:
            STORE.insert(tx, identity)

    await database.write(fill)
    found = await database.read(lambda tx: STORE.of_user(tx, POOL, "u1"))
    assert [identity.value for identity in found] == ["c", "a", "b"]


def an_event(number: int, *, user_id: str = "u1", at_ms: int | None = None) -> AuthEvent:
    return AuthEvent(
        id=f"event-{number}",
        pool_id=POOL,
        user_id=user_id,
        client_id="c",
        event_type="SignIn",
        event_response="Pass",
        at_ms=number if at_ms is None else at_ms,
    )


async def test_events_go_newest_first_within_a_span(database: Database) -> None:
    events = [an_event(1), an_event(2, at_ms=5), an_event(3, at_ms=5), an_event(4, at_ms=9)]

    def fill(tx: Transaction) -> None:
        for event in (*events, an_event(9, user_id="u2")):
            EVENTS.add(tx, event)

    def page(tx: Transaction, since_ms: int, before: tuple[int, str]) -> list[AuthEvent]:
        return EVENTS.page(tx, POOL, "u1", since_ms=since_ms, before=before, limit=2)

    await database.write(fill)
    first = await database.read(lambda tx: page(tx, 1, (2**62, "")))
    rest = await database.read(lambda tx: page(tx, 1, (first[-1].at_ms, first[-1].id)))
    assert [*first, *rest] == [events[3], events[2], events[1]]


async def test_a_word_is_kept_of_the_event_that_was_read(database: Database) -> None:
    event = an_event(1)
    feedback = EventFeedback(feedback_value="Valid", provider="Admin", at_ms=2)
    await database.write(lambda tx: EVENTS.add(tx, event))
    assert await database.write(lambda tx: EVENTS.judge(tx, event, feedback))
    found = await database.read(lambda tx: EVENTS.get(tx, POOL, "u1", "event-1"))
    assert found == msgspec.structs.replace(event, feedback=feedback)
    assert not await database.write(lambda tx: EVENTS.judge(tx, event, feedback))
    assert not await database.write(lambda tx: EVENTS.judge(tx, an_event(2), feedback))
    assert await database.read(lambda tx: EVENTS.get(tx, POOL, "u2", "event-1")) is None


async def test_events_are_swept_after_two_years(database: Database) -> None:
    now_ms = EVENTS_KEPT_MS + 10

    def fill(tx: Transaction) -> None:
        EVENTS.add(tx, an_event(1, at_ms=10))
        EVENTS.add(tx, an_event(2, at_ms=11))

    await database.write(fill)
    expired = SqlExpired()
    assert "auth_events" in expired.tables
    deleted = await database.write(
        lambda tx: expired.delete_batch(tx, "auth_events", now_ms=now_ms, limit=5)
    )
    assert deleted == 1
    assert await database.read(lambda tx: EVENTS.get(tx, POOL, "u1", "event-1")) is None
    assert await database.read(lambda tx: EVENTS.get(tx, POOL, "u1", "event-2")) is not None
