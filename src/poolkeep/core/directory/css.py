"""The style sheets that the classic pages take: rules for a few classes, and nothing that loads.

    .label-customizable { font-weight: 400; color: black }

Every selector is one of the pages' classes. There are no at-rules, no nesting, no addresses, no
escapes: what a style sheet cannot spell, it cannot do. Source: docs/behaviours/ui-customization.md.
"""

import re
from typing import Final

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


def check(css: str) -> None:
    """Refuse a style sheet that could do more than colour our pages: UnacceptableCss."""
    bare = _without_comments(css)
    end = 0
    # Only where the last rule ended: a search would begin anew at every character of what is none.
    while rule := _RULE.match(bare, end):
        end = rule.end()
        selectors, body = rule.groups()
        for selector in selectors.split(","):
            if selector.strip() not in SELECTORS:
                raise UnacceptableCss(f"the selector {selector.strip()[:60]} is not allowed")
        for declaration in body.split(";"):
            _check_declaration(declaration.strip())
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


def _check_declaration(declaration: str) -> None:
    if not declaration:
        return
    name, colon, value = declaration.partition(":")
    if not colon or not _PROPERTY.fullmatch(name.strip()) or not value.strip():
        raise UnacceptableCss(f"{declaration[:60]} is no declaration")
    if _FORBIDDEN.search(declaration):
        raise UnacceptableCss(f"{declaration[:60]} is not allowed")
