from typing import Any

import pytest

from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.pools.model import (
    NumberConstraints,
    SchemaAttribute,
    StringConstraints,
    UserAttributeUpdateSettings,
)
from poolkeep.core.users.addresses import is_email, is_phone
from poolkeep.core.users.attributes import (
    changed,
    check_writable,
    new_attributes,
    verified,
    without,
)
from poolkeep.core.users.model import Pending
from tests.unit.core.users.people import ALIASES, a_client, a_pool, a_user

BADGE = SchemaAttribute(name="badge", attribute_data_type="String", mutable=False)
TIER = SchemaAttribute(
    name="tier",
    attribute_data_type="String",
    string_attribute_constraints=StringConstraints(min_length="2", max_length="4"),
)
AGE = SchemaAttribute(
    name="age",
    attribute_data_type="Number",
    number_attribute_constraints=NumberConstraints(min_value="0", max_value="150"),
)
NEEDED = (
    SchemaAttribute(name="name", attribute_data_type="String", required=True),
    SchemaAttribute(name="email", attribute_data_type="String", required=True),
)
KEEPS: dict[str, Any] = {
    "auto_verified_attributes": ("email",),
    "user_attribute_update_settings": UserAttributeUpdateSettings(
        attributes_require_verification_before_update=("email",)
    ),
}
SCHEMA = "Attributes did not conform to the schema: "


@pytest.mark.parametrize(
    "text",
    ["a@x.com", "a@localhost", "a@corp.test", "A.b+c@X.example", "é@bücher.de", "a@b"],
)
def test_one_address_is_an_email(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "@x.com", "a@", "a@@x.com", "a@x.com\r\nBcc: b@x.com", "a@x.com,b@x.com",
        "a@x.com b@x.com", "a@x.com;b@x.com", "<a@x.com>", "A <a@x.com>", '"a b"@x.com',
        "a%0d%0a@x.com", "a@x.com%0a", " a@x.com", "a@x.com ", "a@x.com.", "a..b@x.com",
        f"{'a' * 65}@x.com", f"a@{'b.' * 130}com", "ａ@x.com", "a@ｅｘ.com", "e\u0301@x.com",
        "a\0@x.com", "a\u202e@x.com", "a\u200b@x.com", "a@[127.0.0.1]", "a@x.com\n",
    ],
)  # fmt: skip
def test_anything_else_is_no_email(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("+12065550100", True), ("+1", True), ("+123456789012345", True),
        ("+1234567890123456", False), ("12065550100", False), ("+1555;ext=1", False),
        (" +1555", False), ("+1 555", False), ("+", False), ("+١٢٣", False), ("+1\n", False),
        ("+1206555CALL", False),
    ],
)  # fmt: skip
def test_a_phone_number_is_in_e164_form(text: str, *, expected: bool) -> None:
    assert is_phone(text) is expected


def test_new_attributes_drop_blanks_and_stand_in_schema_order() -> None:
    pool = a_pool(TIER)
    given = {"custom:tier": "gold", "email": "a@x.com", "name": "", "email_verified": "True"}
    assert list(new_attributes(pool, given, demand_required=True).items()) == [
        ("email", "a@x.com"),
        ("email_verified", "true"),
        ("custom:tier", "gold"),
    ]


@pytest.mark.parametrize(
    "given, text",
    [
        ({"custom:x": "1"}, SCHEMA + "Type for attribute {custom:x} could not be determined"),
        ({"email": "no"}, "Invalid email address format."),
        ({"phone_number": "no"}, "Invalid phone number format."),
        ({"email_verified": "true"}, "Email is required to verify/un-verify an email"),
        (
            {"phone_number_verified": "true"},
            "Phone Number is required to verify/un-verify a phone number",
        ),
        (
            {"custom:tier": "x", "birthdate": "short"},
            SCHEMA + "birthdate: String must be no shorter than 10 characters\n"
            "custom:tier: String must be no shorter than 2 characters\n",
        ),
        (
            {"custom:tier": "xxxxx"},
            SCHEMA + "custom:tier: String must be no longer than 4 characters\n",
        ),
        ({"name": "x" * 2049}, SCHEMA + "name: String must be no longer than 2048 characters\n"),
        ({"custom:age": "151"}, SCHEMA + "custom:age: Number must be no more than 150\n"),
        ({"custom:age": "-1"}, SCHEMA + "custom:age: Number must be no less than 0\n"),
        ({"custom:age": "old"}, SCHEMA + "custom:age: Number must be an integer\n"),
        ({"custom:age": "9" * 5000}, SCHEMA + "custom:age: Number must be an integer\n"),
        ({"name": "a\0b"}, SCHEMA + "name: Value contains invalid characters\n"),
        ({"sub": "x"}, "Cannot modify an already provided sub"),
    ],
)
def test_a_bad_value_is_refused_in_words(given: dict[str, str], text: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        new_attributes(a_pool(TIER, AGE), given, demand_required=False)
    assert caught.value.text == text


def test_every_missing_required_attribute_is_named() -> None:
    pool = a_pool(*NEEDED)
    with pytest.raises(InvalidParameter) as caught:
        new_attributes(pool, {"name": ""}, demand_required=True)
    text = "email: The attribute is required\nname: The attribute is required\n"
    assert caught.value.text == SCHEMA + text
    assert new_attributes(pool, {}, demand_required=False) == {}


def test_a_preferred_name_that_would_be_an_alias_waits_for_confirmation() -> None:
    pool = a_pool(**ALIASES)
    with pytest.raises(InvalidParameter, match="preferred_username: Attribute cannot be set"):
        new_attributes(pool, {"preferred_username": "me"}, demand_required=True, at_sign_up=True)


def test_flags_and_developer_attributes_are_never_a_clients() -> None:
    secret = SchemaAttribute(
        name="rank", attribute_data_type="String", developer_only_attribute=True
    )
    pool = a_pool(secret)
    listed = a_client(pool, write_attributes=("email", "email_verified", "sub"))
    for client in (a_client(pool), listed):
        for name in ("email_verified", "phone_number_verified", "sub", "dev:custom:rank"):
            with pytest.raises(NotAuthorized, match="unauthorized attribute"):
                check_writable(pool, client, [name])
    check_writable(pool, listed, ["email", "custom:unknown"])
    with pytest.raises(NotAuthorized):
        check_writable(pool, listed, ["email", "name"])


def test_an_immutable_attribute_and_an_unknown_one_are_each_told() -> None:
    pool = a_pool(BADGE)
    given = {"custom:badge": "2", "custom:none": "x"}
    for by_admin in (True, False):
        with pytest.raises(InvalidParameter) as caught:
            changed(pool, a_user(), given, by_admin=by_admin)
        assert caught.value.text == (
            "user.custom:badge: Attribute cannot be updated. "
            "(changing an immutable attribute)\n"
            "user.custom:none: Attribute does not exist in the schema.\n"
        )


def test_a_new_address_is_unverified_and_the_same_one_changes_nothing() -> None:
    pool = a_pool(auto_verified_attributes=("email",))
    user = a_user(attributes={"email": "a@x.com", "email_verified": "true"})
    same = changed(pool, user, {"email": "a@x.com"}, by_admin=False)
    assert (same.attributes, same.to_prove) == (user.attributes, {})
    new = changed(pool, user, {"email": "b@x.com"}, by_admin=False)
    assert new.attributes == {"email": "b@x.com", "email_verified": "false"}
    assert new.to_prove == {"email": "b@x.com"}
    vouched = {"email": "b@x.com", "email_verified": "true"}
    assert changed(pool, user, vouched, by_admin=True).to_prove == {}
    phone = changed(pool, user, {"phone_number": "+1555"}, by_admin=False)
    assert (phone.attributes["phone_number_verified"], phone.to_prove) == ("false", {})


def test_the_original_stands_until_the_new_value_is_proven() -> None:
    pool = a_pool(**KEEPS)
    user = a_user(attributes={"email": "a@x.com", "email_verified": "true"})
    waiting = changed(pool, user, {"email": "b@x.com"}, by_admin=False)
    assert waiting.attributes == user.attributes
    assert waiting.pending == {"email": Pending(value="b@x.com")}
    assert waiting.to_prove == {"email": "b@x.com"}
    held = a_user(attributes=user.attributes, pending=waiting.pending)
    assert changed(pool, held, {"email": "a@x.com"}, by_admin=False).pending == {}
    at_once = {"email": "c@x.com", "email_verified": "true"}
    applied = changed(pool, held, at_once, by_admin=True)
    assert (applied.attributes, applied.pending, applied.to_prove) == (at_once, {}, {})
    flagged = changed(pool, held, {"email_verified": "false"}, by_admin=True)
    assert flagged.attributes["email_verified"] == "false"
    assert flagged.pending == waiting.pending
    proven = verified(pool, held, "email", "b@x.com")
    assert proven.attributes == {"email": "b@x.com", "email_verified": "true"}
    assert proven.pending == {}


def test_a_first_address_has_no_original_to_keep() -> None:
    first = changed(a_pool(**KEEPS), a_user(), {"email": "b@x.com"}, by_admin=False)
    assert first.attributes["email"] == "b@x.com"
    assert first.to_prove == {"email": "b@x.com"}


def test_deleting_drops_the_flag_and_spares_what_is_required() -> None:
    user = a_user(attributes={"name": "N", "email": "a@x.com", "email_verified": "true"})
    assert without(a_pool(), user, ["email", "picture"]).attributes == {"name": "N"}
    blank = changed(a_pool(), user, {"email": ""}, by_admin=False)
    assert blank.attributes == {"name": "N"}
    pool = a_pool(*NEEDED)
    with pytest.raises(InvalidParameter, match="email: The attribute is required"):
        without(pool, user, ["email"])
    with pytest.raises(InvalidParameter, match="email: The attribute is required"):
        changed(pool, user, {"email": ""}, by_admin=True)


def test_the_last_address_to_sign_in_with_stays() -> None:
    one = a_pool(username_attributes=("email",))
    both = a_pool(username_attributes=("email", "phone_number"))
    user = a_user(attributes={"email": "a@x.com", "phone_number": "+1555"})
    with pytest.raises(InvalidParameter):
        without(one, user, ["email"])
    assert without(both, user, ["email"]).attributes == {"phone_number": "+1555"}
    with pytest.raises(InvalidParameter):
        without(both, user, ["email", "phone_number"])
    swapped = {"email": "", "phone_number": "+1666"}
    assert changed(both, user, swapped, by_admin=False).attributes["phone_number"] == "+1666"


def test_deleting_the_unknown_names_each() -> None:
    with pytest.raises(InvalidParameter) as caught:
        without(a_pool(), a_user(), ["custom:a", "name", "custom:b"])
    assert caught.value.text == (
        "Invalid user attributes: user.custom:a: Attribute does not exist in the schema.\n"
        "user.custom:b: Attribute does not exist in the schema.\n"
    )
