"""The modules notice what is wrong: each is run against a provider with the fault it is about."""

import dataclasses
from typing import Final

import pytest

from tests.conformance.lies import (
    AUTHORIZE,
    LOGOUT,
    TOKEN,
    USERINFO,
    Lie,
    LyingRun,
    any_client_is,
    asked_with,
    goes_to,
    headed,
    remembers_the_first,
    sent_with,
    stays_at,
    tampered_with,
    told,
)
from tests.conformance.modules.codes import IGNORED
from tests.conformance.provider import AFTER_LOGOUT, Provider, a_provider
from tests.conformance.registry import Run, modules
from tests.conformance.relying import CODE, Flow
from tests.conformance.verdicts import PASS
from tests.sdk.support import Wire, tampered

FORM_POST: Final = Flow("code", "form_post")
IMPLICIT: Final = Flow("id_token token")
REQUEST: Final = "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported"
BODIES: Final = {one.name: one.body for one in modules()}
LIES: Final[list[tuple[str, Flow, Lie, str]]] = [
    ("oidcc-server", CODE, sent_with(state="other"), "fail: the state came back changed"),
    ("oidcc-server", CODE, sent_with(error="server_error"), "fail: refused: server_error"),
    ("oidcc-server", CODE, asked_with(nonce="other"), "fail: the nonce came back changed"),
    ("oidcc-server", CODE, headed(TOKEN, **{"cache-control": "public"}),
     "fail: tokens may be cached"),
    ("oidcc-server", CODE, told(TOKEN, token_type="mac"), "fail: token_type is not Bearer"),
    ("oidcc-server", CODE, told(TOKEN, expires_in="3600"), "fail: expires_in is not a number"),
    ("oidcc-server", CODE, told(TOKEN, access_token=None), "fail: there is no access token"),
    ("oidcc-idtoken-signature", CODE, tampered_with(TOKEN, "id_token", tampered),
     "fail: the ID token does not verify: bad_signature: "),
    ("oidcc-server", FORM_POST, asked_with(response_mode=None), "fail: answered in the query"),
    ("oidcc-server", IMPLICIT, asked_with(response_type="id_token"),
     "fail: the access token does not follow from the response type"),
    ("oidcc-ensure-request-without-nonce-fails", IMPLICIT, asked_with(nonce="any"),
     "fail: answered None"),
    ("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", CODE, asked_with(nonce="any"),
     "fail: the nonce came back changed"),
    ("oidcc-response-type-missing", CODE, asked_with(response_type="code"),
     "fail: shown a page that is no error"),
    ("oidcc-userinfo-get", CODE, told(USERINFO, sub="other"),
     "fail: userInfo is about somebody else"),
    ("oidcc-userinfo-get", CODE, told(USERINFO, email_verified="true"),
     "fail: not boolean at userInfo: email_verified"),
    ("oidcc-scope-profile", CODE, told(USERINFO, updated_at="now"),
     "fail: not a number: updated_at"),
    ("oidcc-scope-address", CODE, told(USERINFO, address="Main Street"),
     "fail: not an object: address"),
    ("oidcc-scope-phone", CODE, told(USERINFO, phone_number=None),
     "warn: not shown: phone_number"),
    ("oidcc-prompt-login", CODE, asked_with(prompt=None), "fail: the user was not asked again"),
    ("oidcc-prompt-none-not-logged-in", CODE, asked_with(prompt=None), "fail: the user was asked"),
    ("oidcc-prompt-none-logged-in", CODE, asked_with(prompt="login"),
     "fail: the user was asked to sign in again"),
    ("oidcc-max-age-1", CODE, asked_with(max_age=None), "fail: the user was not asked again"),
    ("oidcc-max-age-10000", CODE, asked_with(max_age="0"),
     "fail: the user was asked to sign in again"),
    ("oidcc-id-token-hint", CODE, asked_with(prompt="login"),
     "fail: the user was asked to sign in again"),
    ("oidcc-codereuse", CODE, remembers_the_first(TOKEN), "fail: the second time: 200"),
    (REQUEST, CODE, asked_with(request=None), f"fail: {IGNORED}"),
    ("oidcc-ensure-request-object-with-redirect-uri", CODE, asked_with(request=None),
     f"fail: {IGNORED}"),
    ("oidcc-rp-initiated-logout", CODE, goes_to(LOGOUT, AFTER_LOGOUT),
     "fail: the state came back changed"),
    ("oidcc-rp-initiated-logout-no-state", CODE, goes_to(LOGOUT, AFTER_LOGOUT),
     "fail: the user is still signed in"),
    ("oidcc-rp-initiated-logout", CODE, stays_at(LOGOUT, 200),
     "fail: the browser did not come back"),
    ("oidcc-rp-initiated-logout-no-params", CODE, stays_at(LOGOUT, 200),
     "fail: the user is still signed in"),
    ("oidcc-rp-initiated-logout-no-params", CODE, stays_at(LOGOUT, 500), "fail: a defect: 500"),
    *((f"oidcc-rp-initiated-logout-{name}", CODE, goes_to(LOGOUT, AFTER_LOGOUT),
       "fail: the browser was sent away")
      for name in ("bad-id-token-hint", "modified-id-token-hint", "no-id-token-hint",
                   "bad-post-logout-redirect-uri", "query-added-to-post-logout-redirect-uri")),
]  # fmt: skip


REFUSALS: Final = {
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-redirect-uri-query-added",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-response-type-missing",
}
"""Modules that ask for an error page."""
ELSEWHERE: Final = {
    "oidcc-discovery-endpoint-verification",
    "oidcc-idtoken-unsigned",
    "oidcc-redirect-uri-regfrag",
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
}
"""Modules that visit no page."""


@pytest.fixture(scope="module")
def provider(clock_server: str) -> Provider:
    return a_provider(Wire(clock_server), "strict")


@pytest.mark.parametrize("name,flow,lie,verdict", LIES, ids=[f"{c[0]}-{c[3]}" for c in LIES])
def test_a_module_notices_its_fault(
    name: str, flow: Flow, lie: Lie, verdict: str, provider: Provider
) -> None:
    assert str(LyingRun(provider, flow, lie).judge(BODIES[name])).startswith(verdict)
    assert str(Run(provider, flow).judge(BODIES[name])) == str(PASS), "without the lie"


def test_a_refresh_token_of_anybody_is_noticed(provider: Provider) -> None:
    lie = any_client_is(provider.client)
    ended = LyingRun(provider, CODE, lie).judge(BODIES["oidcc-refresh-token"])
    assert str(ended) == "fail: another client: 200"


def test_an_unregistered_address_that_is_served_is_noticed(provider: Provider) -> None:
    lie = asked_with(redirect_uri=provider.client.redirect_uri)
    for name in ("oidcc-ensure-registered-redirect-uri", "oidcc-redirect-uri-query-mismatch"):
        ended = LyingRun(provider, CODE, lie).judge(BODIES[name])
        assert str(ended) == "fail: shown a page that is no error", name


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("name", sorted(BODIES.keys() - ELSEWHERE))
def test_no_module_passes_where_nobody_can_sign_in(
    name: str, status: int, provider: Provider
) -> None:
    run = LyingRun(provider, CODE, stays_at(AUTHORIZE, status))
    try:
        passed = run.judge(BODIES[name]) == PASS
    except AssertionError:  # the browser is not where it should be
        passed = False
    assert passed == (status >= 400 and name in REFUSALS)


@pytest.mark.parametrize("member", ["token_endpoint", "jwks_uri", "response_types_supported"])
def test_a_document_without_a_required_member_is_noticed(member: str, provider: Provider) -> None:
    kept = {name: value for name, value in provider.metadata.items() if name != member}
    run = Run(dataclasses.replace(provider, metadata=kept))
    assert str(run.judge(BODIES["oidcc-discovery-endpoint-verification"])).startswith("fail: ")


def test_a_module_that_requires_nothing_may_not_pass(provider: Provider) -> None:
    def looks_only(run: Run) -> None:
        run.party().authorize()

    with pytest.raises(AssertionError, match="requires nothing"):
        Run(provider).judge(looks_only)
