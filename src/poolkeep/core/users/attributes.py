"""Attributes: which may be written by whom, which values they take, what a change entails.

Pure rules over the pool's schema. A refusal names every attribute that fails. Attributes are
kept in the order of the schema, so that answers list them so.
Source: docs/behaviours/users.md, docs/behaviours/sign-up.md.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

import msgspec

from poolkeep.base.limits import ATTRIBUTE_VALUE_CHARACTERS
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient, SchemaAttribute
from poolkeep.core.pools.rules import NEVER_WRITABLE, writable
from poolkeep.core.users import wording
from poolkeep.core.users.addresses import is_email, is_phone
from poolkeep.core.users.model import Pending, User
from poolkeep.core.users.usernames import alias_form

VERIFIABLE: Final = ("email", "phone_number")
FLAGS: Final = {"email_verified": "email", "phone_number_verified": "phone_number"}
"""The flag of each address. Its owner never writes it, whatever a client's list says."""

_Check = Callable[[str], str | None]

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,64}", re.ASCII)
_TO_VERIFY: Final = {"email": wording.EMAIL_TO_VERIFY, "phone_number": wording.PHONE_TO_VERIFY}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an update: what is stored, and the new values that a code must prove."""

    attributes: dict[str, str]
    pending: dict[str, Pending]
    to_prove: dict[str, str] = {}


def as_mapping(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return the caller's list as a mapping; the last of several values counts, none is blank."""
    return {name: value or "" for name, value in pairs}


def in_schema_order(pool: LoadedPool, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes in the order in which answers list them."""
    ordered = {name: attributes[name] for name in pool.schema if name in attributes}
    return {**ordered, **attributes}


def check_writable(pool: LoadedPool, client: AppClient, names: Iterable[str]) -> None:
    """Refuse what the client may not write. Names outside the schema are another rule's."""
    allowed = writable(pool, client)
    for name in names:
        if name in NEVER_WRITABLE or (name in pool.schema and name not in allowed):
            raise NotAuthorized(wording.UNAUTHORIZED_ATTRIBUTE)


def new_attributes(
    pool: LoadedPool,
    given: Mapping[str, str],
    *,
    demand_required: bool,
    at_sign_up: bool = False,
) -> dict[str, str]:
    """Return the attributes of a new user; blank ones are dropped.

    `demand_required`: refuse where a required one is missing (administrators are exempt).
    `at_sign_up`: refuse a preferred_username that would be an alias at once.
    """
    kept = {name: value for name, value in given.items() if value}
    for name in kept:
        if name == "sub":
            raise InvalidParameter(wording.NOT_THE_SUB)
        if name not in pool.schema:
            raise InvalidParameter(wording.unknown_type(name))
    if at_sign_up and "preferred_username" in kept and "preferred_username" in pool.aliases:
        text = f"{wording.NONCONFORMING}preferred_username: {wording.NOT_AT_SIGN_UP}"
        raise InvalidParameter(text)
    checked = _checked(pool, kept)
    if demand_required:
        missing = [name for name in required(pool) if name not in checked]
        if missing:
            raise _nonconforming([f"{name}: {wording.REQUIRED}" for name in sorted(missing)])
    for flag, address in FLAGS.items():
        if flag in checked and address not in checked:
            raise InvalidParameter(_TO_VERIFY[address])
    return checked


def required(pool: LoadedPool) -> tuple[str, ...]:
    """Return the names of the required attributes but `sub`, in schema order."""
    known = pool.derived.get(required)
    if known is None:
        known = pool.derived[required] = tuple(
            name for name, declared in pool.schema.items() if declared.required and name != "sub"
        )
    return cast("tuple[str, ...]", known)


def changed(pool: LoadedPool, user: User, given: Mapping[str, str], *, by_admin: bool) -> Change:
    """Return what an update makes of the user's attributes. A blank value deletes.

    A new address is unverified. Where the pool keeps the original, it waits as pending and the
    old one stands, unless an administrator vouches for it in the same call.
    """
    _check_updatable(pool, given)
    checked = _checked(pool, {name: value for name, value in given.items() if value})
    blank = [name for name, value in given.items() if not value]
    attributes = dict(user.attributes)
    pending = dict(user.document.pending)
    to_prove: dict[str, str] = {}
    _delete(pool, attributes, pending, blank)
    for name, value in checked.items():
        if name in FLAGS:
            continue
        if name not in VERIFIABLE:
            attributes[name] = value
        elif value == attributes.get(name):
            pending.pop(name, None)
        else:
            vouched = by_admin and checked.get(f"{name}_verified") == "true"
            if name in attributes and _keeps_original(pool, name) and not vouched:
                pending[name] = Pending(value=value)
            else:
                attributes[name] = value
                attributes[f"{name}_verified"] = "true" if vouched else "false"
                pending.pop(name, None)
            if not vouched and name in (pool.pool.settings.auto_verified_attributes or ()):
                to_prove[name] = value
    for flag, address in FLAGS.items():
        if flag not in checked:
            continue
        if address not in attributes:
            raise InvalidParameter(_TO_VERIFY[address])
        if address not in pending or address not in checked:  # it is of the value that stands
            attributes[flag] = checked[flag]
    return Change(attributes=in_schema_order(pool, attributes), pending=pending, to_prove=to_prove)


def without(pool: LoadedPool, user: User, names: Iterable[str]) -> Change:
    """Return what is left after a deletion. An absent attribute is deleted already."""
    asked = tuple(names)
    unknown = [name for name in asked if name not in pool.schema]
    if unknown:
        lines = "".join(f"{wording.not_in_schema(name)}\n" for name in unknown)
        raise InvalidParameter(f"{wording.INVALID_ATTRIBUTES}{lines}")
    _check_updatable(pool, dict.fromkeys(asked, ""))
    attributes = dict(user.attributes)
    pending = dict(user.document.pending)
    _delete(pool, attributes, pending, asked)
    return Change(attributes=attributes, pending=pending)


def value_to_verify(user: User, name: str) -> str | None:
    """Return the value that a code would prove: the pending one, else the one that stands."""
    waiting = user.document.pending.get(name)
    return waiting.value if waiting else user.attributes.get(name)


def verified(pool: LoadedPool, user: User, name: str, value: str) -> Change:
    """Return the attributes once a code has proven that `value` of `name` is the user's."""
    attributes = {**user.attributes, name: value, f"{name}_verified": "true"}
    pending = {other: held for other, held in user.document.pending.items() if other != name}
    return Change(attributes=in_schema_order(pool, attributes), pending=pending)


def _keeps_original(pool: LoadedPool, name: str) -> bool:
    update = pool.pool.settings.user_attribute_update_settings
    kept = update.attributes_require_verification_before_update if update else None
    return name in (kept or ())


def _check_updatable(pool: LoadedPool, given: Mapping[str, str]) -> None:
    if "sub" in given:
        raise InvalidParameter(wording.NOT_THE_SUB)
    lines = []
    for name in given:
        declared = pool.schema.get(name)
        if declared is None:
            lines.append(wording.not_in_schema(name))
        elif declared.mutable is False:
            lines.append(wording.immutable(name))
    if lines:
        raise InvalidParameter("".join(f"{line}\n" for line in lines))


def _delete(
    pool: LoadedPool, attributes: dict[str, str], pending: dict[str, Pending], names: Iterable[str]
) -> None:
    """Delete in place; refuses required attributes and the address that is the username."""
    asked = tuple(names)
    kept = set(required(pool))
    if len(pool.username_attributes) == 1:
        kept.update(pool.username_attributes)
    lines = [f"{name}: {wording.REQUIRED}" for name in asked if name in kept]
    if lines:
        raise _nonconforming(lines)
    for name in asked:
        attributes.pop(name, None)
        if name in VERIFIABLE:
            attributes.pop(f"{name}_verified", None)
            pending.pop(name, None)
    addresses = pool.username_attributes
    if addresses and not any(attributes.get(name) for name in addresses):
        gone = [name for name in addresses if name in asked]
        if gone:  # nothing would be left to sign in with
            raise _nonconforming([f"{name}: {wording.REQUIRED}" for name in gone])


def _checked(pool: LoadedPool, given: Mapping[str, str]) -> dict[str, str]:
    """Return the values in their stored form and in the order of the schema.

    Refuses those that break their type or bounds. Names outside the schema are left out.
    """
    if "email" in given and not is_email(given["email"]):
        raise InvalidParameter(wording.INVALID_EMAIL)
    if "phone_number" in given and not is_phone(given["phone_number"]):
        raise InvalidParameter(wording.INVALID_PHONE)
    checked: dict[str, str] = {}
    lines: list[str] = []
    checks = _checks(pool)
    for name in checks:
        value = given.get(name)
        if value is None:
            continue
        check, is_boolean = checks[name]
        problem = check(value)
        if name == "preferred_username" and name in pool.aliases and alias_form(pool, value):
            problem = wording.IS_ALIAS_FORM
        if problem:
            lines.append(f"{name}: {problem}")
        checked[name] = value.lower() if is_boolean else value
    if lines:
        raise _nonconforming(lines)
    return checked


def _checks(pool: LoadedPool) -> dict[str, tuple[_Check, bool]]:
    """Return for each attribute what finds its faults, and whether it is a Boolean."""
    known = pool.derived.get(_checks)
    if known is None:
        known = pool.derived[_checks] = {
            name: (_check_of(declared), declared.attribute_data_type == "Boolean")
            for name, declared in pool.schema.items()
        }
    return cast("dict[str, tuple[_Check, bool]]", known)


def _check_of(declared: SchemaAttribute) -> _Check:
    """Return a function that says what is wrong with a value, None when nothing is."""
    match declared.attribute_data_type:
        case "Boolean":
            return _boolean_problem
        case "Number":
            return _number_check(declared)
        case _:  # String; and DateTime, which is any text
            return _text_check(declared)


def _boolean_problem(value: str) -> str | None:
    if "\0" in value:
        return wording.BAD_CHARACTERS
    return None if value.lower() in {"true", "false"} else wording.NOT_A_BOOLEAN


def _text_check(declared: SchemaAttribute) -> _Check:
    bounds = declared.string_attribute_constraints
    stated = _bound(bounds.max_length if bounds else None)
    least = _bound(bounds.min_length if bounds else None) or 0
    most = ATTRIBUTE_VALUE_CHARACTERS if stated is None else stated

    def check(value: str) -> str | None:
        if "\0" in value:
            return wording.BAD_CHARACTERS
        if len(value) > most:
            return wording.longer_than(str(most))
        if len(value) < least:
            return wording.shorter_than(str(least))
        return None

    return check


def _number_check(declared: SchemaAttribute) -> _Check:
    bounds = declared.number_attribute_constraints
    most = _bound(bounds.max_value if bounds else None)
    least = _bound(bounds.min_value if bounds else None)

    def check(value: str) -> str | None:
        if "\0" in value:
            return wording.BAD_CHARACTERS
        if not _INTEGER.fullmatch(value):
            return wording.NOT_A_NUMBER
        if most is not None and int(value) > most:
            return wording.more_than(str(most))
        if least is not None and int(value) < least:
            return wording.less_than(str(least))
        return None

    return check


def _bound(text: str | None) -> int | None:
    """Return a bound as a number; None where there is none."""
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def _nonconforming(lines: Iterable[str]) -> InvalidParameter:
    return InvalidParameter(wording.NONCONFORMING + "".join(f"{line}\n" for line in lines))
