"""Every operator of conditions, alone, negated, over sets, and where the key may be missing.

What single values mean is written down here by hand; what the prefixes and suffixes make of that
is worked out by the sentences of the language's reference, below, and not by our own code.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

Held = str | tuple[str, ...] | None
"""What a request has under a key: a value, several, or no such key."""

YES, NO, STRANGE = True, False, None
"""A value meets the operator, or not, or is not of its kind."""

ARN: Final = "arn:aws:sns:eu-west-1:123456789012:t"
VERDICTS: Final[dict[str, list[tuple[list[str], dict[str, bool | None]]]]] = {
    "StringEquals": [
        (["red"], {"red": YES, "Red": NO, "re": NO, "red ": NO, "": NO, "r*": NO}),
        (["r*"], {"red": NO, "r*": YES}),
        (["red", "blue"], {"blue": YES, "red,blue": NO}),
        (["${*}${?}${$}"], {"*?$": YES, "abc": NO}),
        (["${aws:own}"], {"mine": YES, "${aws:own}": NO, "": NO}),
        (["${aws:none}"], {"mine": NO, "${aws:none}": NO, "": NO}),
        (["${aws:none, 'else'}"], {"else": YES, "mine": NO}),
        (["${aws:many}"], {"one": NO, "two": NO}),
        (["${aws:empty}"], {"x": NO}),
    ],
    "StringEqualsIgnoreCase": [
        (["RED"], {"red": YES, "Red": YES, "rot": NO}),
        (["é"], {"É": YES, "e": NO}),
        (["r*"], {"RED": NO, "R*": YES}),
    ],
    "StringLike": [
        (["r*"], {"red": YES, "r": YES, "Red": NO, "tr": NO}),
        (["*d"], {"red": YES, "d": YES, "dr": NO}),
        (["r?d"], {"red": YES, "rd": NO, "reed": NO}),
        (["*"], {"anything: at all/x": YES, "line\nend": YES}),
        (["a*b*c"], {"abc": YES, "aXbYc": YES, "acb": NO}),
        (["a.c"], {"abc": NO, "a.c": YES}),
        (["${aws:star}"], {"*": YES, "x": NO}),
        (["${aws:star}*"], {"*": YES, "*x": YES, "x": NO}),
    ],
    "ArnLike": [
        (["arn:aws:sns:*:123456789012:*"], {ARN: YES, ARN.replace("sns", "sqs"): NO}),
        (["arn:aws:*:t"], {ARN: NO}),
        (["arn:aws:sns:eu-west-?:*:t"], {ARN: YES, ARN.replace("-1", "-11"): NO}),
        (["arn:aws:s3:::b/*"], {"arn:aws:s3:::b/k:v": YES, "arn:aws:s3:::b": NO}),
        (["arn:aws:s3:::${aws:own}/*"], {"arn:aws:s3:::mine/k": YES, "arn:aws:s3:::x/k": NO}),
        (["arn:aws:s3:::b"], {"not an arn": NO, "": NO}),
    ],
    "NumericEquals": [
        (["5"], {"5": YES, "5.0": YES, " 5": YES, "6": NO, "five": STRANGE, "": STRANGE}),
        (["5", "6"], {"6": YES, "7": NO, "NaN": STRANGE}),
    ],
    "NumericLessThan": [(["10"], {"9.99": YES, "10": NO, "-1": YES, "ten": STRANGE})],
    "NumericLessThanEquals": [(["10"], {"10": YES, "10.01": NO, "1e1": YES, "Infinity": STRANGE})],
    "NumericGreaterThan": [(["10"], {"10.01": YES, "10": NO, "9": NO, "x": STRANGE})],
    "NumericGreaterThanEquals": [(["10"], {"10": YES, "9": NO, "100": YES, "x": STRANGE})],
    "DateEquals": [
        (
            ["2026-01-01T00:00:00Z"],
            {"2026-01-01T00:00:00Z": YES, "2026-01-01T01:00:00+01:00": YES, "1767225600": YES,
             "2026-01-01T00:00:01Z": NO, "today": STRANGE},
        ),
    ],
    "DateLessThan": [
        (["2026-01-01"], {"2025-12-31T23:59:59Z": YES, "2026-01-01": NO, "x": STRANGE}),
    ],
    "DateLessThanEquals": [(["2026-01-01"], {"2026-01-01": YES, "2026-01-02": NO})],
    "DateGreaterThan": [(["1767225600"], {"2026-01-01T00:00:01Z": YES, "2026-01-01": NO})],
    "DateGreaterThanEquals": [(["2026-01-01"], {"2026-01-01": YES, "2025-12-31": NO})],
    "Bool": [
        (["true"], {"true": YES, "True": YES, "false": NO, "yes": STRANGE, "1": STRANGE}),
        (["false"], {"false": YES, "true": NO, "": STRANGE}),
    ],
    "BinaryEquals": [(["QQ=="], {"QQ==": YES, "Qg==": NO, "?": STRANGE})],
    "IpAddress": [
        (["10.0.0.0/8"], {"10.1.2.3": YES, "11.0.0.1": NO, "::1": NO, "host": STRANGE}),
        (["192.0.2.7"], {"192.0.2.7": YES, "192.0.2.8": NO}),
        (["2001:db8::/32"], {"2001:db8::1": YES, "2001:db9::1": NO, "10.1.2.3": NO}),
        (["10.0.0.0/8", "192.0.2.0/24"], {"192.0.2.1": YES, "172.16.0.1": NO}),
    ],
}  # fmt: skip
"""Operator → values of a policy, and what each value of a request is to them."""

ALSO: Final = {"ArnLike": ("ArnEquals",)}
NEGATED: Final = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnLike": "ArnNotLike",
    "ArnEquals": "ArnNotEquals",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}
QUANTIFIERS: Final = ("", "ForAllValues:", "ForAnyValue:")
BESIDE: Final[dict[str, Held]] = {
    "aws:own": "mine",
    "aws:star": "*",
    "aws:many": ("one", "two"),
    "aws:empty": "",
}
"""What else every request has."""


class Row(NamedTuple):
    """A condition on the key `aws:x`, what a request has under it, and whether that meets it."""

    operator: str
    values: list[str]
    held: Held
    expected: bool


def rows() -> Iterator[Row]:
    """Yield the table."""
    for base, listed in VERDICTS.items():
        for name in (base, *ALSO.get(base, ())):
            for values, verdicts in listed:
                yield from _of(name, values, verdicts)
    for quantifier in ("true", "false"):
        for held in (None, (), "", "a", ("a",), ("a", "b"), ("", "")):
            is_there = held is not None and any(held)
            yield Row("Null", [quantifier], held, is_there == (quantifier == "false"))


def _of(name: str, values: list[str], verdicts: dict[str, bool | None]) -> Iterator[Row]:
    told = list(verdicts)
    sets: list[Held] = [None, (), *told, *((each,) for each in told), tuple(told)]
    sets += [("", each) for each in told[:2]]
    for negated in (False, True):
        if negated and name not in NEGATED:
            continue
        for quantifier in QUANTIFIERS:
            for suffix in ("", "IfExists"):
                operator = quantifier + (NEGATED[name] if negated else name) + suffix
                for held in sets:
                    if isinstance(held, tuple) and "" in held and not quantifier:
                        continue  # what an empty one of several is worth is told of sets only
                    met = _expected(
                        held, verdicts, negated=negated, quantifier=quantifier, lenient=bool(suffix)
                    )
                    yield Row(operator, values, held, met)


def _expected(
    held: Held, verdicts: dict[str, bool | None], *, negated: bool, quantifier: str, lenient: bool
) -> bool:
    """Return what the reference says.

    "If the key is not present, IfExists evaluates the condition element as true." "Negated
    operators: true if the key is not in the request." "ForAllValues … also returns true if there
    are no keys in the request, or if the key values resolve to a null data set, such as an empty
    string." "ForAnyValue … if there are no matching keys or the key does not exist, false."
    """

    def meets(value: str) -> bool:
        verdict = verdicts.get(value, NO)
        return verdict is not STRANGE and verdict is not negated

    if held is None:
        return lenient or (quantifier == "ForAllValues:") or (negated and not quantifier)
    listed = [held] if isinstance(held, str) else list(held)
    if quantifier:
        listed = [each for each in listed if each]
        if not listed:
            return lenient or quantifier == "ForAllValues:"
        together = all if quantifier == "ForAllValues:" else any
        return together(meets(each) for each in listed)
    together = all if negated else any
    return together(meets(each) for each in listed)
