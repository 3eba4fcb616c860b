"""What the directory's stores promise, on both databases."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.directory.certificates import PoolCertificate
from poolkeep.core.directory.model import (
    Asset,
    Branding,
    ResourceServer,
    Scope,
    Terms,
    UICustomization,
)
from poolkeep.core.directory.ports import ProviderDocument, ProviderRow
from poolkeep.core.pools.model import ClientSettings
from poolkeep.core.pools.ports import ClientDocument, ClientRow, ProviderFacts
from poolkeep.storage.stores.brandings import BrandingStore
from poolkeep.storage.stores.certificates import CertificateStore
from poolkeep.storage.stores.client_references import ClientReferenceStore
from poolkeep.storage.stores.clients import ClientStore
from poolkeep.storage.stores.domains import DomainStore
from poolkeep.storage.stores.identity_providers import IdentityProviderStore
from poolkeep.storage.stores.resource_servers import ResourceServerStore
from poolkeep.storage.stores.terms import TermsStore
from poolkeep.storage.stores.ui_customizations import UICustomizationStore

POOL = "eu-central-1_aB3dE6gH9"
SERVERS, PROVIDERS, DOMAINS = ResourceServerStore(), IdentityProviderStore(), DomainStore()
BRANDINGS, PAGES, TERMS = BrandingStore(), UICustomizationStore(), TermsStore()

replace = msgspec.structs.replace


def a_server(name: str = "api", *, pool_id: str = POOL, created_ms: int = 1) -> ResourceServer:
    scopes = (Scope(scope_name="read", scope_description="größe"),)
    return ResourceServer(
        pool_id=pool_id, identifier=name, name="API", scopes=scopes, created_ms=created_ms
    )


def a_provider(name: str = "idp", *, pool_id: str = POOL, created_ms: int = 1) -> ProviderRow:
    return ProviderRow(
        pool_id=pool_id,
        provider_name=name,
        created_ms=created_ms,
        version=1,
        document=ProviderDocument(
            provider_type="SAML",
            modified_ms=2,
            attribute_mapping={"email": "größe"},
            idp_identifiers=("One",),
            encryption_certificate=b"\0\xff",
            idp_initiated=True,
        ),
        secrets_sealed=b"\0\xffsealed",
    )


def a_style(number: int = 1, *, pool_id: str = POOL) -> Branding:
    return Branding(
        id=f"style-{number}",
        pool_id=pool_id,
        client_id=f"client-{number}",
        settings={"components": {"x": 8.0, "y": ["ö", None]}},
        assets=(Asset(category="FORM_LOGO", color_mode="LIGHT", extension="PNG", bytes=b"\0\xff"),),
        created_ms=1,
        modified_ms=2,
    )


def some_terms(number: int = 1, *, name: str = "terms-of-use", pool_id: str = POOL) -> Terms:
    return Terms(
        id=f"terms-{number}",
        pool_id=pool_id,
        client_id="client",
        terms_name=name,
        terms_source="LINK",
        enforcement="NONE",
        links={"cognito:default": "https://example.com"},
        created_ms=number,
        modified_ms=number,
    )


async def test_a_server_comes_back_whole_and_is_replaced_by_version(database: Database) -> None:
    assert await database.write(lambda tx: SERVERS.insert(tx, a_server()))
    assert not await database.write(lambda tx: SERVERS.insert(tx, a_server()))
    assert await database.write(lambda tx: SERVERS.insert(tx, a_server(pool_id="other")))
    found = await database.read(lambda tx: SERVERS.get(tx, POOL, "api"))
    assert found == a_server()
    changed = replace(a_server(), name="New", scopes=())
    await database.write(lambda tx: SERVERS.save(tx, changed))
    found = await database.read(lambda tx: SERVERS.get(tx, POOL, "api"))
    assert found == replace(changed, version=2)
    with pytest.raises(ConcurrentModification):
        await database.write(lambda tx: SERVERS.save(tx, changed))
    assert await database.read(lambda tx: SERVERS.count(tx, POOL)) == 1
    assert await database.write(lambda tx: SERVERS.delete(tx, POOL, "api"))
    assert not await database.write(lambda tx: SERVERS.delete(tx, POOL, "api"))
    assert await database.read(lambda tx: SERVERS.get(tx, "other", "api")) is not None


async def test_scopes_are_named_after_their_servers(database: Database) -> None:
    def fill(tx: Transaction) -> None:
        SERVERS.insert(tx, a_server("https://api/one"))
        SERVERS.insert(tx, replace(a_server("two"), scopes=()))
        SERVERS.insert(tx, a_server("three", pool_id="other"))
        PROVIDERS.insert(tx, a_provider())

    await database.write(fill)
    scopes = await database.read(lambda tx: SERVERS.scopes_of(tx, POOL))
    assert scopes == {"https://api/one": frozenset({"https://api/one/read"}), "two": frozenset()}
    references = ClientReferenceStore(PROVIDERS, SERVERS)
    named = await database.read(lambda tx: references.scopes(tx, POOL))
    assert named == {"https://api/one/read"}
    assert await database.read(lambda tx: references.scopes(tx, "nothing")) == frozenset()
    known = await database.read(lambda tx: references.providers(tx, POOL))
    assert known == {"idp": ProviderFacts(provider_type="SAML", idp_initiated=True)}


async def test_a_provider_comes_back_whole_and_is_replaced_by_version(database: Database) -> None:
    assert await database.write(lambda tx: PROVIDERS.insert(tx, a_provider()))
    assert not await database.write(lambda tx: PROVIDERS.insert(tx, a_provider()))
    assert await database.write(lambda tx: PROVIDERS.insert(tx, a_provider("Idp")))
    assert await database.read(lambda tx: PROVIDERS.get(tx, POOL, "idp")) == a_provider()
    changed = replace(a_provider(), secrets_sealed=b"other")
    await database.write(lambda tx: PROVIDERS.save(tx, changed))
    found = await database.read(lambda tx: PROVIDERS.get(tx, POOL, "idp"))
    assert found == replace(changed, version=2)
    with pytest.raises(ConcurrentModification):
        await database.write(lambda tx: PROVIDERS.save(tx, changed))
    assert await database.read(lambda tx: PROVIDERS.count(tx, POOL)) == 2


async def test_an_identifier_is_one_providers(database: Database) -> None:
    def identify(name: str, *keys: str) -> Callable[[Transaction], str | None]:
        return lambda tx: PROVIDERS.identify(tx, POOL, name, keys)

    for name in ("idp", "other"):
        await database.write(partial(PROVIDERS.insert, row=a_provider(name)))
    assert await database.write(identify("idp", "one", "two")) is None
    assert await database.write(identify("other", "three")) is None
    found = await database.read(lambda tx: PROVIDERS.find(tx, POOL, "two"))
    assert found == a_provider()
    assert await database.write(identify("idp", "two", "three")) == "three"
    assert await database.write(identify("idp", "two")) is None
    assert await database.read(lambda tx: PROVIDERS.find(tx, POOL, "one")) is None
    assert await database.write(identify("other", "one")) is None
    assert await database.write(lambda tx: PROVIDERS.delete(tx, POOL, "idp"))
    assert not await database.write(lambda tx: PROVIDERS.delete(tx, POOL, "idp"))
    assert await database.read(lambda tx: PROVIDERS.find(tx, POOL, "two")) is None
    assert await database.write(identify("other", "two")) is None


@pytest.mark.parametrize(
    "store, make",
    [
        (SERVERS, lambda name, at: a_server(name, created_ms=at)),
        (PROVIDERS, lambda name, at: a_provider(name, created_ms=at)),
    ],
)
async def test_pages_go_by_age_then_name(database: Database, store: Any, make: Any) -> None:
    def fill(tx: Transaction) -> None:
        for name, at in (("b", 2), ("a", 2), ("z", 1), ("c", 3)):
            store.insert(tx, make(name, at))
        store.insert(tx, replace(make("other", 1), pool_id="other"))

    await database.write(fill)
    first = await database.read(lambda tx: store.page(tx, POOL, after=(0, ""), limit=3))
    rest = await database.read(lambda tx: store.page(tx, POOL, after=(2, "b"), limit=3))
    assert [*first, *rest] == [make("z", 1), make("a", 2), make("b", 2), make("c", 3)]


async def test_a_name_has_one_pool(database: Database) -> None:
    def claim(name: str, pool_id: str = POOL, kind: Any = "prefix") -> Any:
        return lambda tx: DOMAINS.claim(tx, name, pool_id=pool_id, account="1", kind=kind)

    assert await database.write(claim("app"))
    assert not await database.write(claim("app", "other"))
    assert await database.write(claim("auth.example.com", kind="custom"))
    assert await database.read(lambda tx: DOMAINS.owner(tx, "app")) == POOL
    assert await database.read(lambda tx: DOMAINS.owner(tx, "App")) is None
    assert await database.read(lambda tx: DOMAINS.count(tx, "1", "custom")) == 1
    assert await database.read(lambda tx: DOMAINS.count(tx, "2", "custom")) == 0
    assert not await database.write(lambda tx: DOMAINS.release(tx, "app", "other"))
    assert await database.write(lambda tx: DOMAINS.release(tx, "app", POOL))
    assert await database.write(claim("app", "other"))


async def test_a_style_comes_back_whole_and_is_one_of_its_client(database: Database) -> None:
    style = a_style()
    assert await database.write(lambda tx: BRANDINGS.insert(tx, style))
    twin = replace(a_style(2), client_id="client-1")
    assert not await database.write(lambda tx: BRANDINGS.insert(tx, twin))
    assert await database.write(lambda tx: BRANDINGS.insert(tx, a_style(2)))
    assert await database.read(lambda tx: BRANDINGS.get(tx, POOL, style.id)) == style
    assert await database.read(lambda tx: BRANDINGS.of_client(tx, POOL, "client-1")) == style
    assert await database.read(lambda tx: BRANDINGS.of_client(tx, "other", "client-1")) is None
    changed = replace(style, assets=(), settings=None)
    await database.write(lambda tx: BRANDINGS.save(tx, changed))
    found = await database.read(lambda tx: BRANDINGS.get(tx, POOL, style.id))
    assert found == replace(changed, version=2)
    with pytest.raises(ConcurrentModification):
        await database.write(lambda tx: BRANDINGS.save(tx, changed))
    assert await database.read(lambda tx: BRANDINGS.count(tx, POOL)) == 2
    assert await database.write(lambda tx: BRANDINGS.delete(tx, POOL, style.id))
    assert not await database.write(lambda tx: BRANDINGS.delete(tx, POOL, style.id))


async def test_a_setting_of_pages_is_replaced(database: Database) -> None:
    first = UICustomization(
        pool_id=POOL, client_id="ALL", css="ö", image=b"\0\xff", created_ms=1, modified_ms=1
    )
    await database.write(lambda tx: PAGES.put(tx, first))
    assert await database.read(lambda tx: PAGES.get(tx, POOL, "ALL")) == first
    second = replace(first, css=None, image=None, created_ms=2, modified_ms=2)
    await database.write(lambda tx: PAGES.put(tx, second))
    found = await database.read(lambda tx: PAGES.get(tx, POOL, "ALL"))
    assert found == replace(second, created_ms=1)
    await database.write(lambda tx: PAGES.delete(tx, POOL, "ALL"))
    assert await database.read(lambda tx: PAGES.get(tx, POOL, "ALL")) is None


async def test_terms_are_one_of_a_name(database: Database) -> None:
    assert await database.write(lambda tx: TERMS.insert(tx, some_terms()))
    assert not await database.write(lambda tx: TERMS.insert(tx, some_terms(2)))
    privacy = some_terms(2, name="privacy-policy")
    assert await database.write(lambda tx: TERMS.insert(tx, privacy))
    assert await database.read(lambda tx: TERMS.get(tx, POOL, "terms-1")) == some_terms()
    changed = replace(some_terms(), links={"cognito:default": "https://ö"})
    await database.write(lambda tx: TERMS.save(tx, changed))
    with pytest.raises(ConcurrentModification):
        await database.write(lambda tx: TERMS.save(tx, changed))
    found = await database.read(lambda tx: TERMS.named(tx, POOL, "client", name="terms-of-use"))
    assert found == replace(changed, version=2)
    page = await database.read(lambda tx: TERMS.page(tx, POOL, after=(1, "terms-1"), limit=5))
    assert page == [privacy]
    assert await database.read(lambda tx: TERMS.count(tx, POOL)) == 2
    assert await database.write(lambda tx: TERMS.delete(tx, POOL, "terms-1"))
    assert not await database.write(lambda tx: TERMS.delete(tx, POOL, "terms-1"))


async def test_a_certificate_is_stored_once(database: Database) -> None:
    store, made = CertificateStore(), PoolCertificate(b"\0key", b"\xffcertificate")
    other = PoolCertificate(b"other", b"other")
    assert await database.read(lambda tx: store.get(tx, POOL)) is None
    assert await database.write(lambda tx: store.insert(tx, POOL, made, now_ms=1))
    assert not await database.write(lambda tx: store.insert(tx, POOL, other, now_ms=2))
    assert await database.read(lambda tx: store.get(tx, POOL)) == made


async def test_what_is_shown_for_a_client_goes_with_it(database: Database) -> None:
    settings = ClientSettings(client_name="c")
    client = ClientRow(
        client_id="client-1",
        pool_id=POOL,
        created_ms=1,
        version=1,
        document=ClientDocument(settings=settings, modified_ms=1),
    )
    pages = UICustomization(pool_id=POOL, client_id="client-1", created_ms=1, modified_ms=1)

    def fill(tx: Transaction) -> None:
        ClientStore().insert(tx, client)
        BRANDINGS.insert(tx, a_style())
        PAGES.put(tx, pages)
        TERMS.insert(tx, replace(some_terms(), client_id="client-1"))
        TERMS.insert(tx, some_terms(2))

    await database.write(fill)
    assert await database.write(lambda tx: ClientStore().delete(tx, POOL, "client-1"))
    assert await database.read(lambda tx: BRANDINGS.of_client(tx, POOL, "client-1")) is None
    assert await database.read(lambda tx: PAGES.get(tx, POOL, "client-1")) is None
    assert await database.read(lambda tx: TERMS.count(tx, POOL)) == 1
