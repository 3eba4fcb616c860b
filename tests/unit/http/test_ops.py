"""The operator's face: what exists in which mode, waiting for messages, moving time."""

import asyncio
import json
import time
from typing import Any

import pytest

from poolkeep.core.messages.model import InboxMessage
from poolkeep.http.ops import Health, routes
from poolkeep.http.ops.inbox_page import page, words
from poolkeep.http.ops.routes import Face
from poolkeep.http.server.ports import Message
from poolkeep.settings import Mode

DAY_MS = 86_400_000


class World:
    """Stands behind every port."""

    def __init__(self) -> None:
        self.messages: list[InboxMessage] = []
        self.emptied: list[str] = []
        self.now_ms = DAY_MS
        self.ready = True

    async def check(self) -> Health:
        return Health(self.ready, {"us-east-1": True, "eu-west-1": self.ready})

    async def list(self, to: str | None, limit: int) -> list[InboxMessage]:
        return [m for m in self.messages if to in {None, m.to}][:limit]

    async def advance(self, ms: int) -> int:
        self.now_ms += ms
        return self.now_ms

    async def set_offset(self, ms: int) -> int:
        self.now_ms = DAY_MS + ms
        return self.now_ms

    async def set_now(self, now_ms: int) -> int:
        self.now_ms = now_ms
        return now_ms

    async def empty(self, account: str) -> None:
        self.emptied.append(account)


def a_message(number: int, **changes: Any) -> InboxMessage:
    return InboxMessage(
        **{
            "id": f"m{number}", "pool_id": "us-east-1_Abc", "medium": "EMAIL", "kind": "SignUp",
            "to": "ann@example.org", "subject": "Your code", "body": "Code 123456", "at_ms": 0,
            "code": "123456", **changes,
        }
    )  # fmt: skip


def a_face(world: World, mode: Mode = "dev") -> Face:
    return routes(
        mode=mode, version="1.2.3", default_account="123456789012", readiness=world,
        inbox=world, time_travel=world, emptier=world,
    )  # fmt: skip


async def ask(
    face: Face, path: str, *, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body."""
    sent: list[Message] = []
    incoming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not incoming:
            await asyncio.Event().wait()
        return incoming.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    await face(scope, receive, send)
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, sent[1]["body"]


OFFERED: list[tuple[Mode, str, str, int]] = [
    ("dev", "GET", "health", 200), ("local", "GET", "health", 200),
    ("production", "GET", "health", 200), ("production", "GET", "inbox", 404),
    ("dev", "GET", "inbox", 200), ("local", "GET", "inbox", 200),
    ("dev", "GET", "inbox.json", 200), ("production", "GET", "inbox.json", 404),
    ("dev", "POST", "clock", 200), ("local", "POST", "clock", 404),
    ("production", "POST", "clock", 404),
    ("dev", "POST", "reset", 200), ("local", "POST", "reset", 404),
    ("production", "POST", "reset", 404),
    ("dev", "GET", "reset", 405), ("dev", "POST", "health", 405), ("dev", "GET", "nothing", 404),
]  # fmt: skip


@pytest.mark.parametrize("mode, method, path, expected", OFFERED)
async def test_each_mode_offers_its_own(mode: Mode, method: str, path: str, expected: int) -> None:
    status, headers, _ = await ask(a_face(World(), mode), f"/_poolkeep/{path}", method=method)
    assert status == expected
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_health_names_the_database_that_is_away() -> None:
    world = World()
    assert (await ask(a_face(world), "/_poolkeep/health"))[0] == 200
    world.ready = False
    status, _, body = await ask(a_face(world), "/_poolkeep/health")
    assert status == 503
    assert json.loads(body) == {
        "status": "not ready",
        "version": "1.2.3",
        "mode": "dev",
        "databases": {"us-east-1": "ok", "eu-west-1": "away"},
    }


async def test_the_inbox_lists_newest_first_with_code_and_link() -> None:
    world = World()
    world.messages = [a_message(2, link="https://x/y"), a_message(1, to="bob@example.org")]
    _, _, body = await ask(a_face(world), "/_poolkeep/inbox.json")
    assert [m["id"] for m in json.loads(body)["messages"]] == ["m2", "m1"]
    _, _, body = await ask(a_face(world), "/_poolkeep/inbox.json?to=ann%40example.org")
    (message,) = json.loads(body)["messages"]
    assert (message["code"], message["link"]) == ("123456", "https://x/y")
    assert message["at"] == "1970-01-01T00:00:00Z"


async def test_waiting_ends_as_soon_as_the_message_is_there() -> None:
    world = World()
    start = time.monotonic()
    asking = asyncio.create_task(
        ask(a_face(world), "/_poolkeep/inbox.json?to=ann@example.org&wait=30")
    )
    await asyncio.sleep(0.15)
    world.messages = [a_message(1, to="bob@example.org")]
    await asyncio.sleep(0.15)
    assert not asking.done()
    world.messages = [a_message(2), *world.messages]
    _, _, body = await asking
    assert [m["id"] for m in json.loads(body)["messages"]] == ["m2"]
    assert time.monotonic() - start < 5


async def test_waiting_ends_with_the_time() -> None:
    status, _, body = await ask(a_face(World()), "/_poolkeep/inbox.json?wait=0.2")
    assert (status, json.loads(body)) == (200, {"messages": []})


async def test_messages_after_a_known_one() -> None:
    world = World()
    world.messages = [a_message(3), a_message(2), a_message(1)]
    _, _, body = await ask(a_face(world), "/_poolkeep/inbox.json?after=m1")
    assert [m["id"] for m in json.loads(body)["messages"]] == ["m3", "m2"]
    _, _, body = await ask(a_face(world), "/_poolkeep/inbox.json?after=m3")
    assert json.loads(body)["messages"] == []


@pytest.mark.parametrize("query", ["wait=61", "wait=-1", "wait=nan", "wait=x", "limit=9999"])
async def test_odd_numbers_are_refused(query: str) -> None:
    assert (await ask(a_face(World()), f"/_poolkeep/inbox.json?{query}"))[0] == 400


@pytest.mark.parametrize(
    "body, expected_ms",
    [
        (b"", DAY_MS),
        (b'{"advance_s": 90}', DAY_MS + 90_000),
        (b'{"advance_s": -0.5}', DAY_MS - 500),
        (b'{"offset_s": 10}', DAY_MS + 10_000),
        (b'{"now": "2030-01-01T00:00:00Z"}', 1_893_456_000_000),
        (b'{"now": "2030-01-01T00:00:00"}', 1_893_456_000_000),
    ],
)
async def test_the_clock_moves(body: bytes, expected_ms: int) -> None:
    status, _, answer = await ask(a_face(World()), "/_poolkeep/clock", method="POST", body=body)
    assert status == 200
    assert json.loads(answer)["now_ms"] == expected_ms


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"advance": 1}', b'{"advance_s": "x"}', b'{"advance_s": 1e300}',
     b'{"advance_s": 1, "offset_s": 1}', b'{"now": "soon"}', b"\xff", b"[" * 5000],
)  # fmt: skip
async def test_a_wrong_move_says_what_to_send(body: bytes) -> None:
    status, _, answer = await ask(a_face(World()), "/_poolkeep/clock", method="POST", body=body)
    assert status == 400
    assert "advance_s" in json.loads(answer)["message"]


async def test_reset_empties_one_account() -> None:
    world = World()
    face = a_face(world)
    await ask(face, "/_poolkeep/reset", method="POST")
    await ask(face, "/_poolkeep/reset", method="POST", body=b'{"account": "000000000001"}')
    status, _, _ = await ask(face, "/_poolkeep/reset", method="POST", body=b'{"account": "1"}')
    assert status == 400
    assert world.emptied == ["123456789012", "000000000001"]


async def test_pages_from_elsewhere_are_refused() -> None:
    world = World()
    face = a_face(world)
    status, headers, _ = await ask(
        face, "/_poolkeep/reset", method="POST", origin="https://evil.example"
    )
    assert (status, world.emptied) == (403, [])
    assert "access-control-allow-origin" not in headers
    status, _, _ = await ask(face, "/_poolkeep/inbox.json", origin="null")
    assert status == 403
    status, _, _ = await ask(face, "/_poolkeep/reset", method="POST", sec_fetch_site="cross-site")
    assert status == 403


async def test_pages_of_this_machine_may_call() -> None:
    face = a_face(World())
    origin = "http://localhost:5173"
    status, headers, _ = await ask(face, "/_poolkeep/reset", method="OPTIONS", origin=origin)
    assert (status, headers["access-control-allow-origin"]) == (204, origin)
    status, headers, _ = await ask(face, "/_poolkeep/reset", method="POST", origin=origin)
    assert (status, headers["access-control-allow-origin"]) == (200, origin)


async def test_the_page_runs_and_loads_nothing() -> None:
    world = World()
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    world.messages = [
        a_message(1, to=evil, subject=evil, kind=evil, code=evil, link="javascript:alert(1)"),
        a_message(2, link='https://x/"><script>', body=f"<p>{evil}</p>&lt;script&gt;"),
    ]
    status, headers, body = await ask(a_face(world), "/_poolkeep/inbox?to=")
    text = body.decode()
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "<script" not in text
    assert "<img" not in text
    assert "javascript:" not in text
    _, _, body = await ask(a_face(world), "/_poolkeep/inbox?to=%22%3E%3Cscript%3E")
    assert b"<script" not in body


def test_the_page_shows_words_code_and_link() -> None:
    shown = page([a_message(1, body="<p>Hello<br>Ann</p>", link="https://x/y?a=1&b=2")], "")
    assert "Hello\nAnn" in shown
    assert ">123456<" in shown
    assert 'href="https://x/y?a=1&amp;b=2"' in shown


def test_words_of_hostile_markup_are_found_quickly() -> None:
    start = time.monotonic()
    for piece in ("<", "<style>", "<br ", "<!--", "<a href='", "&#", "</"):
        words(piece * 20_000)
    assert time.monotonic() - start < 1
    assert words("<style>p{}</style><p>one</p><p>two</p><script>x</script>") == "one\n\ntwo"
