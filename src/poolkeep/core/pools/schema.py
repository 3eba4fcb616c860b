"""A pool's attributes: the twenty standard ones, and what may be added to them.

Source: docs/behaviours/pools.md, POOL-03 and POOL-09 to POOL-11.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from poolkeep.base.limits import ATTRIBUTE_VALUE_CHARACTERS, CUSTOM_ATTRIBUTES_PER_POOL
from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.pools import wording
from poolkeep.core.pools.model import NumberConstraints, SchemaAttribute, StringConstraints

BOUND_DIGITS_MAX: Final = 40
"""Far beyond every number that fits an attribute, far below what `int` refuses to parse."""

CUSTOM: Final = "custom:"
DEVELOPER: Final = "dev:custom:"


def _text(
    name: str, *, shortest: int = 0, longest: int = ATTRIBUTE_VALUE_CHARACTERS, sub: bool = False
) -> SchemaAttribute:
    return SchemaAttribute(
        name=name,
        attribute_data_type="String",
        developer_only_attribute=False,
        mutable=not sub,
        required=sub,
        string_attribute_constraints=StringConstraints(
            min_length=str(shortest), max_length=str(longest)
        ),
    )


def _flag(name: str) -> SchemaAttribute:
    return SchemaAttribute(
        name=name,
        attribute_data_type="Boolean",
        developer_only_attribute=False,
        mutable=True,
        required=False,
    )


STANDARD: Final = (
    _text("sub", shortest=1, sub=True),
    _text("name"),
    _text("given_name"),
    _text("family_name"),
    _text("middle_name"),
    _text("nickname"),
    _text("preferred_username"),
    _text("profile"),
    _text("picture"),
    _text("website"),
    _text("email"),
    _flag("email_verified"),
    _text("gender"),
    _text("birthdate", shortest=10, longest=10),
    _text("zoneinfo"),
    _text("locale"),
    _text("phone_number"),
    _flag("phone_number_verified"),
    _text("address"),
    SchemaAttribute(
        name="updated_at",
        attribute_data_type="Number",
        developer_only_attribute=False,
        mutable=True,
        required=False,
        number_attribute_constraints=NumberConstraints(min_value="0"),
    ),
)
"""In the order in which every description lists them."""

_STANDARD_BY_NAME: Final = {attribute.name: attribute for attribute in STANDARD}


def build_schema(given: Sequence[SchemaAttribute]) -> tuple[SchemaAttribute, ...]:
    """Return the standard attributes as changed by `given`, then the custom ones in its order."""
    changed: dict[str | None, SchemaAttribute] = dict(_STANDARD_BY_NAME)
    custom: list[SchemaAttribute] = []
    seen: set[str] = set()
    for attribute in given:
        standard = _STANDARD_BY_NAME.get(attribute.name)
        if standard is None:
            built = custom_attribute(attribute)
            custom.append(built)
        else:
            built = changed[standard.name] = _changed_standard(standard, attribute)
        name = built.name or ""
        if name in seen:
            raise InvalidParameter(wording.duplicate_attribute(name))
        seen.add(name)
    return (*changed.values(), *custom)


def add_custom(
    schema: tuple[SchemaAttribute, ...], added: Iterable[SchemaAttribute]
) -> tuple[SchemaAttribute, ...]:
    """Return the schema with custom attributes at its end; refuses a name that exists."""
    names = {attribute.name for attribute in schema}
    grown = list(schema)
    for attribute in added:
        built = custom_attribute(attribute)
        if built.name in names:
            raise InvalidParameter(wording.existing_attribute(built.name or ""))
        names.add(built.name)
        grown.append(built)
    if len(grown) - len(STANDARD) > CUSTOM_ATTRIBUTES_PER_POOL:
        raise InvalidParameter(wording.TOO_MANY_CUSTOM)
    return tuple(grown)


def custom_attribute(given: SchemaAttribute) -> SchemaAttribute:
    """Return a custom attribute under its full name, every absent member filled."""
    developer_only = given.developer_only_attribute is True
    if not given.name:
        raise InvalidParameter(wording.NO_NAME)
    name = f"{DEVELOPER if developer_only else CUSTOM}{given.name}"
    if given.attribute_data_type is None:
        raise InvalidParameter(wording.NO_DATA_TYPE)
    if given.required:
        raise InvalidParameter(wording.REQUIRED_CUSTOM)
    is_text = given.attribute_data_type == "String"
    is_number = given.attribute_data_type == "Number"
    texts = given.string_attribute_constraints or StringConstraints()
    numbers = given.number_attribute_constraints or NumberConstraints()
    if is_text:
        _check_lengths(name, texts)
    if is_number:
        _check_values(name, numbers)
    return SchemaAttribute(
        name=name,
        attribute_data_type=given.attribute_data_type,
        developer_only_attribute=developer_only,
        mutable=given.mutable is not False,
        required=False,
        # Bounds of another type mean nothing and are not kept.
        string_attribute_constraints=texts if is_text else None,
        number_attribute_constraints=numbers if is_number else None,
    )


def csv_header(schema: Iterable[SchemaAttribute]) -> tuple[str, ...]:
    """Return the columns of an import file for a pool of this schema."""
    names = [attribute.name or "" for attribute in schema if attribute.name != "sub"]
    return (*names, "cognito:mfa_enabled", "cognito:username")


def _changed_standard(standard: SchemaAttribute, given: SchemaAttribute) -> SchemaAttribute:
    name = standard.name or ""
    other_type = given.attribute_data_type not in {None, standard.attribute_data_type}
    if other_type or given.developer_only_attribute:
        raise InvalidParameter(wording.standard_attribute_fixed(name))
    if name == "sub" and (given.mutable is True or given.required is False):
        raise InvalidParameter(wording.SUB_IS_FIXED)
    texts, numbers = standard.string_attribute_constraints, standard.number_attribute_constraints
    if texts is not None and (wanted := given.string_attribute_constraints) is not None:
        texts = StringConstraints(
            min_length=texts.min_length if wanted.min_length is None else wanted.min_length,
            max_length=texts.max_length if wanted.max_length is None else wanted.max_length,
        )
        _check_lengths(name, texts)
    if numbers is not None and given.number_attribute_constraints is not None:
        numbers = given.number_attribute_constraints
        _check_values(name, numbers)
    return msgspec.structs.replace(
        standard,
        mutable=standard.mutable if given.mutable is None else given.mutable,
        required=standard.required if given.required is None else given.required,
        string_attribute_constraints=texts,
        number_attribute_constraints=numbers,
    )


def _check_lengths(name: str, bounds: StringConstraints) -> None:
    shortest = _number(bounds.min_length, "String", name)
    longest = _number(bounds.max_length, "String", name)
    if (shortest is not None and shortest < 0) or (longest is not None and longest < 0):
        raise InvalidParameter(wording.invalid_constraints("String", name))
    if max(shortest or 0, longest or 0) > ATTRIBUTE_VALUE_CHARACTERS:
        raise InvalidParameter(wording.too_long(name))
    if shortest is not None and longest is not None and longest < shortest:
        raise InvalidParameter(wording.length_bounds(name))


def _check_values(name: str, bounds: NumberConstraints) -> None:
    smallest = _number(bounds.min_value, "Number", name)
    largest = _number(bounds.max_value, "Number", name)
    if smallest is not None and largest is not None and largest < smallest:
        raise InvalidParameter(wording.value_bounds(name))


def _number(text: str | None, kind: str, name: str) -> int | None:
    """Return the number of a bound; bounds travel as text, and only ASCII digits count."""
    if text is None:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > BOUND_DIGITS_MAX:
        raise InvalidParameter(wording.invalid_constraints(kind, name))
    return int(text)
