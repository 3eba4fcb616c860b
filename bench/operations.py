"""What is measured: each operation prepares requests, runs them, and tells what they cost."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from bench.client import Client
from bench.serving import Process
from bench.srp_client import Prover
from bench.tenant import PASSWORD, Tenant, tokens_of, username

USERS: Final = 300
"""Users in the pool, as many as a page and a few more: what the peers were measured with."""

SIGNED_IN: Final = 64


class Subject:
    """One server under measurement, with a pool, users and tokens."""

    def __init__(self, server: Process, tenant: Tenant, coded: Tenant) -> None:
        """Measure `server`; in the pool `coded` a sign-up sends a code."""
        self.server = server
        self.tenant = tenant
        self.coded = coded
        self.fresh_tokens: list[str] = []
        """Access tokens that the server has not seen yet."""
        self.access_tokens: list[str] = []
        self.refresh_tokens: list[str] = []
        self.numbers = itertools.count()
        self.prover = Prover(tenant.pool_id, PASSWORD)

    @property
    def client(self) -> Client:
        return self.tenant.client

    async def prepare(self) -> None:
        """Make users and tokens."""
        await self.tenant.add_users(list(range(USERS)), email_of)
        tokens = await self.tenant.sign_in([username(n) for n in range(min(USERS, SIGNED_IN))])
        self.access_tokens = [each["AccessToken"] for each in tokens]
        self.refresh_tokens = [each["RefreshToken"] for each in tokens]
        await self.client.run([self.tenant.get_user_request(t) for t in self.access_tokens])

    async def cost_us(self, requests: list[bytes]) -> tuple[float, list[bytes]]:
        """Run a batch; return the server's CPU µs per request, and the answers."""
        before = self.server.cpu_ns()
        answers = await self.client.run(requests)
        return (self.server.cpu_ns() - before) / 1000 / max(1, len(requests)), answers


def email_of(number: int) -> str:
    """Return an address; ten consecutive users share a prefix, in a pool of any size."""
    return f"{number // 10:06x}.{number % 10}@example.org"


Measure = Callable[[Subject, int], Awaitable[float]]


class Operation(NamedTuple):
    """One operation: `run` answers CPU µs per operation over `turn` of them or fewer."""

    name: str
    run: Measure
    turn: int
    floor: str | None = None
    """The floor of its cryptography, as `floor.py` names it."""


async def sign_up(subject: Subject, count: int) -> float:
    tenant = subject.tenant
    names = [f"new-{next(subject.numbers)}" for _ in range(count)]
    cost, _ = await subject.cost_us([tenant.sign_up_request(name) for name in names])
    return cost


async def sign_up_with_code(subject: Subject, count: int) -> float:
    tenant = subject.coded
    names = [f"new-{next(subject.numbers)}" for _ in range(count)]
    cost, _ = await subject.cost_us([tenant.sign_up_request(name) for name in names])
    return cost


async def password(subject: Subject, count: int) -> float:
    requests = [subject.tenant.password_request(username(n % USERS)) for n in range(count)]
    cost, answers = await subject.cost_us(requests)
    subject.fresh_tokens += [tokens_of(answer)["AccessToken"] for answer in answers]
    return cost


async def srp(subject: Subject, count: int) -> float:
    """Both requests; the proofs are computed between them, while nobody is measured."""
    tenant, prover = subject.tenant, subject.prover
    first, challenges = await subject.cost_us(
        [tenant.flow("USER_SRP_AUTH", USERNAME=username(n % USERS), SRP_A=prover.srp_a)
         for n in range(count)]
    )  # fmt: skip
    second, answers = await subject.cost_us(
        [
            tenant.request(
                "RespondToAuthChallenge",
                {
                    "ClientId": tenant.client_id,
                    "ChallengeName": "PASSWORD_VERIFIER",
                    "ChallengeResponses": prover.responses(challenge),
                },
            )
            for challenge in challenges
        ]
    )
    subject.fresh_tokens += [tokens_of(answer)["AccessToken"] for answer in answers]
    return first + second


async def refresh(subject: Subject, count: int) -> float:
    known = itertools.cycle(subject.refresh_tokens)
    requests = [subject.tenant.refresh_request(next(known)) for _ in range(count)]
    cost, answers = await subject.cost_us(requests)
    subject.fresh_tokens += [tokens_of(answer)["AccessToken"] for answer in answers]
    return cost


async def get_user_first(subject: Subject, count: int) -> float:
    """With tokens that the server has not seen: each signature is verified."""
    taken, subject.fresh_tokens = subject.fresh_tokens[:count], subject.fresh_tokens[count:]
    cost, _ = await subject.cost_us([subject.tenant.get_user_request(t) for t in taken])
    return cost


async def get_user(subject: Subject, count: int) -> float:
    known = itertools.cycle(subject.access_tokens)
    requests = [subject.tenant.get_user_request(next(known)) for _ in range(count)]
    cost, _ = await subject.cost_us(requests)
    return cost


async def list_plain(subject: Subject, count: int) -> float:
    cost, _ = await subject.cost_us([subject.tenant.list_request()] * count)
    return cost


async def list_exact(subject: Subject, count: int) -> float:
    tenant = subject.tenant
    texts = [f'email = "{email_of(n % USERS)}"' for n in range(count)]
    cost, _ = await subject.cost_us([tenant.list_request(text) for text in texts])
    return cost


async def list_prefix(subject: Subject, count: int) -> float:
    """Each prefix finds ten users."""
    tenant = subject.tenant
    texts = [f'email ^= "{n % (USERS // 10):06x}."' for n in range(count)]
    cost, _ = await subject.cost_us([tenant.list_request(text) for text in texts])
    return cost


OPERATIONS: Final = (
    Operation("sign-up", sign_up, 96, "flow_sign_up"),
    Operation("sign-up that sends a code", sign_up_with_code, 64, "flow_sign_up"),
    Operation("password sign-in", password, 32, "flow_password"),
    Operation("SRP sign-in", srp, 32, "flow_srp"),
    Operation("refresh", refresh, 32, "flow_refresh"),
    Operation("GetUser, token not seen before", get_user_first, 96, "flow_get_user"),
    Operation("GetUser, token seen before", get_user, 512, "flow_get_user"),
    Operation("ListUsers, 60 users", list_plain, 64),
    Operation("ListUsers, email =", list_exact, 192),
    Operation("ListUsers, email ^= (10 users)", list_prefix, 192),
)
