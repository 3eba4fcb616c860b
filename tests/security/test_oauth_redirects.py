"""Where a browser may be sent: docs/behaviours/oauth-attacks.md."""

from typing import Final
from urllib.parse import urlencode, urlsplit

import pytest

from tests.conformance.browser import Landing
from tests.conformance.provider import AFTER_LOGOUT, CALLBACK, Provider
from tests.conformance.relying import Relying
from tests.sdk.support import holds
from tests.security.oauth import EVIL, browsing, query, raw, signed_in, stays

HOST: Final = urlsplit(CALLBACK).netloc
PATH: Final = urlsplit(CALLBACK).path
NOT_REGISTERED: Final = {
    "another host": f"{EVIL}{PATH}",
    "a path more": f"{CALLBACK}/more",
    "a final slash": f"{CALLBACK}/",
    "a path less": CALLBACK.rpartition("/")[0],
    "case of the path": CALLBACK.replace("callback", "Callback"),
    "case of the host": CALLBACK.replace(HOST, HOST.upper()),
    "case of the scheme": CALLBACK.replace("https", "HTTPS"),
    "a port": CALLBACK.replace(HOST, f"{HOST}:443"),
    "http for https": CALLBACK.replace("https", "http"),
    "a query": f"{CALLBACK}?a=b",
    "an empty query": f"{CALLBACK}?",
    "a fragment": f"{CALLBACK}#f",
    "an empty fragment": f"{CALLBACK}#",
    "dots": f"{CALLBACK}/../callback",
    "escaped dots": f"{CALLBACK}/%2e%2e/callback",
    "an escaped letter": CALLBACK.replace("callback", "%63allback"),
    "the host as a user": CALLBACK.replace(HOST, f"{HOST}@evil.example.net"),
    "a user before the host": CALLBACK.replace(HOST, f"evil.example.net@{HOST}"),
    "the host as a subdomain": CALLBACK.replace(HOST, f"{HOST}.evil.example.net"),
    "a final dot": CALLBACK.replace(HOST, f"{HOST}."),
    "a backslash": CALLBACK.replace(f"{HOST}/", f"{HOST}\\"),
    "a backslash and a user": CALLBACK.replace(HOST, f"evil.example.net\\@{HOST}"),
    "a tab": CALLBACK.replace("callback", "call\tback"),
    "a blank before": f" {CALLBACK}",
    "a blank behind": f"{CALLBACK} ",
    "a line feed behind": f"{CALLBACK}\n",
    "a null behind": f"{CALLBACK}\0",
    "letters that look alike": CALLBACK.replace("suite", "su\u0456te"),
    "a wildcard": CALLBACK.replace("callback", "*"),
    "without a scheme": CALLBACK.removeprefix("https:"),
    "a script": "javascript:alert(1)",
    "data": "data:text/html,hello",
    "ours": "/oauth2/authorize",
    "nothing": "",
    "the address after logout": AFTER_LOGOUT,
}


@holds("OAU-01")
@pytest.mark.parametrize("which", NOT_REGISTERED)
def test_an_address_is_the_registered_one_to_the_byte(party: Relying, which: str) -> None:
    stays(party.authorize(redirect_uri=NOT_REGISTERED[which]))


@holds("OAU-01")
@pytest.mark.parametrize("which", NOT_REGISTERED)
@pytest.mark.parametrize("path", ["/login", "/signup", "/forgotPassword"])
def test_pages_hold_to_it_too(party: Relying, path: str, which: str) -> None:
    at = party.browser.go(f"{party.op.at(path)}?{query(party, redirect_uri=NOT_REGISTERED[which])}")
    stays(at)


@holds("OAU-01", "OAU-17")
@pytest.mark.parametrize("first", [CALLBACK, EVIL])
def test_an_address_that_comes_twice_is_none(party: Relying, first: str) -> None:
    rest = query(party, redirect_uri=None)
    other = EVIL if first == CALLBACK else CALLBACK
    both = urlencode([("redirect_uri", first), ("redirect_uri", other)])
    at = raw(party, f"{rest}&{both}")
    if isinstance(at, Landing):  # the registered one may be told that it was not alone
        assert at.address == CALLBACK
        assert at.params.get("error") == "invalid_request"
        assert "code" not in at.params
    else:
        stays(at)


@holds("OAU-01")
def test_an_unknown_client_gets_a_page(op: Provider) -> None:
    for client_id in ("", "0" * 26, "unknown", op.client.id.upper(), f"{op.client.id} "):
        with browsing(op) as party:
            stays(party.authorize(client_id=client_id))
            stays(party.authorize(client_id=None))


@holds("OAU-01")
def test_a_client_without_oauth_gets_a_page(op: Provider) -> None:
    closed = op.new_client(
        AllowedOAuthFlowsUserPoolClient=False,
        AllowedOAuthFlows=[],
        AllowedOAuthScopes=[],
    )
    with signed_in(op) as party:
        stays(party.authorize(client_id=closed.id))


@holds("OAU-03")
@pytest.mark.parametrize(
    "target",
    [EVIL, f"{AFTER_LOGOUT}/", f"{AFTER_LOGOUT}?a=b", f"{AFTER_LOGOUT}#f", AFTER_LOGOUT.upper(),
     f"{AFTER_LOGOUT}\\@evil.example.net", "//evil.example.net", "javascript:alert(1)"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["logout_uri", "redirect_uri", "post_logout_redirect_uri"])
def test_signing_out_leads_to_registered_addresses_only(
    op: Provider, name: str, target: str
) -> None:
    with browsing(op) as party:
        asked = {"client_id": op.client.id, name: target}
        if name == "redirect_uri":
            asked["response_type"] = "code"
        stays(party.browser.go(f"{op.at('/logout')}?{urlencode(asked)}"))


@holds("OAU-03")
def test_signing_out_for_an_unknown_client_leads_nowhere(op: Provider) -> None:
    with browsing(op) as party:
        asked = {"client_id": "0" * 26, "logout_uri": AFTER_LOGOUT}
        stays(party.browser.go(f"{op.at('/logout')}?{urlencode(asked)}"))


@holds("OAU-04")
@pytest.mark.parametrize(
    "name", ["state", "lang", "error_description", "RelayState", "error", "next", "return_to"]
)
def test_no_other_parameter_is_a_target(party: Relying, name: str) -> None:
    at = party.authorize(**{name: f"{EVIL}/?a=b"})
    assert isinstance(at, Landing)
    assert at.address == CALLBACK
    assert all(step.startswith((party.op.base, CALLBACK)) for step in party.browser.trail)
    if name == "state":
        assert at.params["state"] == f"{EVIL}/?a=b"
    else:
        assert "evil" not in at.url


@holds("OAU-04")
@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)",
     "{{7919*7}}", "'-alert(1)-'", f"{EVIL}/login"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["error", "error_description", "client_id", "state", "lang"])
def test_the_error_page_tells_nothing_that_it_was_given(op: Provider, name: str, text: str) -> None:
    with browsing(op) as party:
        page = stays(party.browser.go(f"{op.at('/error')}?{urlencode({name: text})}"))
    assert text not in page.text
    assert "55433" not in page.text
    assert not [link for link in page.links if link.startswith(EVIL)]


@holds("OAU-04")
def test_the_sign_in_page_holds_hostile_texts_encoded(op: Provider) -> None:
    hostile = '"><script>alert(1)</script>'
    with browsing(op) as party:
        at = party.authorize(state=hostile, login_hint=hostile, lang=hostile, nonce=hostile)
        assert not isinstance(at, Landing)
        assert "<script>alert" not in at.text
        landing = party.proceed()
    assert landing.params["state"] == hostile


@holds("OAU-23")
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u560d\u560a", "\0"])
@pytest.mark.parametrize(
    "name", ["state", "redirect_uri", "client_id", "lang", "login_hint", "nonce", "scope"]
)
def test_a_line_end_is_no_header(party: Relying, name: str, end: str) -> None:
    usual = party.parameters()
    injected = f"{usual.get(name, 'x')}{end}Set-Cookie: cognito=evil{end}X-Injected: yes"
    asked = urlencode({**usual, name: injected})
    answer = party.browser.once(f"{party.op.metadata['authorization_endpoint']}?{asked}")
    assert answer.status_code < 500
    assert "x-injected" not in answer.headers
    assert "evil" not in answer.headers.get("set-cookie", "")
    location = answer.headers.get("location", "")
    assert not set("\r\n\0") & set(location)
