"""Condition operators over the keys of a request. Pure.

    [ForAllValues: | ForAnyValue:] operator [IfExists]     key     values

A request has a key with one value, with several, or not at all. What absence means depends on the
operator: a positive one is false, a negated one true. Source: docs/behaviours/policies.md.
"""

import base64
import binascii
import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from poolkeep.core.iam.patterns import Context, Pattern

Quantifier = Literal["", "ForAllValues", "ForAnyValue"]
Compare = Callable[[str, str], bool | None]
"""compare(policy's value, request's value); None where the request's is not of the kind."""

IF_EXISTS: Final = "IfExists"
NULL: Final = "Null"
ARN_FIELDS: Final = 6


class UnknownOperator(ValueError):
    """There is no such operator."""


class BadValue(ValueError):
    """A policy's value is not of the operator's kind."""


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise BadValue(text) from error
    if not number.is_finite():
        raise BadValue(text)
    return number


def _moment(text: str) -> Decimal:
    """Return seconds since the epoch of an ISO 8601 date, or of seconds."""
    try:
        return _decimal(text)
    except BadValue:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValue(text) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(str(aware.timestamp()))


def _truth(text: str) -> bool:
    low = text.lower()
    if low not in {"true", "false"}:
        raise BadValue(text)
    return low == "true"


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadValue(text) from error


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise BadValue(text) from error


def _contains(network: str, address: str) -> bool:
    outer, inner = _network(network), _network(address)
    if outer.version != inner.version:
        return False
    return int(outer.network_address) <= int(inner.network_address) and (
        int(inner.broadcast_address) <= int(outer.broadcast_address)
    )


TYPED: Final[dict[str, tuple[Callable[[str], object], Compare]]] = {
    "NumericEquals": (_decimal, lambda p, r: _decimal(r) == _decimal(p)),
    "NumericLessThan": (_decimal, lambda p, r: _decimal(r) < _decimal(p)),
    "NumericLessThanEquals": (_decimal, lambda p, r: _decimal(r) <= _decimal(p)),
    "NumericGreaterThan": (_decimal, lambda p, r: _decimal(r) > _decimal(p)),
    "NumericGreaterThanEquals": (_decimal, lambda p, r: _decimal(r) >= _decimal(p)),
    "DateEquals": (_moment, lambda p, r: _moment(r) == _moment(p)),
    "DateLessThan": (_moment, lambda p, r: _moment(r) < _moment(p)),
    "DateLessThanEquals": (_moment, lambda p, r: _moment(r) <= _moment(p)),
    "DateGreaterThan": (_moment, lambda p, r: _moment(r) > _moment(p)),
    "DateGreaterThanEquals": (_moment, lambda p, r: _moment(r) >= _moment(p)),
    "Bool": (_truth, lambda p, r: _truth(r) == _truth(p)),
    "BinaryEquals": (_bytes, lambda p, r: _bytes(r) == _bytes(p)),
    "IpAddress": (_network, _contains),
}
"""Operator → what a value must be readable as, and how two are compared."""

NEGATED: Final = {
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
TEXT: Final = frozenset(
    {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}
)


class Condition:
    """One key of one operator with its values."""

    __slots__ = (
        "_compare", "_if_exists", "_negated", "_null", "_patterns", "_quantifier", "_values",
        "key", "operator",
    )  # fmt: skip

    def __init__(
        self, operator: str, key: str, values: tuple[str, ...], *, variables: bool
    ) -> None:
        """Compile. Raises UnknownOperator, BadValue or `patterns.BadPattern`."""
        self.operator = operator
        self.key = key.lower()
        self._quantifier, name = _quantified(operator)
        self._null = name == NULL and not self._quantifier
        self._if_exists = name.endswith(IF_EXISTS) and not self._null
        name = name.removesuffix(IF_EXISTS) if self._if_exists else name
        self._negated = name in NEGATED
        base = NEGATED.get(name, name)
        self._values = values
        self._patterns: tuple[_Text, ...] = ()
        self._compare: Compare | None = None
        if base in TEXT:
            self._patterns = tuple(_Text(base, value, variables=variables) for value in values)
        elif base in TYPED:
            readable, self._compare = TYPED[base]
            for value in values:
                readable(value)
        elif self._null:
            self._values = tuple("true" if _truth(value) else "false" for value in values)
        else:
            raise UnknownOperator(operator)

    @property
    def values(self) -> tuple[str, ...]:
        """What the key is compared with."""
        return self._values

    def holds(self, context: Context) -> bool:
        """Tell whether a request meets it."""
        present = context.get(self.key)
        found = (present,) if isinstance(present, str) else present or ()
        if self._null:
            is_null = "false" if any(found) else "true"
            return is_null in self._values
        return self._among(found, absent=present is None, context=context)

    def _among(self, found: tuple[str, ...], *, absent: bool, context: Context) -> bool:
        real = tuple(value for value in found if value) if self._quantifier else found
        if absent or (self._quantifier and not real):
            if self._if_exists or self._quantifier == "ForAllValues":
                return True
            return self._negated and not self._quantifier
        verdicts = [self._one(value, context) for value in real]
        if self._quantifier == "ForAnyValue":
            return any(verdicts)
        if self._quantifier == "ForAllValues" or self._negated:
            return all(verdicts)
        return any(verdicts)

    def _one(self, value: str, context: Context) -> bool:
        """Tell whether one of the request's values meets the operator."""
        if self._compare is None:
            matched = any(pattern.matches(value, context) for pattern in self._patterns)
            return matched != self._negated
        try:
            matched = any(self._compare(mine, value) for mine in self._values)
        except BadValue:  # the request's value is not of the kind: neither equal nor unequal
            return not self._values and self._negated
        return matched != self._negated


class _Text:
    """A policy's value of a string or ARN operator."""

    __slots__ = ("_fields", "_whole")

    def __init__(self, operator: str, text: str, *, variables: bool) -> None:
        self._whole: Pattern | None = None
        self._fields: tuple[Pattern, ...] = ()
        if operator.startswith("Arn"):
            self._fields = tuple(Pattern(field, variables=variables) for field in _arn_fields(text))
        else:
            self._whole = Pattern(
                text,
                wild=operator == "StringLike",
                variables=variables,
                fold=operator == "StringEqualsIgnoreCase",
            )

    def matches(self, value: str, context: Context) -> bool:
        """Tell whether a request's value is what the policy says."""
        if self._whole is not None:
            return self._whole.matches(value, context)
        fields = value.split(":", ARN_FIELDS - 1)
        return len(fields) == len(self._fields) and all(
            pattern.matches(field, context)
            for pattern, field in zip(self._fields, fields, strict=True)
        )


def _arn_fields(text: str) -> list[str]:
    """Split an ARN pattern at its first colons, but not inside of a variable."""
    fields = [""]
    depth = 0
    for character in text:
        if character == "{":
            depth += 1
        elif character == "}":
            depth = max(0, depth - 1)
        if character == ":" and not depth and len(fields) < ARN_FIELDS:
            fields.append("")
        else:
            fields[-1] += character
    return fields


def _quantified(operator: str) -> tuple[Quantifier, str]:
    front, colon, name = operator.partition(":")
    if not colon:
        return "", operator
    if front == "ForAllValues":
        return "ForAllValues", name
    if front == "ForAnyValue":
        return "ForAnyValue", name
    raise UnknownOperator(operator)
