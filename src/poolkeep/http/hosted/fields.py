"""What a new user is asked for, and what a new password must have. Pure.

Field names are those that scripts of the classic pages send: `requiredAttributes[<name>]`.
Source: docs/behaviours/pages-sign-up.md.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from poolkeep.base.entropy import DIGITS
from poolkeep.base.ids import LOWER, UPPER
from poolkeep.core.oauth.model import Params
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import password_policy
from poolkeep.core.users.attributes import required
from poolkeep.core.users.passwords import SYMBOLS, broken_rules

Translate = Callable[..., str]

PREFIX: Final = "requiredAttributes["
SUFFIX: Final = "]"
CUSTOM: Final = "custom:"
NUMBER: Final = "Number"
VERIFIED_FIRST: Final = ("email", "phone_number")


class _Kind(NamedTuple):
    type: str = "text"
    autocomplete: str = "off"


_KINDS: Final = {
    "address": _Kind(autocomplete="street-address"),
    "birthdate": _Kind("date", "bday"),
    "email": _Kind("email", "email"),
    "family_name": _Kind(autocomplete="family-name"),
    "gender": _Kind(autocomplete="sex"),
    "given_name": _Kind(autocomplete="given-name"),
    "locale": _Kind(autocomplete="language"),
    "middle_name": _Kind(autocomplete="additional-name"),
    "name": _Kind(autocomplete="name"),
    "nickname": _Kind(autocomplete="nickname"),
    "phone_number": _Kind("tel", "tel"),
    "picture": _Kind("url", "photo"),
    "preferred_username": _Kind(autocomplete="nickname"),
    "profile": _Kind("url", "url"),
    "website": _Kind("url", "url"),
}
_TIME: Final = "updated_at"
_JUDGED_BY: Final[Mapping[str, Mapping[str, str]]] = {
    "lower": {"of": LOWER},
    "upper": {"of": UPPER},
    "digit": {"of": DIGITS},
    "symbol": {"of": "".join(sorted(SYMBOLS)), "blank": ""},
}
"""What templates/policy.js looks for; the length is the pool's."""


class Field(NamedTuple):
    """One input of the page for an attribute."""

    attribute: str
    name: str
    label: str
    type: str
    autocomplete: str
    inputmode: str | None
    required: bool
    value: str
    hint: str | None
    error: str | None


def username_label(pool: LoadedPool) -> str:
    """Return the key of what the pool's users are called."""
    kinds = set(pool.username_attributes)
    if kinds == {"email"}:
        return "common.email"
    if kinds == {"phone_number"}:
        return "common.phone"
    return "common.email_or_phone" if kinds else "common.username"


def sign_up_attributes(pool: LoadedPool) -> dict[str, bool]:
    """Return which attributes the page asks for, and whether a new user must have each.

    The required ones but that which the username is. Where the pool confirms by code and none of
    them could get one, also an address for it.
    """
    named = pool.username_attributes
    asked = {
        name: True
        for name in required(pool)
        if name not in named or (len(named) > 1 and name in named)
    }
    if len(named) > 1:
        # The username is one of the two; whoever needs both gives the other one here.
        asked = {name: name not in named for name in asked}
    verified = set(pool.pool.settings.auto_verified_attributes or ())
    if verified and not verified & {*asked, *named}:
        asked[next(name for name in VERIFIED_FIRST if name in verified)] = False
    return asked


def sign_up_fields(
    pool: LoadedPool, t: Translate, given: Mapping[str, str], wrong: Mapping[str, str]
) -> list[Field]:
    """Return the inputs, with what was given and what is wrong with it."""
    return [
        _field(pool, t, name, is_required=is_required, given=given, wrong=wrong)
        for name, is_required in sign_up_attributes(pool).items()
    ]


def attribute_fields(
    pool: LoadedPool,
    t: Translate,
    names: Iterable[str],
    *,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> list[Field]:
    """Return the inputs for attributes that somebody must have and has not."""
    return [_field(pool, t, name, is_required=True, given=given, wrong=wrong) for name in names]


def given_attributes(form: Params) -> dict[str, str]:
    """Return the attributes that a form brings, blank ones left out."""
    return {name: value for name, value in form.named(PREFIX, SUFFIX).items() if value}


def label(t: Translate, attribute: str) -> str:
    """Return what people call an attribute."""
    if attribute.startswith(CUSTOM):
        return attribute.removeprefix(CUSTOM)
    return t(f"attribute.{attribute}")


class Rule(NamedTuple):
    """What a password must have: said, judged, and what a script of the page judges by."""

    text: str
    is_kept: bool | None
    data: Mapping[str, str]


def password_rules(pool: LoadedPool, t: Translate, password: str | None) -> list[Rule]:
    """Return each rule that a new password must keep, and whether this one does."""
    policy = password_policy(pool)
    broken = None if password is None else broken_rules(policy, password)
    least = {"least": str(policy.minimum_length)}
    return [
        Rule(
            t(f"policy.{rule}", count=policy.minimum_length),
            None if broken is None else rule not in broken,
            _JUDGED_BY.get(rule, least),
        )
        for rule in _rules(pool)
    ]


def keeps_policy(pool: LoadedPool, password: str) -> bool:
    """Tell whether a password keeps the pool's rules."""
    return not broken_rules(password_policy(pool), password)


def _rules(pool: LoadedPool) -> list[str]:
    policy = password_policy(pool)
    wanted = {
        "length": policy.minimum_length,
        "lower": policy.require_lowercase,
        "upper": policy.require_uppercase,
        "digit": policy.require_numbers,
        "symbol": policy.require_symbols,
    }
    return [rule for rule, is_wanted in wanted.items() if is_wanted]


def _field(
    pool: LoadedPool,
    t: Translate,
    attribute: str,
    *,
    is_required: bool,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> Field:
    kind = _KINDS.get(attribute, _Kind())
    declared = pool.schema.get(attribute)
    is_number = declared is not None and declared.attribute_data_type == NUMBER
    return Field(
        attribute=attribute,
        name=f"{PREFIX}{attribute}{SUFFIX}",
        label=label(t, attribute),
        type=kind.type,
        autocomplete=kind.autocomplete,
        inputmode="numeric" if is_number or attribute == _TIME else None,
        required=is_required,
        value=given.get(attribute, ""),
        hint=t("common.phone_hint") if attribute == "phone_number" else None,
        error=t(wrong[attribute]) if attribute in wrong else None,
    )
