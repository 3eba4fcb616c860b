"""`serve --tls` over real sockets, with two workers and the system's own client."""

import http.client
import socket
import ssl
from collections.abc import Iterator

import pytest

from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.http.server.certificates import ensure_authority
from poolkeep.settings import Settings, Tls
from tests.sdk.builders import a_pool
from tests.sdk.support import Reply, Wire, holds, unique
from tests.support.server import Server

CUSTOM = {
    "CustomDomainConfig": {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abc"}
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server whose authority an earlier start has made."""
    folder = tmp_path_factory.mktemp("tls")
    settings = Settings(mode="dev", data=folder / "data", tls=Tls(development=True))
    ensure_authority(settings, clock=SystemClock(), entropy=SystemEntropy())
    context = ssl.create_default_context(cafile=str(settings.ca_file))
    where = ("--dev", "--tls", "--workers", "2", "--data", str(settings.data_dir))
    with Server(folder, *where, context=context) as running:
        yield running


def get(server: Server, host: str, path: str) -> Reply:
    """Ask for a path at a name of the server, as if DNS led there."""
    assert server.context is not None
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection = http.client.HTTPSConnection(host, server.port, timeout=30)
    connection.sock = server.context.wrap_socket(plain, server_hostname=host)
    connection.request("GET", path)
    answer = connection.getresponse()
    seen = {name.lower(): value for name, value in answer.getheaders()}
    reply = Reply(answer.status, seen, answer.read())
    connection.close()
    return reply


@holds("HOST-10", "HOST-14")
def test_every_name_of_a_pool_is_served_by_https(server: Server) -> None:
    wire = Wire(server.base_url, context=server.context)
    pool = a_pool(wire)
    prefix, custom = unique("secure"), f"{unique('secure')}.example.org"
    wire.call("CreateUserPoolDomain", UserPoolId=pool, Domain=prefix)
    wire.call("CreateUserPoolDomain", UserPoolId=pool, Domain=custom, **CUSTOM)
    for _ in range(4):  # either worker signs for itself
        for host in (f"{prefix}.auth.localhost", custom):
            reply = get(server, host, "/oauth2/token")
            assert reply.status == 405
            assert ("strict-transport-security" in reply.headers) is (host == custom)
    reply = get(server, "127.0.0.1", f"/{pool}/.well-known/openid-configuration")
    assert reply.json()["token_endpoint"] == f"https://{custom}:{server.port}/oauth2/token"


@holds("HOST-02", "HOST-14")
def test_a_certificate_opens_no_door(server: Server) -> None:
    assert get(server, "nobody.example.org", "/_poolkeep/inbox").status == 421


@holds("HOST-14")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_are_not_spoken(server: Server, version: ssl.TLSVersion) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as plain,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(plain, server_hostname="localhost")


def test_the_start_says_how_to_trust_it(server: Server) -> None:
    said = ""
    for _ in range(500):  # it answers a moment before it has said so
        said = server.log.read_text()
        if "ca.pem" in said:
            break
        get(server, "localhost", "/_poolkeep/health")
    for word in ("NODE_EXTRA_CA_CERTS=", "AWS_CA_BUNDLE=", "curl --cacert", "ca.pem"):
        assert word in said
    assert "authority.pem" not in said
