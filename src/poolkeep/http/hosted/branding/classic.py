"""The style sheet of classic pages, read and written anew.

What was refused when it was set is refused again: a row may be older than a rule. Of the rest
only declarations that are known to do no more than colour, size and space are written, with
values made of words, numbers, colours and a few functions. Nothing can lie over another thing of
the page, load, or leave the style element.
Source: docs/behaviours/branding.md.
"""

import re
from typing import Final

from poolkeep.core.directory.css import UnacceptableCss, rules

_SIDES: Final = ("top", "right", "bottom", "left")
_NAMES: Final = (
    "background background-color border border-color border-radius border-style border-width "
    "box-sizing color display font font-family font-size font-style font-weight height "
    "letter-spacing line-height margin max-height max-width min-height min-width outline "
    "outline-color outline-offset padding text-align text-decoration text-transform width"
)
PROPERTIES: Final = (
    frozenset(_NAMES.split())
    | {f"{name}-{side}" for name in ("margin", "padding", "border") for side in _SIDES}
    | {f"border-{side}-{part}" for side in _SIDES for part in ("color", "style", "width")}
)
FUNCTIONS: Final = frozenset({"rgb", "rgba", "hsl", "hsla", "linear-gradient"})
VALUE_CHARACTERS_MAX: Final = 200

_TOKEN: Final = re.compile(
    r"""\s+
    | (?P<function>[a-z][a-z-]{0,20}\()
    | [a-z][a-z0-9-]{0,60}
    | \#[0-9a-f]{3,8}
    | (?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})(?:%|[a-z]{1,4})?(?![\w.])
    | "[a-z0-9 -]{0,60}" | '[a-z0-9 -]{0,60}'
    | [,/)]
    | !important""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def written(css: str) -> str:
    """Return the style sheet as pages hold it: what may be said of their classes, and no more."""
    kept = []
    try:
        for rule in rules(css):
            declarations = ";".join(
                f"{name.lower()}:{value}"
                for name, value in rule.declarations
                if name.lower() in PROPERTIES and is_plain(value)
            )
            if declarations:
                kept.append(f"{','.join(rule.selectors)}{{{declarations}}}")
    except UnacceptableCss:
        return "".join(kept)
    return "".join(kept)


def is_plain(value: str) -> bool:
    """Tell whether a value is made of plain words, numbers, colours and known functions.

    Negative numbers are not plain: they move things over one another.
    """
    if len(value) > VALUE_CHARACTERS_MAX:
        return False
    at = depth = 0
    while at < len(value):
        token = _TOKEN.match(value, at)
        if token is None:
            return False
        function = token["function"]
        if function is not None:
            if function[:-1].lower() not in FUNCTIONS:
                return False
            depth += 1
        elif token[0] == ")":
            depth -= 1
            if depth < 0:
                return False
        at = token.end()
    return depth == 0
