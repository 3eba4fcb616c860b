"""What a refused request is told: the kinds of refusal and AWS's sentences.

Source: docs/behaviours/wire.md.
"""

from typing import Final, cast

from poolkeep.base.refusal import Refusal

_JAVA: Final = {int: "Integer", bool: "Boolean", float: "Double", str: "String"}


class SerializationRefused(Refusal):
    """The body is not JSON, or a member has the wrong JSON type."""

    code = "SerializationException"


class ValidationRefused(Refusal):
    """The request violates constraints of the model; the text lists all of them."""

    code = "InvalidParameterException"


class IdentityValidationRefused(ValidationRefused):
    """The same, under the name that identity pools use."""

    code = "ValidationException"


class QueryValidationRefused(ValidationRefused):
    """The same, under the name that STS and IAM use."""

    code = "ValidationError"


def summary(found: list[str]) -> str:
    """Return the service's sentence about one or more violations."""
    plural = "" if len(found) == 1 else "s"
    return f"{len(found)} validation error{plural} detected: {'; '.join(found)}"


def violation(path: str, value: object, tail: str, *, hidden: bool = False) -> str:
    """Return one violation's sentence; `hidden` leaves the value out."""
    if value is None:
        return f"Value null at '{path}' failed to satisfy constraint: {tail}"
    shown = "" if hidden else f" '{_printed(value)}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {tail}"


def member_path(wire_name: str) -> str:
    """Return how a member is named in a path: the first letter in lower case."""
    return wire_name[:1].lower() + wire_name[1:]


def _printed(value: object) -> str:
    """Return a value as Java's toString would, near enough."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_printed, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_printed(item)}" for key, item in value.items()) + "}"
    return "null" if value is None else str(value)


def mismatch(value: object, wanted: str) -> SerializationRefused:
    """Return the refusal of a wrong JSON type."""
    if isinstance(value, dict):
        return SerializationRefused("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return SerializationRefused("Start of list found where not expected")
    if wanted in {"structure", "list", "map"}:
        return SerializationRefused()
    given = _JAVA[type(value)]
    if given == "Integer" and not -(2**31) <= cast("int", value) < 2**31:
        given = "Long" if -(2**63) <= cast("int", value) < 2**63 else "BigInteger"
    return SerializationRefused(f"class java.lang.{given} can not be converted to an {wanted}")
