"""Clients and their secrets."""

import pytest

from poolkeep.base.refusal import InvalidParameter, LimitExceeded, ResourceNotFound
from poolkeep.core.pools import clients
from tests.unit.core.pools.region import ALICE, Region


async def test_a_client_is_found_through_its_own_pool_only(region: Region) -> None:
    pool, other = await region.create_pool(), await region.create_pool()
    client = await region.create_client(pool)
    for call in (
        region.clients.describe(ALICE, other.id, client.id),
        region.clients.update(ALICE, other.id, client.id, client.settings),
        region.clients.delete(ALICE, other.id, client.id),
        region.clients.add_secret(ALICE, other.id, client.id, None),
    ):
        with pytest.raises(ResourceNotFound) as refused:
            await call
        assert refused.value.text == f"User pool client {client.id} does not exist."
    assert (await region.clients.describe(ALICE, pool.id, client.id)).id == client.id


async def test_a_deleted_client_is_gone(region: Region) -> None:
    pool = await region.create_pool()
    client = await region.create_client(pool)
    assert await region.book.client(client.id) is not None
    await region.clients.delete(ALICE, pool.id, client.id)
    assert await region.book.client(client.id) is None
    with pytest.raises(ResourceNotFound):
        await region.clients.delete(ALICE, pool.id, client.id)


async def test_a_stored_client_shows_no_secret(region: Region) -> None:
    pool = await region.create_pool()
    client = await region.create_client(pool, GenerateSecret=True)
    secret = client.secrets[0].value
    row = await region.database.read(lambda tx: region.client_rows.get(tx, client.id))
    assert row is not None
    assert row.secrets_sealed is not None
    assert secret.encode() not in row.secrets_sealed
    assert secret not in repr(client)
    known = await region.book.client(client.id)
    assert known is not None
    assert known[1].secrets[0].value == secret


async def test_a_client_has_up_to_two_secrets_and_at_least_one(region: Region) -> None:
    pool = await region.create_pool()
    client = await region.create_client(pool, GenerateSecret=True)
    first = client.secrets[0]
    second = await region.clients.add_secret(ALICE, pool.id, client.id, "own+secret" * 3)
    assert first.id != second.id
    assert first.id.startswith(f"{client.id}--")
    with pytest.raises(LimitExceeded):
        await region.clients.add_secret(ALICE, pool.id, client.id, None)
    listed = await region.clients.secrets(ALICE, pool.id, client.id)
    assert [secret.id for secret in listed] == [first.id, second.id]
    await region.clients.delete_secret(ALICE, pool.id, client.id, first.id)
    assert (await region.describe_client(client))["ClientSecret"] == "own+secret" * 3
    with pytest.raises(ResourceNotFound):
        await region.clients.delete_secret(ALICE, pool.id, client.id, first.id)
    with pytest.raises(InvalidParameter):
        await region.clients.delete_secret(ALICE, pool.id, client.id, second.id)


async def test_a_public_client_gets_no_secret_later(region: Region) -> None:
    pool = await region.create_pool()
    client = await region.create_client(pool)
    with pytest.raises(InvalidParameter):
        await region.clients.add_secret(ALICE, pool.id, client.id, None)
    assert await region.clients.secrets(ALICE, pool.id, client.id) == ()


async def test_pages_show_every_client_once(region: Region) -> None:
    pool = await region.create_pool()
    made = {(await region.create_client(pool)).id for _ in range(5)}
    seen: list[str] = []
    token: str | None = None
    for _ in range(3):
        page = await region.clients.list(ALICE, pool.id, limit=2, next_token=token)
        seen += [row.client_id for row in page.clients]
        token = page.next_token
    assert token is None
    assert len(seen) == 5
    assert set(seen) == made
    registered = await region.clients.list(
        ALICE, pool.id, limit=2, next_token=None, client_type="DCR"
    )
    assert registered == ([], None)
    regular = await region.clients.list(
        ALICE, pool.id, limit=2, next_token=None, client_type="REGULAR"
    )
    assert len(regular.clients) == 2


async def test_a_pool_has_a_bounded_number_of_clients(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "CLIENTS_PER_POOL", 1)
    pool = await region.create_pool()
    await region.create_client(pool)
    with pytest.raises(LimitExceeded):
        await region.create_client(pool)


async def test_a_client_is_checked_against_the_schema_as_it_is_now(region: Region) -> None:
    pool = await region.create_pool()
    await region.book.pool(pool.id)
    await region.update_pool(pool, UserPoolTier="LITE")
    with pytest.raises(InvalidParameter):
        await region.create_client(pool, ReadAttributes=["custom:x"])
