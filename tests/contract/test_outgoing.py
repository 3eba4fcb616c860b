"""Where our requests may go, and how much of an answer we take."""

import asyncio
import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest

from poolkeep.adapters.outgoing import Outgoing, OutgoingFailed, OutgoingRefused
from tests.contract.mail_server import certificate, closed_port
from tests.contract.test_senders import http_server

PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"]
PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1",
    "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
]  # fmt: skip
NEVER = ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
         "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "240.0.0.1", "168.63.129.16",
         "192.0.0.192", "100.100.100.200", "fd00:ec2::254", "::169.254.169.254", "::7f00:1",
         "::ffff:0:169.254.169.254", "64:ff9b:1::a9fe:a9fe", "fec0::1", "5f00::1"]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC + PRIVATE + NEVER)
def test_only_public_addresses_are_allowed(address: str) -> None:
    assert Outgoing().allows(ipaddress.ip_address(address)) is (address in PUBLIC)


@pytest.mark.parametrize("address", NEVER)
def test_an_operators_own_address_is_never_a_clouds(address: str) -> None:
    judged = ipaddress.ip_address(address)
    if judged in {ipaddress.ip_address("255.255.255.255"), ipaddress.ip_address("240.0.0.1")}:
        return  # reserved space counts as private
    assert not Outgoing(private_allowed=True).allows(judged)


def test_a_network_can_be_allowed_by_itself() -> None:
    client = Outgoing(allowed=[ipaddress.ip_network("10.1.0.0/16")])
    assert client.allows(ipaddress.ip_address("10.1.2.3"))
    assert client.allows(ipaddress.ip_address("::ffff:10.1.2.3"))
    assert not client.allows(ipaddress.ip_address("10.2.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://x.localhost:{port}/",
    ],
)
async def test_loopback_in_any_spelling_is_refused(url: str) -> None:
    async with http_server((200, {}, b"secret")) as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises((OutgoingRefused, OutgoingFailed)):
            await Outgoing().request("GET", url.format(port=port))
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["ftp://x/", "file:///etc/passwd", "http://", "gopher://x", "http://x:99999/", "x"]
)
async def test_only_usable_http_urls_are_requested(url: str) -> None:
    with pytest.raises(OutgoingRefused):
        await Outgoing(private_allowed=True).request("GET", url)


async def test_a_name_that_also_points_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answers(*_: Any, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
            for address in ("93.184.216.34", "127.0.0.1")
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answers, raising=False)
    with pytest.raises(OutgoingRefused):
        await Outgoing().request("GET", "http://rebind.test/")


async def test_the_name_is_kept_for_the_host_and_the_certificate(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path, "localhost")
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=theirs)
    port = server.sockets[0].getsockname()[1]
    allowed = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
    client = Outgoing(allowed=allowed, tls=ours)
    try:
        answer = await client.request("GET", f"https://localhost:{port}/path?q=1#fragment")
        assert (answer.status, answer.body) == (200, b"ok")
        head = asked[0].decode().lower()
        assert head.startswith("get /path?q=1 http/1.1")
        assert f"host: localhost:{port}" in head
        with pytest.raises(OutgoingFailed) as caught:  # the certificate is for the name
            await client.request("GET", f"https://127.0.0.1:{port}/")
        assert not caught.value.was_sent
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


async def test_a_redirect_is_an_answer() -> None:
    client = Outgoing(private_allowed=True)
    async with http_server((302, {"Location": "http://127.0.0.1:9/"}, b"")) as server:
        answer = await client.request("GET", server.url)
    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:9/")
    assert len(server.asked) == 1
    await client.close()


async def test_an_answer_has_a_size_and_a_time() -> None:
    client = Outgoing(private_allowed=True, answer_bytes_max=10, timeout_s=3.0)
    async with http_server((200, {}, b"x" * 11)) as server:
        with pytest.raises(OutgoingFailed, match="too large") as caught:
            await client.request("GET", server.url)
        assert caught.value.was_sent
    async with http_server((200, {"Content-Length": "99"}, b"x")) as server:
        with pytest.raises(OutgoingFailed):
            await client.request("GET", server.url)
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        left.set()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    with pytest.raises(OutgoingFailed) as caught:
        await client.request("GET", f"http://127.0.0.1:{port}/", timeout_s=0.2)
    assert caught.value.was_sent
    await client.close()
    await left.wait()
    listener.close()


async def test_a_closed_port_got_nothing() -> None:
    client = Outgoing(private_allowed=True)
    with pytest.raises(OutgoingFailed) as caught:
        await client.request("POST", f"http://127.0.0.1:{closed_port()}/", body=b"x")
    assert not caught.value.was_sent
    await client.close()
