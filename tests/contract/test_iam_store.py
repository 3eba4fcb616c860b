"""What IAM's store promises, on SQLite and on PostgreSQL."""

import msgspec

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.transaction import Database
from poolkeep.core.iam.book import FRESH_MS, IamBook
from poolkeep.core.iam.model import Group, ManagedPolicy, PolicyVersion, Role, User
from poolkeep.core.iam.ports import KeyUse
from poolkeep.storage.stores.access_keys import AccessKeyStore
from poolkeep.storage.stores.iam import IamEntityStore
from poolkeep.storage.stores.iam_keys import IamKeyStore
from tests.unit.core.messages.world import keys

ACCOUNT = "123456789012"
TRUST = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
"Principal":{"AWS":"123456789012"}}}"""
ALLOW = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
ROLE = Role(
    account=ACCOUNT,
    name="Reader",
    id="AROA1",
    path="/team/",
    created_ms=1,
    trust_text=TRUST,
    trust_bound=TRUST,
    attached=("arn:aws:iam::123456789012:policy/p",),
    boundary="arn:aws:iam::123456789012:policy/b",
)
STORE = IamEntityStore()


async def test_an_entity_is_found_by_name_in_any_case_and_by_id(database: Database) -> None:
    assert await database.write(lambda tx: STORE.add(tx, ROLE))
    assert await database.read(lambda tx: STORE.get(tx, Role, ACCOUNT, "rEADER")) == ROLE
    assert await database.read(lambda tx: STORE.by_id(tx, Role, "AROA1")) == ROLE
    assert await database.read(lambda tx: STORE.by_id(tx, User, "AROA1")) is None
    assert await database.read(lambda tx: STORE.get(tx, Role, "210987654321", "Reader")) is None
    assert await database.read(lambda tx: STORE.get(tx, Role, ACCOUNT, "Rea\0der")) is None


async def test_a_name_is_given_once(database: Database) -> None:
    assert await database.write(lambda tx: STORE.add(tx, ROLE))
    again = msgspec.structs.replace(ROLE, name="READER", id="AROA2")
    assert not await database.write(lambda tx: STORE.add(tx, again))


async def test_who_refers_to_something_is_found_and_forgotten(database: Database) -> None:
    await database.write(lambda tx: STORE.add(tx, ROLE))
    target = ROLE.attached[0]
    found = await database.read(lambda tx: STORE.referring(tx, Role, "policy", target))
    assert found == [ROLE]
    await database.write(lambda tx: STORE.save(tx, msgspec.structs.replace(ROLE, attached=())))
    assert await database.read(lambda tx: STORE.references(tx, "policy", target)) == 0
    assert (
        await database.read(lambda tx: STORE.references(tx, "boundary", ROLE.boundary or "")) == 1
    )
    await database.write(lambda tx: STORE.delete(tx, ROLE))
    assert (
        await database.read(lambda tx: STORE.references(tx, "boundary", ROLE.boundary or "")) == 0
    )


async def test_pages_go_by_name_below_a_path(database: Database) -> None:
    for number in range(5):
        path = "/team/" if number % 2 else "/"
        user = User(account=ACCOUNT, name=f"u{number}", id=f"AIDA{number}", path=path, created_ms=1)
        await database.write(lambda tx, user=user: STORE.add(tx, user))  # type: ignore[misc]
    page = await database.read(lambda tx: STORE.page(tx, User, ACCOUNT, after="u1", limit=2))
    assert [user.name for user in page] == ["u2", "u3"]
    below = await database.read(
        lambda tx: STORE.page(tx, User, ACCOUNT, after="", limit=9, prefix="/team/")
    )
    assert [user.name for user in below] == ["u1", "u3"]
    assert await database.read(lambda tx: STORE.count(tx, "user", ACCOUNT)) == 5


async def test_a_users_keys_follow_a_new_name(database: Database) -> None:
    store = IamKeyStore(AccessKeyStore(keys("installation"), SeededEntropy()))
    made = await database.write(lambda tx: store.create(tx, ACCOUNT, "user/a", now_ms=5))
    await database.write(lambda tx: store.rename(tx, ACCOUNT, "user/a", new="user/b"))
    assert [key.id for key in await database.read(lambda tx: store.of(tx, ACCOUNT, "user/b"))] == [
        made[0]
    ]
    assert await database.read(lambda tx: store.owner(tx, made[0])) == (ACCOUNT, "user/b")
    use = KeyUse(used_ms=9, service="iam", region="us-east-1")
    for _ in range(2):
        await database.write(lambda tx: store.note_use(tx, made[0], use))
    assert await database.read(lambda tx: store.used(tx, made[0])) == use
    await database.write(lambda tx: store.delete(tx, made[0]))
    assert await database.read(lambda tx: store.used(tx, made[0])) is None


async def test_the_book_sees_what_another_node_changed(database: Database) -> None:
    clock = ManualClock()
    book = IamBook(database=database, rows=STORE, clock=clock)
    assert await book.role(ACCOUNT, "reader") is None

    def other_node(tx: object) -> None:
        STORE.change(tx)  # type: ignore[arg-type]  # the transaction, as databases give it
        STORE.add(tx, ROLE)  # type: ignore[arg-type]  # as above

    await database.write(other_node)
    assert await book.role(ACCOUNT, "reader") is None, "no database was asked"
    clock.advance(ms=FRESH_MS)
    assert await book.role(ACCOUNT, "reader") == ROLE
    assert await book.role_by_arn(ROLE.arn) == ROLE
    assert await book.role_by_arn(f"arn:aws:iam::{ACCOUNT}:role/Reader") is None, "without path"


async def test_a_user_has_what_its_groups_have(database: Database) -> None:
    book = IamBook(database=database, rows=STORE, clock=ManualClock())
    managed = ManagedPolicy(
        account=ACCOUNT, name="p", id="ANPA1", created_ms=1, updated_ms=1, default="v1",
        next_version=2, versions=(PolicyVersion(id="v1", text=ALLOW, created_ms=1),),
    )  # fmt: skip
    group = Group(account=ACCOUNT, name="g", id="AGPA1", created_ms=1, attached=(managed.arn,))
    user = User(account=ACCOUNT, name="u", id="AIDA1", created_ms=1, groups=("AGPA1", "AGPA9"))
    for entity in (managed, group, user):
        await database.write(lambda tx, entity=entity: STORE.add(tx, entity))  # type: ignore[misc]
    grants = await book.grants(user)
    assert [policy.name for policy in grants.identity] == [managed.arn]
    assert grants.boundary is None
