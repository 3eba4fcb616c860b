"""Where the browser goes back to, to the character."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.oauth.codes import verifies
from poolkeep.core.oauth.requests import ToClient
from poolkeep.core.oauth.responses import answered, refused
from tests.sdk.support import holds
from tests.unit.core.oauth.asking import CHALLENGE, VERIFIER

CODE = (("code", "c1"), ("state", "s 1&=#+é"))


@holds("OAUTH-30")
@pytest.mark.parametrize(
    "address, location",
    [
        ("https://app.example/cb", "https://app.example/cb?"),
        ("https://app.example/cb?x=%20", "https://app.example/cb?x=%20&"),
        ("https://app.example/cb?", "https://app.example/cb?"),
        ("https://app.example/cb?x=1&", "https://app.example/cb?x=1&"),
        ("myapp://in", "myapp://in?"),
    ],
)
def test_an_address_keeps_its_own_query(address: str, location: str) -> None:
    found = answered(address, "query", CODE)
    assert found.location == f"{location}code=c1&state=s%201%26%3D%23%2B%C3%A9"
    assert found.fields is None


@holds("OAUTH-30")
def test_what_is_safe_in_an_address_stands_raw() -> None:
    pairs = (("id_token", "a.b-c_d.e~"), ("state", "f(0)/x:y@z,'*!$"))
    found = answered("https://app.example/cb", "fragment", pairs)
    assert found.location == "https://app.example/cb#id_token=a.b-c_d.e~&state=f(0)/x:y@z,'*!$"


@holds("OAUTH-11")
def test_a_form_carries_what_it_is_given() -> None:
    found = answered("https://app.example/cb", "form_post", CODE)
    assert (found.location, found.fields) == ("https://app.example/cb", CODE)


@holds("OAUTH-31")
def test_an_error_comes_in_cognitos_order() -> None:
    error = ToClient("https://app.example/cb", "invalid_scope", description="no such", state="s")
    expected = "https://app.example/cb?error_description=no%20such&state=s&error=invalid_scope"
    assert refused(error).location == expected
    named = refused(error, "https://pool.example/1").location
    assert named == f"{expected}&iss=https://pool.example/1"
    bare = ToClient("https://app.example/cb", "invalid_scope", mode="fragment")
    assert refused(bare).location == "https://app.example/cb#error=invalid_scope"


@holds("OAUTH-30")
@given(st.text(max_size=60))
def test_a_state_comes_back_as_it_went_and_breaks_nothing(state: str) -> None:
    location = answered("https://app.example/cb", "query", (("state", state),)).location
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    query = parse_qs(urlsplit(location).query, keep_blank_values=True, strict_parsing=True)
    assert query == {"state": [state]}


@holds("OAUTH-33")
@pytest.mark.parametrize(
    "verifier, challenge, right",
    [
        (VERIFIER, CHALLENGE, True),
        (None, None, True),
        (None, CHALLENGE, False),
        (VERIFIER, None, False),
        (VERIFIER[:-1] + "j", CHALLENGE, False),
        (CHALLENGE, CHALLENGE, False),
        ("", CHALLENGE, False),
        ("a" * 42, "a" * 43, False),
        (VERIFIER + "\n", CHALLENGE, False),
    ],
)
def test_a_verifier_is_the_one_that_was_announced(
    verifier: str | None, challenge: str | None, right: bool
) -> None:
    assert verifies(verifier, challenge) is right
