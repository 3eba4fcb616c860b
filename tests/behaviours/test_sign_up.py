"""SignUp: docs/behaviours/sign-up.md."""

import re

import pytest

from tests.behaviours.wording import (
    BAD_EMAIL,
    BAD_PHONE,
    POLICY_BREACHES,
    UNCONFIRMED,
    UNWRITABLE,
    invalid,
)
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    a_phone,
    an_email,
    attribute_map,
    holds,
    refused,
    unique,
)

SCHEMA_TEXT = "Attributes did not conform to the schema: "
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def phone_app(wire: Wire) -> App:
    """Return a client of a pool that verifies numbers and addresses."""
    verified = ["email", "phone_number"]
    return an_app(wire, a_pool(wire, AutoVerifiedAttributes=verified, SmsConfiguration=SMS_ROLE))


@pytest.fixture(scope="module")
def alias_app(wire: Wire) -> App:
    """Return a client of a pool whose users may sign in by address, number or preferred name."""
    aliases = ["email", "phone_number", "preferred_username"]
    return an_app(wire, a_pool(wire, AliasAttributes=aliases, AutoVerifiedAttributes=["email"]))


@pytest.fixture(scope="module")
def schema_app(wire: Wire) -> App:
    """Return a client of a pool with a schema of its own."""
    schema = [
        {"Name": "email", "Required": True, "AttributeDataType": "String"},
        {"Name": "name", "Required": True, "AttributeDataType": "String"},
        {
            "Name": "tier",
            "AttributeDataType": "String",
            "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "5"},
        },
        {
            "Name": "size",
            "AttributeDataType": "Number",
            "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
        },
        {"Name": "agreed", "AttributeDataType": "Boolean"},
        {"Name": "since", "AttributeDataType": "DateTime"},
    ]
    return an_app(wire, a_pool(wire, Schema=schema))


def status(app: App, name: str) -> str:
    found: str = app.admin("AdminGetUser", name)["UserStatus"]
    return found


@holds("SIGNUP-01", "SIGNUP-04")
def test_sign_up_makes_an_unconfirmed_user_and_sends_a_code(app: App) -> None:
    name, email = unique(), an_email()
    answer = app.sign_up(name, email=email)
    assert answer["UserConfirmed"] is False
    assert re.fullmatch(UUID, answer["UserSub"])
    assert answer["CodeDeliveryDetails"] == {
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": "m***@e***",
    }
    assert "Session" not in answer
    assert status(app, name) == "UNCONFIRMED"
    assert re.fullmatch("[0-9]{6}", app.wire.code(email))
    with refused(*UNCONFIRMED):
        app.sign_in(name)


@holds("SIGNUP-02", "SIGNUP-04", "WIRE-26")
def test_a_number_is_preferred_to_an_address(phone_app: App) -> None:
    name, email, phone = unique(), an_email(), a_phone()
    answer = phone_app.sign_up(name, email=email, phone_number=phone)
    assert answer["CodeDeliveryDetails"] == {
        "AttributeName": "phone_number",
        "DeliveryMedium": "SMS",
        "Destination": "+*******" + phone[-4:],
    }
    assert re.fullmatch("[0-9]{6}", phone_app.wire.code(phone))
    assert phone_app.wire.messages(email) == []


@holds("SIGNUP-02")
def test_the_code_goes_to_the_attribute_that_was_given(phone_app: App) -> None:
    email = an_email()
    answer = phone_app.sign_up(unique(), email=email)
    assert answer["CodeDeliveryDetails"]["AttributeName"] == "email"
    assert phone_app.wire.code(email)


@holds("SIGNUP-03")
def test_without_anything_to_verify_no_code_is_sent(app: App, alias_app: App) -> None:
    for one, values in ((app, {}), (alias_app, {"phone_number": a_phone()})):
        name = unique()
        answer = one.sign_up(name, **values)
        assert "CodeDeliveryDetails" not in answer
        assert status(one, name) == "UNCONFIRMED"


@holds("SIGNUP-05")
@pytest.mark.parametrize("hiding", ["LEGACY", "ENABLED"])
def test_a_taken_user_name_is_never_hidden(app: App, hiding: str) -> None:
    client = app.another_client(PreventUserExistenceErrors=hiding)
    for taken in (app.user(), app.temporary_user()):
        with refused("UsernameExistsException", "User already exists"):
            client.sign_up(taken)


@holds("SIGNUP-07")
@pytest.mark.parametrize("password, rule", POLICY_BREACHES)
def test_the_first_breach_of_the_policy_is_named(app: App, password: str, rule: str) -> None:
    with refused("InvalidPasswordException", f"Password did not conform with policy: {rule}"):
        app.sign_up(unique(), password)


@holds("SIGNUP-07")
@pytest.mark.parametrize("symbol", "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")
def test_every_documented_symbol_counts(app: App, symbol: str) -> None:
    assert app.sign_up(unique(), f"Abcdef1{symbol}x")["UserSub"]


@holds("SIGNUP-08")
def test_sign_up_can_be_left_to_administrators(wire: Wire) -> None:
    closed = an_app(wire, a_pool(wire, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True}))
    with refused("NotAuthorizedException", "SignUp is not permitted for this user pool"):
        closed.sign_up(unique())
    assert closed.temporary_user()


@holds("SIGNUP-09")
def test_missing_required_attributes_are_told_together(schema_app: App) -> None:
    both = "email: The attribute is required\nname: The attribute is required\n"
    with refused(*invalid(SCHEMA_TEXT + both)):
        schema_app.sign_up(unique())
    with refused(*invalid(SCHEMA_TEXT + "name: The attribute is required\n")):
        schema_app.sign_up(unique(), email=an_email(), name="")
    assert schema_app.sign_up(unique(), email=an_email(), name="N")["UserSub"]


@holds("SIGNUP-10")
def test_an_attribute_outside_the_schema_is_refused(app: App) -> None:
    text = SCHEMA_TEXT + "Type for attribute {custom:nothing} could not be determined"
    with refused(*invalid(text)):
        app.sign_up(unique(), custom__nothing="x")


@holds("SIGNUP-11")
def test_a_client_writes_only_what_it_may(app: App) -> None:
    client = app.another_client(WriteAttributes=["email"])
    email = an_email()
    assert client.sign_up(unique(), email=email)["UserSub"]
    with refused(*UNWRITABLE):
        client.sign_up(unique(), email=email, name="N")
    for flag in ("email_verified", "phone_number_verified"):
        with refused(*UNWRITABLE):
            app.sign_up(unique(), email=email, phone_number=a_phone(), **{flag: "true"})


@holds("SIGNUP-12")
@pytest.mark.parametrize(
    "values, words",
    [
        *(({"email": bad}, BAD_EMAIL) for bad in ("plain", "a@", "@b.com", "a b@c.com", "a@b@c")),
        *(
            ({"phone_number": bad}, BAD_PHONE)
            for bad in ("12065550100", "+", "+1206555x", "+1 206 555", "+1234567890123456")
        ),
    ],
)
def test_malformed_contacts_are_refused(
    app: App, values: dict[str, str], words: tuple[str, str]
) -> None:
    with refused(*words):
        app.sign_up(unique(), **values)


@holds("SIGNUP-13")
def test_empty_attributes_are_dropped(app: App) -> None:
    name = unique()
    app.sign_up(name, email=an_email(), nickname="")
    stored = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert "nickname" not in stored


@holds("SIGNUP-14")
def test_a_user_name_may_not_look_like_an_alias(alias_app: App) -> None:
    text = "Username cannot be of {} format, since user pool is configured for {} alias."
    with refused(*invalid(text.format("email", "email"))):
        alias_app.sign_up(an_email())
    with refused(*invalid(text.format("phone number", "phone number"))):
        alias_app.sign_up(a_phone())


@holds("SIGNUP-15")
@pytest.mark.parametrize(
    "modes, text",
    [
        (["email"], "Username should be an email."),
        (["phone_number"], "Username should be a phone number."),
        (["phone_number", "email"], "Username should be either an email or a phone number."),
    ],
)
def test_a_user_name_must_be_of_the_pools_kind(wire: Wire, modes: list[str], text: str) -> None:
    one = an_app(wire, a_pool(wire, UsernameAttributes=modes))
    with refused(*invalid(text)):
        one.sign_up("plain-name")
    if modes == ["email"]:
        with refused(*invalid(text)):
            one.sign_up(a_phone())
    if modes == ["phone_number"]:
        with refused(*invalid(text)):
            one.sign_up(an_email())


@holds("SIGNUP-06", "SIGNUP-16")
@pytest.mark.parametrize("kind", ["email", "phone_number"])
def test_a_contact_becomes_the_attribute_and_the_sub_the_name(wire: Wire, kind: str) -> None:
    one = an_app(wire, a_pool(wire, UsernameAttributes=["email", "phone_number"]))
    contact = an_email() if kind == "email" else a_phone()
    sub = one.sign_up(contact)["UserSub"]
    user = one.admin("AdminGetUser", contact)
    stored = attribute_map(user["UserAttributes"])
    assert (user["Username"], stored["sub"], stored[kind]) == (sub, sub, contact)
    assert stored.get(f"{kind}_verified", "false") == "false"
    text = f"An account with the given {kind} already exists."
    with refused("UsernameExistsException", text):
        one.sign_up(contact)


@holds("SIGNUP-17")
def test_case_counts_as_the_pool_says(wire: Wire, app: App) -> None:
    either = an_app(wire, a_pool(wire, UsernameConfiguration={"CaseSensitive": False}))
    name = unique("User")
    for one in (either, app):
        one.sign_up(name)
    with refused("UsernameExistsException", "User already exists"):
        either.sign_up(name.upper())
    assert either.admin("AdminGetUser", name.lower())["Username"] == name
    either.admin("AdminConfirmSignUp", name.upper())
    for typed in (name, name.upper(), name.lower()):
        assert either.sign_in(typed)["AccessToken"]
        assert either.srp_step(typed)["AuthenticationResult"]
    assert app.sign_up(name.upper())["UserSub"]


@holds("SIGNUP-18")
def test_a_taken_alias_does_not_fail_the_sign_up(alias_app: App) -> None:
    email = an_email()
    alias_app.user("", email=email, email_verified="true")
    assert alias_app.sign_up(unique(), email=email)["UserConfirmed"] is False


@holds("SIGNUP-19")
def test_a_preferred_name_that_is_an_alias_waits_for_confirmation(alias_app: App) -> None:
    text = SCHEMA_TEXT + "preferred_username: Attribute cannot be set at sign up."
    with refused("InvalidParameterException") as caught:
        alias_app.sign_up(unique(), email=an_email(), preferred_username="me")
    assert caught.value.text.rstrip("\n") == text


@holds("SIGNUP-20")
@pytest.mark.parametrize(
    "values, text",
    [
        ({"tier": "abcdef"}, "custom:tier: String must be no longer than 5 characters"),
        ({"tier": "ab"}, "custom:tier: String must be no shorter than 3 characters"),
        ({"size": "10"}, "custom:size: Number must be no more than 9"),
        ({"size": "0"}, "custom:size: Number must be no less than 1"),
        ({"size": "many"}, None),
        ({"size": "1.5"}, None),
        ({"agreed": "perhaps"}, None),
    ],
)
def test_values_must_keep_the_bounds(
    schema_app: App, values: dict[str, str], text: str | None
) -> None:
    given = {f"custom__{name}": value for name, value in values.items()}
    with refused("InvalidParameterException") as caught:
        schema_app.sign_up(unique(), email=an_email(), name="N", **given)
    if text is not None:
        assert caught.value.text.rstrip("\n") == SCHEMA_TEXT + text


@holds("SIGNUP-20")
def test_values_inside_the_bounds_are_stored_as_texts(schema_app: App) -> None:
    name = unique()
    given = {"custom__tier": "gold", "custom__size": "9", "custom__agreed": "True"}
    schema_app.sign_up(name, email=an_email(), name="N", custom__since="2026-01-05", **given)
    stored = attribute_map(schema_app.admin("AdminGetUser", name)["UserAttributes"])
    found = {key: value for key, value in stored.items() if key.startswith("custom:")}
    assert found == {
        "custom:tier": "gold",
        "custom:size": "9",
        "custom:agreed": "true",
        "custom:since": "2026-01-05",
    }


@holds("SIGNUP-20")
@pytest.mark.parametrize("birthdate", ["1990-1-1", "1990-01-011"])
def test_a_birth_date_has_ten_characters(app: App, birthdate: str) -> None:
    with refused("InvalidParameterException"):
        app.sign_up(unique(), birthdate=birthdate)
    assert app.sign_up(unique(), birthdate="1990-01-01")["UserSub"]


def test_validation_data_is_not_stored(app: App) -> None:
    name = unique()
    extra: Json = [{"Name": "invited-by", "Value": "somebody"}]
    app.call("SignUp", name, Password=PASSWORD, ValidationData=extra, ClientMetadata={"a": "b"})
    stored = attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])
    assert set(stored) == {"sub"}
