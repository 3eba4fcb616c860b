"""A forward proxy for GET: names that no resolver knows, led to servers of the tests."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Forwarder:
    """Knows which host is which server; everything else is refused."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self.url = ""
        self.ports: dict[str, int] = {}
        self.asked: list[str] = []

    def fetch(self, url: str) -> tuple[int, bytes]:
        """Return what stands at a URL, 502 where the host is unknown."""
        self.asked.append(url)
        parts = urlsplit(url)
        port = self.ports.get(parts.hostname or "")
        if port is None:
            return 502, b""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", parts.path or "/")
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def forwarding() -> Iterator[Forwarder]:
    """Run one."""
    forwarder = Forwarder()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = forwarder.fetch(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    forwarder.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield forwarder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
