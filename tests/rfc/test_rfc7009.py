"""Token Revocation. Names carry the sections; the pool is strict."""

from tests.flows.oauth_party import Party, Told

PATH = "/oauth2/revoke"


def revoke(party: Party, **form: str) -> Told:
    return party.post(PATH, form)


def test_section_2_post_alone(party: Party) -> None:
    assert party.get(f"{PATH}?token=x").status == 405


def test_section_2_1_a_client_proves_itself(party: Party, public: Party) -> None:
    token = party.signed_in()["refresh_token"]
    assert party.post(PATH, {"token": token}, anonymous=True).error == (401, "invalid_client")
    assert party.refresh(token).status == 200
    assert revoke(public, token=public.signed_in()["refresh_token"]).status == 200


def test_section_2_1_a_token_is_its_clients(party: Party, public: Party) -> None:
    token = party.signed_in()["refresh_token"]
    assert revoke(public, token=token).error == (400, "invalid_request")
    assert party.refresh(token).status == 200


def test_section_2_1_what_came_of_the_grant_dies_with_it(party: Party) -> None:
    told = party.signed_in()
    later = party.refresh(told["refresh_token"])
    assert revoke(party, token=told["refresh_token"]).status == 200
    assert party.refresh(told["refresh_token"]).error == (400, "invalid_grant")
    for each in (told, later):
        assert party.user_info(each["access_token"]).status == 401


def test_section_2_1_a_hint_is_only_a_hint(party: Party) -> None:
    for hint in ("refresh_token", "access_token", "nonsense"):
        token = party.signed_in()["refresh_token"]
        assert revoke(party, token=token, token_type_hint=hint).status == 200
        assert party.refresh(token).error == (400, "invalid_grant")


def test_section_2_2_an_unknown_token_is_no_error(party: Party) -> None:
    token = party.signed_in()["refresh_token"]
    for each in ("unknown", token, token):
        told = revoke(party, token=each)
        assert (told.status, told.reply.body) == (200, b"")


def test_section_2_2_1_unsupported_token_type(party: Party) -> None:
    told = revoke(party, token=party.signed_in()["access_token"])
    assert told.error == (400, "unsupported_token_type")


def test_section_2_2_1_a_token_is_required(party: Party) -> None:
    assert revoke(party).error == (400, "invalid_request")


def test_section_2_3_scripts_of_other_sites_may_call(party: Party) -> None:
    told = revoke(party, token="x")
    assert told.reply.headers["access-control-allow-origin"] == "*"
