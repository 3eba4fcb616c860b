"""Page tokens are good for one list, one key and one time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.paging import INVALID_TOKEN, PageTokens
from poolkeep.base.refusal import InvalidParameter

TOKENS = PageTokens(b"k" * 32)


@given(position=st.text(), scope=st.text())
def test_a_token_gives_back_its_position(position: str, scope: str) -> None:
    token = TOKENS.issue(scope, position, 1_000)
    assert TOKENS.read(token, scope, 999) == position
    assert token.isascii()
    assert not any(character.isspace() for character in token)


def test_a_token_without_expiry_never_expires() -> None:
    assert TOKENS.read(TOKENS.issue("list", "7"), "list", 10**15) == "7"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "not base64 at all",
        "ümläut",
        "AAAA",
        "A" * 400,
        TOKENS.issue("other list", "7"),
        PageTokens(b"o" * 32).issue("list", "7"),
        TOKENS.issue("list", "7", 1_000),
        TOKENS.issue("list", "7")[:-1],
        TOKENS.issue("list", "7") + "AAAA",
    ],
)
def test_a_token_that_is_not_for_this_list_now_is_refused(token: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        TOKENS.read(token, "list", 1_000)
    assert refused.value.text == INVALID_TOKEN


@given(st.data())
def test_a_changed_character_is_refused(data: st.DataObject) -> None:
    token = TOKENS.issue("list", "position", 2_000)
    at = data.draw(st.integers(0, len(token) - 2))  # the last one holds unused bits
    other = data.draw(st.sampled_from("ABCabc019-_").filter(lambda drawn: drawn != token[at]))
    with pytest.raises(InvalidParameter):
        TOKENS.read(token[:at] + other + token[at + 1 :], "list", 1_000)
