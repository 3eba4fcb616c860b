"""What a hostile or broken client does to a connection, and that others are served meanwhile.

Every test speaks raw bytes to a real launcher with small limits. Deadlines are those of the
settings, shortened; the proportions stay.
"""

import contextlib
import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.unit.http.dummy import Serving, closed_after_s, read_all, serving

HOST = b"Host: localhost\r\n"
PROMPT_S = 2.0


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(
        http__header_s=0.6,
        http__body_progress_s=0.9,
        http__write_progress_s=1.2,
        http__keep_alive_s=3.0,
        http__body_bytes_max=200_000,
        http__url_bytes_max=16_384,
        trusted_proxies=["192.0.2.0/24"],
    ) as running:
        yield running


def exchange(server: Serving, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send `request`, and return status, headers and body of the one answer before the close."""
    with server.connect() as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(request)
        answer = read_all(sock)
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    assert status, "closed without an answer"
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    return int(status.split()[1]), headers, body


def assert_others_are_served(server: Serving) -> None:
    start = time.monotonic()
    assert json.loads(server.ask("/echo"))["bytes"] == 0
    assert time.monotonic() - start < PROMPT_S


# -- slow clients


def test_a_connection_that_says_nothing_is_closed(server: Serving) -> None:
    with server.connect() as sock:
        assert 0.4 < closed_after_s(sock) < 2.0


def test_half_a_header_is_answered_408(server: Serving) -> None:
    status, headers, _ = exchange(server, b"GET / HTTP/1.1\r\nHost: loc")
    assert (status, headers["connection"]) == (408, "close")


def test_dripping_bytes_do_not_extend_the_header_deadline(server: Serving) -> None:
    with server.connect() as sock:
        start = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for _ in range(60):
                sock.sendall(b"G" if time.monotonic() == start else b"\r\n")
                time.sleep(0.05)
        assert b" 408 " in read_all(sock)
        assert time.monotonic() - start < 6.0


def test_empty_lines_do_not_keep_a_connection(server: Serving) -> None:
    with server.connect() as sock:
        sock.sendall(b"GET /echo HTTP/1.1\r\n" + HOST + b"\r\n")
        assert sock.recv(65536)
        sock.sendall(b"\r\n")
        assert closed_after_s(sock) < 2.5


def test_a_body_that_stops_is_answered_408(server: Serving) -> None:
    start = time.monotonic()
    request = b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nhalf"
    status, _, _ = exchange(server, request)
    assert status == 408
    assert 0.7 < time.monotonic() - start < 3.0


def test_a_body_that_drips_is_cut_off(server: Serving) -> None:
    with server.connect() as sock:
        sock.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n")
        start = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - start < 5:
                sock.sendall(b"x")
                time.sleep(0.1)
        assert time.monotonic() - start < 4.5


def test_a_slow_but_steady_body_is_taken(server: Serving) -> None:
    with server.connect() as sock:
        sock.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 30000\r\n\r\n")
        for _ in range(10):
            sock.sendall(b"x" * 3000)
            time.sleep(0.2)
        assert b'"bytes": 30000' in sock.recv(65536)


@pytest.mark.parametrize("drip", [False, True])
def test_a_reader_that_takes_nothing_is_closed(server: Serving, *, drip: bool) -> None:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", server.ports[0]))
        sock.settimeout(20)
        sock.sendall(b"GET /big?bytes=30000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        assert_others_are_served(server)
        end = time.monotonic() + 4.0
        while time.monotonic() < end:
            if drip:
                sock.recv(8)
            time.sleep(0.1)
        assert len(read_all(sock)) < 20_000_000  # the rest is what the kernel had already


def test_a_large_answer_reaches_a_good_reader(server: Serving) -> None:
    assert len(server.ask("/big?bytes=20000000")) == 20_000_000


def test_slow_clients_do_not_delay_others(server: Serving) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(server.connect()).sendall(b"POST / HTTP/1.1\r\nHost")
        for _ in range(5):
            assert_others_are_served(server)


# -- size


@pytest.mark.parametrize(
    "request_head, expected",
    [
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-Big: " + b"a" * 200_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 20_000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 100 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: " + b"c" * 4000 + b"\r\n" * 1 + b"A: b\r\n" * 0
         + (b"Cookie: " + b"c" * 4000 + b"\r\n") * 50 + b"\r\n", 431),
        (b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 10000000000\r\n\r\nabc", 413),
        (b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 200001\r\n\r\n" + b"x" * 9000, 413),
    ],
    ids=["long URL", "one long line", "20,000 lines", "101 lines", "cookies", "10 GB", "1 over"],
)  # fmt: skip
def test_an_oversized_request_is_refused(
    server: Serving, request_head: bytes, expected: int
) -> None:
    start = time.monotonic()
    status, headers, body = exchange(server, request_head)
    assert status == expected
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["message"]
    assert time.monotonic() - start < PROMPT_S
    assert_others_are_served(server)


def test_exactly_the_limits_are_served(server: Serving) -> None:
    lines = HOST + b"Connection: close\r\n" + b"X: y\r\n" * 97
    request = (
        b"POST /echo HTTP/1.1\r\n" + lines + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000
    )
    status, _, body = exchange(server, request)
    assert (status, json.loads(body)["bytes"]) == (200, 200_000)


@pytest.mark.parametrize("piece_bytes", [1, 1000, 60_000])
def test_a_chunked_body_is_refused_when_it_passes_the_limit(
    server: Serving, piece_bytes: int
) -> None:
    chunk = b"%x\r\n%s\r\n" % (piece_bytes, b"x" * piece_bytes)
    request = b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    status, _, _ = exchange(server, request + chunk * (200_000 // piece_bytes + 1))
    assert status == 413


def test_a_sender_of_gigabytes_is_cut_off_early(server: Serving) -> None:
    with server.connect() as sock:
        head = b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        sock.sendall(head)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 200_000_000:
                sock.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                sent += 65_536
        assert sent < 20_000_000  # most of it in the kernel's buffers


def test_an_endless_header_line_does_not_fill_memory(server: Serving) -> None:
    with server.connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X: ")
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 100_000_000:
                sock.sendall(b"a" * 65_536)
                sent += 65_536
        assert sent < 20_000_000


def test_a_huge_chunk_extension_is_refused(server: Serving) -> None:
    request = b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    status, _, _ = exchange(server, request + b"3;" + b"a" * 1_000_000 + b"\r\nabc\r\n0\r\n\r\n")
    assert status == 400


# -- two readings of one request

SMUGGLED = b"GET /count HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /echo HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
        POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
        POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        POST + b"Content-Length: -3\r\n\r\nabc",
        POST + b"Content-Length: +3\r\n\r\nabc",
        POST + b"Content-Length: 3, 3\r\n\r\nabc",
        POST + b"Content-Length: 0x3\r\n\r\nabc",
        POST + CHUNKED + b"\r\n0x3\r\nabc\r\n0\r\n\r\n",
        POST + CHUNKED + b"\r\n3\nabc\n0\n\n",
        POST + CHUNKED + b"\r\n3\r\nabcdef\r\n0\r\n\r\n",
        POST + CHUNKED + b"\r\n3\r\nabc\r\n0\r\nHost: other\r\n\r\n",
        b"GET /echo HTTP/1.1\nHost: localhost\n\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"X: a\r\n folded\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"X : a\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n",
        POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /echo HTTP/1.7\r\n" + HOST + b"\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST + b"\r\n",
    ],
)
def test_an_ambiguous_request_is_refused_and_nothing_after_it_is_served(
    server: Serving, request_bytes: bytes
) -> None:
    before = int(server.ask("/count"))
    status, headers, _ = exchange(server, request_bytes + SMUGGLED)
    assert (status, headers["connection"]) == (400, "close")
    assert int(server.ask("/count")) == before + 1


@pytest.mark.parametrize(
    "target, host_lines, expected",
    [
        (b"/", b"", 400),
        (b"/", HOST + HOST, 400),
        (b"/", b"Host: localhost\r\nHost: evil.example\r\n", 400),
        (b"/", b"Host: user@localhost\r\n", 400),
        (b"/", b"Host: localhost:port\r\n", 400),
        (b"/", b"Host: localhost:80:80\r\n", 400),
        (b"/", "Host: löcalhost\r\n".encode(), 400),
        (b"/", b"Host: local host\r\n", 400),
        (b"/", b"Host: localhost/x\r\n", 400),
        (b"/", b"Host: \r\n", 400),
        (b"/", b"Host: [::1\r\n", 400),
        (b"/", b"Host: evil.example\r\n", 421),
        (b"/", b"Host: localhost.evil.example\r\n", 421),
        (b"http://localhost/", HOST, 400),
        (b"http://evil.example/", HOST, 400),
        (b"//evil.example/", HOST, 400),
        (b"/path#fragment", HOST, 400),
        (b"*", HOST, 400),
    ],
)
def test_an_odd_host_or_target_is_refused(
    server: Serving, target: bytes, host_lines: bytes, expected: int
) -> None:
    status, _, _ = exchange(server, b"GET " + target + b" HTTP/1.1\r\n" + host_lines + b"\r\n")
    assert status == expected


@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:9229", b"127.0.0.1:1", b"[::1]:80", b"a.b.localhost"]
)
def test_loopback_names_are_served(server: Serving, host: bytes) -> None:
    request = b"GET /echo HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    assert exchange(server, request)[0] == 200


@pytest.mark.parametrize("method", [b"CONNECT", b"TRACE", b"PROPFIND"])
def test_an_unserved_method_is_refused(server: Serving, method: bytes) -> None:
    status, _, _ = exchange(server, method + b" /echo HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status in {400, 405}


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd", b"identity, gzip"])
def test_a_compressed_body_is_not_inflated(server: Serving, coding: bytes) -> None:
    request = POST + b"Content-Encoding: " + coding + b"\r\nContent-Length: 3\r\n\r\nabc"
    assert exchange(server, request)[0] == 415


def test_an_upgrade_without_a_body_is_served_as_it_is(server: Serving) -> None:
    request = b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    status, headers, _ = exchange(server, request)
    assert (status, headers["connection"]) == (200, "close")


# -- the form of a refusal


@pytest.mark.parametrize(
    "header",
    [b"X-Amz-Target: AWSCognitoIdentityProviderService.SignUp\r\n",
     b"Content-Type: application/x-amz-json-1.1\r\n"],
)  # fmt: skip
def test_a_call_of_the_api_is_refused_as_aws_does(server: Serving, header: bytes) -> None:
    status, headers, body = exchange(server, POST + header + b"Content-Length: 999999\r\n\r\n")
    assert status == 413
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-errortype"] == "RequestEntityTooLargeException"
    assert len(headers["x-amzn-requestid"]) == 36
    assert json.loads(body)["__type"] == "RequestEntityTooLargeException"


def test_a_refusal_repeats_nothing_of_the_request(server: Serving) -> None:
    marker = b"<script>marker"
    with server.connect() as sock:
        sock.sendall(b"GET /" + marker + b" HTTP/1.1\r\nHost: " + marker + b"\r\n\r\n")
        assert b"marker" not in read_all(sock)


# -- connections


def test_pipelined_requests_are_answered_in_order(server: Serving) -> None:
    with server.connect() as sock:
        one = b"GET /slow?s=0.2 HTTP/1.1\r\n" + HOST + b"\r\n"
        two = b"GET /big?bytes=7 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        sock.sendall(one + two)
        answer = read_all(sock)
    assert answer.count(b"200 OK") == 2
    assert answer.endswith(b"x" * 7)


def test_a_fault_behind_a_request_leaves_that_request_its_answer(server: Serving) -> None:
    with server.connect() as sock:
        sock.sendall(b"GET /slow?s=0.3 HTTP/1.1\r\n" + HOST + b"\r\n" + b"GET / HTTP/1.1\nX\n\n")
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.count(b"HTTP/1.1") == 1


def test_thousands_of_pipelined_requests_end_the_connection(server: Serving) -> None:
    with server.connect() as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall((b"GET /slow?s=0.5 HTTP/1.1\r\n" + HOST + b"\r\n") * 2000)
        assert read_all(sock).count(b"200 OK") <= 40
    assert_others_are_served(server)


def test_one_address_cannot_take_every_connection() -> None:
    with serving(http__connections_per_ip_max=5) as running, contextlib.ExitStack() as stack:
        held = [stack.enter_context(running.connect()) for _ in range(5)]
        with running.connect() as sock:
            assert b" 503 " in read_all(sock)
        held.pop().close()
        time.sleep(0.1)
        assert json.loads(running.ask("/echo"))["bytes"] == 0


def test_forwarded_headers_of_strangers_are_ignored(server: Serving) -> None:
    seen = json.loads(
        server.ask("/echo", X_Forwarded_For="198.51.100.7", X_Forwarded_Proto="https")
    )
    assert (seen["client"], seen["scheme"]) == ("127.0.0.1", "http")


def test_forwarded_headers_of_a_trusted_proxy_give_the_last_unknown_hop() -> None:
    with serving(trusted_proxies=["127.0.0.0/8", "10.0.0.0/8"]) as running:
        hops = "203.0.113.1, 198.51.100.7, 10.1.2.3"
        seen = json.loads(running.ask("/echo", X_Forwarded_For=hops, X_Forwarded_Proto="https"))
        assert (seen["client"], seen["scheme"]) == ("198.51.100.7", "https")
        seen = json.loads(running.ask("/echo", X_Forwarded_For="1.2.3.4, nonsense"))
        assert seen["client"] == "127.0.0.1"
