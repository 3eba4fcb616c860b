"""What a second factor costs above a plain sign-in: `python -m bench.second_factor`.

One pool, MFA optional: users without a factor sign in by password, and users with an app by
password and code. Turns of both alternate, and the cheapest of each counts. A code works once in
thirty seconds, so the users take turns too.
"""

import argparse
import asyncio
import contextlib
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from bench import aws, imports, postgres
from bench.client import Client
from bench.serving import SETTLE_S, Process, poolkeep
from bench.tenant import Tenant, username
from poolkeep.crypto import totp

TITLE: Final = "## A second factor"
NOTE: Final = """\
A sign-in by password alone against one by password and an authenticator app's code."""
PLAIN: Final = range(64)
WITH_APP: Final = range(64, 256)
TURN: Final = 16


class Costs(NamedTuple):
    """CPU µs of one sign-in: plain; and with an app, the two requests of it."""

    plain: float
    first: float
    second: float

    @property
    def above(self) -> float:
        return self.first + self.second - self.plain


class App:
    """A user's app: shows no code twice."""

    def __init__(self, secret: str) -> None:
        """Take the secret as AssociateSoftwareToken answers it."""
        self._seed = totp.seed_of(secret)
        self._shown = -1

    def code(self) -> str:
        now = int(time.time() * 1000) // totp.STEP_MS
        self._shown = max(now, self._shown + 1)
        return totp.code_at(self._seed, self._shown)


class Subject:
    """A server with a pool, and users with and without an app."""

    def __init__(self, server: Process, tenant: Tenant) -> None:
        """Measure `server`."""
        self._server = server
        self._tenant = tenant
        self._apps: dict[str, App] = {}
        self._next = itertools.cycle(username(number) for number in WITH_APP)

    async def prepare(self) -> None:
        """Make the pool and the users, and register the apps."""
        tenant = self._tenant
        await tenant.create()
        await tenant.admin(
            "SetUserPoolMfaConfig",
            [
                {
                    "UserPoolId": tenant.pool_id,
                    "MfaConfiguration": "OPTIONAL",
                    "SoftwareTokenMfaConfiguration": {"Enabled": True},
                }
            ],
        )
        await tenant.add_users([*PLAIN, *WITH_APP], lambda number: f"{number}@example.org")
        names = [username(number) for number in WITH_APP]
        tokens = [each["AccessToken"] for each in await tenant.sign_in(names)]
        told = await self._call("AssociateSoftwareToken", [{"AccessToken": t} for t in tokens])
        self._apps = {name: App(each["SecretCode"]) for name, each in zip(names, told, strict=True)}
        await self._call(
            "VerifySoftwareToken",
            [
                {"AccessToken": token, "UserCode": self._apps[name].code()}
                for name, token in zip(names, tokens, strict=True)
            ],
        )
        on = {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True}}
        await self._call("SetUserMFAPreference", [{"AccessToken": t, **on} for t in tokens])

    async def plain(self) -> float:
        """Return the cost of a sign-in by password."""
        names = [username(n) for n in PLAIN[:TURN]]
        cost, _ = await self._cost([self._tenant.password_request(name) for name in names])
        return cost

    async def with_app(self) -> tuple[float, float]:
        """Return the costs of a password that is answered by a challenge, and of the code."""
        names = [next(self._next) for _ in range(TURN)]
        first, asked = await self._cost([self._tenant.password_request(name) for name in names])
        sessions = [msgspec.json.decode(each)["Session"] for each in asked]
        second, done = await self._cost(
            [
                self._tenant.request(
                    "RespondToAuthChallenge",
                    {
                        "ClientId": self._tenant.client_id,
                        "ChallengeName": "SOFTWARE_TOKEN_MFA",
                        "Session": session,
                        "ChallengeResponses": {
                            "USERNAME": name,
                            "SOFTWARE_TOKEN_MFA_CODE": self._apps[name].code(),
                        },
                    },
                )
                for name, session in zip(names, sessions, strict=True)
            ]
        )
        assert all(b"AuthenticationResult" in each for each in done)
        return first, second

    async def _cost(self, requests: list[bytes]) -> tuple[float, list[bytes]]:
        before = self._server.cpu_ns()
        answers = await self._tenant.client.run(requests)
        return (self._server.cpu_ns() - before) / 1000 / len(requests), answers

    async def _call(self, operation: str, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        requests = [self._tenant.request(operation, body) for body in bodies]
        return [msgspec.json.decode(answer) for answer in await self._tenant.client.run(requests)]


async def measure(folder: Path, database_url: str | None, *, rounds: int) -> Costs:
    """Return the cheapest turns of a server."""
    async with contextlib.AsyncExitStack() as stack:
        server = poolkeep(folder, database_url=database_url)
        await stack.enter_async_context(server)
        client = await stack.enter_async_context(Client(server.port))
        subject = Subject(server, Tenant(client, aws.credentials_of(server.folder)))
        await subject.prepare()
        await asyncio.sleep(SETTLE_S)
        plain, first, second = [], [], []
        began = time.monotonic()
        for number in range(rounds):
            plain.append(await subject.plain())
            asked, answered = await subject.with_app()
            first.append(asked)
            second.append(answered)
            # No user comes around within the life of a step.
            due = began + (number + 1) * TURN / len(WITH_APP) * totp.STEP_MS / 1000
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        return Costs(min(plain), min(first), min(second))


async def measure_all(
    folder: Path, databases: dict[str, str | None], *, rounds: int
) -> dict[str, Costs]:
    """Measure each database, given by its name and address."""
    return {
        name: await measure(folder / f"factor-{name}", url, rounds=rounds)
        for name, url in databases.items()
    }


def section(found: dict[str, Costs]) -> str:
    """Return the figures as a section of the page."""
    lines = [
        "| CPU µs | plain | password, asked for a code | the code | more than plain |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, costs in found.items():
        cells = (costs.plain, costs.first, costs.second, costs.above)
        lines.append(f"| {name} | " + " | ".join(f"{each:.0f}" for each in cells) + " |")
    return "\n\n".join([TITLE, NOTE, "\n".join(lines)])


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(prog="python -m bench.second_factor", description="Measure.")
    parser.add_argument("--rounds", type=int, default=24)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="poolkeep-bench-") as name,
        postgres.cluster() as cluster,
    ):
        databases = imports.databases(cluster)
        print(section(asyncio.run(measure_all(Path(name), databases, rounds=rounds))))


if __name__ == "__main__":
    main()
