r"""The models' Java patterns, matched over the whole text and in linear time.

Java and Python disagree in three ways that matter here: in Java `\w \d \s \S` are ASCII, `.`
stops at five line ends, and there are Unicode property classes. So every class is parsed into
explicit ranges and category letters, and a pattern takes one of three ways:

    [X]*literal[X]*…     all characters lie in X, and the literals occur in order
    [X][Y][Z]+           one class for each character, the last for the rest
    anything else        translated for `re`; must not contain property classes

The first two cover every property class of the five services, so no table of Unicode ranges is
needed, and every pattern whose repetitions overlap (the message templates), so none backtracks.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias

import msgspec

Matcher: TypeAlias = Callable[[str], bool]
Ranges: TypeAlias = tuple[tuple[int, int], ...]

_LAST: Final = 0x10FFFF
_DIGIT: Final[Ranges] = ((0x30, 0x39),)
_WORD: Final[Ranges] = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_BLANK: Final[Ranges] = ((0x09, 0x0D), (0x20, 0x20))
_LINE_ENDS: Final[Ranges] = ((0x0A, 0x0A), (0x0D, 0x0D), (0x85, 0x85), (0x2028, 0x2029))
_CONTROLS: Final = {"t": 0x09, "n": 0x0A, "r": 0x0D, "f": 0x0C}
_BLANKS: Final = "\t\n\x0b\f\r "

# What the live service demands of a password: blanks only between two others, on one line.
# Its two overlapping repetitions would take quadratic time in any backtracking engine.
_PASSWORD: Final = r"^[\S]+.*[\S]+$"
_PASSWORD_LENGTH_MIN: Final = 2


class Class(msgspec.Struct, frozen=True):
    """A set of characters: ranges and major categories of Unicode, or all but those."""

    ranges: Ranges
    categories: str = ""
    negated: bool = False

    def expression(self) -> str:
        """Return the class for `re`; with categories it is right for ASCII text only."""
        ranges = list(self.ranges)
        if self.categories:
            ranges += [
                (c, c) for c in range(128) if unicodedata.category(chr(c))[0] in self.categories
            ]
        inner = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
        return f"[{'^' if self.negated else ''}{inner}]"

    def has(self, character: str) -> bool:
        """Tell whether one character is in the set."""
        code = ord(character)
        inside = any(low <= code <= high for low, high in self.ranges)
        if not inside and self.categories:
            inside = unicodedata.category(character)[0] in self.categories
        return inside is not self.negated

    def matcher(self) -> Matcher:
        """Return a test that every character of a text is in the set."""
        only_these = re.compile(f"{self.expression()}*+").fullmatch
        if not self.categories:
            return lambda text: only_these(text) is not None

        def all_inside(text: str) -> bool:
            if text.isascii():
                return only_these(text) is not None
            return all(map(self.has, set(text)))

        return all_inside


def _complement(ranges: Ranges) -> Ranges:
    """Return the characters outside sorted `ranges`."""
    found, start = [], 0
    for low, high in ranges:
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    return (*found, (start, _LAST))


_ESCAPED_CLASSES: Final[dict[str, Ranges]] = {
    "d": _DIGIT,
    "w": _WORD,
    "s": _BLANK,
    "S": _complement(_BLANK),
}


class _Reader:
    """Reads the parts of a Java pattern that mean characters."""

    def __init__(self, pattern: str) -> None:
        """Read from the start of `pattern`."""
        self.pattern = pattern
        self.at = 0

    def done(self) -> bool:
        """Tell whether all is read."""
        return self.at >= len(self.pattern)

    def take(self) -> str:
        """Return the next character and step over it."""
        self.at += 1
        return self.pattern[self.at - 1]

    def peek(self, ahead: int = 0) -> str:
        """Return a coming character; empty at the end."""
        return self.pattern[self.at + ahead : self.at + ahead + 1]

    def escape(self) -> int | Class:
        """Return what follows a backslash: one character, or a class."""
        kind = self.take()
        if kind in _ESCAPED_CLASSES:
            return Class(_ESCAPED_CLASSES[kind])
        if kind == "p":
            end = self.pattern.index("}", self.at)
            letter = self.pattern[self.at + 1 : end]
            self.at = end + 1
            return Class((), letter)
        if kind in "xu":
            digits = 2 if kind == "x" else 4
            self.at += digits
            return int(self.pattern[self.at - digits : self.at], 16)
        if kind.isalnum() and kind not in _CONTROLS:
            raise ValueError(f"unknown escape in {self.pattern}")
        return _CONTROLS.get(kind, ord(kind))

    def bracket(self) -> Class:
        """Return the class whose opening bracket was just read."""
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        categories = ""
        while self.peek() != "]":
            low = self.escape() if (character := self.take()) == "\\" else ord(character)
            if isinstance(low, Class):
                ranges += low.ranges
                categories += low.categories
                continue
            high: int | Class = low
            if self.peek() == "-" and self.peek(1) != "]":
                self.take()
                high = self.escape() if (character := self.take()) == "\\" else ord(character)
            if isinstance(high, Class):
                raise ValueError(  # noqa: TRY004  the pattern is wrong, not the type of an argument
                    f"a class ends a range in {self.pattern}"
                )
            ranges.append((low, high))
        self.take()
        return Class(tuple(ranges), categories, negated)


# One step of a pattern: a class with its quantifier ("", "*" or "+"), or a literal character.
Step: TypeAlias = tuple[Class, str] | str


def _steps(pattern: str, *, dot: Class) -> list[Step] | None:
    """Return a pattern as a plain sequence; None when it has groups or other quantifiers."""
    reader, steps = _Reader(pattern), []
    while not reader.done():
        step: Step
        match reader.take():
            case "[":
                step = (reader.bracket(), "")
            case ".":
                step = (dot, "")
            case "\\":
                escaped = reader.escape()
                step = (escaped, "") if isinstance(escaped, Class) else chr(escaped)
            case "(" | ")" | "|" | "?" | "*" | "+" | "{" | "^" | "$":
                return None
            case character:
                step = character
        if isinstance(step, tuple) and reader.peek() in {"*", "+"} and reader.peek():
            step = (step[0], reader.take())
        steps.append(step)
    return steps


def _interleaved(steps: list[Step]) -> Matcher | None:
    """Match repetitions of one class around literals, all of whose characters are in the class."""
    classes = [step for step in steps if isinstance(step, tuple)]
    if len({step[0] for step in classes}) != 1 or any(not quantifier for _, quantifier in classes):
        return None
    inside = classes[0][0]
    if not all(inside.has(step) for step in steps if isinstance(step, str)):
        return None
    # (least number of characters before, literal) for each literal, then what must remain.
    plan: list[tuple[int, str]] = []
    least, literal = 0, ""
    for step in steps:
        if isinstance(step, str):
            literal += step
            continue
        if literal:
            plan.append((least, literal))
            least, literal = 0, ""
        least += step[1] == "+"
    if literal:
        return None
    all_inside = inside.matcher()

    def matches(text: str) -> bool:
        at = 0
        for before, wanted in plan:
            at = text.find(wanted, at + before)
            if at < 0:
                return False
            at += len(wanted)
        return len(text) >= at + least and all_inside(text)

    return matches


def _one_by_one(steps: list[Step]) -> Matcher | None:
    """Match one class for each leading character and a repeated last class."""
    classes = [step for step in steps if isinstance(step, tuple)]
    if len(classes) != len(steps) or any(quantifier for _, quantifier in classes[:-1]):
        return None
    heads = [step[0] for step in classes[:-1]]
    least = len(heads) + (classes[-1][1] != "*")
    rest_inside = classes[-1][0].matcher()
    repeated = bool(classes[-1][1])

    def matches(text: str) -> bool:
        if len(text) < least or (not repeated and len(text) > least):
            return False
        heads_match = all(head.has(text[i]) for i, head in enumerate(heads))
        return heads_match and rest_inside(text[len(heads) :])

    return matches


def _translated(pattern: str, *, dot: Class) -> Matcher:
    """Match with `re`, every class made explicit."""
    reader, parts = _Reader(pattern), []
    while not reader.done():
        match reader.take():
            case "[":
                group = reader.bracket()
            case ".":
                group = dot
            case "\\":
                escaped = reader.escape()
                if not isinstance(escaped, Class):
                    parts.append(re.escape(chr(escaped)))
                    continue
                group = escaped
            case character:
                parts.append(character)
                continue
        if group.categories:
            raise ValueError(f"property class in an unsupported place: {pattern}")
        parts.append(group.expression())
    full = re.compile("".join(parts)).fullmatch
    return lambda text: full(text) is not None


def _password(text: str) -> bool:
    """Match the live service's password pattern."""
    if len(text) < _PASSWORD_LENGTH_MIN or text[0] in _BLANKS or text[-1] in _BLANKS:
        return False
    blanks = [at for at in map(text.find, _BLANKS) if at >= 0]
    if not blanks:
        return True
    middle = text[min(blanks) : max(map(text.rfind, _BLANKS)) + 1]
    return not any(end in middle for end in "\n\r\u0085\u2028\u2029")


@cache
def matcher(pattern: str) -> Matcher:
    """Return a test of whole texts against a Java pattern, compiled once.

    Refuses ValueError for a pattern outside the dialect that the service models use.
    """
    if pattern == _PASSWORD:
        return _password
    dot = Class(_LINE_ENDS, negated=True)
    inner = pattern
    if inner.startswith("(?s)"):
        inner, dot = inner[4:], Class(((0, _LAST),))
    # Whole texts are matched, so the anchors say nothing.
    inner = inner.removeprefix("^")
    if inner.endswith("$") and not inner.endswith("\\$"):
        inner = inner[:-1]
    steps = _steps(inner, dot=dot)
    if steps:
        found = _interleaved(steps) or _one_by_one(steps)
        if found is not None:
            return found
    return _translated(inner, dot=dot)
