"""The style sheets that the classic pages take: rules for a few classes, and nothing that loads.

    .label-customizable { font-weight: 400; color: black }

Every selector is one of the pages' classes. There are no at-rules, no nesting, no addresses, no
escapes: what a style sheet cannot spell, it cannot do. Source: docs/behaviours/ui-customization.md.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_CLASSES: Final = (
    "background banner errorMessage idpButton idpDescription inputField label legalText logo "
    "passwordCheck-valid passwordCheck-notValid redirect socialButton submitButton textDescription"
)
SELECTORS: Final = frozenset(f".{name}-customizable" for name in _CLASSES.split()) | {
    ".idpButton-customizable:hover",
    ".submitButton-customizable:hover",
    ".inputField-customizable:focus",
}
_RULE: Final = re.compile(r"([^{}]*)\{([^{}]*)\}")
_PROPERTY: Final = re.compile(r"-?[a-z][a-z-]*", re.ASCII | re.IGNORECASE)
_FORBIDDEN: Final = re.compile(
    r"url|image|expression|javascript:|behaviou?r|binding|[@\\<>]", re.IGNORECASE
)


class UnacceptableCss(Exception):
    """The style sheet holds what the pages do not take; the text says what."""


class Rule(NamedTuple):
    """A rule of a style sheet: its selectors, and declarations by name."""

    selectors: tuple[str, ...]
    declarations: tuple[tuple[str, str], ...]


def check(css: str) -> None:
    """Refuse a style sheet that could do more than colour our pages: UnacceptableCss."""
    for _ in rules(css):
        pass


def rules(css: str) -> Iterator[Rule]:
    """Yield the rules of a style sheet, up to the first thing that is refused."""
    bare = _without_comments(css)
    end = 0
    # Only where the last rule ended: a search would begin anew at every character of what is none.
    while rule := _RULE.match(bare, end):
        end = rule.end()
        before, body = rule.groups()
        selectors = tuple(selector.strip() for selector in before.split(","))
        for selector in selectors:
            if selector not in SELECTORS:
                raise UnacceptableCss(f"the selector {selector[:60]} is not allowed")
        parts = (part.strip() for part in body.split(";"))
        yield Rule(selectors, tuple(_declaration(part) for part in parts if part))
    if bare[end:].strip():
        raise UnacceptableCss("the braces do not match")


def _without_comments(css: str) -> str:
    """Return the style sheet with a space for each comment."""
    kept, at = [], 0
    while (begin := css.find("/*", at)) >= 0:
        end = css.find("*/", begin + 2)
        if end < 0:
            raise UnacceptableCss("a comment does not end")
        kept.append(css[at:begin])
        at = end + 2
    return " ".join((*kept, css[at:]))


def _declaration(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not _PROPERTY.fullmatch(name.strip()) or not value.strip():
        raise UnacceptableCss(f"{text[:60]} is no declaration")
    if _FORBIDDEN.search(text):
        raise UnacceptableCss(f"{text[:60]} is not allowed")
    return name.strip(), value.strip()
