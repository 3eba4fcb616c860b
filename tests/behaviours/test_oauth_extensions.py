"""Strict pools beyond Cognito, in front of people: docs/behaviours/oauth-extensions.md."""

import json
import queue
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.behaviours.hosted import (
    BYE,
    CALLBACK,
    CHALLENGE,
    ELSEWHERE,
    VERIFIER,
    Site,
    a_site,
    brought,
)
from tests.sdk.support import PASSWORD, Json, Wire, claims_of, holds, refused
from tests.support.visitor import Seen, Visitor

DEVICE: str = "urn:ietf:params:oauth:grant-type:device_code"
Told = tuple[int, dict[str, Json]]


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    return a_site(wire, "strict")


def post(site: Site, path: str, **form: str) -> Told:
    seen = Visitor().ask(site.at(path), {"client_id": site.app.client_id, **form})
    return seen.status, json.loads(seen.text)


def poll(site: Site, device_code: str) -> Told:
    return post(site, "/oauth2/token", grant_type=DEVICE, device_code=device_code)


def answered(browser: Visitor, question: Seen, allow: str) -> Seen:
    """Press one of the buttons of the question."""
    form = question.form("user_code")
    return browser.visit(form.action, {**form.fields, "allow": allow})


def begun(site: Site) -> dict[str, Json]:
    status, told = post(site, "/oauth2/device_authorization", scope="openid email")
    assert status == 200
    return told


@holds("OEXT-13", "OEXT-14", "OEXT-16")
def test_a_user_lets_a_device_sign_in(site: Site) -> None:
    user = site.app.user()
    told, browser = begun(site), Visitor()
    page = browser.visit(told["verification_uri_complete"])
    sign_in = browser.submit(page, user_code=told["user_code"].lower())
    assert "/login" in sign_in.url
    question = browser.submit(sign_in, username=user, password=PASSWORD)
    assert question.status == 200
    assert "Allow this device?" in question.text
    assert told["user_code"] in question.text
    assert poll(site, told["device_code"])[0] == 400
    done = answered(browser, question, "yes")
    assert "Your device is signed in" in done.text
    again = answered(browser, question, "no")
    assert "not known, or has expired" in again.text
    status, tokens = poll(site, told["device_code"])
    assert status == 200
    assert claims_of(tokens["id_token"])["cognito:username"]
    assert set(tokens["scope"].split()) == {"openid", "email"}
    assert poll(site, told["device_code"])[1]["error"] == "invalid_grant"


@holds("OEXT-13")
def test_a_user_may_say_no(site: Site) -> None:
    told = begun(site)
    browser = site.signed_in(site.app.user())
    question = browser.submit(browser.visit(told["verification_uri"]), user_code=told["user_code"])
    assert "Allow this device?" in question.text  # no second sign-in
    done = answered(browser, question, "no")
    assert "was not signed in" in done.text
    assert poll(site, told["device_code"])[1]["error"] == "access_denied"


@holds("OEXT-16")
def test_nobody_decides_by_an_address_or_for_another(site: Site) -> None:
    told = begun(site)
    browser = site.signed_in(site.app.user())
    for address in (
        told["verification_uri_complete"] + "&allow=yes",
        site.at("/device", user_code=told["user_code"], state=told["user_code"], allow="yes"),
    ):
        browser.visit(address)
    assert poll(site, told["device_code"])[1]["error"] in {"authorization_pending", "slow_down"}
    form = {"user_code": told["user_code"], "allow": "yes"}
    assert browser.ask(site.at("/device"), form).status == 403  # without the page's token
    stranger = Visitor()
    page = stranger.visit(told["verification_uri"])
    hidden = page.form("user_code").fields
    assert "not known" in stranger.visit(site.at("/device"), {**hidden, **form}).text
    assert poll(site, told["device_code"])[1]["error"] in {"authorization_pending", "slow_down"}


@holds("OEXT-02", "OEXT-03")
def test_a_pushed_request_signs_in_once(site: Site) -> None:
    status, pushed = post(
        site, "/oauth2/par", redirect_uri=CALLBACK, response_type="code", scope="openid",
        state="pushed", code_challenge=CHALLENGE, code_challenge_method="S256",
    )  # fmt: skip
    assert status == 201
    named = {"client_id": site.app.client_id, "request_uri": pushed["request_uri"]}
    url = site.at("/oauth2/authorize", **named)
    got = brought(Visitor().sign_in(url, site.app.user(), PASSWORD, until=ELSEWHERE))
    assert got["state"] == "pushed"
    assert "iss" in got
    assert site.redeem(got["code"], code_verifier=VERIFIER)[0] == 200
    used = Visitor().visit(url)
    assert used.status == 400
    assert urllib.parse.urlsplit(used.url).path.endswith("/error")


@pytest.fixture
def application() -> Iterator[tuple[str, "queue.Queue[dict[str, list[str]]]"]]:
    """Serve an application's back channel; return its address, and what it is told."""
    told: queue.Queue[dict[str, list[str]]] = queue.Queue()

    class Channel(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.put(urllib.parse.parse_qs(body.decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Channel)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/backchannel", told
    server.shutdown()
    thread.join()
    server.server_close()


@holds("OEXT-31", "OEXT-34")
def test_an_application_hears_of_a_sign_out(
    wire: Wire, site: Site, application: tuple[str, "queue.Queue[dict[str, list[str]]]"]
) -> None:
    address, told = application
    arn = wire.call("DescribeUserPool", UserPoolId=site.app.pool_id)["UserPool"]["Arn"]
    tag = f"poolkeep:backchannel-logout-uri:{site.app.client_id}"
    wire.call("TagResource", ResourceArn=arn, Tags={tag: address})
    browser = Visitor()
    got = site.sign_in(browser, site.app.user())
    subject = claims_of(site.redeem(got["code"])[1]["id_token"])["sub"]
    browser.ask(site.at("/logout", client_id=site.app.client_id, logout_uri=BYE))
    [notice] = told.get(timeout=30)["logout_token"]
    claims = claims_of(notice)
    assert (claims["sub"], claims["aud"]) == (subject, site.app.client_id)
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert {"iss", "iat", "exp", "jti"} <= claims.keys()
    assert "nonce" not in claims
    with refused("NotAuthorizedException"):
        wire.call("GetUser", AccessToken=notice)
    bearer = Visitor().ask(site.at("/oauth2/userInfo"), authorization=f"Bearer {notice}")
    assert bearer.status == 401
