"""What attacks on OAuth share: a user who is signed in, so that only the check at hand is between
the attacker and a code, and the judgement that nothing was issued."""

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from tests.conformance.browser import TRUST, Arrival, Landing, Page
from tests.conformance.provider import Client, Provider
from tests.conformance.relying import CODE, Flow, Relying
from tests.sdk.support import Json

LOOT: Final = ("code", "access_token", "id_token", "refresh_token")
EVIL: Final = "https://evil.example.net"

_sessions: dict[str, httpx2.Cookies] = {}
"""The cookies of a signed-in browser, by pool."""


@contextlib.contextmanager
def browsing(op: Provider, client: Client | None = None, flow: Flow = CODE) -> Iterator[Relying]:
    """Return a relying party with a fresh browser."""
    with Relying(op, client or op.client, flow) as party:
        yield party


@contextlib.contextmanager
def signed_in(op: Provider, client: Client | None = None) -> Iterator[Relying]:
    """Return a relying party whose browser has a session: a valid request gets a code at once.

    A pool's parties share one session, so no test may end it: those take `signed_in_afresh`.
    """
    if op.pool_id not in _sessions:
        with signed_in_afresh(op) as first:
            _sessions[op.pool_id] = first.browser.client.cookies
    with browsing(op, client) as party:
        party.browser.client.cookies.update(_sessions[op.pool_id])
        yield party


@contextlib.contextmanager
def signed_in_afresh(op: Provider, client: Client | None = None) -> Iterator[Relying]:
    """Return a relying party whose browser has a session of its own, which may be ended."""
    with browsing(op, client) as party:
        party.authorize()
        party.answer()
        yield party


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
    content: str | bytes | None = None,
    data: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """Send one request as nobody's browser."""
    return httpx2.request(
        method, url, headers=headers, content=content, data=data, verify=TRUST, timeout=60
    )


def long(url: str) -> http.client.HTTPResponse:
    """Return the answer to a GET of an address that is too long for a well-behaved client."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc, timeout=30)
    try:
        connection.request("GET", f"{at.path}?{at.query}")
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer


def raw(party: Relying, pairs: str) -> Arrival:
    """Send the browser to the authorization endpoint with this query."""
    return party.browser.go(f"{party.op.metadata['authorization_endpoint']}?{pairs}")


def query(party: Relying, **more: str | None) -> str:
    """Return the query of a request."""
    return urlencode(party.parameters(**more))


def stays(at: Arrival, status: int | None = None) -> Page:
    """Expect a page of an error, and no step to anywhere else."""
    assert isinstance(at, Page), at
    assert at.status >= 400 if status is None else at.status == status, (at.status, at.url)
    assert at.status < 500, at.text[:500]
    assert not _loot(at.url), at.url
    return at


def told(party: Relying, at: Arrival, *errors: str) -> Landing:
    """Expect one of these errors at the client's address, with the state and nothing more."""
    assert isinstance(at, Landing), (at.url, at.status)
    assert at.params.get("error") in errors, at.params
    assert at.params.get("state", "") == party.state
    assert at.address == party.client.redirect_uri.partition("?")[0]
    assert not _loot(at.url), at.url
    return at


def refused(answer: httpx2.Response, *errors: str, status: int | tuple[int, ...] = 400) -> None:
    """Expect a refusal of a JSON endpoint with one of these errors, and no token in it."""
    allowed = (status,) if isinstance(status, int) else status
    assert answer.status_code in allowed, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/json"), answer.headers
    assert "no-store" in answer.headers["cache-control"]
    body: dict[str, Json] = answer.json()
    assert body.get("error") in errors, body
    assert not set(LOOT) & set(body)


def client_refusal(op: Provider) -> tuple[int, ...]:
    """Return the status of invalid_client: RFC 6749 5.2 asks for 401 where Basic was used."""
    return (401, 400) if op.strict else (400,)


def dead(party: Relying, tokens: dict[str, Json]) -> None:
    """Expect tokens that open nothing any more."""
    assert party.userinfo(tokens["access_token"]).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused(party.token(**form), "invalid_grant")


def _loot(url: str) -> set[str]:
    parts = urlsplit(url)
    return set(LOOT) & {*parse_qs(parts.query), *parse_qs(parts.fragment)}
