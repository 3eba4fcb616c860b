"""Wildcards match as their definition says, and no pattern makes the server work for long."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.iam.patterns import Pattern
from tests.sdk.support import holds


def expected(pattern: str, value: str, *, fold: bool) -> bool:
    """Tell by an expression that follows the definition."""
    pieces = {"*": ".*", "?": "."}
    text = "".join(pieces.get(each, re.escape(each)) for each in pattern)
    flags = re.DOTALL | (re.IGNORECASE if fold else re.NOFLAG)
    return re.fullmatch(text, value, flags) is not None


@holds("POL-26")
@given(st.text("ab*?", max_size=8), st.text("abAB\n", max_size=10), st.booleans())
def test_wildcards_match_by_definition(pattern: str, value: str, fold: bool) -> None:
    compiled = Pattern(pattern, fold=fold)
    assert compiled.matches(value, {}) == expected(pattern, value, fold=fold)
    exact = Pattern(pattern, wild=False, fold=fold)
    same = value.lower() == pattern.lower() if fold else value == pattern
    assert exact.matches(value, {}) == same


@holds("POL-26")
@given(st.text("ab*?", max_size=6), st.text("ab*?", max_size=6))
def test_what_a_variable_brings_is_taken_literally(value: str, other: str) -> None:
    compiled = Pattern("x*${aws:x}")
    assert compiled.matches(f"xzz{value}", {"aws:x": value})
    assert compiled.matches(f"x{other}", {"aws:x": value}) == other.endswith(value)


@holds("POL-26")
@given(
    st.lists(st.sampled_from(["a", "b", "*", "?", "${aws:x}", "${?}"]), max_size=6),
    st.text("ab*?", max_size=3),
    st.text("ab*?", max_size=8),
    st.booleans(),
)
def test_variables_match_by_definition(
    pieces: list[str], brought: str, value: str, fold: bool
) -> None:
    meant = {"*": ".*", "?": ".", "${aws:x}": re.escape(brought), "${?}": re.escape("?")}
    expression = "".join(meant.get(each, each) for each in pieces)
    compiled = Pattern("".join(pieces), fold=fold)
    assert compiled.matches(value, {"aws:x": brought}) == (
        re.fullmatch(expression, value, re.DOTALL) is not None
    )
    assert "${aws:x}" not in pieces or not compiled.matches(value, {})


@holds("POL-26")
@pytest.mark.parametrize("stars", [10, 100, 1_000])
def test_many_stars_take_no_time(stars: int) -> None:
    compiled = Pattern("*a" * stars + "*b")
    began = time.perf_counter()
    assert not compiled.matches("a" * 20_000, {})
    assert compiled.matches("a" * 20_000 + "b", {})
    assert time.perf_counter() - began < 5
