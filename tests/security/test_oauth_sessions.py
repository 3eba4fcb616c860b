"""Cookies and forms of the pages: docs/behaviours/oauth-attacks.md."""

import http.client
import json
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.conformance.browser import Landing, Page
from tests.conformance.provider import Provider
from tests.conformance.relying import Relying
from tests.sdk.support import an_email, attributes, claims_of, holds, tampered, unique
from tests.security.oauth import (
    EVIL,
    browsing,
    call,
    query,
    signed_in,
    signed_in_afresh,
    stays,
    told,
)

HOUR_S: Final = 3_600
SESSION: Final = "cognito"
NAMES: Final = ("X-Forwarded-Host", "Forwarded", "X-Original-Host", "X-Host")


def cookie(party: Relying, ending: str = SESSION) -> str:
    """Return the value of a cookie, whatever prefix its name has."""
    found = [one for one in party.browser.client.cookies.jar if one.name.endswith(ending)]
    assert found, [one.name for one in party.browser.client.cookies.jar]
    return found[0].value or ""


def cookie_name(party: Relying, ending: str = SESSION) -> str:
    """Return the name of a cookie, with whatever prefix it has."""
    return next(one.name for one in party.browser.client.cookies.jar if one.name.endswith(ending))


def plant(party: Relying, value: str, ending: str = SESSION) -> None:
    """Put a value where the provider looks for its cookie."""
    path = urlsplit(party.op.base).path or "/"
    host = urlsplit(party.op.base).hostname or ""
    jar = party.browser.client.cookies
    for one in [one for one in jar.jar if one.name.endswith(ending)]:
        jar.jar.clear(one.domain, one.path, one.name)
    jar.set(ending, value, domain=host, path=path)


@holds("SES-10")
def test_an_altered_session_cookie_is_nobodys(op: Provider) -> None:
    with signed_in(op) as party:
        good = cookie(party)
        for bad in (tampered(good, 0), tampered(good), good[:-1], f"{good}A", good.swapcase(),
                    "", "A" * 43, "%00", '"', "null", "a" * 4_000):  # fmt: skip
            if bad != good:
                plant(party, bad)
                told(party, party.authorize(prompt="none"), "login_required")
        plant(party, good)
        party.authorize(prompt="none")
        party.answer()


@holds("SES-12")
def test_a_planted_cookie_is_not_what_the_victim_gets(op: Provider) -> None:
    """Fixation: whoever knew a cookie before must know nothing after."""
    with browsing(op) as attacker, browsing(op) as victim:
        attacker.authorize()
        for ending in ("cognito", "cognito-fl"):
            known = [one for one in attacker.browser.client.cookies.jar
                     if one.name == ending and one.value]  # fmt: skip
            plant(victim, (known[0].value or "") if known else "A" * 43, ending)
        before = {one.value for one in victim.browser.client.cookies.jar}
        victim.authorize()
        victim.answer()
        assert cookie(victim) not in before
        told(attacker, attacker.authorize(prompt="none"), "login_required")


@holds("SES-12")
def test_the_session_has_a_new_name_after_each_sign_in(op: Provider) -> None:
    with signed_in_afresh(op) as party:
        first = cookie(party)
        party.authorize(prompt="login")
        party.answer()
        second = cookie(party)
        assert first != second
        plant(party, first)
        told(party, party.authorize(prompt="none"), "login_required")


@holds("SES-12")
def test_signing_out_ends_the_session_and_not_only_the_cookie(op: Provider) -> None:
    with signed_in_afresh(op) as party:
        good = cookie(party)
        party.browser.go(f"{op.at('/logout')}?{urlencode({'client_id': op.client.id})}")
        plant(party, good)
        told(party, party.authorize(prompt="none"), "login_required")


@holds("SES-12", "OAU-28")
def test_cookies_are_for_this_host_and_not_for_scripts(op: Provider) -> None:
    with browsing(op) as party:
        answers = [party.browser.once(f"{op.metadata['authorization_endpoint']}?{query(party)}")]
        answers.append(party.browser.once(f"{op.at('/login')}?{query(party)}"))
        page = party.authorize()
        assert isinstance(page, Page)
        form = page.form("username", "password")
        sent = {**form.fields, "username": op.username, "password": op.password}
        answers.append(party.browser.client.post(form.action, data=sent))
    cookies = [text for answer in answers for text in answer.headers.get_list("set-cookie")]
    assert cookies
    for text in cookies:
        parts = [part.strip().lower() for part in text.split(";")]
        assert "httponly" in parts, text
        assert any(part.startswith("samesite=") for part in parts), text
        assert not any(part.startswith("domain") for part in parts), text
    assert sum(len(text.partition(";")[0]) for text in cookies) < 4_096


@holds("SES-13")
@pytest.mark.parametrize("change", ["none", "empty", "forged", "no cookie", "another's"])
def test_a_sign_in_form_of_another_site_is_refused(op: Provider, change: str) -> None:
    with browsing(op) as party, browsing(op) as other:
        other.authorize()
        stranger = other.browser.page().form("username", "password").fields["_csrf"]
        page = party.authorize()
        assert isinstance(page, Page)
        form = page.form("username", "password")
        sent = {**form.fields, "username": op.username, "password": op.password}
        if change == "none":
            del sent["_csrf"]
        elif change == "no cookie":
            party.browser.client.cookies.clear()
        else:
            forged = {"empty": "", "forged": "x" * 36}
            sent["_csrf"] = forged.get(change, stranger)
        at = party.browser.go(form.action, sent)
        assert isinstance(at, Page), at
        told(party, party.authorize(prompt="none"), "login_required")


@holds("SES-13")
@pytest.mark.parametrize("planted", [False, True])
@pytest.mark.parametrize(
    "headers",
    [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site", "Origin": EVIL}],
)
def test_a_form_that_says_where_it_is_from_is_believed(
    op: Provider, headers: dict[str, str], *, planted: bool
) -> None:
    """Also where a neighbouring host has set a cookie, and knows what the form must hold."""
    with browsing(op) as party:
        page = party.authorize()
        assert isinstance(page, Page)
        form = page.form("username", "password")
        sent = {**form.fields, "username": op.username, "password": op.password}
        if planted:
            sent["_csrf"] = "x" * 36
            plant(party, "x" * 36, "XSRF-TOKEN")
        answer = party.browser.client.post(form.action, data=sent, headers=headers)
        assert answer.status_code == 403, answer.status_code
        told(party, party.authorize(prompt="none"), "login_required")


@holds("SES-14")
def test_a_session_lives_an_hour_whatever_happens(clock_op: Provider) -> None:
    with signed_in_afresh(clock_op) as party:
        for _ in range(3):
            clock_op.wire.advance(HOUR_S / 4)
            party.authorize(prompt="none")
            party.answer()
        clock_op.wire.advance(HOUR_S / 4 + 1)
        told(party, party.authorize(prompt="none"), "login_required")


@holds("SES-14")
@pytest.mark.parametrize("change", ["password", "global sign-out"])
def test_a_session_outlives_tokens_and_passwords_as_in_cognito(op: Provider, change: str) -> None:
    name = op.new_user()
    who = {"UserPoolId": op.pool_id, "Username": name}
    with browsing(op) as party:
        party.authorize()
        party.browser.sign_in(name, op.password)
        if change == "password":
            op.wire.call("AdminSetUserPassword", **who, Password="Other-Horse-9", Permanent=True)
        else:
            op.wire.call("AdminUserGlobalSignOut", **who)
        party.authorize(prompt="none")
        assert party.answer().params["code"]


@holds("SES-04")
@pytest.mark.parametrize(
    "path", ["/mfa", "/mfaOption", "/resetPassword", "/confirm", "/passkeys/add"]
)
def test_no_page_in_the_middle_is_a_way_in(op: Provider, path: str) -> None:
    with browsing(op) as party:
        for form in (None, {"code": "123456", "password": "x", "_csrf": "x"}):
            at = party.browser.go(f"{op.at(path)}?{query(party)}", form)
            assert isinstance(at, Page), at
            assert at.status < 500
            told(party, party.authorize(prompt="none"), "login_required")


@holds("SES-15")
def test_a_session_is_the_pools_and_no_other_pools(op: Provider, clock_op: Provider) -> None:
    with signed_in(op) as party, browsing(clock_op) as other:
        plant(other, cookie(party))
        told(other, other.authorize(prompt="none"), "login_required")


@holds("SES-15")
def test_a_session_serves_the_clients_of_its_pool(op: Provider) -> None:
    """As in Cognito: one sign-in for all clients, each with tokens of its own."""
    with signed_in(op) as party, Relying(op, op.client2) as other:
        other.browser.client.cookies.update(party.browser.client.cookies)
        other.authorize(prompt="none")
        landing = other.answer()
        assert other.judge_tokens(other.redeem(landing.params["code"]))


@holds("OAU-24")
@pytest.mark.parametrize("name", NAMES)
def test_a_header_names_no_host(op: Provider, name: str) -> None:
    value = "host=evil.example.net;proto=https" if name == "Forwarded" else "evil.example.net"
    with browsing(op) as party:
        asked = query(party)
        for path in (f"/oauth2/authorize?{asked}", f"/login?{asked}", f"/forgotPassword?{asked}"):
            answer = party.browser.client.get(op.at(path), headers={name: value})
            assert "evil" not in answer.text
            assert "evil" not in answer.headers.get("location", "")
    issuer = f"{op.wire.base_url}/{op.pool_id}"
    told_by = call("GET", f"{issuer}/.well-known/openid-configuration", headers={name: value})
    assert told_by.json() == op.metadata


@holds("OAU-24")
@pytest.mark.parametrize(
    "path", ["/oauth2/authorize", "/login", "/.well-known/openid-configuration"]
)
def test_a_host_that_is_not_configured_is_not_repeated(op: Provider, path: str) -> None:
    at = urlsplit(op.base)
    connection = http.client.HTTPConnection(at.netloc, timeout=30)
    try:
        connection.putrequest("GET", f"{at.path}{path}", skip_host=True)
        connection.putheader("Host", "evil.example.net")
        connection.endheaders()
        answer = connection.getresponse()
        assert b"evil" not in answer.read()
        assert "evil" not in (answer.headers["location"] or "")
        assert answer.status < 500
    finally:
        connection.close()


@holds("OAU-24")
@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Forwarded"])
def test_a_header_names_no_host_in_a_message(op: Provider, name: str) -> None:
    value = "host=evil.example.net;proto=https" if name == "Forwarded" else "evil.example.net"
    user, address = unique(), an_email()
    values = attributes({"email": address, "email_verified": "true"})
    who = {"UserPoolId": op.pool_id, "Username": user}
    op.wire.call("AdminCreateUser", **who, MessageAction="SUPPRESS", UserAttributes=values)
    op.wire.call("AdminSetUserPassword", **who, Password=op.password, Permanent=True)
    with browsing(op) as party:
        page = party.browser.go(f"{op.at('/forgotPassword')}?{query(party)}")
        assert isinstance(page, Page)
        form = page.form("username")
        sent = {**form.fields, "username": user}
        answer = party.browser.client.post(form.action, data=sent, headers={name: value})
        assert "evil" not in answer.text + answer.headers.get("location", "")
    (message,) = op.wire.messages(address, wait_s=10)
    assert message["code"]
    assert "evil" not in json.dumps(message)


@holds("OAU-28")
def test_a_cookie_of_a_sibling_does_not_win(op: Provider) -> None:
    """Two cookies of a name: the browser sends both, and a planted one signs nobody in."""
    with signed_in(op) as party, browsing(op) as attacker:
        good, name = cookie(party), cookie_name(party)
        attacker.authorize()
        attacker.browser.sign_in(op.new_user(), op.password)
        theirs = cookie(attacker)
        assert theirs != good
        url = f"{op.metadata['authorization_endpoint']}?{query(party, prompt='none')}"
        whose = set()
        for first, second in (("planted", good), (good, "planted"), (good, theirs)):
            answer = party.back.get(url, headers={"Cookie": f"{name}={first}; {name}={second}"})
            landed = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
            if "code" in landed:
                whose.add(claims_of(party.redeemed(landed["code"])["access_token"])["username"])
            else:
                assert landed["error"] == "login_required"
        assert whose == {op.username}


@holds("OAU-30")
def test_user_info_has_one_address(op: Provider) -> None:
    """Web cache deception: what looks like a file must not answer with somebody's claims."""
    with signed_in(op) as party:
        token = party.sign_in().access_token
        for ending in (".css", "/a.css", "%2Fa.css", ";a.css", "%00.css", "/"):
            url = f"{op.metadata['userinfo_endpoint']}{ending}"
            answer = party.back.get(url, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code in {400, 404}, (ending, answer.status_code)
            assert "no-store" in answer.headers["cache-control"]
            assert op.username not in answer.text


@holds("OAU-30")
def test_a_heap_of_cookies_is_refused_and_forgotten(op: Provider) -> None:
    heap = "; ".join(f"c{number}={'x' * 4_000}" for number in range(50))
    with browsing(op) as party:
        url = f"{op.metadata['authorization_endpoint']}?{query(party)}"
        answer = party.back.get(url, headers={"Cookie": heap})
        assert answer.status_code == 431
        at = party.authorize()
        assert not isinstance(at, Landing)
        assert at.status == 200
    stays_there = f"{op.at('/error')}?error=x"
    with browsing(op) as party:
        stays(party.browser.go(stays_there))
