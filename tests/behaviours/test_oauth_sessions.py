"""Authorization and the sessions of browsers: docs/behaviours/oauth.md."""

import urllib.parse
import uuid

import pytest

from tests.behaviours.hosted import (
    CALLBACK,
    CHALLENGE,
    ELSEWHERE,
    SECOND_CALLBACK,
    VERIFIER,
    Site,
    a_site,
    brought,
    location,
    silent,
)
from tests.behaviours.sessions import listed, track
from tests.sdk.support import PASSWORD, Wire, claims_of, holds
from tests.support.visitor import Visitor

HOUR_S = 3_600


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    return a_site(wire)


@pytest.fixture(scope="module")
def strict(wire: Wire) -> Site:
    return a_site(wire, "strict")


@holds("OAUTH-33", "OAUTH-34")
def test_a_sign_in_on_the_pages_brings_a_code(site: Site) -> None:
    name = site.app.user()
    visitor = Visitor()
    url = site.authorize(state="f(0)/x", code_challenge=CHALLENGE, code_challenge_method="S256")
    first = visitor.ask(url)
    assert location(first).partition("?")[2] == url.partition("?")[2]
    assert urllib.parse.urlsplit(location(first)).path.endswith("/login")
    got = brought(visitor.sign_in(url, name, PASSWORD, until=ELSEWHERE))
    assert list(got) == ["code", "state"]
    assert got["state"] == "f(0)/x"
    assert str(uuid.UUID(got["code"])) == got["code"]
    status, tokens = site.redeem(got["code"], code_verifier=VERIFIER)
    assert status == 200, tokens
    assert claims_of(tokens["id_token"])["cognito:username"] == name


@holds("OAUTH-34")
@pytest.mark.parametrize(
    "alias, main",
    [
        ("/authorize", "/oauth2/authorize"),
        ("/oauth2/login", "/login"),
        ("/oauth2/logout", "/logout"),
    ],
)
def test_other_names_lead_to_the_main_ones(site: Site, alias: str, main: str) -> None:
    seen = Visitor().ask(site.at(alias) + "?state=%7B%22a%22%3A1%7D")
    assert location(seen).endswith(main + "?state=%7B%22a%22%3A1%7D")


@holds("OAUTH-20", "OAUTH-22")
def test_a_session_answers_without_a_page_at_every_client(site: Site) -> None:
    name = site.app.user()
    visitor = site.signed_in(name)
    for client in (site, site.another()):
        for params in ({}, {"prompt": "none"}):
            got = brought(visitor.visit(client.authorize(**params), until=ELSEWHERE))
            status, tokens = client.redeem(got["code"])
            assert status == 200
            assert claims_of(tokens["access_token"])["username"] == name
    assert silent(site, Visitor()) == {"error": "login_required", "state": "s1"}


@holds("OAUTH-20", "OAUTH-24")
def test_a_silent_sign_in_keeps_the_time_of_the_real_one(clock_wire: Wire) -> None:
    site = a_site(clock_wire)
    visitor = Visitor()
    site.signed_in(site.app.user(), visitor)
    clock_wire.advance(HOUR_S - 30)
    told = claims_of(site.redeem(silent(site, visitor)["code"])[1]["id_token"])
    assert told["iat"] - told["auth_time"] >= HOUR_S - 30
    assert silent(site, visitor, max_age="60")["error"] == "login_required"
    assert "code" in silent(site, visitor, max_age="7200")
    clock_wire.advance(31)
    assert silent(site, visitor)["error"] == "login_required"


@holds("OAUTH-22", "OAUTH-26")
def test_a_demanded_sign_in_asks_and_gives_a_new_session(site: Site) -> None:
    name = site.app.user()
    visitor = site.signed_in(name)
    (before,) = [cookie for cookie in visitor.cookies if cookie.name == "cognito"]
    seen = visitor.visit(site.authorize(prompt="login"), until=ELSEWHERE)
    assert seen.status == 200
    assert "code" in silent(site, visitor)
    got = visitor.submit(seen, until=ELSEWHERE, username=name, password=PASSWORD)
    assert "code" in brought(got)
    (after,) = [cookie for cookie in visitor.cookies if cookie.name == "cognito"]
    assert before.value != after.value
    old = Visitor()
    old.cookies.set_cookie(before)
    assert silent(site, old)["error"] == "login_required"
    assert "code" in silent(site, visitor)


@holds("OAUTH-22")
def test_creating_an_account_has_its_page_in_strict(strict: Site) -> None:
    seen = Visitor().ask(strict.authorize(prompt="create"))
    assert urllib.parse.urlsplit(location(seen)).path.endswith("/signup")


@holds("OAUTH-27")
def test_a_session_outlives_its_tokens_and_passwords_but_not_its_user(site: Site) -> None:
    name = site.app.user()
    visitor = site.signed_in(name)
    site.app.admin("AdminUserGlobalSignOut", name)
    site.app.admin("AdminSetUserPassword", name, Password=PASSWORD + "x", Permanent=True)
    assert "code" in silent(site, visitor)
    site.app.admin("AdminDisableUser", name)
    assert silent(site, visitor)["error"] == "login_required"
    site.app.admin("AdminEnableUser", name)
    assert silent(site, visitor)["error"] == "login_required"
    other = site.app.user()
    visitor = site.signed_in(other)
    code = silent(site, visitor)["code"]
    site.app.admin("AdminDeleteUser", other)
    assert silent(site, visitor)["error"] == "login_required"
    assert site.redeem(code)[1] == {"error": "invalid_grant"}


@holds("OAUTH-28")
def test_the_cookie_is_for_this_domain_and_not_for_scripts(site: Site) -> None:
    visitor = Visitor()
    page = visitor.visit(site.authorize())
    form = page.form("username", "password")
    done = visitor.ask(
        form.action, {**form.fields, "username": site.app.user(), "password": PASSWORD}
    )
    (cookie,) = [
        text for text in done.headers.get_all("Set-Cookie", []) if text.startswith("cognito=")
    ]
    parts = set(cookie.split("; ")[1:])
    assert {"HttpOnly", "SameSite=Lax", f"Path={urllib.parse.urlsplit(site.base).path}"} <= parts
    assert not any(part.lower().startswith("domain") for part in parts)
    assert any(part.startswith("Max-Age=3") for part in parts)


@holds("OAUTH-21", "OAUTH-29")
def test_tracked_sessions_are_listed_and_can_be_revoked(wire: Wire) -> None:
    site = a_site(wire)
    track(site.app)
    never = site.another()
    wire.call(
        "SetUserPoolClientSessionConfiguration",
        UserPoolId=site.app.pool_id,
        ClientId=never.app.client_id,
        SSOSession={"MaxValidityMinutes": 0},
    )
    name = site.app.user()
    visitor = site.signed_in(name)
    (sso,) = [each for each in listed(site.app, name) if each["SessionId"].startswith("sso")]
    assert "code" in silent(site, visitor)
    assert silent(never, visitor)["error"] == "login_required"
    seen = visitor.visit(site.authorize(prompt="login"), until=ELSEWHERE)
    visitor.submit(seen, until=ELSEWHERE, username=name, password=PASSWORD)
    code = silent(site, visitor)["code"]
    assert site.redeem(code)[0] == 200
    sessions = listed(site.app, name)
    assert [each["SessionId"] for each in sessions if each["SessionId"].startswith("sso")] == [
        sso["SessionId"]
    ]
    (child,) = [each for each in sessions if each["SessionId"].startswith("tkn")]
    assert child["OriginSessionId"] == sso["SessionId"]
    site.app.admin("AdminRevokeUserSession", name, SessionId=sso["SessionId"])
    assert silent(site, visitor)["error"] == "login_required"


@holds("OAUTH-25")
def test_a_level_that_cannot_be_reached_is_not_demanded(site: Site) -> None:
    visitor = site.signed_in(site.app.user())
    assert "code" in silent(site, visitor, acr_values="urn:cognito:loa:4 urn:cognito:loa:1")


@holds("OAUTH-30")
def test_an_address_with_a_query_keeps_it(site: Site) -> None:
    visitor = site.signed_in(site.app.user())
    url = site.authorize(redirect_uri=SECOND_CALLBACK)
    seen = visitor.visit(url, until=ELSEWHERE)
    assert seen.url.startswith(SECOND_CALLBACK + "&code=")


@holds("OAUTH-32")
@pytest.mark.parametrize(
    "scope, names",
    [
        ("openid", ["id_token", "access_token", "token_type", "expires_in", "state"]),
        (
            "aws.cognito.signin.user.admin",
            ["access_token", "token_type", "expires_in", "state"],
        ),
    ],
)
def test_the_implicit_flow_brings_tokens_in_the_fragment(
    site: Site, scope: str, names: list[str]
) -> None:
    visitor, name = Visitor(), site.app.user()
    url = site.authorize(response_type="token", scope=scope, nonce="n-1")
    for seen in (
        visitor.sign_in(url, name, PASSWORD, until=ELSEWHERE),
        visitor.visit(url, until=ELSEWHERE),
    ):
        assert seen.url.startswith(CALLBACK + "#")
        got = brought(seen)
        assert list(got) == names
        assert (got["token_type"], got["expires_in"]) == ("bearer", "3600")
        assert claims_of(got["access_token"])["scope"] == scope
        if "id_token" in got:
            assert claims_of(got["id_token"])["nonce"] == "n-1"


@holds("OAUTH-31")
def test_every_answer_of_a_strict_pool_names_its_issuer(strict: Site) -> None:
    issuer = strict.base
    assert silent(strict, Visitor()) == {
        "state": "s1", "error": "login_required", "iss": issuer
    }  # fmt: skip
    got = strict.sign_in(Visitor(), strict.app.user())
    assert list(got) == ["code", "state", "iss"]
    assert got["iss"] == issuer


@holds("OAUTH-35")
def test_a_request_may_be_a_form_in_strict(site: Site, strict: Site) -> None:
    asking = {name: value for name, value in strict.asking().items() if value}
    visitor, name = Visitor(), strict.app.user()
    page = visitor.visit(strict.at("/oauth2/authorize"), asking)
    got = visitor.submit(page, until=ELSEWHERE, username=name, password=PASSWORD)
    assert "code" in brought(got)
    assert "code" in brought(visitor.visit(strict.at("/oauth2/authorize"), asking, until=ELSEWHERE))
    refused = Visitor().ask(site.at("/oauth2/authorize"), asking)
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")


@holds("OAUTH-11")
def test_a_form_post_posts_the_answer(strict: Site) -> None:
    visitor = strict.signed_in(strict.app.user())
    seen = visitor.visit(strict.authorize(response_mode="form_post", state='"><b>'))
    form = seen.form("code", "state", "iss")
    assert (form.action, form.method, form.fields["state"]) == (CALLBACK, "post", '"><b>')
    assert strict.redeem(form.fields["code"])[0] == 200
