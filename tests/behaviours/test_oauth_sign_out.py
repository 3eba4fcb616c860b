"""Signing out, and what leads nowhere: docs/behaviours/oauth.md."""

import json
import urllib.parse
from typing import Any

import pytest

from tests.behaviours.hosted import (
    BYE,
    CALLBACK,
    ELSEWHERE,
    Site,
    a_site,
    brought,
    location,
    silent,
)
from tests.sdk.support import PASSWORD, Wire, holds
from tests.support.visitor import Seen, Visitor

MISSING = "Required String parameter &#39;{}&#39; is not present"
PROFILES = ("compat", "strict")


@pytest.fixture(scope="module")
def sites(wire: Wire) -> dict[str, Site]:
    return {profile: a_site(wire, profile) for profile in PROFILES}


@pytest.fixture(params=PROFILES)
def site(request: pytest.FixtureRequest, sites: dict[str, Site]) -> Site:
    return sites[request.param]


def is_signed_in(site: Site, visitor: Visitor) -> bool:
    return "code" in silent(site, visitor)


def with_id_token(site: Site, **params: str) -> tuple[Visitor, str]:
    """Return a browser in which a new user has signed in, and the user's ID token."""
    visitor = Visitor()
    got = site.sign_in(visitor, site.app.user(), **params)
    return visitor, site.redeem(got["code"])[1]["id_token"]


def leads_nowhere(seen: Seen) -> None:
    assert seen.status == 400
    assert "Location" not in seen.headers
    assert BYE not in seen.text


@holds("OAUTH-40")
@pytest.mark.parametrize("target", [BYE, CALLBACK])
def test_signing_out_leads_to_an_address_of_the_clients(site: Site, target: str) -> None:
    visitor = site.signed_in(site.app.user())
    params = {"client_id": site.app.client_id, "logout_uri": target, "state": "x"}
    assert location(visitor.ask(site.at("/logout", **params))) == target
    assert not is_signed_in(site, visitor)
    assert location(Visitor().ask(site.at("/logout", **params))) == target


@holds("OAUTH-40", "OAUTH-42")
def test_signing_out_ends_the_session_behind_the_cookie(site: Site) -> None:
    visitor = site.signed_in(site.app.user())
    (kept,) = [cookie for cookie in visitor.cookies if cookie.name == "cognito"]
    visitor.ask(site.at("/logout", client_id=site.app.client_id, logout_uri=BYE))
    again = Visitor()
    again.cookies.set_cookie(kept)
    assert not is_signed_in(site, again)


@holds("OAUTH-41")
def test_signing_out_can_lead_to_the_sign_in_page(site: Site) -> None:
    visitor = site.signed_in(site.app.user())
    params = {**site.asking(state="a b", scope=None), "identity_provider": "COGNITO"}
    target = urllib.parse.urlsplit(location(visitor.ask(site.at("/logout", **params))))
    assert target.path.endswith("/login")
    query = dict(urllib.parse.parse_qsl(target.query))
    assert query == {
        **{name: value for name, value in site.asking(state="a b").items() if value},
        "scope": "openid email profile aws.cognito.signin.user.admin",
    }
    assert not is_signed_in(site, visitor)
    wrong = visitor.ask(site.at("/logout", **site.asking(redirect_uri=BYE)))
    leads_nowhere(wrong)


@holds("OAUTH-42")
@pytest.mark.parametrize("target", [BYE + "/", BYE + "?", "https://evil.example.com/", ""])
def test_an_unregistered_target_counts_as_none(site: Site, target: str) -> None:
    visitor = site.signed_in(site.app.user())
    seen = visitor.ask(site.at("/logout", client_id=site.app.client_id) + f"&logout_uri={target}")
    leads_nowhere(seen)
    assert MISSING.format("redirect_uri") in seen.text
    assert not is_signed_in(site, visitor)


@holds("OAUTH-42")
def test_an_unknown_client_signs_nobody_out(site: Site) -> None:
    visitor = site.signed_in(site.app.user())
    leads_nowhere(visitor.ask(site.at("/logout", client_id="nobody", logout_uri=BYE)))
    nameless = visitor.ask(site.at("/logout", logout_uri=BYE))
    leads_nowhere(nameless)
    assert MISSING.format("client_id") in nameless.text
    assert is_signed_in(site, visitor)


@holds("OAUTH-43")
@pytest.mark.parametrize("state", [None, "f 1&x"])
def test_a_hint_signs_out_and_leads_back(site: Site, state: str | None) -> None:
    visitor, token = with_id_token(site)
    params = {"id_token_hint": token, "post_logout_redirect_uri": BYE, "state": state}
    target = location(visitor.ask(site.at("/logout", **params)))
    assert target == (BYE if state is None else BYE + "?state=f%201%26x")
    assert not is_signed_in(site, visitor)


@holds("OAUTH-43")
def test_a_hint_alone_shows_that_the_user_is_signed_out(site: Site) -> None:
    visitor, token = with_id_token(site)
    seen = visitor.ask(site.at("/logout", id_token_hint=token))
    assert (seen.status, "You are signed out" in seen.text) == (200, True)
    assert not is_signed_in(site, visitor)


@holds("OAUTH-43")
def test_a_hint_that_has_expired_will_do(clock_wire: Wire) -> None:
    site = a_site(clock_wire)
    visitor, token = with_id_token(site)
    clock_wire.advance(2 * 3_600)
    params = {"id_token_hint": token, "post_logout_redirect_uri": BYE}
    assert location(visitor.ask(site.at("/logout", **params))) == BYE


@holds("OAUTH-44")
def test_wrong_hints_and_targets_lead_nowhere(site: Site) -> None:
    visitor, token = with_id_token(site)
    _, access = visitor, site.redeem(silent(site, visitor)["code"])[1]["access_token"]
    head, body, signature = token.split(".")
    altered = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    other = site.another()
    wrong: list[dict[str, Any]] = [
        {"id_token_hint": altered},
        {"id_token_hint": access},
        {"id_token_hint": "nonsense"},
        {"id_token_hint": token, "client_id": other.app.client_id},
    ]
    for params in wrong:
        leads_nowhere(visitor.ask(site.at("/logout", post_logout_redirect_uri=BYE, **params)))
        assert is_signed_in(site, visitor)
    for target in (BYE + "?x=1", CALLBACK, "https://evil.example.com/"):
        params = {"id_token_hint": token, "post_logout_redirect_uri": target}
        leads_nowhere(visitor.ask(site.at("/logout", **params)))


@holds("OAUTH-44")
def test_without_a_hint_the_user_is_asked(site: Site) -> None:
    visitor = site.signed_in(site.app.user())
    params = {"post_logout_redirect_uri": BYE, "client_id": site.app.client_id, "state": "s"}
    seen = visitor.ask(site.at("/logout", **params))
    assert seen.status == 200
    assert is_signed_in(site, visitor)
    form = seen.form("_csrf", "state")
    forged = visitor.ask(form.action, {**form.fields, "confirmed": "yes", "_csrf": "x" * 22})
    assert forged.status == 403
    assert is_signed_in(site, visitor)
    done = visitor.ask(form.action, {**form.fields, "confirmed": "yes"})
    assert location(done) == BYE + "?state=s"
    assert not is_signed_in(site, visitor)


@holds("OAUTH-44")
def test_another_users_hint_is_asked_about(site: Site) -> None:
    _, token = with_id_token(site)
    visitor = site.signed_in(site.app.user())
    params = {"id_token_hint": token, "post_logout_redirect_uri": BYE}
    assert visitor.ask(site.at("/logout", **params)).status == 200
    assert is_signed_in(site, visitor)


@holds("OAUTH-45")
@pytest.mark.parametrize("params", [{}, {"state": "s"}])
def test_asking_for_nothing_signs_out(sites: dict[str, Site], params: dict[str, str]) -> None:
    for profile, status in (("compat", 400), ("strict", 200)):
        site = sites[profile]
        visitor = site.signed_in(site.app.user())
        seen = visitor.ask(site.at("/logout", **params))
        assert seen.status == status
        expected = MISSING.format("client_id") if status == 400 else "You are signed out"
        assert expected in seen.text
        assert not is_signed_in(site, visitor)


@holds("OAUTH-46")
def test_a_form_of_another_site_is_led_here_first(site: Site) -> None:
    visitor, token = with_id_token(site)
    form = {"id_token_hint": token, "post_logout_redirect_uri": BYE, "state": "s"}
    first = visitor.ask(site.at("/logout"), form)
    assert first.status == 303
    assert is_signed_in(site, visitor)
    address = urllib.parse.urljoin(site.base, location(first))
    assert location(visitor.ask(address)) == BYE + "?state=s"
    assert not is_signed_in(site, visitor)


@holds("OAUTH-50")
def test_a_script_signs_in_by_reading_the_cookie(site: Site) -> None:
    visitor, name = Visitor(), site.app.user()
    url = site.at("/login", **site.asking())
    visitor.ask(url)
    (token,) = [cookie.value for cookie in visitor.cookies if cookie.name == "XSRF-TOKEN"]
    form = {
        "_csrf": token or "",
        "username": name,
        "password": PASSWORD,
        "cognitoAsfData": "",
        "signInSubmitButton": "Sign in",
    }
    assert "code" in brought(visitor.visit(url, form, until=ELSEWHERE))


@holds("OAUTH-50")
def test_a_form_without_its_token_is_refused(site: Site) -> None:
    name = site.app.user()
    url = site.at("/login", **site.asking())
    other = Visitor()
    theirs = other.ask(url).form("_csrf").fields["_csrf"]
    for token in (None, "", "x", theirs):
        visitor = Visitor()
        visitor.ask(url)
        form = {"username": name, "password": PASSWORD}
        seen = visitor.ask(url, form if token is None else {**form, "_csrf": token})
        assert seen.status == 403
        assert urllib.parse.urlencode({"client_id": site.app.client_id}) in seen.text
    cookieless = Visitor().ask(url, {"username": name, "password": PASSWORD, "_csrf": theirs})
    assert cookieless.status == 403


@holds("OAUTH-50")
@pytest.mark.parametrize(
    "headers, status",
    [
        ({}, 302),
        ({"Origin": "{own}", "Sec-Fetch-Site": "same-origin"}, 302),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_form_of_another_page_is_refused(
    wire: Wire, site: Site, headers: dict[str, str], status: int
) -> None:
    url = site.at("/login", **site.asking())
    token = "t" * 22
    body = {"username": site.app.user(), "password": PASSWORD, "_csrf": token}
    sent = {name: value.format(own=wire.base_url) for name, value in headers.items()}
    reply = wire.exchange(
        "POST",
        url.removeprefix(wire.base_url),
        urllib.parse.urlencode(body).encode(),
        {
            "Host": urllib.parse.urlsplit(wire.base_url).netloc,
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"XSRF-TOKEN={token}",
            **sent,
        },
    )
    assert reply.status == status


@holds("OAUTH-51")
@pytest.mark.parametrize("error", ["redirect_mismatch", "unknown", "<script>alert(1)</script>"])
def test_the_error_page_repeats_nothing_and_leads_nowhere(site: Site, error: str) -> None:
    evil = "https://evil.example.com/<b>"
    seen = Visitor().ask(
        site.at("/error", error=error, client_id=evil, state=evil, redirect_uri=evil)
    )
    assert seen.status == 400
    assert "evil.example.com" not in seen.text
    assert "<script>alert" not in seen.text
    assert json.dumps("redirect_mismatch")[1:-1] in seen.text or error != "redirect_mismatch"


@holds("OAUTH-01", "OAUTH-02")
def test_requests_that_cannot_be_trusted_end_on_the_error_page(site: Site) -> None:
    visitor = site.signed_in(site.app.user())
    evil = "https://evil.example.com/cb"
    for params in (
        {"client_id": None},
        {"client_id": "nobody"},
        {"redirect_uri": evil},
        {"redirect_uri": None},
    ):
        for path in ("/oauth2/authorize", "/login"):
            seen = visitor.ask(site.at(path, **site.asking(**params)))
            target = urllib.parse.urlsplit(location(seen))
            assert (target.netloc, target.path.rpartition("/")[2]) == ("", "error")
    mismatch = location(visitor.ask(site.authorize(redirect_uri=evil)))
    expected = f"error=redirect_mismatch&client_id={site.app.client_id}"
    assert mismatch.partition("?")[2] == expected


@holds("OAUTH-52")
def test_an_answer_of_a_provider_that_nobody_asked_for_leads_nowhere(site: Site) -> None:
    evil = {"code": "x", "state": "https://evil.example.com", "RelayState": "redirect_uri=x"}
    visitor = Visitor()
    for path in ("/oauth2/idpresponse", "/saml2/idpresponse", "/saml2/logout"):
        seen = visitor.ask(site.at(path), {**evil, "SAMLResponse": "PHg+"})
        assert (seen.status, seen.headers["Location"]) == (400, None)
        assert "evil.example.com" not in seen.text
    assert visitor.ask(site.at("/oauth2/idpresponse", **evil)).status == 400
    for path in ("/saml2/idpresponse", "/saml2/logout"):
        assert visitor.ask(site.at(path, **evil)).status == 405
