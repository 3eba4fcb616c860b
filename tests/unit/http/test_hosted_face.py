"""The front door, with handlers of the test's own."""

import json
from types import SimpleNamespace
from typing import Any, Final

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.log import Log
from poolkeep.base.refusal import Unavailable
from poolkeep.core.directory.model import Domain
from poolkeep.http.hosted import reading, registry
from poolkeep.http.hosted.face import Hosted
from poolkeep.http.hosted.places import Place
from poolkeep.http.hosted.throttle import DomainThrottle
from poolkeep.http.hosted.web import Answer, Cookie, Visit, html, redirect
from tests.sdk.support import holds

DOMAIN: Final = Domain(name="a", kind="prefix", created_ms=0, modified_ms=0)
SECRET: Final = "a secret in a text"


class Book:
    """Knows one client."""

    async def client(self, client_id: str) -> tuple[Any, Any] | None:
        urls = ("https://app.example.org/x", "http://localhost:3000/", "myapp://in", "x;y://z")
        app = SimpleNamespace(settings=SimpleNamespace(callback_urls=urls, logout_urls=None))
        return (POOL, app) if client_id == "known" else None


POOL: Final[Any] = SimpleNamespace(pool=SimpleNamespace(id="us-east-1_abc", primary_region=None))
SERVICES: Final = SimpleNamespace(book=Book())


class Told:
    """What was answered."""

    def __init__(self) -> None:
        self.status = 0
        self.lines: list[tuple[str, str]] = []
        self.body = b""
        self.log: list[bytes] = []

    async def take(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.lines = [(name.decode(), value.decode()) for name, value in message["headers"]]
        else:
            self.body += message["body"]

    def __getitem__(self, name: str) -> str:
        return dict(self.lines).get(name, "")


@pytest.fixture(autouse=True)
def handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's handlers be the only ones."""
    monkeypatch.setattr(registry, "load", lambda: None)
    monkeypatch.setattr(registry, "_handlers", {})

    @registry.route("GET POST", "/See")
    async def see(visit: Visit) -> Answer:
        seen = {"origin": visit.origin, "base": visit.base, "query": visit.query.pairs}
        return html(json.dumps(seen | {"form": visit.form.pairs, "cookies": dict(visit.cookies)}))

    @registry.route("GET", "/cookie")
    async def cookie(_: Visit) -> Answer:
        return redirect("/x", Cookie(name="a", value="b"), Cookie(name="c", value="", max_age_s=0))

    @registry.route("GET", "/split")
    async def split(visit: Visit) -> Answer:
        return redirect(visit.query.get("to") or "")

    @registry.route("GET OPTIONS", "/defect")
    async def defect(_: Visit) -> Answer:
        raise RuntimeError(SECRET)

    @registry.route("GET", "/away")
    async def away(_: Visit) -> Answer:
        raise Unavailable(SECRET)

    @registry.route("GET", "/kept/*")
    async def kept(_: Visit) -> Answer:
        return Answer(headers=(("Cache-Control", "public, max-age=60"),), body=b"x")


async def ask(
    target: str, *, method: str = "GET", scheme: str = "http", host: str = "a.auth.localhost",
    base: str = "", headers: dict[str, str] | None = None, body: bytes = b"",
    public_url: str | None = None, throttle: DomainThrottle | None = None,
) -> Told:  # fmt: skip
    told = Told()
    log = Log(ManualClock(), write=told.log.append)
    face = Hosted(
        clock=ManualClock(), entropy=SeededEntropy(), log=log, public_url=public_url,
        throttle=throttle or DomainThrottle(clock=ManualClock(), is_on=False),
    )  # fmt: skip
    path, _, query = target.partition("?")
    lines = [(b"host", host.encode())]
    lines += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {
        "type": "http", "method": method, "scheme": scheme, "path": path, "headers": lines,
        "query_string": query.encode(), "client": ("192.0.2.1", 1),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    await face.answer(Place(POOL, DOMAIN, SERVICES, base, path), scope, receive, told.take)
    return told


@holds("HOST-15")
@pytest.mark.parametrize("accept", ["text/html,*/*", "*/*"])
@pytest.mark.parametrize(
    "path, status, error", [("/defect", 500, "server_error"), ("/away", 503, "temporarily_")]
)
async def test_what_nobody_foresaw_is_told_by_its_id_alone(
    path: str, status: int, error: str, accept: str
) -> None:
    told = await ask(path, headers={"accept": accept})
    assert told.status == status
    assert SECRET.encode() not in told.body
    request_id = told["x-amz-cognito-request-id"]
    assert request_id.encode() in b"".join(told.log)
    if accept == "*/*":
        assert json.loads(told.body)["error"].startswith(error)
    else:
        assert request_id.encode() in told.body
    assert told["cache-control"].startswith("no-cache, no-store")
    assert told["access-control-allow-origin"] == ("*" if path == "/defect" else "")


@holds("HOST-09")
@pytest.mark.parametrize("to", ["x%0d%0aset-cookie:%20a=b", "x%0a", "%7f", "%c3%a9"])
async def test_a_header_that_would_break_is_not_sent(to: str) -> None:
    told = await ask(f"/split?to={to}")
    assert told.status == 500
    assert not told["location"]
    assert "\n" not in str(told.lines).replace("\\n", "\n")


@holds("HOST-11")
@pytest.mark.parametrize("base, path", [("", "/"), ("/us-east-1_abc", "/us-east-1_abc")])
async def test_cookies_are_for_the_pools_place_alone(base: str, path: str) -> None:
    told = await ask("/cookie", base=base)
    cookies = [value for name, value in told.lines if name == "set-cookie"]
    assert cookies == [
        f"a=b; Path={path}; HttpOnly; SameSite=Lax",
        f"c=; Path={path}; HttpOnly; Max-Age=0; SameSite=Lax",
    ]
    assert (told.status, told["content-length"]) == (302, "0")


@holds("HOST-10")
@pytest.mark.parametrize(
    "host, keeps",
    [("login.example.org", True), ("a.auth.localhost:1", False), ("127.0.0.1", False)],
)
async def test_https_makes_cookies_secure_and_names_hold_to_it(host: str, *, keeps: bool) -> None:
    told = await ask("/cookie", scheme="https", host=host)
    assert told["set-cookie"].endswith("; Secure")
    assert bool(told["strict-transport-security"]) is keeps


@pytest.mark.parametrize(
    "public_url, scheme, host, origin",
    [
        (None, "http", "A.auth.localhost:9229", "http://a.auth.localhost:9229"),
        ("https://id.example.org", "http", "id.example.org", "https://id.example.org"),
        ("https://id.example.org", "http", "a.auth.id.example.org:80", "https://a.auth.id.example.org"),
        ("https://id.example.org:8443/x", "https", "[::1]:1", "https://[::1]:8443"),
    ],
)  # fmt: skip
async def test_the_origin_is_what_the_browser_sees(
    public_url: str | None, scheme: str, host: str, origin: str
) -> None:
    told = await ask("/see", scheme=scheme, host=host, public_url=public_url)
    assert json.loads(told.body)["origin"] == origin


@holds("HOST-16")
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
async def test_too_many_requests_are_told_so(accept: str) -> None:
    counting = DomainThrottle(clock=ManualClock(0))
    headers = {"accept": accept}
    for _ in range(300):
        assert (await ask("/see", throttle=counting, headers=headers)).status == 200
    told = await ask("/see", throttle=counting, headers=headers)
    assert (told.status, told["retry-after"]) == (429, "1")
    assert "no-store" in told["cache-control"]
    if accept == "text/html":
        assert told["content-type"].startswith("text/html")
    else:
        assert b'"error":"temporarily_unavailable"' in told.body


async def test_a_visit_has_what_was_sent() -> None:
    told = await ask(
        "/sEE?a=1&b=x+y&a=%C3%A9&c", method="POST", body=b"d=e%26f&d=",
        headers={
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "cookie": "k=v; l=a=b; k=other; odd",
        },
    )  # fmt: skip
    seen = json.loads(told.body)
    assert seen["query"] == [["a", "1"], ["b", "x y"], ["a", "é"], ["c", ""]]
    assert seen["form"] == [["d", "e&f"], ["d", ""]]
    assert seen["cookies"] == {"k": "v", "l": "a=b"}
    other = await ask("/see", method="POST", body=b"d=e", headers={"content-type": "text/plain"})
    assert json.loads(other.body)["form"] == []


async def test_forms_may_lead_to_the_clients_applications() -> None:
    policy = (await ask("/see?client_id=known"))["content-security-policy"]
    assert "form-action 'self' https: http://localhost:3000 myapp:;" in policy
    policy = (await ask("/see?client_id=unknown"))["content-security-policy"]
    assert "form-action 'self' https:;" in policy


async def test_an_answer_may_say_how_long_it_is_kept() -> None:
    told = await ask("/kept/some/picture.png")
    assert (told["cache-control"], told["pragma"]) == ("public, max-age=60", "")
    assert b'"path":"/kept/*"' in b"".join(told.log)


@pytest.mark.parametrize("raw", ["a" * 3, "a=1&&b=2", "", "&", "=x"])
def test_odd_but_plain_parameters_have_a_meaning(raw: str) -> None:
    assert reading.params(raw.encode()).raw == raw


def test_cookies_are_bounded() -> None:
    line = "; ".join(f"c{number}=1" for number in range(5_000))
    assert len(reading.cookies([(b"cookie", line.encode())])) <= reading.COOKIES_MAX
