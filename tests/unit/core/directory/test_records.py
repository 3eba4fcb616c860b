"""What is kept of providers, identities and events, and what only the inside can show."""

import json

import pytest

from poolkeep.base.limits import IDENTITY_PROVIDERS_PER_POOL
from poolkeep.base.refusal import InvalidParameter, LimitExceeded, NotAuthorized
from poolkeep.core.audit.events import EVENTS_KEPT_MS, AuthEvent
from poolkeep.core.directory import providers
from poolkeep.core.directory.auth_events import TOKEN_LIFE_MS, feedback_token
from poolkeep.core.directory.links import Named
from poolkeep.core.directory.model import Identity
from poolkeep.core.directory.providers import NewProvider, ProviderUpdate
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.model import Status, User, UserDocument
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.storage.stores.audit import SqlAuthEvents
from poolkeep.storage.stores.identities import IdentityStore
from tests.sdk.support import holds, tampered
from tests.unit.core.directory.services import Services
from tests.unit.core.pools.region import ALICE, Region

SECRET = "a-very-secret-secret"
DETAILS = {
    "client_id": "app",
    "client_secret": SECRET,
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://issuer.example.com",
}


def a_provider(name: str = "idp") -> NewProvider:
    return NewProvider(provider_name=name, provider_type="OIDC", provider_details=DETAILS)


async def loaded(region: Region) -> LoadedPool:
    """Return a new pool that keeps events."""
    add_ons = {"AdvancedSecurityMode": "AUDIT"}
    made = await region.create_pool(UserPoolTier="PLUS", UserPoolAddOns=add_ons)
    pool = await region.book.pool(made.id)
    assert pool is not None
    return pool


async def a_user(
    region: Region, pool: LoadedPool, name: str, status: str = Status.CONFIRMED
) -> User:
    user = User(
        pool_id=pool.pool.id,
        id=f"id-{name}",
        username=name,
        status=status,
        enabled=True,
        created_ms=1,
        modified_ms=1,
        version=1,
        signed_out_ms=0,
        document=UserDocument(),
    )
    await region.database.write(
        lambda tx: region.users.insert(tx, user, logins_of(pool, user), index_of(user))
    )
    return user


@holds("IDP-18")
async def test_a_pool_has_so_many_providers(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert IDENTITY_PROVIDERS_PER_POOL == 300
    monkeypatch.setattr(providers, "IDENTITY_PROVIDERS_PER_POOL", 2)
    service = Services(region).providers
    pool, other = await region.create_pool(), await region.create_pool()
    for name in ("one", "two"):
        await service.create(ALICE, pool.id, a_provider(name))
    with pytest.raises(LimitExceeded):
        await service.create(ALICE, pool.id, a_provider("three"))
    await service.create(ALICE, other.id, a_provider("three"))


async def test_secrets_of_providers_are_kept_sealed_and_told_to_nobody_else(
    region: Region,
) -> None:
    services = Services(region)
    pool = await region.create_pool()
    made = await services.providers.create(ALICE, pool.id, a_provider())
    change = ProviderUpdate(provider_details={**DETAILS, "client_id": "other"})
    changed = await services.providers.update(ALICE, pool.id, "idp", change)
    await services.certificates.signing_certificate(ALICE, pool.id)
    for value in (made, changed, a_provider(), change):
        assert SECRET not in repr(value)
    kept = await region.database.read(
        lambda tx: [
            *tx.all("SELECT document, secrets FROM identity_providers"),
            *tx.all("SELECT document, document FROM audit"),
            *tx.all("SELECT private_key, private_key FROM pool_certificates"),
        ]
    )
    assert len(kept) > 3
    for first, second in kept:
        assert SECRET.encode() not in first + second
        assert bytes.fromhex("06092a864886f70d010101") not in first + second  # an RSA key
    entries = await region.database.read(
        lambda tx: region.audit_rows.newest(tx, ALICE.account, limit=5)
    )
    details = {entry.operation: entry.detail for entry in entries}
    assert details == {
        "CreateUserPool": {},
        "CreateIdentityProvider": {"provider": "idp"},
        "UpdateIdentityProvider": {"provider": "idp"},
        "GetSigningCertificate": {},
    }


async def test_a_sealed_provider_opens_in_its_own_place_only(region: Region) -> None:
    service = Services(region).providers
    pool = await region.create_pool()
    for name in ("one", "two"):
        await service.create(ALICE, pool.id, a_provider(name))
    await region.database.write(
        lambda tx: tx.run(
            "UPDATE identity_providers SET secrets = (SELECT secrets FROM identity_providers "
            "WHERE provider_name = 'one') WHERE provider_name = 'two'"
        )
    )
    await service.describe(ALICE, pool.id, "one")
    with pytest.raises(EnvelopeBroken):
        await service.describe(ALICE, pool.id, "two")


def named(provider: str, value: str) -> Named:
    return Named(
        provider_name=provider,
        provider_attribute_name="Cognito_Subject",
        provider_attribute_value=value,
    )


@holds("LINK-14", "LINK-08")
async def test_an_identity_that_made_a_user(region: Region) -> None:
    services, pool = Services(region), await loaded(region)
    pool_id = pool.pool.id
    await services.providers.create(ALICE, pool_id, a_provider())
    user = await a_user(region, pool, "idp_subject", Status.EXTERNAL_PROVIDER)
    native = await a_user(region, pool, "native")
    primary = Identity(
        pool_id=pool_id,
        provider_name="idp",
        provider_type="OIDC",
        attribute_name="Cognito_Subject",
        value="subject",
        user_id=user.id,
        is_primary=True,
        created_ms=7,
    )
    # Known by its name alone, then by its row as well.
    for _ in range(2):
        with pytest.raises(InvalidParameter, match="Merging is not currently supported"):
            await services.links.link(
                ALICE,
                pool_id,
                destination=named("Cognito", "native"),
                source=named("idp", "subject"),
            )
        await region.database.write(lambda tx: IdentityStore().insert(tx, primary))
    await services.links.link(
        ALICE, pool_id, destination=named("idp", "subject"), source=named("idp", "second")
    )

    async def told(user_id: str) -> list[tuple[str, bool]]:
        found = await region.database.read(lambda tx: region.users.get(tx, pool_id, user_id))
        assert found is not None
        listed = json.loads(found.attributes.get("identities", "[]"))
        return [(entry["userId"], entry["primary"]) for entry in listed]

    assert await told(user.id) == [("subject", True), ("second", False)]
    await services.links.disable(ALICE, pool_id, named("idp", "subject"))
    assert await told(user.id) == [("second", False)]
    assert await told(native.id) == []


async def an_event(region: Region, pool: LoadedPool, user: User, name: str) -> AuthEvent:
    event = AuthEvent(
        id=name,
        pool_id=pool.pool.id,
        user_id=user.id,
        client_id="c",
        event_type="SignIn",
        event_response="Pass",
        at_ms=region.clock.now_ms(),
    )
    await region.database.write(lambda tx: SqlAuthEvents().add(tx, event))
    return event


@holds("EVENT-06")
async def test_a_feedback_token_is_for_one_event_and_one_answer(region: Region) -> None:
    services, pool, other_pool = Services(region), await loaded(region), await loaded(region)
    user, other = await a_user(region, pool, "user"), await a_user(region, pool, "other")
    foreign = await a_user(region, other_pool, "user")
    for owner, place in ((user, pool), (other, pool), (foreign, other_pool)):
        for name in ("one", "two"):
            await an_event(region, place, owner, name)
    token = feedback_token(pool, user.id, "one", region.clock.now_ms())

    async def say(
        value: str = "Invalid",
        *,
        pool_id: str = pool.pool.id,
        username: str = "user",
        event_id: str = "one",
        given: str = token,
    ) -> None:
        await services.events.judge_own(
            pool_id, username, event_id=event_id, token=given, value=value
        )

    for wrong in (
        {"pool_id": other_pool.pool.id},
        {"username": "other"},
        {"username": "nobody"},
        {"event_id": "two"},
        {"event_id": "three"},
        {"given": tampered(token)},
        {"given": f"{token}A"},
        {"given": token[:-1]},
        {"given": ""},
    ):
        with pytest.raises(NotAuthorized, match=r"Invalid feedback token\."):
            await say(**wrong)
    await say()
    for again in ("Invalid", "Valid"):
        with pytest.raises(NotAuthorized):
            await say(again)
    page = await services.events.list(ALICE, pool.pool.id, "user", limit=5, next_token=None)
    feedback = {event.id: event.feedback for event in page.events}
    assert feedback["two"] is None
    assert feedback["one"] is not None
    assert (feedback["one"].feedback_value, feedback["one"].provider) == ("Invalid", "User")
    await services.events.judge(ALICE, pool.pool.id, "user", event_id="one", value="Valid")
    late = feedback_token(pool, user.id, "two", region.clock.now_ms())
    region.clock.advance(ms=TOKEN_LIFE_MS)
    with pytest.raises(NotAuthorized):
        await say(event_id="two", given=late)


@holds("EVENT-07")
async def test_events_are_told_for_two_years(region: Region) -> None:
    services, pool = Services(region), await loaded(region)
    user = await a_user(region, pool, "user")
    await an_event(region, pool, user, "old")
    region.clock.advance(ms=EVENTS_KEPT_MS - 1)
    await an_event(region, pool, user, "new")

    async def told() -> list[str]:
        page = await services.events.list(ALICE, pool.pool.id, "user", limit=5, next_token=None)
        return [each.id for each in page.events]

    assert await told() == ["new", "old"]
    region.clock.advance(ms=1)
    assert await told() == ["new"]
