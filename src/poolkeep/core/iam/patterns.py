"""Wildcards and variables of policies. Pure.

`*` is any run of characters and `?` any one. `${key}` and `${key, 'default'}` stand for a value of
the request, and `${*}`, `${?}`, `${$}` for those characters. What a variable brings is taken
literally, wildcards included. A pattern without variables is compiled once.

Between two stars every piece has a fixed length, so that the first place where it fits is as good
as any: matching takes no longer than pattern times text, whoever wrote either.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

Value = str | tuple[str, ...]
Context = Mapping[str, Value]
"""A request's condition keys, in lower case; a tuple is a key with several values."""

_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_LITERAL: Final = frozenset("*?$")
_WILD: Final = re.compile(r"([*?])")


class Wild(Enum):
    """What a wildcard stands for."""

    ONE = "?"
    RUN = "*"


Piece = str | Wild
"""Some characters, or a wildcard."""


class BadPattern(ValueError):
    """A `${…}` that is no variable."""


class Pattern:
    """A text to compare with, which may hold wildcards and variables.

    `wild` False takes `*` and `?` literally; `variables` False takes `${…}` literally, as policies
    of the old version do. `fold` compares without case.
    """

    __slots__ = ("_fold", "_front", "_glob", "_parts", "_wild", "text")

    def __init__(
        self, text: str, *, wild: bool = True, variables: bool = True, fold: bool = False
    ) -> None:
        """Compile. Raises BadPattern."""
        self.text = text
        self._wild = wild
        self._fold = fold
        parts = _parts(text) if variables else [text]
        self._parts: tuple[Piece | _Variable, ...] = tuple(
            piece for part in parts for piece in self._pieces(part)
        )
        constant = all(not isinstance(part, _Variable) or part.key is None for part in self._parts)
        self._glob = self._compiled({}) if constant else None
        # How every match begins, whatever the variables stand for.
        first = self._parts[0] if self._parts else ""
        self._front = first if isinstance(first, str) and not fold else ""

    def matches(self, value: str, context: Context) -> bool:
        """Tell whether the text, with the request's values in it, is this value."""
        if self._glob is not None:
            return self._glob.matches(value)
        if not value.startswith(self._front):
            return False
        glob = self._compiled(context)
        return glob is not None and glob.matches(value)

    def resolves(self, context: Context) -> bool:
        """Tell whether every variable has a value."""
        return self._glob is not None or self._compiled(context) is not None

    def _pieces(self, part: "str | _Variable") -> "Sequence[Piece | _Variable]":
        if isinstance(part, _Variable) or not self._wild:
            return (part,)
        return _wildcards(part)

    def _compiled(self, context: Context) -> "_Glob | None":
        pieces: list[Piece] = []
        for part in self._parts:
            if not isinstance(part, _Variable):
                pieces.append(part)
                continue
            found = part.value(context)
            if found is None:
                return None
            pieces.append(found)
        return _Glob(pieces, fold=self._fold)


class _Glob:
    """Texts and wildcards, in their order."""

    __slots__ = ("_first", "_fold", "_front", "_last", "_middle", "_whole")

    def __init__(self, pieces: list[Piece], *, fold: bool) -> None:
        self._fold = fold
        fixed: list[list[Piece]] = [[]]
        for piece in pieces:
            if piece is Wild.RUN:
                fixed.append([])
            elif fold and isinstance(piece, str):
                fixed[-1].append("".join(each.lower() for each in piece))
            else:
                fixed[-1].append(piece)
        # A run of stars means what one means.
        compiled = [_Fixed(each) for each in fixed]
        self._first = compiled[0]
        self._middle = tuple(each for each in compiled[1:-1] if each.length)
        self._last = compiled[-1] if len(compiled) > 1 else None
        # Most patterns are one text, or a text and a star.
        self._whole = self._first.text if self._last is None else None
        ends_open = self._last is not None and not self._last.length and not self._middle
        self._front = self._first.text if ends_open else None

    def matches(self, value: str) -> bool:
        """Tell whether the whole text matches."""
        text = value.lower() if self._fold else value
        if self._whole is not None:
            return text == self._whole
        if self._front is not None:
            return text.startswith(self._front)
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

    def __init__(self, pieces: list[Piece]) -> None:
        self.length = sum(len(each) if isinstance(each, str) else 1 for each in pieces)
        texts = [each for each in pieces if isinstance(each, str)]
        self._text = "".join(texts)
        self._expression: re.Pattern[str] | None = None
        if len(texts) < len(pieces):
            escaped = (re.escape(each) if isinstance(each, str) else "." for each in pieces)
            self._expression = re.compile("".join(escaped), re.DOTALL)

    @property
    def text(self) -> str | None:
        """All of it, where no character is open."""
        return self._text if self._expression is None else None

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


def without_variables(text: str) -> str:
    """Return a text without its `${…}`."""
    end = _closed(text)
    return _VARIABLE.sub("", text[:end]) + text[end:]


def _closed(text: str) -> int:
    """Return where the last brace is closed: every opening after it would be followed in vain."""
    return text.rfind("}") + 1


def _variable(inside: str) -> "_Variable":
    """Return `key` or `key, 'default'` as a variable."""
    name, comma, rest = inside.partition(",")
    key, quoted = name.strip(), rest.strip()
    default = quoted[1:-1] if comma else None
    is_quoted = not comma or quoted == f"'{default}'"
    if not key or "'" in key or not is_quoted or "'" in (default or ""):
        raise BadPattern(inside)
    return _Variable(key.lower(), default)


def _parts(text: str) -> "list[str | _Variable]":
    parts: list[str | _Variable] = []
    end = 0
    for match in _VARIABLE.finditer(text, 0, _closed(text)):
        parts.append(text[end : match.start()])
        end = match.end()
        inside = match.group(1)
        if inside in _LITERAL:
            parts.append(_Variable(None, inside))
            continue
        parts.append(_variable(inside))
    parts.append(text[end:])
    return [part for part in parts if part != ""]


def _wildcards(text: str) -> list[Piece]:
    return [Wild(each) if each in {"*", "?"} else each for each in _WILD.split(text) if each]
