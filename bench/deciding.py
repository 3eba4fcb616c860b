"""Policies and signatures, in this process: no socket, no request around them.

A policy of N statements allows by its last one, so all of them are looked at. "Plain" ones have
wildcards; "bound" ones have a variable in each resource and a condition, as roles of identities do.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from bench import aws
from bench.floor import Calibration, a_session, session_tokens
from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.secret import Secret
from poolkeep.core.iam.authority import Asker, Authority
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.evaluation import Policies, Principal, Request, decide
from poolkeep.core.iam.model import Role
from poolkeep.core.iam.policies import policy_of
from poolkeep.core.sts.model import Session
from poolkeep.core.sts.tokens import REMEMBERED_MAX
from poolkeep.http.aws.caller import Callers
from poolkeep.http.aws.request import HttpRequest
from poolkeep.storage.database import open_database
from poolkeep.storage.migrate import migrate
from poolkeep.storage.stores.iam import IamEntityStore

STATEMENTS: Final = (1, 10, 100)
BUDGET_S: Final = 0.03
BODY: Final = {"IdentityPoolId": f"us-east-1:{'1' * 36}", "MaxResults": 60}
SUB: Final = "cognito-identity.amazonaws.com:sub"
PLAIN: Final = "evaluator, plain statements"
BOUND: Final = "evaluator, variables and conditions"
WHOLE: Final = "Authority.decide, variables and conditions"
KEY: Final = "a long-term key"
SESSION: Final = "a session's key, seen before"
NEW_SESSION: Final = "a session's key, not seen before"


class Results(NamedTuple):
    """CPU µs of decisions by kind and number of statements, of signatures by kind; the floors."""

    decisions: dict[str, dict[int, float]]
    signatures: dict[str, float]
    floors: dict[str, float]


async def measure(folder: Path, *, rounds: int, budget_s: float = BUDGET_S) -> Results:
    """Measure everything in turns; the cheapest of each counts."""
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else is to run
    decisions: dict[str, dict[int, Callable[[], Awaitable[object]]]] = {
        kind: {count: _evaluation(kind, count) for count in STATEMENTS} for kind in (PLAIN, BOUND)
    }
    decisions[WHOLE] = {
        count: await _authority(folder / f"{count}.db", count) for count in STATEMENTS
    }
    signatures = _signatures()
    best = {kind: dict.fromkeys(STATEMENTS, float("inf")) for kind in decisions}
    checked = dict.fromkeys(signatures, float("inf"))
    calibration = Calibration()
    for _ in range(rounds):
        calibration.sample("sigv4", "session_open", "rs256_verify", budget_us=20_000)
        for kind, by_count in decisions.items():
            for count, act in by_count.items():
                best[kind][count] = min(best[kind][count], await cpu_us(act, budget_s))
        for kind, act in signatures.items():
            checked[kind] = min(checked[kind], await cpu_us(act, budget_s))
    return Results(best, checked, calibration.floors())


async def cpu_us(act: Callable[[], Awaitable[object]], budget_s: float) -> float:
    """Return the CPU µs of one call, over as many as fit into the budget."""
    calls, began, end = 0, time.process_time_ns(), time.perf_counter() + budget_s
    while not calls or time.perf_counter() < end:
        for _ in range(16):
            await act()
        calls += 16
    return (time.process_time_ns() - began) / 1000 / calls


def document(kind: str, count: int) -> str:
    """Return a policy whose last statement allows what is asked."""
    statements: list[dict[str, object]] = []
    for number in range(count):
        said: dict[str, object] = {
            "Effect": "Allow",
            "Action": ["s3:Get*", "s3:PutObject"],
            "Resource": f"arn:aws:s3:::bucket-{number}/*",
        }
        if kind != PLAIN:
            said["Resource"] = f"arn:aws:s3:::bucket-{number}/${{{SUB}}}/*"
            said["Condition"] = {"StringEquals": {"aws:SecureTransport": "true"}}
        statements.append(said)
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _asked(session: Session, count: int) -> str:
    return f"arn:aws:s3:::bucket-{count - 1}/{session.identity_id}/photos/1.jpeg"


def _evaluation(kind: str, count: int) -> Callable[[], Awaitable[object]]:
    session = a_session(session_tokens(SystemEntropy()))
    principal = Principal(
        account=session.account, arn=session.arn, kind="role", role_arn=session.role_arn
    )
    request = Request(
        principal=principal,
        action="s3:GetObject",
        resource=_asked(session, count),
        context={**session.context, "aws:securetransport": "true"},
    )
    policies = Policies(identity=(policy_of(document(kind, count)),))
    assert decide(request, policies).is_allowed

    async def act() -> object:
        return decide(request, policies)

    return act


async def _authority(path: Path, count: int) -> Callable[[], Awaitable[object]]:
    database = open_database(f"sqlite:///{path}")
    await asyncio.to_thread(migrate, database)
    rows = IamEntityStore()
    session = a_session(session_tokens(SystemEntropy()))
    role = Role(
        account=session.account, name="users", id=session.role_id, created_ms=1,
        trust_text="", trust_bound="", inline={"own": document(BOUND, count)},
    )  # fmt: skip
    await database.write(lambda tx: rows.add(tx, role))
    authority = Authority(IamBook(database=database, rows=rows, clock=SystemClock()))
    asker = Asker(
        account=session.account, principal="assumed-role/users/session",
        now_ms=SystemClock().now_ms(), session=session, source_ip="127.0.0.1", is_secure=True,
        user_agent="aws-sdk", region="us-east-1",
    )  # fmt: skip
    resource = _asked(session, count)

    async def act() -> object:
        decision = await authority.decide(
            asker, action="s3:GetObject", resource=resource, context={}
        )
        assert decision.is_allowed
        return decision

    return act


class _Pair(msgspec.Struct, frozen=True):
    """A key as the store has it."""

    account: str
    principal: str
    secret: Secret[str]
    active: bool = True


def _signatures() -> dict[str, Callable[[], Awaitable[object]]]:
    """Return checks of a request signed with each kind of key."""
    sessions = session_tokens(SystemEntropy())
    pair = _Pair("123456789012", "user/bench", Secret("bench-secret"))

    async def find(_: str) -> _Pair:
        return pair

    callers = Callers(
        find=find, clock=SystemClock(), regions=[aws.REGION], default_account=pair.account,
        any_signature=False, sessions=sessions,
    )  # fmt: skip

    def temporary() -> aws.Credentials:
        issued = sessions.issue(a_session(sessions))
        secret, token = issued.secret.reveal(), issued.token.reveal()
        return aws.Credentials(issued.session.access_key_id, secret, token)

    def check(*keys: aws.Credentials) -> Callable[[], Awaitable[object]]:
        service = "cognito-identity"
        signed = (aws.signed(9229, "ListIdentities", BODY, by, service=service) for by in keys)
        sent = itertools.cycle([_sent(each) for each in signed])

        async def act() -> object:
            return await callers.identify(next(sent), service)

        return act

    return {
        KEY: check(aws.Credentials("AKIABENCH", pair.secret.reveal())),
        SESSION: check(temporary()),
        # More than are remembered.
        NEW_SESSION: check(*(temporary() for _ in range(REMEMBERED_MAX + 1))),
    }


def _sent(request: bytes) -> HttpRequest:
    """Return a request as the server reads it."""
    head, _, body = request.partition(b"\r\n\r\n")
    pairs = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    headers = [(name.lower(), value) for name, _, value in pairs]
    return HttpRequest("POST", b"/", b"", headers, body, "127.0.0.1", "main")
