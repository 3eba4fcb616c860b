"""Changes of IAM that race, on SQLite and on PostgreSQL: limits hold, nothing is lost."""

import asyncio
import json
from typing import Any, Final

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.transaction import Database
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.desk import Change, Desk, IamLimits
from poolkeep.core.iam.holders import HolderPolicies
from poolkeep.core.iam.managed import ManagedPolicies
from poolkeep.core.iam.model import Role, User
from poolkeep.core.iam.people import People
from poolkeep.core.iam.refusals import DeleteConflict, EntityExists, LimitExceeded, NoSuchEntity
from poolkeep.core.iam.roles import NewRole, Roles
from poolkeep.storage.stores.access_keys import AccessKeyStore
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.iam import IamEntityStore
from poolkeep.storage.stores.iam_keys import IamKeyStore
from tests.sdk.support import holds
from tests.unit.core.messages.world import keys

ACCOUNT: Final = "123456789012"
CHANGE: Final = Change(actor=Actor(account=ACCOUNT, principal="root"), operation="Race")
ALLOW: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        },
    }
)


class Services:
    """IAM over a database."""

    def __init__(self, database: Database) -> None:
        entropy, clock = SystemEntropy(), ManualClock()
        rows = IamEntityStore()
        self.book = IamBook(database=database, rows=rows, clock=clock)
        self.desk = Desk(
            database=database, rows=rows, book=self.book, audit=AuditTrail(SqlAudit(), entropy),
            clock=clock, entropy=entropy, limits=IamLimits(roles=3),
        )  # fmt: skip
        self.people = People(self.desk, IamKeyStore(AccessKeyStore(keys("installation"), entropy)))
        self.roles = Roles(self.desk, names_pools=True)
        self.holders = HolderPolicies(self.desk)
        self.managed = ManagedPolicies(self.desk)


async def together(*work: Any) -> list[Any]:
    """Run all at once; refusals come back as values."""
    return await asyncio.gather(*work, return_exceptions=True)


def kinds(results: list[Any], refusal: type[Exception]) -> tuple[int, int]:
    refused = sum(isinstance(each, refusal) for each in results)
    failed = sum(isinstance(each, Exception) for each in results)
    assert failed == refused, results
    return len(results) - failed, refused


@pytest.fixture
def iam(database: Database) -> Services:
    return Services(database)


@holds("IAM-12")
async def test_of_eight_requests_for_a_key_two_succeed(iam: Services) -> None:
    await iam.people.create_user(CHANGE, "ann")
    made = await together(*(iam.people.create_key(CHANGE, "ann") for _ in range(8)))
    assert kinds(made, LimitExceeded) == (2, 6)


@holds("IAM-12")
async def test_an_account_has_no_more_roles_than_it_may(iam: Services) -> None:
    made = await together(
        *(iam.roles.create(CHANGE, NewRole(name=f"r{n}", trust=TRUST)) for n in range(8))
    )
    assert kinds(made, LimitExceeded) == (3, 5)


@holds("IAM-12")
async def test_a_name_is_given_to_one(iam: Services) -> None:
    made = await together(*(iam.people.create_user(CHANGE, "ann") for _ in range(6)))
    assert kinds(made, EntityExists) == (1, 5)


@holds("IAM-12")
async def test_no_inline_policy_is_lost(iam: Services) -> None:
    await iam.roles.create(CHANGE, NewRole(name="r", trust=TRUST))
    names = [f"p{number}" for number in range(8)]
    await together(
        *(iam.holders.put(CHANGE, Role, "r", policy_name=name, text=ALLOW) for name in names)
    )
    role = await iam.book.role(ACCOUNT, "r")
    assert role is not None
    assert sorted(role.inline) == names


@holds("IAM-12")
async def test_a_policy_is_deleted_or_attached_and_never_both(iam: Services) -> None:
    for number in range(6):
        await iam.people.create_user(CHANGE, f"u{number}")
        policy = await iam.managed.create(CHANGE, f"p{number}", ALLOW)
        attached, deleted = await together(
            iam.holders.attach(CHANGE, User, f"u{number}", policy.arn),
            iam.managed.delete(CHANGE, policy.arn),
        )
        outcomes = {type(attached), type(deleted)}
        assert outcomes in ({type(None), DeleteConflict}, {NoSuchEntity, type(None)})
        user = await iam.book.user(ACCOUNT, f"u{number}")
        assert user is not None
        assert bool(user.attached) == isinstance(deleted, DeleteConflict)


@holds("IAM-12")
async def test_a_user_is_deleted_or_has_a_key_and_never_both(iam: Services) -> None:
    for number in range(6):
        name = f"u{number}"
        await iam.people.create_user(CHANGE, name)
        made, deleted = await together(
            iam.people.create_key(CHANGE, name), iam.people.delete_user(CHANGE, name)
        )
        assert isinstance(made, NoSuchEntity) != isinstance(deleted, DeleteConflict)
