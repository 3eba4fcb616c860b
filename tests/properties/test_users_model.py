"""A model of users and logins against the store: what one says, the other says too."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.users.model import User
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.storage.database import open_database
from poolkeep.storage.stores.users import SqlUsers
from tests.unit.core.users.people import ALIASES, POOL_ID, a_pool, a_user

STORE = SqlUsers()
POOL = a_pool(**ALIASES)
TEXTS = ("ann", "bob", "ann@x", "bob@x", "+1555")
NAMES = st.sampled_from(TEXTS)
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "email": NAMES,
        "email_verified": st.sampled_from(["true", "false"]),
        "phone_number": NAMES,
        "phone_number_verified": st.sampled_from(["true", "false"]),
        "preferred_username": NAMES,
        "name": st.text(alphabet="aAbB", max_size=2),
    },
)


class UsersMachine(RuleBasedStateMachine):
    """Inserts, saves and deletes over few names, so that they clash often."""

    users: Bundle[str] = Bundle("users")
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, User] = {}
        self.number = 0
        self.write(clear)

    def write(self, fn: Any) -> Any:
        return self.database.write_now(fn)

    def owners(self) -> dict[str, str]:
        """Return who owns each login by the model."""
        return {
            login.key: user.id for user in self.model.values() for login in logins_of(POOL, user)
        }

    def taken(self, user: User) -> bool:
        owners = self.owners()
        return any(owners.get(login.key, user.id) != user.id for login in logins_of(POOL, user))

    @rule(target=users, name=NAMES, attributes=ATTRIBUTES)
    def insert(self, name: str, attributes: dict[str, str]) -> str:
        self.number += 1
        user = a_user(name, number=self.number, attributes=attributes)
        refused = self.write(
            lambda tx: STORE.insert(tx, user, logins_of(POOL, user), index_of(user))
        )
        assert (refused is not None) == self.taken(user)
        if refused is None:
            self.model[user.id] = user
        else:
            assert self.owners()[refused.key] != user.id
        return user.id

    @rule(user_id=users, attributes=ATTRIBUTES, enabled=st.booleans())
    def save(self, user_id: str, attributes: dict[str, str], enabled: bool) -> None:
        held = self.model.get(user_id)
        if held is None:
            return
        document = msgspec.structs.replace(held.document, attributes=attributes)
        user = msgspec.structs.replace(held, document=document, enabled=enabled)
        refused = self.write(lambda tx: STORE.save(tx, user, logins_of(POOL, user), index_of(user)))
        assert (refused is not None) == self.taken(user)
        if refused is None:
            self.model[user_id] = msgspec.structs.replace(user, version=user.version + 1)

    @rule(user_id=consumes(users))
    def delete(self, user_id: str) -> None:
        gone = self.write(lambda tx: STORE.delete(tx, POOL_ID, user_id))
        assert gone == (self.model.pop(user_id, None) is not None)

    @invariant()
    def every_name_leads_to_its_owner(self) -> None:
        owners = self.owners()
        for name in TEXTS:
            found = self.write(lambda tx, name=name: STORE.find(tx, POOL_ID, name))
            assert found == (self.model[owners[name]] if name in owners else None)

    @invariant()
    def lists_and_filters_hold_what_the_model_holds(self) -> None:
        by_age = self.write(lambda tx: STORE.by_age(tx, POOL_ID, after=None, limit=1000))
        assert list(by_age.users) == sorted(self.model.values(), key=lambda user: user.created_ms)
        for value, prefix in (("a", True), ("ab", False)):
            page = self.write(
                lambda tx, value=value, prefix=prefix: STORE.by_value(
                    tx, POOL_ID, attribute="name", value=value, prefix=prefix, after=None,
                    limit=1000,
                )
            )  # fmt: skip
            held = [
                user
                for user in self.model.values()
                if (name := user.attributes.get("name", "").lower())
                and (name.startswith(value) if prefix else name == value)
            ]
            assert {user.id for user in page.users} == {user.id for user in held}


def clear(tx: Transaction) -> None:
    for table in ("users", "logins", "user_index"):
        tx.run(f"DELETE FROM {table}")  # constants


@pytest.fixture
def machine(database_url: str) -> Any:
    database = open_database(database_url, durable=False)
    yield type("Machine", (UsersMachine,), {"database": database})
    asyncio.run(database.close())


def test_the_store_agrees_with_the_model(machine: type[UsersMachine]) -> None:
    quick = settings(max_examples=40, stateful_step_count=15, deadline=None)
    run_state_machine_as_test(machine, settings=quick)
