"""Whatever is asked for, nothing breaks and nothing leaks: docs/behaviours/oauth-attacks.md."""

import string
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.provider import CALLBACK, CALLBACK_WITH_QUERY, Provider
from tests.conformance.relying import Relying, basic
from tests.sdk.support import holds
from tests.security.oauth import LOOT, browsing, signed_in_afresh

BOUNDED: Final = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
REGISTERED: Final = (CALLBACK, CALLBACK_WITH_QUERY)
NAMES: Final = (
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt"),
    *("code_challenge", "code_challenge_method", "resource", "max_age", "acr_values", "lang"),
    *("login_hint", "identity_provider", "idp_identifier", "response_mode", "request"),
    *("request_uri", "claims", "ui_locales", "id_token_hint", "display", "dpop_jkt"),
)
FORM_NAMES: Final = (
    *("grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier"),
    *("refresh_token", "scope", "token", "aws_client_metadata", "resource", "device_code"),
    *("subject_token", "subject_token_type", "audience", "client_assertion"),
    "client_assertion_type",
)
TEXTS: Final = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=string.printable, max_size=60),
    st.sampled_from(
        ["", " ", "code", "token", "openid", "none", "login", "S256", "plain", "0", "-1", "9" * 30,
         "COGNITO", "{}", "[]", "null", "\0", "\r\nX-Injected: yes", "%0d%0aX-Injected:%20yes",
         "../../..", "javascript:alert(1)", "https://evil.example.net", CALLBACK, "query",
         "fragment", "form_post", "authorization_code", "refresh_token", "client_credentials",
         "\ud7ff\ue000\U0010ffff", "x" * 3_000, "urn:ietf:params:oauth:grant-type:token-exchange"]
    ),
)  # fmt: skip
PAIRS: Final = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=8)
FORMS: Final = st.lists(st.tuples(st.sampled_from(FORM_NAMES), TEXTS), max_size=8)
HEADER_CHARACTERS: Final = st.characters(codec="latin-1", exclude_categories=["Cc"])
RAW: Final = st.binary(max_size=120)


@pytest.fixture
def party(op: Provider) -> Iterator[Relying]:
    """Return a party with a session that what is tried may end."""
    with signed_in_afresh(op) as one:
        yield one


@pytest.fixture
def stranger(op: Provider) -> Iterator[Relying]:
    """Return a party without a user."""
    with browsing(op) as one:
        yield one


def harmless(party: Relying, answer: httpx2.Response) -> None:
    """Expect no failure, no header from outside, and no step to an address of a stranger."""
    assert answer.status_code < 500, answer.text[:300]
    assert "x-injected" not in answer.headers
    location = answer.headers.get("location", "")
    assert answer.is_redirect == bool(location)
    if not location or location.startswith("/"):
        assert not location.startswith(("//", "/\\"))
        return
    assert location.startswith((f"{party.op.base}/", *REGISTERED)), location
    if location.startswith(REGISTERED):
        rest = location.removeprefix(CALLBACK)
        assert rest[0] in "?#&", location
    assert location.isascii()
    assert not set("\r\n\t \0") & set(location)


@holds("OAU-42")
@BOUNDED
@given(pairs=PAIRS)
def test_any_authorization_request(party: Relying, pairs: list[tuple[str, str]]) -> None:
    usual = [(name, value) for name, value in party.parameters().items()
             if name not in {given for given, _ in pairs}]  # fmt: skip
    asked = urlencode([*usual, *pairs], errors="surrogatepass")
    harmless(party, party.browser.once(f"{party.op.metadata['authorization_endpoint']}?{asked}"))


@holds("OAU-42")
@BOUNDED
@given(content=RAW)
def test_any_query_at_all(party: Relying, content: bytes) -> None:
    for text in (quote(content, safe="=&%+;?/"), f"client_id={party.client.id}&{quote(content)}"):
        for path in ("/oauth2/authorize", "/login", "/logout", "/error", "/confirmUser"):
            harmless(party, party.browser.once(f"{party.op.at(path)}?{text}"))


@holds("OAU-42")
@BOUNDED
@given(path=st.text(alphabet="/.%;\\oauth2-loginMFA\u0130\x7f", max_size=40))
def test_any_path(stranger: Relying, path: str) -> None:
    answer = stranger.back.get(f"{stranger.op.base}/{quote(path, safe='/%')}")
    assert answer.status_code < 500, path


@holds("OAU-42")
@BOUNDED
@given(pairs=FORMS, proven=st.booleans())
def test_any_token_request(
    stranger: Relying, pairs: list[tuple[str, str]], *, proven: bool
) -> None:
    """No code, no tokens: the only grant here is what the text strategies cannot guess."""
    headers = basic(stranger.client) if proven else {}
    content = urlencode(pairs, errors="surrogatepass")
    for path in ("token", "revoke", "introspect", "par", "device_authorization", "register"):
        answer = stranger.back.post(
            stranger.op.at(f"/oauth2/{path}"),
            content=content,
            headers={**headers, "Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code < 500, (path, answer.text[:300])
        if path == "token":
            assert answer.status_code in {400, 401}
            assert answer.json()["error"]
            assert not set(LOOT) & set(answer.json())


@holds("OAU-42")
@BOUNDED
@given(content=RAW, kind=st.sampled_from(["application/x-www-form-urlencoded", "text/plain", ""]))
def test_any_body(stranger: Relying, content: bytes, kind: str) -> None:
    for path in ("/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo", "/login", "/signup"):
        answer = stranger.back.post(
            stranger.op.at(path), content=content, headers={"Content-Type": kind}
        )
        harmless(stranger, answer)


@holds("OAU-42", "OAU-25")
@BOUNDED
@given(state=st.text(max_size=300).filter(lambda text: text and "\0" not in text))
def test_any_state_comes_back(party: Relying, state: str) -> None:
    party.authorize(state=state)
    landing = party.answer()
    assert landing.params["state"] == state
    assert urlsplit(landing.url).netloc == urlsplit(CALLBACK).netloc


@holds("OAU-42")
@BOUNDED
@given(
    value=st.text(alphabet=st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80)
)
def test_any_header(stranger: Relying, value: str) -> None:
    for name in ("Authorization", "Cookie", "Accept-Language", "User-Agent", "X-Forwarded-For"):
        headers = {name.encode(): value.strip().encode("latin-1")}
        for path in ("/oauth2/userInfo", f"/login?{urlencode(stranger.parameters())}"):
            answer = stranger.back.get(stranger.op.at(path), headers=headers)
            assert answer.status_code < 500, (name, answer.text[:300])
