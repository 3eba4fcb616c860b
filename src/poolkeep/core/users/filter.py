r"""The filter of ListUsers: one condition, `attribute = "value"` or `attribute ^= "value"`.

Inside the value `\"` is a quote and `\\` a backslash; any other backslash stands for itself.
Source: docs/behaviours/list-users.md.
"""

import re
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.users import wording
from poolkeep.core.users.names import INDEXED

SEARCHABLE: Final = frozenset({"username", "sub", "status", "cognito:user_status", *INDEXED})
WITH_CASE: Final = frozenset({"username", "status"})
CHARACTERS_MAX: Final = 256

_CONDITION: Final = re.compile(r'\s*([^\s=^"]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPE: Final = re.compile(r'\\(["\\])')


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What the listed users have in common; `value` is folded as the index is."""

    attribute: str
    value: str
    prefix: bool


def parse(text: str | None) -> Condition | None:
    """Return the condition, None for no filter; refuses InvalidParameter for anything else."""
    if text is None or not text.strip():
        return None
    match = _CONDITION.fullmatch(text) if len(text) <= CHARACTERS_MAX else None
    if match is None:
        raise InvalidParameter(wording.BAD_FILTER)
    attribute, operator, quoted = match.groups()
    if attribute.startswith(("custom:", "dev:")):
        raise InvalidParameter(wording.BAD_CUSTOM_FILTER)
    if attribute not in SEARCHABLE:
        raise InvalidParameter(wording.invalid_search_attribute(attribute))
    value = _ESCAPE.sub(r"\1", quoted)
    if attribute not in WITH_CASE:
        value = value.lower()
    return Condition(attribute=attribute, value=value, prefix=operator == "^=")
