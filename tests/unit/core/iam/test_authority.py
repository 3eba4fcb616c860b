"""Callers with all that limits them: users, sessions of roles, guests, federated users."""

import json
from typing import Any, Final

import msgspec
import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.transaction import Database
from poolkeep.core.iam.authority import Asker, Authority
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.model import Entity, ManagedPolicy, PolicyVersion, Role, User
from poolkeep.core.iam.policies import policy_of
from poolkeep.core.sts.model import Session
from poolkeep.storage.stores.iam import IamEntityStore
from tests.sdk.support import holds

ACCOUNT: Final = "123456789012"
NOW_MS: Final = 1_800_000_000_000
STORE: Final = IamEntityStore()
THING: Final = "arn:aws:s3:::b/k"
GET, PUT = "s3:GetObject", "s3:PutObject"


def document(*actions: str, resource: str = "*", **more: Any) -> str:
    said = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": said})


TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": ["AIDA1", "AROA1"]},
        },
    }
)
ROLE: Final = Role(
    account=ACCOUNT, name="r", id="AROA1", created_ms=1, path="/team/",
    trust_text=TRUST, trust_bound=TRUST, inline={"own": document("s3:*", "kinesis:*")},
    tags={"team": "x", "level": "low"},
)  # fmt: skip
USER: Final = User(
    account=ACCOUNT, name="u", id="AIDA1", created_ms=1, path="/ops/",
    inline={"own": document("s3:*", "iam:*", resource="*")},
)  # fmt: skip
MANAGED: Final = ManagedPolicy(
    account=ACCOUNT, name="m", id="ANPA1", created_ms=1, updated_ms=1, default="v1",
    next_version=2, versions=(PolicyVersion(id="v1", text=document(PUT), created_ms=1),),
)  # fmt: skip


class World:
    """An authority over some entities."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.book = IamBook(database=database, rows=STORE, clock=ManualClock())
        self.authority = Authority(self.book)

    async def add(self, *entities: Entity) -> None:
        for entity in entities:
            await self.database.write(
                lambda tx, entity=entity: STORE.add(tx, entity)  # type: ignore[misc]  # a default
            )
        self.book.forget()

    async def effect(self, asker: Asker, action: str, resource: str = THING, **more: Any) -> str:
        context = more.pop("context", {})
        decision = await self.authority.decide(
            asker, action=action, resource=resource, context=context, **more
        )
        return decision.effect


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await made.add(ROLE, USER, MANAGED)
    return made


def session(**more: Any) -> Session:
    members: dict[str, Any] = {
        "access_key_id": "ASIA1", "account": ACCOUNT, "kind": "role",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", "unique_id": "AROA1:s",
        "issued_ms": NOW_MS, "expires_ms": NOW_MS + 1, "role_arn": ROLE.arn, "role_id": "AROA1",
        "session_name": "s",
    }  # fmt: skip
    return Session(**{**members, **more})


def in_role(**more: Any) -> Asker:
    return Asker(
        account=ACCOUNT, principal="assumed-role/r/s", now_ms=NOW_MS, session=session(**more)
    )


def user(**more: Any) -> Asker:
    return Asker(account=ACCOUNT, principal="user/ops/u", now_ms=NOW_MS, **more)


def copied(kind: str, *, user_name: str = "u", **more: Any) -> Asker:
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/f" if kind == "federated" else USER.arn
    given = session(
        kind=kind,
        arn=arn,
        unique_id="AIDA1",
        user_name=user_name,
        user_id="AIDA1",
        role_arn="",
        role_id="",
        **more,
    )
    return Asker(account=ACCOUNT, principal="user/ops/u", now_ms=NOW_MS, session=given)


@holds("POL-21")
async def test_a_session_of_a_role_has_what_the_role_has(world: World) -> None:
    assert await world.effect(in_role(), GET) == "allowed"
    assert await world.effect(in_role(), "sqs:SendMessage") == "implicitDeny"
    gone = in_role(role_id="AROA2")
    assert await world.effect(gone, GET) == "implicitDeny", "made anew under the name"
    elsewhere = in_role(role_arn=ROLE.arn.replace("/team", ""))
    assert await world.effect(elsewhere, GET) == "implicitDeny"


@holds("POL-21")
async def test_session_policies_limit_and_count_together(world: World) -> None:
    inline = in_role(policies=(document(GET),))
    assert await world.effect(inline, GET) == "allowed"
    assert await world.effect(inline, PUT) == "implicitDeny"
    both = in_role(policies=(document(GET),), policy_arns=(MANAGED.arn,))
    assert await world.effect(both, PUT) == "allowed"
    arns = in_role(policy_arns=(MANAGED.arn,))
    assert await world.effect(arns, GET) == "implicitDeny"
    broken = in_role(policies=("{",))
    assert await world.effect(broken, GET) == "implicitDeny"
    unknown = in_role(policy_arns=(f"{MANAGED.arn}x",))
    assert await world.effect(unknown, GET) == "implicitDeny"


@holds("POL-22")
async def test_guests_have_limits_of_their_own(world: World) -> None:
    assert await world.effect(in_role(), "kinesis:PutRecord") == "allowed"
    guest = in_role(is_guest=True)
    assert await world.effect(guest, "kinesis:PutRecord") == "implicitDeny"
    assert await world.effect(guest, GET) == "allowed"
    limited = in_role(is_guest=True, policies=(document("kinesis:*"),))
    assert await world.effect(limited, "kinesis:PutRecord") == "implicitDeny", "not a union"
    kms = msgspec.structs.replace(ROLE, name="k", id="AROA3", inline={"own": document("kms:*")})
    await world.add(kms)
    guest = in_role(is_guest=True, role_arn=kms.arn, role_id="AROA3")
    assert await world.effect(guest, "kms:ListKeys") == "implicitDeny"
    assert await world.effect(guest, "kms:Decrypt") == "allowed"


@holds("POL-23")
async def test_a_federated_user_has_no_more_than_the_user_and_the_policies(world: World) -> None:
    assert await world.effect(copied("federated"), GET) == "implicitDeny", "without a policy"
    given = copied("federated", policies=(document(GET, "sqs:*", "iam:*"),))
    assert await world.effect(given, GET) == "allowed"
    assert await world.effect(given, PUT) == "implicitDeny"
    assert await world.effect(given, "sqs:SendMessage") == "implicitDeny"
    assert await world.effect(given, "iam:ListUsers") == "implicitDeny"
    of_root = copied("federated", user_name="root", policies=(document("sqs:*"),))
    assert await world.effect(of_root, "sqs:SendMessage") == "allowed"
    assert await world.effect(of_root, GET) == "implicitDeny"


@holds("POL-23")
async def test_a_users_session_asks_for_a_second_factor_where_iam_is(world: World) -> None:
    assert await world.effect(user(), "iam:ListUsers") == "allowed"
    assert await world.effect(copied("user"), GET) == "allowed"
    assert await world.effect(copied("user"), "iam:ListUsers") == "implicitDeny"
    assert await world.effect(copied("user", mfa=True), "iam:ListUsers") == "allowed"
    of_root = copied("user", user_name="root")
    assert await world.effect(of_root, "sqs:SendMessage") == "allowed"
    assert await world.effect(of_root, "iam:ListUsers") == "implicitDeny"


@holds("POL-24")
async def test_every_caller_is_told_of_by_condition_keys(world: World) -> None:
    async def keys(asker: Asker) -> dict[str, Any]:
        return dict((await world.authority.standing(asker)).context)

    found = await keys(user(source_ip="10.0.0.1", is_secure=True, region="us-east-1"))
    assert found["aws:username"] == "u"
    assert found["aws:userid"] == "AIDA1"
    assert found["aws:principalarn"] == USER.arn
    assert found["aws:principaltype"] == "User"
    assert (found["aws:sourceip"], found["aws:securetransport"]) == ("10.0.0.1", "true")
    assert found["aws:epochtime"] == str(NOW_MS // 1_000)
    assert "aws:multifactorauthpresent" not in found
    assert "aws:tokenissuetime" not in found

    sub = "cognito-identity.amazonaws.com:sub"
    told = in_role(
        tags={"Team": "y"}, context={sub: "i", "aws:principalarn": "forged"},
        source_identity="ann", federated_provider="cognito-identity.amazonaws.com",
    )  # fmt: skip
    found = await keys(told)
    assert found["aws:principaltag/team"] == "y", "the session's tag before the role's"
    assert found["aws:principaltag/level"] == "low"
    assert found["aws:principalarn"] == ROLE.arn
    assert found["aws:userid"] == "AROA1:s"
    assert (found[sub], found["aws:sourceidentity"]) == ("i", "ann")
    assert found["aws:multifactorauthpresent"] == "false"
    assert found["aws:tokenissuetime"] == "2027-01-15T08:00:00Z"
    assert "aws:username" not in found


@holds("POL-24")
async def test_what_a_request_says_of_the_caller_does_not_count(world: World) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/team": "y"}}
    tagged = msgspec.structs.replace(
        ROLE, name="t", id="AROA4", inline={"own": document(GET, Condition=condition)}
    )
    await world.add(tagged)
    asker = in_role(role_arn=tagged.arn, role_id="AROA4")
    said = {"aws:PrincipalTag/team": "y"}
    assert await world.effect(asker, GET, context=said) == "implicitDeny"


@holds("POL-25")
async def test_trust_goes_by_unique_ids(world: World) -> None:
    trust = policy_of(TRUST, "trust", "trust")
    asked = {"resource_policy": trust, "resource_account": ACCOUNT, "trusts": True}
    assume = "sts:AssumeRole"
    assert await world.effect(user(), assume, ROLE.arn, **asked) == "allowed"
    assert await world.effect(in_role(), assume, ROLE.arn, **asked) == "allowed"
    other = msgspec.structs.replace(USER, name="v", id="AIDA2", inline={"own": document("*")})
    await world.add(other)
    asker = Asker(account=ACCOUNT, principal="user/ops/v", now_ms=NOW_MS)
    assert await world.effect(asker, assume, ROLE.arn, **asked) == "implicitDeny"
    limited = in_role(policies=(document(GET),))
    assert await world.effect(limited, assume, ROLE.arn, **asked) == "implicitDeny"


@holds("POL-25")
async def test_nobody_is_denied_to_ask_who_he_is(world: World) -> None:
    nobody = Asker(account=ACCOUNT, principal="user/gone", now_ms=NOW_MS)
    assert await world.effect(nobody, "sts:GetCallerIdentity", "*") == "allowed"
    assert await world.effect(nobody, GET) == "implicitDeny"
    renamed = Asker(account=ACCOUNT, principal="user/u", now_ms=NOW_MS)
    assert await world.effect(renamed, GET) == "implicitDeny", "another path is another user"


@holds("POL-08")
async def test_a_role_may_be_passed_to_the_service_that_a_policy_names(world: World) -> None:
    condition = {"StringEquals": {"iam:PassedToService": "cognito-idp.amazonaws.com"}}
    passing = msgspec.structs.replace(
        ROLE, name="p", id="AROA5",
        inline={"own": document("iam:PassRole", resource=ROLE.arn, Condition=condition)},
    )  # fmt: skip
    await world.add(passing)
    asker = in_role(role_arn=passing.arn, role_id="AROA5")
    may = world.authority.may_pass_role
    assert await may(asker, ROLE.arn, "cognito-idp.amazonaws.com")
    assert not await may(asker, ROLE.arn, "lambda.amazonaws.com")
    assert not await may(asker, passing.arn, "cognito-idp.amazonaws.com")
