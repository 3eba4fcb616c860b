"""Wildcards and variables of policies. Pure.

`*` is any run of characters and `?` any one. `${key}` and `${key, 'default'}` stand for a value of
the request, and `${*}`, `${?}`, `${$}` for those characters. What a variable brings is taken
literally, wildcards included. A pattern without variables is compiled once.

Between two stars every piece has a fixed length, so that the first place where it fits is as good
as any: matching takes no longer than pattern times text, whoever wrote either.
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
ANY: Final = "any one"
"""What `?` is compiled to; no character is so long."""


class BadPattern(ValueError):
    """A `${…}` that is no variable."""


class Pattern:
    """A text to compare with, which may hold wildcards and variables.

    `wild` False takes `*` and `?` literally; `variables` False takes `${…}` literally, as policies
    of the old version do. `fold` compares without case.
    """

    __slots__ = ("_fold", "_glob", "_parts", "_wild", "text")

    def __init__(
        self, text: str, *, wild: bool = True, variables: bool = True, fold: bool = False
    ) -> None:
        """Compile. Raises BadPattern."""
        self.text = text
        self._wild = wild
        self._fold = fold
        self._parts = tuple(_parts(text)) if variables else (text,)
        constant = all(isinstance(part, str) or part.key is None for part in self._parts)
        self._glob = self._compiled({}) if constant else None

    def matches(self, value: str, context: Context) -> bool:
        """Tell whether the text, with the request's values in it, is this value."""
        glob = self._glob or self._compiled(context)
        return glob is not None and glob.matches(value)

    def resolves(self, context: Context) -> bool:
        """Tell whether every variable has a value."""
        return self._glob is not None or self._compiled(context) is not None

    def _compiled(self, context: Context) -> "_Glob | None":
        pieces: list[str | None] = []
        for part in self._parts:
            if isinstance(part, str):
                pieces.extend(_wildcards(part) if self._wild else part)
                continue
            found = part.value(context)
            if found is None:
                return None
            pieces.extend(found)
        return _Glob(pieces, fold=self._fold)


class _Glob:
    """Characters, wildcards among them: `ANY` is any one character, and None any run of them."""

    __slots__ = ("_first", "_fold", "_last", "_middle")

    def __init__(self, pieces: "list[str | None]", *, fold: bool) -> None:
        self._fold = fold
        fixed: list[list[str]] = [[]]
        for piece in pieces:
            if piece is None:
                fixed.append([])
            elif fold and piece != ANY:
                fixed[-1].extend(piece.lower())
            else:
                fixed[-1].append(piece)
        # A run of stars means what one means.
        compiled = [_Fixed(each) for each in fixed]
        self._first = compiled[0]
        self._middle = tuple(each for each in compiled[1:-1] if each.length)
        self._last = compiled[-1] if len(compiled) > 1 else None

    def matches(self, value: str) -> bool:
        """Tell whether the whole text matches."""
        text = value.lower() if self._fold else value
        if self._last is None:
            return len(text) == self._first.length and self._first.fits(text, 0)
        at = self._first.length
        end = len(text) - self._last.length
        if at > end or not self._first.fits(text, 0) or not self._last.fits(text, end):
            return False
        for piece in self._middle:
            at = piece.after(text, at, end)
            if at < 0:
                return False
        return True


class _Fixed:
    """A piece without stars; one without `?` is a plain text."""

    __slots__ = ("_expression", "_text", "length")

    def __init__(self, characters: list[str]) -> None:
        self.length = len(characters)
        self._text = "".join(characters)
        self._expression: re.Pattern[str] | None = None
        if ANY in characters:
            escaped = ("." if each == ANY else re.escape(each) for each in characters)
            self._expression = re.compile("".join(escaped), re.DOTALL)

    def fits(self, value: str, at: int) -> bool:
        """Tell whether it stands at a place."""
        if self._expression is None:
            return value.startswith(self._text, at)
        return self._expression.match(value, at) is not None

    def after(self, value: str, at: int, end: int) -> int:
        """Return where its first occurrence between two places ends, -1 when there is none."""
        if self._expression is None:
            found = value.find(self._text, at, end)
            return -1 if found < 0 else found + self.length
        match = self._expression.search(value, at, end)
        return -1 if match is None else match.end()


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


def _wildcards(text: str) -> "list[str | None]":
    return [None if each == "*" else ANY if each == "?" else each for each in text]
