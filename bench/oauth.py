"""Managed login under load, and its sign-in page: `python -m bench.oauth`.

logins      a second: authorize, the page, the form with a password, the code, the tokens
tokens      a second: client credentials
the page    its requests and bytes, and when Chromium first paints it

The first two stand beside npm's oidc-provider, in turns with ours: one process each.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import operator
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from bench import aws, floor, sign_in_page
from bench.browsing import Browser, basic, query_of
from bench.client import Client
from bench.serving import SETTLE_S, Process, poolkeep
from bench.tenant import PASSWORD, Tenant, username
from tests.support import processes
from tools import machine

TITLE: Final = "## Managed login"
PROVIDER: Final = machine.ROOT / "tests" / "sdk" / "node" / "provider.mjs"
PROVIDER_PACKAGE: Final = PROVIDER.parent / "node_modules" / "oidc-provider" / "package.json"
CALLBACK: Final = "http://localhost:4000/callback"
SCOPE: Final = "https://api.example.com/read"
VERIFIER: Final = "a-verifier-of-the-benches-that-is-long-enough-for-the-rule"
CHALLENGE: Final = "6oqinE-UQOoh5zKas2NYRkZzviDZZiZ9gRx4eRhxN7w"
USERS: Final = 64
LOGINS: Final = 96
TOKENS: Final = 192
FLOOR_BUDGET_US: Final = 20_000
TOGETHER: Final = 8
SIGNATURE: Final = ("RS256", 2048 // 8)
THEIR_SECRET: Final = "a-secret-of-the-benches-and-of-nobody-else"
NOTE: Final = """\
A login is a browser without cookies that asks to authorize, gets the page and sends its form, and
an application that changes the code, with its secret and PKCE, for an ID, an access and a refresh
token. Both servers sign the same: two tokens for a login and one for a machine, RS256 with a key
of 2048 bits, which is looked at before anything is measured. The floor is these signatures, each
by the OpenSSL of its own server, and for poolkeep the password.

poolkeep does more for it: it checks the password against its SRP verifier (one exponentiation, no
slow hash), keeps users, codes and sessions in SQLite on the disk, writes its log, and renders a
page with a style. oidc-provider runs with `NODE_ENV` set to production, keeps everything in
memory, takes anybody's word for a password, logs nothing, and shows a bare form. It adds a redirect
after the form, which is how it is built.

Each shares the processors with whoever asks; eight ask at a time. They take turns, and the best
turn of each counts. The advantage is that of one process over one process. Node signs on threads of
its own, so one process of it keeps more than one processor busy; a worker of poolkeep keeps one
busy, and there can be several. CPU counts all threads and workers."""
COMPARED: Final[dict[str, Callable[[float, float], float]]] = {
    "logins": operator.truediv,
    "login_us": lambda ours, theirs: theirs / ours,
    "tokens": operator.truediv,
    "token_us": lambda ours, theirs: theirs / ours,
}
BARE: Final = """\
The bare form, two fields and a button without a style, is what oidc-provider answers here: so much
Chromium itself takes to begin, to follow the redirect and to paint anything."""


class Side(NamedTuple):
    """One server: logins and machine tokens a second, CPU µs of each, and what is the least."""

    logins: float
    login_us: float
    login_floor_us: float
    requests: float
    tokens: float
    token_us: float
    token_floor_us: float


class Results(NamedTuple):
    """Ours, theirs where there is a Node, and the pages where there is a Chromium."""

    ours: Side
    two_workers: Side
    theirs: Side | None
    version: str
    page: sign_in_page.Results | None
    bare: sign_in_page.Results | None


class Target(NamedTuple):
    """A server, and how to sign in to it."""

    server: Process
    authorize: str
    token: str
    client: str
    machine: str
    scope: str

    async def login(self, number: int, browser: Browser) -> list[str]:
        """Sign one user in, from nothing to tokens; return those that are signed."""
        browser.forget()
        page = await browser.visit(self.authorize)
        back = await browser.submit(page, CALLBACK, username=username(number), password=PASSWORD)
        form = {
            "grant_type": "authorization_code",
            "code": query_of(back)["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        answer = await browser.post(self.token, form, authorization=self.client)
        told = msgspec.json.decode(answer)
        assert told["refresh_token"]
        return [told["id_token"], told["access_token"]]

    async def credentials(self, _: int, browser: Browser) -> list[str]:
        """Get a token for a machine and return it."""
        form = {"grant_type": "client_credentials", "scope": self.scope}
        answer = await browser.post(self.token, form, authorization=self.machine)
        return [msgspec.json.decode(answer)["access_token"]]

    async def prove(self) -> int:
        """Do both once, refuse other signatures than ours, and return the requests of a login."""
        async with Browser(self.server.port) as browser:
            login, requests = await self.login(0, browser), browser.requests
            for token in [*login, *await self.credentials(0, browser)]:
                head, _, signature = token.split(".")
                algorithm = msgspec.json.decode(_bytes_of(head))["alg"]
                if (algorithm, len(_bytes_of(signature))) != SIGNATURE:
                    raise AssertionError(f"signed by {algorithm}: {token}")
        return requests


async def ours(folder: Path, stack: contextlib.AsyncExitStack, *, workers: int) -> Target:
    """Start poolkeep with a pool that has pages."""
    server = await stack.enter_async_context(poolkeep(folder, workers=workers))
    client = await stack.enter_async_context(Client(server.port))
    tenant = Tenant(client, aws.credentials_of(server.folder))
    await tenant.create()
    pool = {"UserPoolId": tenant.pool_id}
    await tenant.add_users(list(range(USERS)), lambda number: f"{number}@example.org")
    await tenant.admin(
        "CreateUserPoolDomain", [{**pool, "Domain": "bench", "ManagedLoginVersion": 2}]
    )
    server_of = {
        **pool,
        "Identifier": SCOPE.rpartition("/")[0],
        "Name": "api",
        "Scopes": [{"ScopeName": "read", "ScopeDescription": "to read"}],
    }
    await tenant.admin("CreateResourceServer", [server_of])
    common = {**pool, "GenerateSecret": True, "AllowedOAuthFlowsUserPoolClient": True}
    [browser], [machines] = [
        await tenant.admin("CreateUserPoolClient", [{**common, **members}])
        for members in (
            {
                "ClientName": "browser",
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid", "email", "profile"],
                "CallbackURLs": [CALLBACK],
                "SupportedIdentityProviders": ["COGNITO"],
            },
            {
                "ClientName": "machine",
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": [SCOPE],
            },
        )
    ]
    known = [made["UserPoolClient"] for made in (browser, machines)]
    style = {**pool, "ClientId": known[0]["ClientId"], "UseCognitoProvidedValues": True}
    await tenant.admin("CreateManagedLoginBranding", [style])
    base = f"http://127.0.0.1:{server.port}/{tenant.pool_id}"
    await asyncio.sleep(SETTLE_S)
    proofs = [basic(each["ClientId"], each["ClientSecret"]) for each in known]
    return Target(
        server,
        f"{base}/oauth2/authorize?{_query(known[0]['ClientId'])}",
        f"{base}/oauth2/token",
        proofs[0],
        proofs[1],
        SCOPE,
    )


async def theirs(folder: Path, stack: contextlib.AsyncExitStack) -> Target | None:
    """Start oidc-provider, or say that there is none."""
    node = machine.node_program()
    if node is None or not PROVIDER_PACKAGE.exists():
        return None
    folder.mkdir(parents=True)  # noqa: ASYNC240  nothing else is to run
    port = processes.free_port()
    given = {
        "port": port,
        "client_id": "browser",
        "client_secret": THEIR_SECRET,
        "machine_id": "machine",
        "machine_secret": THEIR_SECRET,
        "redirect_uri": CALLBACK,
    }
    server = Process(
        [str(node), str(PROVIDER)],
        port,
        folder=folder,
        ready=f"GET /ready HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode(),
        environment={"PROVIDER": json.dumps(given), "NODE_ENV": "production"},
    )
    await stack.enter_async_context(server)
    base = f"http://127.0.0.1:{port}"
    return Target(
        server,
        f"{base}/auth?{_query('browser')}",
        f"{base}/token",
        basic("browser", THEIR_SECRET),
        basic("machine", THEIR_SECRET),
        "api/read",
    )


async def turn(
    target: Target, act: Callable[[int, Browser], Awaitable[object]], count: int
) -> tuple[float, float]:
    """Do something so many times, several at a time; return how often a second, and CPU µs."""
    numbers = iter(range(count))

    async def go() -> None:
        async with Browser(target.server.port) as browser:
            for number in numbers:
                await act(number % USERS, browser)

    cpu, began = target.server.cpu_ns(), time.perf_counter()
    await asyncio.gather(*(go() for _ in range(min(TOGETHER, count))))
    seconds = time.perf_counter() - began
    return count / seconds, (target.server.cpu_ns() - cpu) / 1000 / count


async def measure(folder: Path, *, rounds: int) -> Results:
    """Measure both servers in turns, then the page of ours."""
    async with contextlib.AsyncExitStack() as stack:
        mine = await ours(folder / "managed-login", stack, workers=1)
        two = await ours(folder / "managed-login-2", stack, workers=2)
        other = await theirs(folder / "oidc-provider", stack)
        targets = [mine, two] if other is None else [mine, two, other]
        requests = {id(target): await target.prove() for target in targets}
        found: dict[int, list[list[tuple[float, float]]]] = {id(each): [[], []] for each in targets}
        floors = floor.Calibration()
        for _ in range(rounds):
            for target in targets:
                turns = found[id(target)]
                turns[0].append(await turn(target, target.login, LOGINS))
                turns[1].append(await turn(target, target.credentials, TOKENS))
            floors.sample("rs256_sign", "srp_fixed_base", budget_us=FLOOR_BUDGET_US)
        least = floors.floors()
        own = (least["flow_password"], least["flow_client_credentials"])
        sides = [
            _side(*found[id(target)], requests=requests[id(target)], floors=own)
            for target in (mine, two)
        ]
        page = await asyncio.to_thread(sign_in_page.measure, mine.authorize, rounds=rounds)
        if other is None:
            return Results(sides[0], sides[1], None, "", page, None)
        async with Browser(other.server.port) as browser:
            signed = await browser.visit(f"http://127.0.0.1:{other.server.port}/signature")
            signature = float(signed.body)
        return Results(
            sides[0],
            sides[1],
            _side(
                *found[id(other)],
                requests=requests[id(other)],
                floors=(2 * signature, signature),
            ),
            json.loads(PROVIDER_PACKAGE.read_text())["version"],
            page,
            await asyncio.to_thread(sign_in_page.measure, other.authorize, rounds=rounds),
        )


def _side(
    logins: list[tuple[float, float]],
    tokens: list[tuple[float, float]],
    *,
    requests: int,
    floors: tuple[float, float],
) -> Side:
    return Side(
        max(rate for rate, _ in logins),
        min(cost for _, cost in logins),
        floors[0],
        requests,
        max(rate for rate, _ in tokens),
        min(cost for _, cost in tokens),
        floors[1],
    )


def _bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _query(client_id: str) -> str:
    return (
        f"client_id={client_id}&response_type=code&scope=openid%20email%20profile&state=state"
        f"&redirect_uri={CALLBACK.replace(':', '%3A').replace('/', '%2F')}"
        f"&code_challenge={CHALLENGE}&code_challenge_method=S256"
    )


def section(found: Results) -> str:
    """Return the figures as a section of the page."""
    mine, other = found.ours, found.theirs
    rows = []
    for what, name in (
        ("code-flow logins a second", "logins"),
        ("CPU µs of a login", "login_us"),
        ("of them the floor", "login_floor_us"),
        ("requests of a login", "requests"),
        ("client-credential tokens a second", "tokens"),
        ("CPU µs of a token", "token_us"),
        ("of them the floor", "token_floor_us"),
    ):
        here: float = getattr(mine, name)
        cells = [what, f"{here:.0f}", f"{getattr(found.two_workers, name):.0f}"]
        if other is not None:
            there: float = getattr(other, name)
            ratio = "" if name not in COMPARED else f"{COMPARED[name](here, there):.2f}"
            cells += [f"{there:.0f}", ratio]
        rows.append(f"| {' | '.join(cells)} |")
    heads = ["", "poolkeep", "poolkeep, two workers"]
    if other is not None:
        heads += [f"oidc-provider {found.version}", "poolkeep's advantage"]
    head = [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
    parts = [TITLE, "\n".join([*head, *rows]), NOTE]
    parts.append(_page(found))
    return "\n\n".join(parts)


def _page(found: Results) -> str:
    if found.page is None:
        return "There was no Chromium for the page."
    visits = {"first visit": found.page.first, "again": found.page.again}
    if found.bare is None:
        return sign_in_page.table(visits)
    visits |= {"a bare form": found.bare.first, "the bare form again": found.bare.again}
    return f"{sign_in_page.table(visits)}\n\n{BARE}"


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(prog="python -m bench.oauth", description="Measure.")
    parser.add_argument("--rounds", type=int, default=12)
    with tempfile.TemporaryDirectory(prefix="poolkeep-bench-") as name:
        print(section(asyncio.run(measure(Path(name), rounds=parser.parse_args().rounds))))


if __name__ == "__main__":
    main()
