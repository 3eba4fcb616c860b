"""Bearer Token Usage. Names carry the sections; the pool is strict."""

import pytest

from tests.flows.oauth_party import READ, Party, Told
from tests.sdk.support import tampered

PATH = "/oauth2/userInfo"


def challenge(told: Told) -> str:
    return told.reply.headers["www-authenticate"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_section_2_1_the_header(party: Party, scheme: str) -> None:
    token = party.signed_in()["access_token"]
    assert party.get(PATH, {"Authorization": f"{scheme} {token}"}).status == 200


def test_section_2_2_the_form(party: Party) -> None:
    form = {"access_token": party.signed_in()["access_token"]}
    assert party.post(PATH, form, anonymous=True).status == 200


def test_section_2_3_the_address_is_not_read(party: Party) -> None:
    token = party.signed_in()["access_token"]
    assert party.get(f"{PATH}?access_token={token}").status == 401


def test_section_2_one_way_at_a_time(party: Party) -> None:
    token = party.signed_in()["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    told = party.post(PATH, {"access_token": token}, header, anonymous=True)
    assert told.error == (400, "invalid_request")
    assert challenge(told).startswith('Bearer error="invalid_request"')


def test_section_3_1_who_shows_no_token_learns_no_error(party: Party) -> None:
    told = party.get(PATH)
    assert told.status == 401
    assert challenge(told).startswith("Bearer realm=")
    assert "error" not in challenge(told)


def test_section_3_1_invalid_token(party: Party) -> None:
    told = party.user_info(tampered(party.signed_in()["access_token"]))
    assert told.error == (401, "invalid_token")
    assert challenge(told).startswith('Bearer error="invalid_token"')


def test_section_3_1_insufficient_scope(party: Party) -> None:
    told = party.user_info(party.signed_in(READ)["access_token"])
    assert told.error == (403, "insufficient_scope")
    assert 'scope="openid"' in challenge(told)


def test_section_5_3_answers_are_not_kept(party: Party) -> None:
    told = party.user_info(party.signed_in()["access_token"])
    assert "no-store" in told.reply.headers["cache-control"]
