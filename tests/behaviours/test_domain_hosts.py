"""Where a pool's pages answer, and where they do not: docs/behaviours/domains.md."""

import re
import socket
import urllib.parse
from collections.abc import Mapping
from typing import Final

import pytest

from tests.sdk.builders import a_pool, an_app
from tests.sdk.support import Reply, Wire, holds, unique
from tests.support.server import StartServer

CERTIFICATE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
SECOND: Final = "eu-west-1"
NOT_KEPT: Final = "no-cache, no-store, max-age=0, must-revalidate"
TOKEN: Final = "/oauth2/token"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def base_url(start_shared_server: StartServer) -> str:
    """Return the address of a server with two regions, the first of them the default."""
    server = start_shared_server("--region", "us-east-1=", "--region", f"{SECOND}=")
    return server.base_url


@pytest.fixture
def wire(base_url: str) -> Wire:
    """Return a caller with an account of its own."""
    return Wire(base_url)


@pytest.fixture
def pool(wire: Wire) -> str:
    """Return a pool."""
    return a_pool(wire)


def give(wire: Wire, pool: str, name: str, *, custom: bool = False) -> str:
    """Give a pool a domain."""
    config = {"CustomDomainConfig": {"CertificateArn": CERTIFICATE}} if custom else {}
    wire.call("CreateUserPoolDomain", UserPoolId=pool, Domain=name, **config)
    return name


def a_domain(wire: Wire, pool: str) -> str:
    """Give a pool a prefix and return its host."""
    return give(wire, pool, unique("host")) + ".auth.localhost"


def at(
    wire: Wire, host: str, path: str, method: str = "GET", headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Reply:  # fmt: skip
    """Send a request to a host of the server."""
    return wire.exchange(method, path, body, {"Host": host, **(headers or {})})


def issuer_at(wire: Wire, host: str) -> str:
    """Return the pool that says to be at a host."""
    reply = at(wire, host, "/.well-known/openid-configuration")
    assert reply.status == 200
    return str(reply.json()["issuer"]).rpartition("/")[2]


@holds("HOST-01")
@pytest.mark.parametrize("spelling", ["{}", "{}:1", "{}:443", "{}.", "{}.:9229"])
def test_a_prefix_has_a_host_whatever_its_port_and_case(
    wire: Wire, pool: str, spelling: str
) -> None:
    host = spelling.format(a_domain(wire, pool))
    assert issuer_at(wire, host) == issuer_at(wire, host.upper()) == pool


@holds("HOST-01")
def test_a_custom_domain_is_a_host_and_so_is_the_prefix_beside_it(wire: Wire, pool: str) -> None:
    prefix = a_domain(wire, pool)
    custom = give(wire, pool, f"{unique('login')}.example.org", custom=True)
    assert issuer_at(wire, prefix) == issuer_at(wire, custom) == pool
    assert at(wire, custom, TOKEN).status == at(wire, prefix, TOKEN).status == 405


@holds("HOST-01")
def test_the_path_of_a_pool_leads_to_its_pages(wire: Wire, pool: str) -> None:
    give(wire, pool, f"{unique('login')}.example.org", custom=True)
    assert wire.exchange("GET", f"/{pool}{TOKEN}").status == 405
    assert wire.exchange("GET", f"/{pool}/OAUTH2/Token").status == 405
    assert wire.exchange("GET", f"/{pool}").status == 404


@holds("HOST-02")
def test_a_pool_without_a_domain_has_no_pages(wire: Wire, pool: str) -> None:
    reply = wire.exchange("GET", f"/{pool}/login", b"", {"Accept": "text/html"})
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"create-user-pool-domain" in reply.body
    assert wire.exchange("POST", f"/{pool}{TOKEN}", b"", FORM).status == 404


@holds("HOST-02")
def test_a_domain_that_nobody_has_leads_nowhere(wire: Wire) -> None:
    for host in ("nobody.auth.localhost", f"nobody.auth.{SECOND}.localhost", "a.b.auth.localhost"):
        reply = at(wire, host, "/login")
        assert (reply.status, reply.json()["error"]) == (404, "not_found")
        assert reply.headers["cache-control"] == NOT_KEPT
    assert wire.exchange("GET", "/us-east-1_nobodyHas/login").status == 404


@holds("HOST-02")
@pytest.mark.parametrize(
    "host", ["login.example.net", "auth.example.net", "x.auth.localhost.example.net", "10.0.0.1"]
)
@pytest.mark.parametrize("path", ["/", "/login", "/_poolkeep/health", "/_poolkeep/inbox"])
def test_a_host_of_nobody_is_misdirected(wire: Wire, host: str, path: str) -> None:
    assert at(wire, host, path).status == 421


@holds("HOST-13")
def test_a_domain_is_gone_with_its_deletion(wire: Wire, pool: str) -> None:
    name = give(wire, pool, f"{unique('gone')}.example.org", custom=True)
    assert issuer_at(wire, name) == pool
    wire.call("DeleteUserPoolDomain", UserPoolId=pool, Domain=name)
    assert at(wire, name, "/login").status == 421
    assert wire.exchange("GET", f"/{pool}/login").status == 404


@holds("HOST-13")
def test_a_domain_moves_to_another_pool(wire: Wire, pool: str) -> None:
    name = give(wire, pool, unique("moves"))
    host = f"{name}.auth.localhost"
    assert issuer_at(wire, host) == pool
    wire.call("DeleteUserPoolDomain", UserPoolId=pool, Domain=name)
    other = a_pool(wire)
    give(wire, other, name)
    assert issuer_at(wire, host) == other


@holds("HOST-03")
def test_on_a_pools_host_there_is_nothing_but_the_pool(wire: Wire, pool: str) -> None:
    host = a_domain(wire, pool)
    other = a_pool(wire)
    a_domain(wire, other)
    for path in (
        "/", "/_poolkeep/health", "/_poolkeep/inbox", f"/{pool}/login", f"/{other}{TOKEN}",
        f"/{other}/.well-known/jwks.json", "/logos/x", "/2015-03-31/functions/f/invocations",
    ):  # fmt: skip
        assert at(wire, host, path).status == 404, path
    call = {"x-amz-target": "AWSCognitoIdentityProviderService.ListUserPools"}
    reply = at(wire, host, "/", "POST", call, b'{"MaxResults":1}')
    assert reply.status in {404, 405}
    assert b"UserPools" not in reply.body


@holds("HOST-03")
def test_a_client_of_another_pool_is_unknown_on_a_host(wire: Wire, pool: str) -> None:
    host = a_domain(wire, pool)
    stranger = an_app(wire, a_pool(wire))
    body = f"grant_type=authorization_code&code=x&client_id={stranger.client_id}".encode()
    assert at(wire, host, TOKEN, "POST", FORM, body).json()["error"] == "invalid_client"


@holds("HOST-04")
def test_prefixes_of_two_regions_do_not_meet(wire: Wire, pool: str) -> None:
    name = unique("both")
    there = Wire(wire.base_url, wire.account)
    there.region = SECOND
    other = a_pool(there)
    give(wire, pool, name)
    give(there, other, name)
    assert issuer_at(wire, f"{name}.auth.localhost") == pool
    assert issuer_at(wire, f"{name}.auth.us-east-1.localhost") == pool
    assert issuer_at(wire, f"{name}.auth.{SECOND}.localhost") == other
    alone = give(there, a_pool(there), f"{unique('there')}.example.org", custom=True)
    assert at(wire, alone, TOKEN).status == 405


@holds("HOST-05")
@pytest.mark.parametrize("path", [TOKEN, "/nothing", "/oauth2/authorize"])
def test_every_answer_has_the_headers_of_hosted_pages(wire: Wire, pool: str, path: str) -> None:
    headers = at(wire, a_domain(wire, pool), path, headers={"Accept": "text/html"}).headers
    assert headers["cache-control"] == NOT_KEPT
    assert (headers["pragma"], headers["expires"]) == ("no-cache", "0")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-xss-protection"] == "1; mode=block"
    assert headers["referrer-policy"] == "no-referrer"
    assert UUID.fullmatch(headers["x-amz-cognito-request-id"])
    assert "strict-transport-security" not in headers  # nobody asked by https
    assert headers["content-length"].isdigit()


@holds("HOST-05")
def test_a_page_may_load_nothing_from_elsewhere(wire: Wire, pool: str) -> None:
    host = a_domain(wire, pool)
    seen = [at(wire, host, "/nothing", headers={"Accept": "text/html"}) for _ in range(2)]
    policies = [reply.headers["content-security-policy"] for reply in seen]
    assert policies[0] != policies[1]
    for policy in policies:
        assert policy.startswith("default-src 'none'; script-src 'nonce-")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'; base-uri 'none'" in policy
    assert "publickey-credentials-get=(self)" in seen[0].headers["permissions-policy"]


@holds("HOST-06")
@pytest.mark.parametrize(
    "path",
    [
        "/oauth2/userInfo.css", "/oauth2/userInfo/x.css", "/oauth2/userInfo%2Fx.css",
        "/oauth2/userInfo%00.css", "/oauth2/userInfo;x.css", "/oauth2%2FuserInfo",
        "/oauth2/userInfo%0a", "/oauth2/userInfo%5cx.css", "/oauth2/userInfo%", "/oauth2//userInfo",
        "/oauth2/../oauth2/userInfo", "/oauth2/userInfo/",
    ],
)  # fmt: skip
def test_no_dressed_up_path_leads_to_what_is_secret(wire: Wire, pool: str, path: str) -> None:
    reply = at(wire, a_domain(wire, pool), path, headers={"Authorization": "Bearer x"})
    assert (reply.status, reply.headers["cache-control"]) == (404, NOT_KEPT)
    reply = wire.exchange("GET", f"/{pool}{path}")
    assert (reply.status, reply.headers["cache-control"]) == (404, NOT_KEPT)


@holds("HOST-07")
def test_methods_are_those_that_an_address_takes(wire: Wire, pool: str) -> None:
    host = a_domain(wire, pool)
    reply = at(wire, host, TOKEN, "DELETE")
    assert (reply.status, reply.headers["allow"]) == (405, "OPTIONS, POST")
    assert reply.json()["error"] == "invalid_request"
    assert reply.headers["access-control-allow-origin"] == "*"
    page = at(wire, host, "/oauth2/authorize", "DELETE", {"Accept": "text/html"})
    assert (page.status, page.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert "access-control-allow-origin" not in page.headers
    assert "HEAD" in page.headers["allow"]
    assert at(wire, host, TOKEN, "OPTIONS").status in {200, 204}
    assert at(wire, host, "/oauth2/authorize", "OPTIONS").status == 405


@holds("HOST-07")
def test_head_is_get_without_a_body(wire: Wire, pool: str) -> None:
    host = a_domain(wire, pool)
    path = "/.well-known/openid-configuration"
    head, get = at(wire, host, path, "HEAD"), at(wire, host, path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@holds("HOST-08")
@pytest.mark.parametrize(
    "text", ["a=%", "a=%zz", "a=%ff", "a=%c3%28", "a=%00", "%00=a", "a=1&" * 257 + "a"]
)
def test_parameters_without_one_meaning_are_refused(wire: Wire, pool: str, text: str) -> None:
    host = a_domain(wire, pool)
    as_form = at(wire, host, TOKEN, "POST", FORM, text.encode())
    assert (as_form.status, as_form.json()["error"]) == (400, "invalid_request")
    as_query = at(wire, host, f"/oauth2/authorize?{text}")
    assert (as_query.status, as_query.json()["error"]) == (400, "invalid_request")


@holds("HOST-08")
def test_a_large_body_is_refused(wire: Wire, pool: str) -> None:
    host = a_domain(wire, pool)
    body = b"a=" + b"x" * 1_000_000
    reply = at(wire, host, TOKEN, "POST", FORM, body)
    assert (reply.status, reply.json()["error"]) == (413, "invalid_request")
    assert at(wire, host, TOKEN, "POST", FORM, body[:200_000]).status == 400


@holds("HOST-09")
def test_no_header_of_a_stranger_changes_an_address(wire: Wire, pool: str) -> None:
    host = a_domain(wire, pool)
    lies = {
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Host": "evil.example",
        "Forwarded": "host=evil.example;proto=https", "X-Forwarded-For": "192.0.2.9",
        "X-Original-URL": "/_poolkeep/inbox", "Origin": "https://evil.example",
    }  # fmt: skip
    for path in ("/.well-known/openid-configuration", "/oauth2/authorize", "/login"):
        reply = at(wire, host, path, headers=lies)
        assert "evil.example" not in str(reply.headers) + reply.body.decode()
        assert "strict-transport-security" not in reply.headers


@holds("HOST-09")
@pytest.mark.parametrize(
    "lines",
    [
        "Host: {host}\r\nHost: evil.example", "Host: evil.example", "Host: {host}@evil.example",
        "Host: {host}/x", "Host: {host}:80:80", "Host:", "X-A: b",
    ],
)  # fmt: skip
def test_an_odd_host_is_refused_before_any_page(wire: Wire, pool: str, lines: str) -> None:
    host = a_domain(wire, pool)
    parts = urllib.parse.urlsplit(wire.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as open_:
        head = f"GET /login HTTP/1.1\r\n{lines.format(host=host)}\r\nConnection: close\r\n\r\n"
        open_.sendall(head.encode())
        with open_.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
    assert status in {400, 421}


@holds("HOST-09")
@pytest.mark.parametrize("value", ["x%0d%0aSet-Cookie:%20a=b", "x%0aLocation:%20//evil.example"])
def test_no_parameter_becomes_a_header(wire: Wire, pool: str, value: str) -> None:
    host = a_domain(wire, pool)
    app = an_app(wire, pool)
    for path in ("/oauth2/authorize", "/login", "/logout", "/error"):
        for name in ("state", "redirect_uri", "logout_uri", "lang", "error", "client_id"):
            query = f"client_id={app.client_id}&{name}={value}"
            reply = at(wire, host, f"{path}?{query}")
            assert "a=b" not in reply.headers.get("set-cookie", "")
            assert reply.headers.get("location", "/").partition("?")[0] != "//evil.example"


@holds("HOST-12")
def test_discovery_names_the_path_where_the_installation_has_no_name(wire: Wire, pool: str) -> None:
    a_domain(wire, pool)
    document = wire.exchange("GET", f"/{pool}/.well-known/openid-configuration").json()
    assert document["token_endpoint"] == f"{wire.base_url}/{pool}{TOKEN}"
    custom = give(wire, pool, f"{unique('told')}.example.org", custom=True)
    document = wire.exchange("GET", f"/{pool}/.well-known/openid-configuration").json()
    port = urllib.parse.urlsplit(wire.base_url).port
    assert document["token_endpoint"] == f"http://{custom}:{port}{TOKEN}"
