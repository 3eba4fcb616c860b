"""Token Introspection. Names carry the sections; the pool is strict."""

from tests.flows.oauth_party import READ, Party, Told
from tests.sdk.support import claims_of, tampered

PATH = "/oauth2/introspect"
INACTIVE = {"active": False}


def ask(party: Party, **form: str) -> Told:
    return party.post(PATH, form)


def test_section_2_1_post_alone(party: Party) -> None:
    assert party.get(f"{PATH}?token=x").status == 405


def test_section_2_1_a_token_is_required(party: Party) -> None:
    assert ask(party).error == (400, "invalid_request")


def test_section_2_1_nobody_fishes_for_tokens(party: Party, public: Party) -> None:
    token = party.signed_in()["access_token"]
    assert ask(public, token=token).error == (401, "invalid_client")
    assert party.post(PATH, {"token": token}, anonymous=True).error == (401, "invalid_client")


def test_section_2_1_a_hint_is_only_a_hint(party: Party) -> None:
    told = party.signed_in()
    assert ask(party, token=told["access_token"], token_type_hint="refresh_token")["active"]
    assert ask(party, token=told["refresh_token"], token_type_hint="access_token")["active"]


def test_section_2_2_an_active_token(party: Party, machine: Party) -> None:
    token = party.signed_in(f"openid {READ}", resource="https://api.example.com")["access_token"]
    seen, claims = ask(machine, token=token), claims_of(token)
    assert seen.reply.headers["content-type"] == "application/json;charset=UTF-8"
    assert seen["active"] is True
    assert seen["token_type"] == "Bearer"
    for name in ("scope", "client_id", "username", "exp", "iat", "sub", "aud", "iss", "jti"):
        assert seen[name] == claims[name]


def test_section_2_2_an_inactive_token_tells_nothing_else(party: Party) -> None:
    told = party.signed_in()
    for token in (tampered(told["access_token"]), "x", told["id_token"]):
        assert ask(party, token=token).members == INACTIVE
    party.post("/oauth2/revoke", {"token": told["refresh_token"]})
    for kind in ("access_token", "refresh_token"):
        assert ask(party, token=told[kind]).members == INACTIVE


def test_section_2_2_a_refresh_token_is_its_clients_business(party: Party) -> None:
    token = party.signed_in()["refresh_token"]
    assert ask(party.beside(), token=token).members == INACTIVE


def test_section_4_a_user_who_is_disabled_makes_it_inactive(party: Party) -> None:
    name = party.user()
    token = party.signed_in(username=name)["access_token"]
    party.app.admin("AdminDisableUser", name)
    assert ask(party, token=token).members == INACTIVE


def test_section_4_answers_are_not_kept(party: Party) -> None:
    told = ask(party, token=party.signed_in()["access_token"])
    assert "no-store" in told.reply.headers["cache-control"]
