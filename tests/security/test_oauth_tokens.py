"""Refresh, userInfo, revocation, and who may read the answers: docs/behaviours/oauth-attacks.md."""

from typing import Final

import httpx2
import pytest

from tests.conformance.provider import Client, Provider
from tests.conformance.relying import Flow, Outcome, Relying, basic
from tests.sdk.support import Json, claims_of, holds, tampered
from tests.security.oauth import browsing, call, dead, refused, signed_in, signed_in_afresh

HOUR_S: Final = 3_600
ORIGINS: Final = ("https://evil.example.net", "null", "http://localhost:3000")


def refresh(party: Relying, token: str, **more: str) -> httpx2.Response:
    return party.token(grant_type="refresh_token", refresh_token=token, **more)


def revoke(party: Relying, token: str, **more: str) -> httpx2.Response:
    assert party.client.secret is not None
    url = party.op.metadata["revocation_endpoint"]
    return call("POST", url, data={"token": token, **more}, headers=basic(party.client))


def person(op: Provider) -> tuple[Relying, str, Outcome]:
    """Return a browser with a user of its own, for tests that end the user."""
    name = op.new_user()
    party = Relying(op, op.client)
    party.authorize()
    party.browser.sign_in(name, op.password)
    return party, name, party.finish()


@holds("OAU-13")
def test_a_refresh_does_not_widen(party: Relying) -> None:
    done = party.sign_in(scope="openid email")
    token = done.tokens["refresh_token"]
    for scope in ("openid email phone", "phone", "aws.cognito.signin.user.admin", "openid other"):
        answer = refresh(party, token, scope=scope)
        refused(answer, "invalid_scope")
    again = party.judge_tokens(refresh(party, token))
    assert claims_of(again["access_token"])["scope"].split() == ["openid", "email"]


@holds("OAU-41")
def test_a_refresh_token_is_of_its_client_and_whole(party: Relying, op: Provider) -> None:
    token = party.sign_in().tokens["refresh_token"]
    with browsing(op, op.client2) as other:
        refused(refresh(other, token), "invalid_grant")
    for bad in (tampered(token), tampered(token, 40), token[:-1], f"{token}A", "x", "a.b.c.d.e"):
        refused(refresh(party, bad), "invalid_grant")
    refused(refresh(party, ""), "invalid_request")
    refused(refresh(party, party.sign_in().access_token), "invalid_grant")
    party.judge_tokens(refresh(party, token))


@holds("OAU-41")
def test_a_rotated_token_lives_for_its_grace_only(clock_op: Provider) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 30}
    client = clock_op.new_client(
        RefreshTokenRotation=rotation, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    with signed_in_afresh(clock_op, client) as party:
        old = party.sign_in().tokens["refresh_token"]
        new = party.judge_tokens(refresh(party, old))["refresh_token"]
        assert new != old
        party.judge_tokens(refresh(party, old))
        clock_op.wire.advance(31)
        refused(refresh(party, old), "invalid_grant")
        party.judge_tokens(refresh(party, new))


@holds("OAU-41")
@pytest.mark.parametrize("end", ["sign out", "disable", "delete", "revoke"])
def test_whoever_is_gone_is_not_refreshed(op: Provider, end: str) -> None:
    party, name, done = person(op)
    with party:
        who = {"UserPoolId": op.pool_id, "Username": name}
        if end == "revoke":
            assert revoke(party, done.tokens["refresh_token"]).status_code == 200
        else:
            operation = {
                "sign out": "AdminUserGlobalSignOut",
                "disable": "AdminDisableUser",
                "delete": "AdminDeleteUser",
            }[end]
            op.wire.call(operation, **who)
        dead(party, done.tokens)


@holds("SES-14")
@pytest.mark.parametrize("end", ["AdminDisableUser", "AdminDeleteUser"])
def test_the_session_of_somebody_gone_answers_nobody(op: Provider, end: str) -> None:
    party, name, _ = person(op)
    with party:
        op.wire.call(end, UserPoolId=op.pool_id, Username=name)
        party.authorize(prompt="none")
        assert party.error() == "login_required"
        party.authorize()
        assert party.is_asked_to_sign_in()


@holds("OAU-19")
def test_another_clients_token_is_not_revoked(party: Relying, op: Provider) -> None:
    done = party.sign_in()
    with browsing(op, op.client2) as other:
        answer = revoke(other, done.tokens["refresh_token"])
    assert answer.status_code in {200, 400}, answer.text
    assert party.userinfo(done.access_token).status_code == 200
    party.judge_tokens(refresh(party, done.tokens["refresh_token"]))


@holds("OAU-19")
def test_only_who_proves_to_be_the_client_revokes(party: Relying, op: Provider) -> None:
    done = party.sign_in()
    token, url = done.tokens["refresh_token"], op.metadata["revocation_endpoint"]
    wrong = Client(op.client.id, "wrong")
    for form, headers in (
        ({"token": token}, {}),
        ({"token": token, "client_id": op.client.id}, {}),
        ({"token": token}, basic(wrong)),
    ):
        answer = call("POST", url, data=form, headers=headers)
        refused(answer, "invalid_client", "invalid_request", status=(400, 401))
    party.judge_tokens(refresh(party, token))


@holds("OAU-19")
def test_revoking_what_is_no_refresh_token(party: Relying) -> None:
    done = party.sign_in()
    for token in (done.access_token, done.tokens["id_token"]):
        refused(revoke(party, token), "unsupported_token_type")
    for token in ("garbage", tampered(done.tokens["refresh_token"]), "a.b.c.d.e"):
        answer = revoke(party, token)
        assert (answer.status_code, answer.content) == (200, b""), answer.text
    refused(revoke(party, ""), "invalid_request")
    assert party.userinfo(done.access_token).status_code == 200
    party.judge_tokens(refresh(party, done.tokens["refresh_token"]))


@holds("OAU-19")
def test_what_is_revoked_takes_its_access_tokens_along_and_no_others(party: Relying) -> None:
    first, second = party.sign_in(), party.sign_in()
    answer = revoke(party, first.tokens["refresh_token"])
    assert (answer.status_code, answer.headers["content-length"]) == (200, "0")
    dead(party, first.tokens)
    assert revoke(party, first.tokens["refresh_token"]).status_code == 200
    assert party.userinfo(second.access_token).status_code == 200
    party.judge_tokens(refresh(party, second.tokens["refresh_token"]))


@holds("OAU-40")
def test_user_info_is_for_access_tokens_with_openid(op: Provider) -> None:
    client = op.new_client(
        AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"],
    )
    with signed_in(op, client) as party:
        done = party.sign_in(scope="openid")
        party.authorize(scope="aws.cognito.signin.user.admin")
        plain = party.redeemed(party.answer().params["code"])["access_token"]
        api = op.wire.call(
            "AdminInitiateAuth",
            UserPoolId=op.pool_id,
            ClientId=op.new_client(GenerateSecret=False, ExplicitAuthFlows=[
                "ALLOW_ADMIN_USER_PASSWORD_AUTH"]).id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": op.username, "PASSWORD": op.password},
        )["AuthenticationResult"]["AccessToken"]  # fmt: skip
        for token in (done.tokens["id_token"], done.tokens["refresh_token"],
                      tampered(done.access_token), "garbage"):  # fmt: skip
            _no_info(party.userinfo(token), 401, "invalid_token")
        for token in (plain, api):
            answer = party.userinfo(token)
            if op.strict:
                _no_info(answer, 403, "insufficient_scope")
            else:
                _no_info(answer, 401, "invalid_token")


@holds("OAU-40")
@pytest.mark.parametrize("value", [None, "", "Bearer", "Basic eA==", "Bearer a b"])
def test_user_info_without_a_token(op: Provider, value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    answer = call("GET", op.metadata["userinfo_endpoint"], headers=headers)
    assert answer.status_code in {400, 401}
    assert "www-authenticate" in answer.headers
    assert "sub" not in answer.json()


@holds("OAU-40")
def test_user_info_reads_one_token(party: Relying, op: Provider) -> None:
    """Of two headers somebody before us may have looked at the other one."""
    token = party.sign_in().access_token
    for both in ((token, "x"), ("x", token), (token, token)):
        headers = [("Authorization", f"Bearer {one}") for one in both]
        answer = call("GET", op.metadata["userinfo_endpoint"], headers=headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"] == "invalid_request"
    if op.strict:  # where a form may hold the token
        url, bearer = op.metadata["userinfo_endpoint"], {"Authorization": f"Bearer {token}"}
        answer = call("POST", url, headers=bearer, data={"access_token": token})
        assert answer.status_code == 400, answer.text


@holds("OAU-40")
def test_user_info_reads_no_token_in_the_query(party: Relying) -> None:
    done = party.sign_in()
    url = f"{party.op.metadata['userinfo_endpoint']}?access_token={done.access_token}"
    assert call("GET", url).status_code in {400, 401}


@holds("OAU-40")
def test_an_old_access_token_opens_nothing(clock_op: Provider) -> None:
    with signed_in_afresh(clock_op) as party:
        done = party.sign_in()
        clock_op.wire.advance(HOUR_S + 1)
        _no_info(party.userinfo(done.access_token), 401, "invalid_token")


def _no_info(answer: httpx2.Response, status: int, error: str) -> None:
    assert answer.status_code == status, answer.text
    assert f'error="{error}"' in answer.headers["www-authenticate"]
    assert answer.json()["error"] == error
    assert "sub" not in answer.json()


@holds("OAU-21")
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["token", "revoke", "userInfo"])
def test_scripts_may_read_three_answers_without_credentials(
    op: Provider, path: str, origin: str
) -> None:
    url = op.at(f"/oauth2/{path}")
    asked = "x-amz-user-agent,content-type,cache-control,authorization"
    preflight = call(
        "OPTIONS",
        url,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
    )
    assert preflight.status_code in {200, 204}
    allowed = preflight.headers["access-control-allow-headers"].lower().replace(" ", "")
    assert set(asked.split(",")) <= set(allowed.split(","))
    verb = "GET" if path == "userInfo" else "POST"
    for answer in (preflight, call(verb, url, headers={"Origin": origin})):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@holds("OAU-21")
@pytest.mark.parametrize(
    "path", ["/oauth2/authorize", "/login", "/logout", "/signup", "/error", "/forgotPassword"]
)
def test_scripts_of_others_may_read_no_page(op: Provider, path: str) -> None:
    with browsing(op) as party:
        for origin in ORIGINS:
            answer = party.browser.client.get(op.at(path), headers={"Origin": origin})
            assert "access-control-allow-origin" not in answer.headers


@holds("OAU-29")
def test_the_implicit_flow_brings_no_refresh_token(op: Provider) -> None:
    with browsing(op, flow=Flow("token")) as party:
        party.authorize()
        landing = party.answer()
        found: dict[str, Json] = landing.params
        assert found["token_type"] == "bearer"
        assert not {"refresh_token", "code"} & set(found)
        assert "access_token" not in landing.url.partition("#")[0]
