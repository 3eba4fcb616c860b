"""Which applications hear of a sign-out, and what."""

import asyncio

import pytest

from poolkeep.adapters.logout_notifier import LogoutNotifier
from poolkeep.adapters.outgoing import Outgoing
from poolkeep.core.messages.model import LOGOUT, Message
from poolkeep.core.messages.ports import MessageRefused
from poolkeep.core.oauth.logout_notices import TAG, addresses
from poolkeep.core.oauth.profile import PROFILE_TAG, TAG_PREFIX
from poolkeep.core.pools.loaded import LoadedPool
from tests.sdk.support import holds
from tests.unit.core.users.people import a_pool

GOOD = "https://app.example.com/logout"


def tagged(profile: str = "strict", **uris: str) -> LoadedPool:
    named = {f"{TAG_PREFIX}{TAG}{client}": uri for client, uri in uris.items()}
    return a_pool(user_pool_tags={PROFILE_TAG: profile, "team": "blue", **named})


@holds("OEXT-30", "OEXT-32")
def test_only_usable_addresses_of_a_strict_pool() -> None:
    pool = tagged(
        one=GOOD,
        two="http://localhost:9/logout",
        plain="http://app.example.com/logout",
        fragment=f"{GOOD}#x",
        person="https://user@app.example.com/",
        script="javascript:alert(1)",
        nowhere="https:///logout",
        broken="https://[::1/logout",
    )
    assert addresses(pool) == {"one": GOOD, "two": "http://localhost:9/logout"}
    assert addresses(tagged("compat", one=GOOD)) == {}
    assert addresses(a_pool()) == {}


async def answered(status: int) -> tuple[str, bytes]:
    """Post a notice to a server that answers with `status`; return how it went, and the request."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"logout_token=a.b.c"))
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outgoing = Outgoing(private_allowed=True)
    try:
        await LogoutNotifier(outgoing).send(notice(f"http://127.0.0.1:{port}/logout"))
    except MessageRefused as refused:
        return ("for good" if refused.for_good else "again"), got[0]
    finally:
        await outgoing.close()
        server.close()
    return "taken", got[0]


def notice(uri: str) -> Message:
    return Message(
        id="m",
        account="123456789012",
        pool_id="p",
        medium=LOGOUT,
        kind="BackchannelLogout",
        destination=uri,
        body="a.b.c",
        created_ms=1,
    )


@holds("OEXT-33")
@pytest.mark.parametrize(
    "status, outcome",
    [(200, "taken"), (204, "taken"), (400, "for good"), (302, "again"), (500, "again")],
)
async def test_the_application_answers(status: int, outcome: str) -> None:
    went, request = await answered(status)
    assert went == outcome
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /logout HTTP/1.1")
    assert b"application/x-www-form-urlencoded" in head
    assert body == b"logout_token=a.b.c"


@holds("OEXT-32")
async def test_a_private_address_is_not_asked_in_production() -> None:
    outgoing = Outgoing()
    with pytest.raises(MessageRefused) as caught:
        await LogoutNotifier(outgoing).send(notice("http://127.0.0.1:9/logout"))
    assert caught.value.for_good
