"""Behind nginx, configured as docs/operating/managed-login.md says."""

import contextlib
import http.client
import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.crypto.authority import Authority, new_key
from tests.sdk.builders import a_pool
from tests.sdk.support import Reply, Wire, holds, unique
from tests.support import processes
from tests.support.exclusions import skip_if_excluded
from tests.support.server import ROOT, Server
from tools import machine

GUIDE: Final = ROOT / "docs" / "operating" / "managed-login.md"
NAMES: Final = ("id.example.org", "*.auth.id.example.org", "login.example.com")
SOMEBODY: Final = "127.0.0.9"
CUSTOM: Final = {
    "CustomDomainConfig": {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abc"}
}
START_S: Final = 20.0
AROUND: Final = """
daemon off; pid nginx.pid; error_log stderr; worker_processes 1; {user}
events {{ }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    {server}
}}
"""


class Proxied(NamedTuple):
    """A server and the nginx in front of it."""

    server: Server
    port: int
    context: ssl.SSLContext

    def get(self, host: str, path: str, **headers: str) -> Reply:
        """Ask nginx as a browser at another address would."""
        plain = socket.create_connection(
            ("127.0.0.1", self.port), timeout=30, source_address=(SOMEBODY, 0)
        )
        connection = http.client.HTTPSConnection(host, self.port, timeout=30)
        connection.sock = self.context.wrap_socket(plain, server_hostname=host)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Host": host, **told})
        answer = connection.getresponse()
        seen = {name.lower(): value for name, value in answer.getheaders()}
        reply = Reply(answer.status, seen, answer.read())
        connection.close()
        return reply


def written(folder: Path, server: Server, port: int) -> Path:
    """Write the guide's configuration with this machine's ports and files."""
    block = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert block is not None
    ours = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "http://127.0.0.1:9229": f"http://127.0.0.1:{server.port}",
        "/etc/nginx/certificate.pem": str(folder / "leaf.pem"),
        "/etc/nginx/certificate.key": str(folder / "leaf.pem"),
    }
    text = block[1]
    for shown, used in ours.items():
        assert shown in text
        text = text.replace(shown, used)
    path = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    path.write_text(AROUND.format(server=text, user=user))
    return path


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """Run a server behind an nginx that ends TLS."""
    skip_if_excluded("nginx")
    program = machine.nginx_program()
    if program is None:
        pytest.fail("nginx is missing; run: python3 tools/setup.py test")
    folder = tmp_path_factory.mktemp("nginx")
    now_ms = SystemClock().now_ms()
    authority = Authority.made(SystemEntropy(), now_ms)
    (folder / "ca.pem").write_bytes(authority.public)
    leaf = authority.issue(NAMES, new_key(), entropy=SystemEntropy(), now_ms=now_ms)
    (folder / "leaf.pem").write_bytes(leaf)
    settings = {
        "POOLKEEP_PUBLIC_URL": "https://id.example.org",
        "POOLKEEP_TRUSTED_PROXIES": "127.0.0.1/32",
        "POOLKEEP_ALLOWED_HOSTS": "id.example.org,127.0.0.1",
    }
    where = ("--dev", "--data", str(folder / "data"))
    with Server(folder, *where, environment=settings) as server:
        port = processes.free_port()
        path = written(folder, server, port)
        with (folder / "nginx.log").open("wb") as log:
            nginx = subprocess.Popen(
                [str(program), "-p", str(folder), "-c", str(path)], stdout=log, stderr=log
            )
        try:
            _wait(port, nginx, folder / "nginx.log")
            context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
            yield Proxied(server, port, context)
        finally:
            processes.stop(nginx)


def _wait(port: int, nginx: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and nginx.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                nginx.wait(timeout=0.05)
        else:
            return
    pytest.fail(f"nginx did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def hosts(proxied: Proxied) -> tuple[str, str, str]:
    """Return a pool, its prefix domain's host and its custom domain."""
    wire = Wire(proxied.server.base_url)
    pool = a_pool(wire)
    name = unique("proxied")
    wire.call("CreateUserPoolDomain", UserPoolId=pool, Domain=name)
    wire.call("CreateUserPoolDomain", UserPoolId=pool, Domain=NAMES[2], **CUSTOM)
    return pool, f"{name}.auth.id.example.org", NAMES[2]


@holds("HOST-01", "HOST-10")
def test_pages_stand_behind_a_proxy_as_in_front_of_it(
    proxied: Proxied, hosts: tuple[str, str, str]
) -> None:
    pool, prefix, custom = hosts
    for host, path in (("id.example.org", f"/{pool}"), (prefix, ""), (custom, "")):
        answer = proxied.get(host, f"{path}/oauth2/token")
        assert answer.status == 405
        assert answer.headers["strict-transport-security"]
    document = proxied.get(prefix, "/.well-known/openid-configuration").body.decode()
    assert f'"https://{custom}/oauth2/token"' in document
    assert f'"https://id.example.org/{pool}"' in document
    assert proxied.get("id.example.org", "/_poolkeep/health").status == 200


@holds("HOST-09")
def test_what_a_caller_writes_is_not_what_the_proxy_says(
    proxied: Proxied, hosts: tuple[str, str, str]
) -> None:
    lies = {
        "X_Forwarded_Host": "evil.example", "X_Forwarded_For": "192.0.2.66",
        "X_Forwarded_Proto": "http", "Forwarded": "host=evil.example;for=192.0.2.66;proto=http",
    }  # fmt: skip
    answer = proxied.get(hosts[1], "/oauth2/token", **lies)
    assert (answer.status, "strict-transport-security" in answer.headers) == (405, True)
    answer = proxied.get("id.example.org", f"/{hosts[0]}/nothing", **lies)
    assert answer.status == 404
    log = proxied.server.log.read_text()
    assert f'"ip":"{SOMEBODY}"' in log
    assert "192.0.2.66" not in log


@holds("HOST-02")
def test_a_proxy_opens_no_door_for_other_names(proxied: Proxied) -> None:
    connection = http.client.HTTPSConnection("id.example.org", proxied.port, timeout=30)
    plain = socket.create_connection(("127.0.0.1", proxied.port), timeout=30)
    connection.sock = proxied.context.wrap_socket(plain, server_hostname="id.example.org")
    connection.request("GET", "/_poolkeep/inbox", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 421
    connection.close()
