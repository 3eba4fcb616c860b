"""What identities cost over sockets: each flow in short turns, on each database.

user      GetId and GetCredentialsForIdentity with an ID token that was not seen before
guest     the same without a login: a new identity each time
classic   GetOpenIdToken with such an ID token, then AssumeRoleWithWebIdentity
signed    GetCallerIdentity, with a key of a user's own and with one of a session, seen before
"""

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from bench import aws
from bench.client import Client
from bench.floor import Calibration
from bench.identity_tenant import Guild, identity_of, session_of
from bench.serving import SETTLE_S, poolkeep
from bench.tenant import Tenant

USERS: Final = 64
SIGNED: Final = 192

GET_ID: Final = "GetId of a user"
NEW_ID: Final = "GetId that makes an identity"
CREDENTIALS: Final = "GetCredentialsForIdentity of a user"
USER: Final = "a user's login: both"
GUEST_ID: Final = "GetId of a new guest"
GUEST_CREDENTIALS: Final = "GetCredentialsForIdentity of a guest"
GUEST: Final = "a guest's: both"
OPENID: Final = "GetOpenIdToken"
ASSUME: Final = "AssumeRoleWithWebIdentity"
CLASSIC: Final = "the classic flow: both"
KEY: Final = "GetCallerIdentity, a user's key"
SESSION: Final = "GetCallerIdentity, a session's key"

PRIMITIVES: Final = (
    "rs256_verify", "rs512_sign", "rs512_verify", "session_issue", "session_open", "sigv4",
)  # fmt: skip
FLOORS: Final = {
    USER: ("rs256_verify", "session_issue"),
    GUEST: ("session_issue",),
    CLASSIC: ("rs256_verify", "rs512_sign", "rs512_verify", "session_issue"),
    KEY: ("sigv4",),
    SESSION: ("sigv4",),
}
"""What the cryptography of each flow is made of."""


class Cost(NamedTuple):
    """CPU µs of one, and how many there are in a second."""

    us: float
    per_s: float

    def after(self, other: "Cost") -> "Cost":
        """Return the cost of one after the other."""
        return Cost(self.us + other.us, 1 / (1 / self.per_s + 1 / other.per_s))


Costs = dict[str, Cost]


class Results(NamedTuple):
    """Costs by database, and the floors of the same minutes."""

    costs: dict[str, Costs]
    floors: dict[str, float]


class Subject:
    """One server, with what its flows need."""

    def __init__(self, guild: Guild, users: int) -> None:
        """Let so many users come each turn."""
        self.guild = guild
        self._users = users
        self._key = aws.ANY
        self._session = aws.ANY

    async def prepare(self) -> None:
        """Make everything that flows need, and let each user have an identity."""
        await self.guild.create(self._users)
        self._key = await self.guild.user_key()
        await self.users()
        _, _, answers = await self._users_session(await self.guild.fresh_logins(1))
        self._session = session_of(answers[0])

    async def turn(self) -> Costs:
        """Return what each flow costs, once."""
        return {
            **await self.users(),
            **await self.guests(),
            **await self.classic(),
            **await self.signed(),
        }

    async def users(self) -> Costs:
        """Measure users who have an identity, then the same in a pool that does not know them."""
        logins = await self.guild.fresh_logins(self._users)
        found, credentials, _ = await self._users_session(logins)
        pool_id = await self.guild.new_pool()
        again = await self.guild.fresh_logins(self._users)
        made, _ = await self.cost([self.guild.get_id(each, pool_id=pool_id) for each in again])
        both = found.after(credentials)
        return {GET_ID: found, CREDENTIALS: credentials, USER: both, NEW_ID: made}

    async def _users_session(self, logins: list[dict[str, str]]) -> tuple[Cost, Cost, list[bytes]]:
        found, told = await self.cost([self.guild.get_id(each) for each in logins])
        pairs = zip(map(identity_of, told), logins, strict=True)
        given, answers = await self.cost([self.guild.credentials(*pair) for pair in pairs])
        return found, given, answers

    async def guests(self) -> Costs:
        """Measure guests who have not been there before."""
        made, told = await self.cost([self.guild.get_id()] * self._users)
        given, _ = await self.cost([self.guild.credentials(identity_of(each)) for each in told])
        return {GUEST_ID: made, GUEST_CREDENTIALS: given, GUEST: made.after(given)}

    async def classic(self) -> Costs:
        """Measure users who bring a token of ours to the token service."""
        logins = await self.guild.fresh_logins(self._users)
        told = await self.guild.client.run([self.guild.get_id(each) for each in logins])
        ids = [identity_of(each) for each in told]
        logins = await self.guild.fresh_logins(self._users)  # GetId is no part of this flow
        pairs = zip(ids, logins, strict=True)
        signed, answers = await self.cost([self.guild.openid(*pair) for pair in pairs])
        tokens = [msgspec.json.decode(each)["Token"] for each in answers]
        assumed, _ = await self.cost([self.guild.assume(token) for token in tokens])
        return {OPENID: signed, ASSUME: assumed, CLASSIC: signed.after(assumed)}

    async def signed(self) -> Costs:
        """Return what a call signed with each kind of key costs."""
        key, _ = await self.cost([self.guild.who_am_i(self._key)] * SIGNED)
        session, _ = await self.cost([self.guild.who_am_i(self._session)] * SIGNED)
        return {KEY: key, SESSION: session}

    async def cost(self, requests: list[bytes]) -> tuple[Cost, list[bytes]]:
        """Run a batch; return what one of them costs the server, and the answers."""
        cpu, began = self.guild.server.cpu_ns(), time.perf_counter()
        answers = await self.guild.client.run(requests)
        seconds = time.perf_counter() - began
        us = (self.guild.server.cpu_ns() - cpu) / 1000 / len(requests)
        return Cost(us, len(requests) / seconds), answers


async def measure(
    folder: Path, databases: dict[str, str | None], *, rounds: int, users: int = USERS
) -> Results:
    """Measure every flow on every database, given by name and address, in turns."""
    calibration = Calibration()
    found: dict[str, list[Costs]] = {name: [] for name in databases}
    async with contextlib.AsyncExitStack() as stack:
        subjects = {
            name: await _subject(stack, folder / f"identity-{name}", url, users)
            for name, url in databases.items()
        }
        await asyncio.sleep(SETTLE_S)
        for number in range(rounds):
            print(f"  flows: round {number + 1} of {rounds}", flush=True)
            calibration.sample(*PRIMITIVES, budget_us=20_000)
            for name, subject in subjects.items():
                found[name].append(await subject.turn())
    return Results({name: best(turns) for name, turns in found.items()}, calibration.floors())


def best(turns: list[Costs]) -> Costs:
    """Return the least CPU time and the highest rate of each."""
    return {
        name: Cost(min(turn[name].us for turn in turns), max(turn[name].per_s for turn in turns))
        for name in turns[0]
    }


def floor_of(name: str, floors: dict[str, float]) -> float:
    """Return the CPU µs that a flow's cryptography takes."""
    return sum(floors[each] for each in FLOORS[name])


async def _subject(
    stack: contextlib.AsyncExitStack, folder: Path, url: str | None, users: int
) -> Subject:
    server = await stack.enter_async_context(poolkeep(folder, database_url=url))
    client = await stack.enter_async_context(Client(server.port))
    subject = Subject(Guild(server, Tenant(client, aws.credentials_of(folder))), users)
    await subject.prepare()
    return subject
