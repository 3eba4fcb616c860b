"""Resource Indicators. Names carry the sections; the pool is strict."""

from urllib.parse import quote

import pytest

from tests.flows.oauth_party import CALLBACK, Party
from tests.sdk.support import claims_of

API = "https://api.example.com/v1"


@pytest.mark.parametrize(
    "resource",
    [
        "relative",
        "https://api.example.com/#part",
        "http://api.example.com",
        "javascript:x",
        "x" * 9_000,
    ],
)
def test_section_2_a_resource_is_an_absolute_uri_without_a_fragment(
    party: Party, resource: str
) -> None:
    query = (
        f"response_type=code&client_id={party.app.client_id}&redirect_uri={quote(CALLBACK)}"
        f"&scope=openid&resource={quote(resource, safe='')}"
    )
    reply = party.get(f"/oauth2/authorize?{query}").reply
    assert reply.status == 302
    assert "error=invalid_target" in reply.headers["location"]


def test_section_2_2_the_token_is_for_the_resource(party: Party) -> None:
    told = party.signed_in(resource=API)
    assert claims_of(told["access_token"])["aud"] == API
    assert claims_of(party.refresh(told["refresh_token"])["access_token"])["aud"] == API


def test_section_2_2_without_a_resource_there_is_no_audience(party: Party) -> None:
    assert "aud" not in claims_of(party.signed_in()["access_token"])


@pytest.mark.parametrize("asked", ["https://other.example.com", API, "x"])
def test_section_2_2_the_token_request_widens_nothing(party: Party, asked: str) -> None:
    """It may ask for one of those that the sign-in named; another is `invalid_target`."""
    told = party.redeem(party.code(party.user(), resource=API), resource=asked)
    refreshed = party.refresh(party.signed_in(resource=API)["refresh_token"], resource=asked)
    for each in (told, refreshed):
        if asked == API:
            assert claims_of(each["access_token"])["aud"] == API
        else:
            assert each.error == (400, "invalid_target")


def test_section_2_2_a_machine_has_no_resource(machine: Party) -> None:
    told = machine.token(grant_type="client_credentials", resource=API)
    assert told.error == (400, "invalid_target")
