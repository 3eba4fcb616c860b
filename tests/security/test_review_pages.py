"""A web page that a developer visits, beside a development server that believes any signature."""

from typing import Final

import pytest

from tests.sdk.builders import App
from tests.sdk.support import Wire

FOREIGN: Final = [
    {"Origin": "https://example.net"},
    {"Origin": "http://localhost.example.net"},
    {"Origin": "null"},
    {"Origin": "http://[::1"},
    {"Sec-Fetch-Site": "cross-site"},
]
OWN: Final = [
    {},
    {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://127.0.0.1:5173", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://app.localhost:3000"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_administers_nothing(wire: Wire, headers: dict[str, str]) -> None:
    reply = wire.send("ListUserPools", b'{"MaxResults": 1}', headers)
    assert reply.status == 400, reply
    assert reply.json()["__type"] == "UnrecognizedClientException"


@pytest.mark.parametrize("headers", OWN)
def test_programs_and_pages_of_this_machine_do(wire: Wire, headers: dict[str, str]) -> None:
    assert wire.send("ListUserPools", b'{"MaxResults": 1}', headers).status == 200


@pytest.mark.parametrize("headers", FOREIGN[:4])
def test_a_foreign_page_signs_its_users_in(app: App, headers: dict[str, str]) -> None:
    body = b'{"ClientId": "nobody", "Username": "nobody"}'
    reply = app.wire.send("ForgotPassword", body, headers, without=("Authorization",))
    assert reply.json()["__type"] == "ResourceNotFoundException"


@pytest.mark.parametrize("path", ["/_poolkeep/clock", "/_poolkeep/reset"])
@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_changes_nothing(wire: Wire, path: str, headers: dict[str, str]) -> None:
    assert wire.exchange("POST", path, b"{}", headers).status == 403


@pytest.mark.parametrize("headers", FOREIGN[:4])
def test_a_foreign_page_reads_no_message(wire: Wire, headers: dict[str, str]) -> None:
    reply = wire.exchange("GET", "/_poolkeep/inbox.json", b"", headers)
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers


def test_a_name_that_somebody_pointed_here_is_not_ours(wire: Wire) -> None:
    for path in ("/_poolkeep/inbox.json", "/_poolkeep/health", "/"):
        assert wire.exchange("GET", path, b"", {"Host": "rebound.example.net"}).status == 421
