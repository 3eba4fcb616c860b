"""Wildcards and variables of policies. Pure.

`*` is any run of characters and `?` any one. `${key}` and `${key, 'default'}` stand for a value of
the request, and `${*}`, `${?}`, `${$}` for those characters. What a variable brings is taken
literally, wildcards included. A pattern is compiled once; one without variables to one expression.
"""

import re
from collections.abc import Mapping
from typing import Final

Value = str | tuple[str, ...]
Context = Mapping[str, Value]
"""A request's condition keys, in lower case; a tuple is a key with several values."""

_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_NAMED: Final = re.compile(r"\s*([^,']*?)\s*(?:,\s*'([^']*)'\s*)?", re.DOTALL)
_LITERAL: Final = frozenset("*?$")


class BadPattern(ValueError):
    """A `${…}` that is no variable."""


class Pattern:
    """A text to compare with, which may hold wildcards and variables.

    `wild` False takes `*` and `?` literally; `variables` False takes `${…}` literally, as policies
    of the old version do. `fold` compares without case.
    """

    __slots__ = ("_expression", "_fold", "_parts", "_wild", "text")

    def __init__(
        self, text: str, *, wild: bool = True, variables: bool = True, fold: bool = False
    ) -> None:
        """Compile. Raises BadPattern."""
        self.text = text
        self._wild = wild
        self._fold = fold
        self._parts = tuple(_parts(text)) if variables else (text,)
        constant = all(isinstance(part, str) or part.key is None for part in self._parts)
        self._expression = self._compiled({}) if constant else None

    def matches(self, value: str, context: Context) -> bool:
        """Tell whether the text, with the request's values in it, is this value."""
        expression = self._expression or self._compiled(context)
        return expression is not None and expression.fullmatch(value) is not None

    def resolves(self, context: Context) -> bool:
        """Tell whether every variable has a value."""
        return self._expression is not None or self._compiled(context) is not None

    def _compiled(self, context: Context) -> re.Pattern[str] | None:
        pieces = []
        for part in self._parts:
            if isinstance(part, str):
                pieces.append(_glob(part) if self._wild else re.escape(part))
                continue
            found = part.value(context)
            if found is None:
                return None
            pieces.append(re.escape(found))
        flags = re.DOTALL | (re.IGNORECASE if self._fold else re.NOFLAG)
        return re.compile("".join(pieces), flags)


class _Variable:
    """A piece of a pattern that a request fills in; one without a key is a character."""

    __slots__ = ("default", "key")

    def __init__(self, key: str | None, default: str | None) -> None:
        self.key = key
        self.default = default

    def value(self, context: Context) -> str | None:
        """Return what it stands for; only keys with one value have one."""
        found = context.get(self.key) if self.key is not None else None
        return found if isinstance(found, str) else self.default


def _parts(text: str) -> "list[str | _Variable]":
    parts: list[str | _Variable] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        inside = match.group(1)
        if inside in _LITERAL:
            parts.append(_Variable(None, inside))
            continue
        named = _NAMED.fullmatch(inside)
        if named is None or not named.group(1):
            raise BadPattern(text)
        parts.append(_Variable(named.group(1).lower(), named.group(2)))
    parts.append(text[end:])
    return [part for part in parts if part != ""]


def _glob(text: str) -> str:
    # A run of stars means what one means, and takes no longer to match.
    pieces = re.split(r"(\*+|\?)", text)
    return "".join(
        ".*" if piece.startswith("*") else "." if piece == "?" else re.escape(piece)
        for piece in pieces
    )
