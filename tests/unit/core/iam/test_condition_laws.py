"""What conditions have in common, whatever they compare."""

import json
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.iam.conditions import NEGATED, TEXT, TYPED, Condition
from poolkeep.core.iam.patterns import Context
from poolkeep.core.iam.policies import policy_of
from tests.sdk.support import holds

pytestmark = holds("IDAT-11", "POL-17")

KEY: Final = "aws:x"
WORDS: Final = ("a", "A", "ab", "b*", "*", "1", "1.0", "2", "true", "False", "10.0.0.1", "QQ==")
VALUES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(TEXT, ("a", "A*", "b*", "*", "1", "${aws:y}")),
    "ArnEquals": ("arn:aws:s3:::a*", "arn:aws:s3:::b"),
    "ArnLike": ("arn:aws:s3:::a*", "arn:*:*:*:*:*"),
    **{name: ("1", "2", "1.5") for name in TYPED if name.startswith(("Numeric", "Date"))},
    "Bool": ("true", "false"),
    "BinaryEquals": ("QQ==", "Qg=="),
    "IpAddress": ("10.0.0.0/8", "2001:db8::/32"),
}
BASES: Final = sorted(VALUES)
OPPOSITES: Final = sorted((name, base) for name, base in NEGATED.items())
SETS: Final = ("ForAllValues:", "ForAnyValue:")

words = st.sampled_from(WORDS) | st.sampled_from(("arn:aws:s3:::ab", "arn:aws:s3:::b"))
several = st.lists(words, min_size=1, max_size=4).map(tuple)
held = st.none() | words | several | st.just(()) | st.just("")
operators = st.sampled_from([*BASES, *NEGATED])


@st.composite
def asked(draw: st.DrawFn, among: st.SearchStrategy[str] = operators) -> tuple[str, list[str]]:
    """Return an operator and values for it."""
    operator = draw(among)
    of_its_kind = st.sampled_from(VALUES[NEGATED.get(operator, operator)])
    return operator, draw(st.lists(of_its_kind, min_size=1, max_size=3))


def context(value: Any) -> Context:
    found: dict[str, Any] = {"aws:y": "a"}
    return found if value is None else {**found, KEY: value}


def holds_for(operator: str, values: list[str], value: Any) -> bool:
    return Condition(operator, "AWS:X", tuple(values), variables=True).holds(context(value))


@given(asked(), held, st.sampled_from(["", *SETS]))
def test_if_exists_is_the_operator_or_no_key(
    said: tuple[str, list[str]], value: Any, quantifier: str
) -> None:
    operator, values = said
    plain = holds_for(quantifier + operator, values, value)
    lenient = holds_for(f"{quantifier}{operator}IfExists", values, value)
    nothing = value is None or (quantifier and not any(value))
    assert lenient == (bool(nothing) or plain)


@given(asked(), st.sampled_from([None, (), "", ("",), ("", "")]))
def test_of_nothing_all_values_meet_and_none_does(said: tuple[str, list[str]], value: Any) -> None:
    operator, values = said
    assert holds_for(f"ForAllValues:{operator}", values, value)
    assert not holds_for(f"ForAnyValue:{operator}", values, value)


@given(asked(), several)
def test_sets_ask_every_value_alone(said: tuple[str, list[str]], value: tuple[str, ...]) -> None:
    operator, values = said
    alone = [holds_for(operator, values, each) for each in value]
    assert holds_for(f"ForAllValues:{operator}", values, value) == all(alone)
    assert holds_for(f"ForAnyValue:{operator}", values, value) == any(alone)


@given(asked(), several, words)
def test_more_values_meet_any_sooner_and_all_later(
    said: tuple[str, list[str]], value: tuple[str, ...], more: str
) -> None:
    operator, values = said
    every, some = (f"{front}{operator}" for front in SETS)
    assert holds_for(every, values, value) or not holds_for(every, values, (*value, more))
    assert holds_for(some, values, (*value, more)) or not holds_for(some, values, value)


@given(st.sampled_from([each for each in OPPOSITES if each[1] in TEXT]), st.data(), held)
def test_a_negated_operator_is_the_opposite(
    pair: tuple[str, str], data: st.DataObject, value: Any
) -> None:
    name, base = pair
    values = data.draw(st.lists(st.sampled_from(VALUES[base]), min_size=1, max_size=3))
    assert holds_for(name, values, value) != holds_for(base, values, value)


@given(st.sampled_from(OPPOSITES), st.data(), held, st.sampled_from(["", *SETS]))
def test_nothing_meets_an_operator_and_its_opposite(
    pair: tuple[str, str], data: st.DataObject, value: Any, quantifier: str
) -> None:
    name, base = pair
    values = data.draw(st.lists(st.sampled_from(VALUES[base]), min_size=1, max_size=3))
    one = isinstance(value, str) and value != ""
    if one or (not quantifier and value is not None):
        both = [holds_for(quantifier + each, values, value) for each in (name, base)]
        assert not all(both)


@given(asked(), words, st.data())
def test_several_values_are_or_and_of_negated_ones_nor(
    said: tuple[str, list[str]], value: str, data: st.DataObject
) -> None:
    operator, values = said
    alone = [holds_for(operator, [each], value) for each in values]
    together = all if operator in NEGATED else any
    assert holds_for(operator, values, value) == together(alone)
    assert holds_for(operator, data.draw(st.permutations(values)), value) == together(alone)


@given(held, st.sampled_from(["true", "false"]))
def test_null_is_one_or_the_other(value: Any, said: str) -> None:
    other = "false" if said == "true" else "true"
    assert holds_for("Null", [said], value) != holds_for("Null", [other], value)
    assert holds_for("Null", ["true", "false"], value)


@given(
    st.lists(asked(), min_size=1, max_size=3, unique_by=lambda said: said[0]),
    st.fixed_dictionaries({"aws:x": held, "aws:z": held}),
)
def test_conditions_of_a_statement_are_joined_by_and(
    listed: list[tuple[str, list[str]]], values: dict[str, Any]
) -> None:
    found: Context = {key: each for key, each in values.items() if each is not None}
    said = {op: {"aws:x": listing, "aws:Z": listing} for op, listing in listed}
    text = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": said}
    (statement,) = policy_of(
        json.dumps({"Version": "2012-10-17", "Statement": text})
    ).statements  # fmt: skip
    alone = [
        Condition(op, key, tuple(listing), variables=True).holds(found)
        for op, listing in listed
        for key in ("aws:x", "aws:z")
    ]
    assert statement.meets(found) == all(alone)


@given(st.sampled_from(["StringEquals", "ArnEquals"]), st.text("ab${}*?:", max_size=6), words)
def test_the_old_language_knows_no_variables(operator: str, front: str, value: str) -> None:
    text = front + "${aws:y}"
    if operator == "StringEquals":
        old = Condition(operator, KEY, (text,), variables=False)
        assert old.holds({KEY: text, "aws:y": "a"})
        assert not old.holds({KEY: front + "a", "aws:y": "a"})
        assert not old.holds({KEY: value, "aws:y": value})


@given(st.sampled_from(WORDS), st.sampled_from(WORDS))
def test_a_variable_stands_for_the_value_and_nothing_else(mine: str, theirs: str) -> None:
    for operator in ("StringEquals", "StringLike"):
        condition = Condition(operator, KEY, ("${aws:Y}",), variables=True)
        assert condition.holds({KEY: mine, "aws:y": theirs}) == (mine == theirs)
        assert not condition.holds({KEY: mine})
        assert not condition.holds({KEY: mine, "aws:y": (mine, theirs)})
