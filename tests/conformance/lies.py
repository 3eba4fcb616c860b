"""Providers that do something wrong: what they take from a request, or change in an answer.

    relying party ──▶ Liar ──▶ the real provider
                  ◀──      ◀──

Each lie is one fault in front of a provider that has none, so that the module which is about it
has to notice. `untrue` makes a party of a run talk through the liar.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import httpx2

from tests.conformance.provider import Client, Provider
from tests.conformance.registry import Run
from tests.conformance.relying import Flow, Relying, basic
from tests.sdk.support import Json

Send: TypeAlias = Callable[[httpx2.Request], httpx2.Response]
Lie: TypeAlias = Callable[[httpx2.Request, Send], httpx2.Response]
AUTHORIZE: Final = "/oauth2/authorize"
TOKEN: Final = "/oauth2/token"
USERINFO: Final = "/oauth2/userInfo"
LOGOUT: Final = "/logout"
OF_THE_BYTES: Final = frozenset({"content-length", "content-encoding", "transfer-encoding"})


@dataclasses.dataclass(frozen=True)
class Liar(httpx2.BaseTransport):
    """Sends on what it is given, and lies about it."""

    lie: Lie
    inner: httpx2.HTTPTransport = dataclasses.field(default_factory=httpx2.HTTPTransport)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as the lie wants it."""
        return self.lie(request, self._send)

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        answer = self.inner.handle_request(request)
        answer.read()
        return answer


class LyingRun(Run):
    """A run against a provider that tells one lie."""

    def __init__(self, op: Provider, flow: Flow, lie: Lie) -> None:
        """Run against `op` behind the lie."""
        super().__init__(op, flow)
        self._lie = lie

    def party(self, client: Client | None = None) -> Relying:
        """Return a relying party that hears the lie."""
        party = super().party(client)
        party.browser.client.close()
        party.back.close()
        party.browser.client = httpx2.Client(transport=Liar(self._lie), timeout=60)
        party.back = httpx2.Client(transport=Liar(self._lie), timeout=60)
        return party


# ------------------------------------------------------------------------------------- of requests


def asked_with(**changed: str | None) -> Lie:
    """Return the lie that reads other parameters at the authorization endpoint; None drops one."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        if not request.url.path.endswith(AUTHORIZE):
            return send(request)
        told = {**dict(request.url.params), **changed}
        kept = {name: value for name, value in told.items() if value is not None}
        return send(
            httpx2.Request("GET", request.url.copy_with(params=kept), headers=_head(request))
        )

    return lie


def any_client_is(client: Client) -> Lie:
    """Return the lie that takes who calls the token endpoint for this client."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        if request.url.path.endswith(TOKEN):
            request.headers.update(basic(client))
        return send(request)

    return lie


# -------------------------------------------------------------------------------------- of answers


def told(path: str, **changed: Json) -> Lie:
    """Return the lie that changes members of JSON answers of a path; None drops one."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        answer = send(request)
        if not request.url.path.endswith(path) or answer.status_code != httpx2.codes.OK:
            return answer
        said = {**answer.json(), **changed}
        kept = {name: value for name, value in said.items() if value is not None}
        return again(answer, content=json.dumps(kept).encode())

    return lie


def tampered_with(path: str, member: str, change: Callable[[str], str]) -> Lie:
    """Return the lie that changes one text of JSON answers of a path."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        answer = send(request)
        if not request.url.path.endswith(path) or member not in answer.text:
            return answer
        said = answer.json()
        said[member] = change(said[member])
        return again(answer, content=json.dumps(said).encode())

    return lie


def headed(path: str, **changed: str) -> Lie:
    """Return the lie that changes headers of answers of a path."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        answer = send(request)
        return again(answer, changed) if request.url.path.endswith(path) else answer

    return lie


def sent_with(**changed: str) -> Lie:
    """Return the lie that sends the browser to the client with other parameters."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        answer = send(request)
        where = httpx2.URL(answer.headers.get("location", ""))
        if "code" not in where.params:
            return answer
        return again(answer, {"location": str(where.copy_merge_params(changed))})

    return lie


def remembers_the_first(path: str) -> Lie:
    """Return the lie that gives every caller of a path the first answer that was good."""
    first: list[httpx2.Response] = []

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        if not request.url.path.endswith(path):
            return send(request)
        answer = first[0] if first else send(request)
        if answer.status_code == httpx2.codes.OK and not first:
            first.append(answer)
        return again(answer)

    return lie


def goes_to(path: str, where: str) -> Lie:
    """Return the lie that does nothing at a path but send the browser somewhere."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        if not request.url.path.endswith(path):
            return send(request)
        return httpx2.Response(302, headers={"location": where})

    return lie


def stays_at(path: str, status: int) -> Lie:
    """Return the lie that does nothing at a path but show a page."""

    def lie(request: httpx2.Request, send: Send) -> httpx2.Response:
        if not request.url.path.endswith(path):
            return send(request)
        return httpx2.Response(status, html="<main>Here you are.</main>")

    return lie


def again(
    answer: httpx2.Response, headers: Mapping[str, str] | None = None, content: bytes | None = None
) -> httpx2.Response:
    """Return a copy of an answer, with other headers or another body."""
    kept = [(k, v) for k, v in answer.headers.multi_items() if k.lower() not in OF_THE_BYTES]
    copied = httpx2.Response(
        answer.status_code, headers=kept, content=answer.content if content is None else content
    )
    copied.headers.update(headers or {})
    return copied


def _head(request: httpx2.Request) -> httpx2.Headers:
    kept = httpx2.Headers(request.headers)
    for name in OF_THE_BYTES:
        kept.pop(name, None)
    return kept
