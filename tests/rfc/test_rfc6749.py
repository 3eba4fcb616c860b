"""The OAuth 2.0 Authorization Framework. Names carry the sections; the pool is strict."""

import pytest

from tests.flows.oauth_party import CALLBACK, FORM, READ, WRITE, Party, Told
from tests.sdk.support import claims_of, tampered

CREDENTIALS = {"grant_type": "client_credentials"}


def test_section_2_3_a_client_uses_one_way_to_prove_itself(machine: Party) -> None:
    told = machine.token(**CREDENTIALS, client_secret=machine.app.secret)
    assert told.error == (400, "invalid_request")


def test_section_2_3_1_the_header_is_form_encoded(machine: Party) -> None:
    assert machine.token(**CREDENTIALS).status == 200


def test_section_2_3_1_secrets_are_not_in_the_address(machine: Party) -> None:
    path = f"/oauth2/token?client_id={machine.app.client_id}&client_secret={machine.app.secret}"
    assert machine.post(path, CREDENTIALS, anonymous=True).error == (400, "invalid_request")


def test_section_2_3_1_guessing_is_slowed_down(machine: Party) -> None:
    guessed = machine.beside(AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=[READ])
    wrong = guessed.basic(secret="x" * 30)
    codes = [
        guessed.post("/oauth2/token", CREDENTIALS, wrong, anonymous=True).status for _ in range(11)
    ]
    assert codes == [401] * 10 + [429]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_section_3_2_the_token_endpoint_takes_post(machine: Party, method: str) -> None:
    reply = machine.wire.exchange(method, machine.at("/oauth2/token?grant_type=x"))
    assert reply.status == 405
    assert "POST" in reply.headers["allow"]


@pytest.mark.parametrize("name", ["grant_type", "scope", "client_id", "whatever"])
def test_section_3_2_a_parameter_is_not_repeated(machine: Party, name: str) -> None:
    pairs = [*CREDENTIALS.items(), (name, "a"), (name, "a")]
    assert machine.post("/oauth2/token", pairs).error == (400, "invalid_request")


def test_section_3_2_an_unknown_parameter_is_passed_over(machine: Party) -> None:
    assert machine.token(**CREDENTIALS, whatever="x").status == 200


def test_section_3_2_an_empty_parameter_is_none(machine: Party) -> None:
    assert machine.token(**CREDENTIALS, scope="")["scope"] == f"{READ} {WRITE}"
    assert machine.token(grant_type="").error == (400, "invalid_request")


def test_section_3_3_the_scope_is_told_where_it_differs(party: Party) -> None:
    token = party.signed_in(f"openid {READ}")["refresh_token"]
    assert party.refresh(token, scope=READ)["scope"] == READ


def test_section_4_1_2_a_code_is_used_once_and_a_second_use_revokes(party: Party) -> None:
    code = party.code(party.user())
    told = party.redeem(code)
    assert party.redeem(code).error == (400, "invalid_grant")
    assert party.refresh(told["refresh_token"]).error == (400, "invalid_grant")
    assert party.user_info(told["access_token"]).status == 401


def test_section_4_1_3_a_code_is_its_clients(party: Party, public: Party) -> None:
    code = party.code(party.user())
    assert public.redeem(code).error == (400, "invalid_grant")
    assert party.beside().redeem(code).error == (400, "invalid_grant")


def test_section_4_1_3_the_redirect_uri_is_the_same(party: Party) -> None:
    form = {"grant_type": "authorization_code", "code": party.code(party.user())}
    told = party.token(**form, redirect_uri=f"{CALLBACK}/")
    assert told.error == (400, "invalid_grant")
    assert party.token(**form).error == (400, "invalid_request")


def test_section_4_1_3_a_confidential_client_proves_itself(party: Party) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": party.code(party.user()),
        "redirect_uri": CALLBACK,
        "client_id": party.app.client_id,
    }
    assert party.post("/oauth2/token", form, anonymous=True).error == (401, "invalid_client")


def test_section_4_3_no_passwords(party: Party) -> None:
    told = party.token(grant_type="password", username="a", password="b")
    assert told.error == (400, "unsupported_grant_type")


def test_section_4_4_3_a_machine_gets_no_refresh_token(machine: Party) -> None:
    told = machine.token(**CREDENTIALS)
    assert set(told.members) == {"access_token", "token_type", "expires_in", "scope"}


def test_section_4_4_only_confidential_clients_speak_for_themselves(public: Party) -> None:
    assert public.token(**CREDENTIALS).error == (400, "unauthorized_client")


def test_section_5_1_the_answer(party: Party) -> None:
    told = party.signed_in()
    headers = told.reply.headers
    assert headers["content-type"] == "application/json;charset=UTF-8"
    assert "no-store" in headers["cache-control"]
    assert headers["pragma"] == "no-cache"
    assert told["token_type"].lower() == "bearer"
    claims = claims_of(told["access_token"])
    assert told["expires_in"] == claims["exp"] - claims["iat"]


def test_section_5_2_the_error_answer(party: Party) -> None:
    told = party.token(grant_type="authorization_code", code="x", redirect_uri=CALLBACK)
    assert told.error == (400, "invalid_grant")
    assert "no-store" in told.reply.headers["cache-control"]
    assert told.reply.headers["content-type"] == "application/json;charset=UTF-8"
    description = told.members.get("error_description", "")
    assert all(" " <= each <= "~" and each not in '"\\' for each in description)


@pytest.mark.parametrize("secret", ["x" * 30, None])
def test_section_5_2_who_failed_by_the_header_is_challenged(
    party: Party, secret: str | None
) -> None:
    header = {"Authorization": party.basic("nobody", secret)["Authorization"]}
    told = party.post("/oauth2/token", CREDENTIALS, header, anonymous=True)
    assert told.error == (401, "invalid_client")
    assert told.reply.headers["www-authenticate"].startswith("Basic ")


def test_section_5_2_unauthorized_client(party: Party) -> None:
    assert party.token(**CREDENTIALS).error == (400, "unauthorized_client")


def test_section_5_2_invalid_scope(machine: Party) -> None:
    assert machine.token(**CREDENTIALS, scope="nonsense").error == (400, "invalid_scope")


def test_section_6_a_refresh_token_is_its_clients(party: Party, public: Party) -> None:
    token = party.signed_in()["refresh_token"]
    assert public.refresh(token).error == (400, "invalid_grant")
    assert party.refresh(tampered(token)).error == (400, "invalid_grant")
    assert party.post(
        "/oauth2/token", {"grant_type": "refresh_token", "refresh_token": token}, anonymous=True
    ).error == (401, "invalid_client")


def test_section_6_the_scope_is_no_wider_than_the_first(party: Party) -> None:
    token = party.signed_in(f"openid {READ}")["refresh_token"]
    assert party.refresh(token, scope=f"{READ} {WRITE}").error == (400, "invalid_scope")


def test_section_6_a_narrowed_refresh_keeps_the_scope_of_the_refresh_token(party: Party) -> None:
    token = party.signed_in(f"openid {READ}")["refresh_token"]
    party.refresh(token, scope=READ)
    assert party.refresh(token)["scope"] == f"openid {READ}"


def test_section_10_6_a_code_cannot_be_taken_to_another_redirect_uri(party: Party) -> None:
    form = {"grant_type": "authorization_code", "code": party.code(party.user())}
    told = party.token(**form, redirect_uri="https://evil.example.net/callback")
    assert told.error == (400, "invalid_grant")


def test_appendix_b_the_body_is_a_form_in_utf_8(machine: Party) -> None:
    headers = {"Content-Type": f"{FORM};charset=UTF-8", **machine.basic()}
    path = machine.at("/oauth2/token")
    body = b"grant_type=client_credentials&x=%C3%A9+%26"
    assert Told(machine.wire.exchange("POST", path, body, headers)).status == 200
    body = b"grant_type=client_credentials&x=%C3"
    told = Told(machine.wire.exchange("POST", path, body, headers))
    assert told.error == (400, "invalid_request")
