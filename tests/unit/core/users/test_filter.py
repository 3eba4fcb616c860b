from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.users.filter import CHARACTERS_MAX, SEARCHABLE, Condition, parse


@pytest.mark.parametrize(
    "text, attribute, value, prefix",
    [
        ('username = "Ann"', "username", "Ann", False),
        ('username="Ann"', "username", "Ann", False),
        ('  status ^= "En"  ', "status", "En", True),
        ('email ^= "A@X"', "email", "a@x", True),
        ('cognito:user_status = "CONFIRMED"', "cognito:user_status", "confirmed", False),
        (r'name = "a \"b\" \\ \c"', "name", r'a "b" \ \c', False),
        ('name = ""', "name", "", False),
        ('name = "= ^= \n"', "name", "= ^= \n", False),
    ],
)
def test_one_condition_is_understood(
    text: str, attribute: str, value: str, *, prefix: bool
) -> None:
    assert parse(text) == Condition(attribute=attribute, value=value, prefix=prefix)


@pytest.mark.parametrize("text", [None, "", "   "])
def test_no_filter_is_none(text: str | None) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "username", 'username "a"', 'username == "a"', 'username =^ "a"', "username = a",
        'username = "a', 'username = a"', 'username = "a"b"', '= "a"',
        'username = "a" and name = "b"', 'username = "a\\"', 'username != "a"', '"username" = "a"',
        f'username = "{"a" * CHARACTERS_MAX}"',
    ],
)  # fmt: skip
def test_anything_else_does_not_parse(text: str) -> None:
    with pytest.raises(InvalidParameter, match="Error while parsing filter"):
        parse(text)


def test_attributes_without_an_index_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="Invalid search attribute: nickname"):
        parse('nickname = "a"')
    with pytest.raises(InvalidParameter, match="Input fails to satisfy the constraints"):
        parse('custom:a = "a"')


@given(st.sampled_from(sorted(SEARCHABLE)), st.text(max_size=100), st.booleans())
def test_every_value_can_be_written(attribute: str, value: str, prefix: bool) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    text = f'{attribute} {"^=" if prefix else "="} "{quoted}"'
    if len(text) > CHARACTERS_MAX:
        return
    folded = value if attribute in {"username", "status"} else value.lower()
    assert parse(text) == Condition(attribute=attribute, value=folded, prefix=prefix)


@given(st.text(max_size=300))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    with suppress(InvalidParameter):
        parse(text)
