"""What may be asked for at the authorization endpoint: docs/behaviours/oauth-attacks.md."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlencode

import pytest

from tests.conformance.browser import Landing, Page
from tests.conformance.modules.codes import unsigned
from tests.conformance.provider import Client, Provider
from tests.conformance.relying import Relying
from tests.sdk.support import claims_of, holds
from tests.security.oauth import browsing, long, query, raw, signed_in, stays, told

LETTERS: Final = "Grüße 你好 🙂 \u202e "


@pytest.fixture
def code_only(op: Provider) -> Client:
    """Return a client that may not use the implicit flow."""
    return op.new_client(AllowedOAuthFlows=["code"])


@holds("OAU-11")
@pytest.mark.parametrize("kind", ["token", "id_token", "id_token token", "code token"])
def test_a_flow_that_the_client_may_not_use(op: Provider, code_only: Client, kind: str) -> None:
    errors = {"unauthorized_client", "unsupported_response_type", "invalid_request"}
    with signed_in(op, code_only) as party:
        at = party.authorize(response_type=kind)
        told(party, at, *({"unauthorized_client"} if kind == "token" else errors))


@holds("OAU-11")
@pytest.mark.parametrize("kind", ["", "none", "code code", "CODE", "password", "code,token", " "])
def test_a_response_type_that_there_is_not(party: Relying, kind: str) -> None:
    told(party, party.authorize(response_type=kind), "invalid_request", "unsupported_response_type")


@holds("OAU-11")
def test_no_response_type(party: Relying) -> None:
    told(party, party.authorize(response_type=None), "invalid_request")


@holds("OAU-12")
@pytest.mark.parametrize(
    "scope",
    ["openid other", "admin", "https://api.example.com/all", "openid\nemail", "openid\temail",
     "openid,email", "OPENID", 'openid "email"', "aws.cognito.signin.user.admin", "é", "email",
     "phone profile", "openid\\", "openid *"],
)  # fmt: skip
def test_a_scope_that_the_client_has_not(party: Relying, scope: str) -> None:
    told(party, party.authorize(scope=scope), "invalid_scope", "invalid_request")


@holds("OAU-12")
def test_a_scope_twice_is_a_scope_once(party: Relying) -> None:
    party.authorize(scope="openid openid email email")
    tokens = party.redeemed(party.answer().params["code"])
    assert claims_of(tokens["access_token"])["scope"].split() == ["openid", "email"]


@holds("OAU-12")
def test_a_custom_scope_that_is_gone_is_not_given(op: Provider) -> None:
    server = {"UserPoolId": op.pool_id, "Identifier": "gone", "Name": "gone"}
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("here", "there")]
    op.wire.call("CreateResourceServer", **server, Scopes=scopes)
    client = op.new_client(AllowedOAuthScopes=["openid", "gone/here", "gone/there"])
    op.wire.call("UpdateResourceServer", **server, Scopes=scopes[:1])
    with signed_in(op, client) as party:
        party.authorize(scope="openid gone/here gone/there")
        tokens = party.redeemed(party.answer().params["code"])
        assert claims_of(tokens["access_token"])["scope"].split() == ["openid", "gone/here"]


@holds("OAU-15")
def test_no_page_may_be_framed(op: Provider) -> None:
    with browsing(op) as party:
        pages = [
            party.authorize(),
            *(party.browser.go(f"{op.at(path)}?{query(party)}") for path in (
                "/login", "/signup", "/forgotPassword", "/error")),
            party.browser.go(op.at("/logout")),
        ]  # fmt: skip
    for page in pages:
        assert isinstance(page, Page), page
        assert page.headers["x-frame-options"] == "DENY", page.url
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"], page.url
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in page.headers["cache-control"]
        assert "script-src 'unsafe-inline'" not in page.headers["content-security-policy"]


@holds("OAU-15")
def test_silence_is_kept_where_nobody_is_signed_in(op: Provider) -> None:
    with browsing(op) as party:
        told(party, party.authorize(prompt="none"), "login_required")
    with signed_in(op) as party:
        for prompt in ("none login", "login none", "none consent", "none none login"):
            told(party, party.authorize(prompt=prompt), "invalid_request")


class Trap(http.server.BaseHTTPRequestHandler):
    """A server that must hear nothing."""

    def do_GET(self) -> None:
        self.server.heard.append(self.path)  # type: ignore[attr-defined]  # a list of the fixture's
        self.send_error(404)


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a server, and what it has heard."""
    heard: list[str] = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap) as server:
        server.heard = heard  # type: ignore[attr-defined]  # read by the handler above
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()
        thread.join()


@holds("OAU-16")
def test_nothing_is_fetched_and_nothing_hidden_is_obeyed(
    party: Relying, trap: tuple[str, list[str]]
) -> None:
    address, heard = trap
    hidden = unsigned(
        client_id=party.client.id, redirect_uri="https://evil.example.net", scope="openid email"
    )
    claims = json.dumps({"id_token": {"cognito:groups": {"value": "admin"}}})
    for name, value, error in (
        ("request", hidden, "request_not_supported"),
        ("request_uri", f"{address}/request", "request_uri_not_supported"),
        ("registration", json.dumps({"logo_uri": f"{address}/logo"}), "registration_not_supported"),
        ("claims", claims, None),
        ("client_metadata_uri", f"{address}/metadata", None),
    ):
        at = party.authorize(**{name: value})
        if party.op.strict and error in {"request_not_supported", "request_uri_not_supported"}:
            told(party, at, error, "invalid_request_uri", "invalid_request")
        elif isinstance(at, Landing) and "error" in at.params:
            told(party, at, error or "invalid_request")
        else:
            done = party.finish()
            assert done.landing.address == party.client.redirect_uri
            assert "cognito:groups" not in done.claims
    assert not heard


@holds("OAU-17")
@pytest.mark.parametrize(
    "name", ["client_id", "response_type", "scope", "state", "nonce", "code_challenge"]
)
def test_a_parameter_comes_once(party: Relying, name: str) -> None:
    usual = query(party)
    at = raw(party, f"{usual}&{urlencode({name: 'x'})}&{urlencode({name: 'y'})}")
    if name == "client_id":
        stays(at)
        return
    assert isinstance(at, Landing), at
    assert at.params.get("error") == "invalid_request"
    assert "code" not in at.params


@holds("OAU-22")
def test_a_nonce_is_carried_once_and_not_for_ever(party: Relying) -> None:
    assert "nonce" not in party.sign_in(nonce=None).claims
    for nonce in ("0", "n" * 1000, LETTERS, '{"a": "b c"}', "%20+&=#"):
        assert party.sign_in(nonce=nonce).claims["nonce"] == nonce
    answer = long(f"{party.op.at('/oauth2/authorize')}?{query(party, nonce='n' * (1 << 20))}")
    assert answer.status in {400, 414, 431}


@holds("OAU-25")
@pytest.mark.parametrize(
    "more", [f"&state={'s' * 100_000}", "".join(f"&p{n}=v" for n in range(2_000))],
    ids=["100 kB of state", "2000 parameters"],
)  # fmt: skip
def test_requests_beyond_measure_are_refused(party: Relying, more: str) -> None:
    answer = long(f"{party.op.at('/oauth2/authorize')}?{query(party, state=None)}{more}")
    assert answer.status in {400, 414, 431}
    assert answer.headers["location"] is None


@holds("OAU-25")
@pytest.mark.parametrize(
    "state",
    ["s" * 2_048, '{"a":{"b":[1,"c d"]},"e":"f&g=h#i"}', LETTERS, "a+b%20c%2Bd", "%7B%22a%22%7D",
     "a&b=c", "#fragment", "?", "\\", "a;b", "'\"<>`", "=", " "],
    ids=repr,
)  # fmt: skip
def test_a_state_comes_back_as_it_was(op: Provider, party: Relying, state: str) -> None:
    party.authorize(state=state)
    assert party.answer().params["state"] == state
    told(party, party.authorize(state=state, scope="unknown"), "invalid_scope")
    with browsing(op) as fresh:
        fresh.authorize(state=state)
        assert fresh.answer().params["state"] == state


@holds("OAU-25")
def test_a_state_is_encoded_once(party: Relying) -> None:
    """Cognito encodes it twice where a session answers; a client would see another state."""
    at = raw(party, f"{query(party, state=None)}&state={quote('a b/c', safe='')}")
    assert isinstance(at, Landing)
    assert at.params["state"] == "a b/c"


@holds("OAU-29")
@pytest.mark.parametrize(
    "resource",
    ["no url", "http://api.example.com", "https://api.example.com#f", "/path", "javascript:x",
     "https://", ""],
)  # fmt: skip
def test_a_resource_is_an_address(party: Relying, resource: str) -> None:
    at = party.authorize(resource=resource)
    if resource:
        told(party, at, "invalid_target", "invalid_request")
    elif isinstance(at, Landing) and "code" in at.params:
        tokens = party.redeemed(at.params["code"])
        assert "aud" not in claims_of(tokens["access_token"])


@holds("OAU-29")
def test_a_token_is_for_the_resource_that_was_asked_for(party: Relying) -> None:
    party.authorize(resource="https://api.example.com")
    tokens = party.redeemed(party.answer().params["code"])
    assert claims_of(tokens["access_token"])["aud"] == "https://api.example.com"
    both = urlencode([("resource", "https://a.example"), ("resource", "https://b.example")])
    at = raw(party, f"{query(party)}&{both}")
    told(party, at, "invalid_target", "invalid_request")


@holds("OAU-18")
def test_an_answer_names_its_issuer_in_strict(party: Relying) -> None:
    """RFC 9207: a client of several providers sees whose answer it holds."""
    party.authorize()
    answer = party.answer().params
    expected = party.op.metadata["issuer"] if party.op.strict else None
    assert answer.get("iss") == expected
    at = party.authorize(scope="unknown")
    assert isinstance(at, Landing)
    assert at.params.get("iss") == expected
    advertised = "authorization_response_iss_parameter_supported"
    assert bool(party.op.metadata.get(advertised)) == party.op.strict
