"""Changing attributes: docs/behaviours/users.md."""

import pytest

from tests.behaviours.wording import BAD_EMAIL, BAD_PHONE, NO_USER, UNWRITABLE, invalid
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    Json,
    RefusedError,
    Wire,
    a_phone,
    an_email,
    attribute_map,
    attributes,
    holds,
    refused,
)

FIXED = "user.custom:badge: Attribute cannot be updated. (changing an immutable attribute)\n"
UNKNOWN = "user.custom:nothing: Attribute does not exist in the schema.\n"
TAKEN = ("AliasExistsException", "An account with the given email already exists.")
SCHEMA = [
    {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
    {"Name": "tier", "AttributeDataType": "String"},
]


@pytest.fixture(scope="module")
def schema_app(wire: Wire) -> App:
    """Return a client of a pool that verifies addresses and has attributes of its own."""
    return an_app(wire, a_pool(wire, Schema=SCHEMA, AutoVerifiedAttributes=["email"]))


@pytest.fixture(scope="module")
def careful_app(wire: Wire) -> App:
    """Return a client of a pool that changes an address only when the new one is proven."""
    pool = a_pool(
        wire,
        AliasAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )
    return an_app(wire, pool)


def update(app: App, access: str, **values: str) -> dict[str, Json]:
    named = {name.replace("__", ":"): value for name, value in values.items()}
    listed = attributes(named)
    return app.wire.call("UpdateUserAttributes", AccessToken=access, UserAttributes=listed)


def admin_update(app: App, who: str, /, **values: str) -> dict[str, Json]:
    named = {key.replace("__", ":"): value for key, value in values.items()}
    return app.admin("AdminUpdateUserAttributes", who, UserAttributes=attributes(named))


def read(app: App, name: str) -> dict[str, str]:
    return attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])


def verify(app: App, access: str, code: str) -> dict[str, Json]:
    members = {"AccessToken": access, "AttributeName": "email", "Code": code}
    return app.wire.call("VerifyUserAttribute", **members)


@holds("USER-20")
def test_a_client_writes_and_deletes_only_what_it_may(app: App) -> None:
    client = app.another_client(WriteAttributes=["email", "name"])
    name = app.user("", name="N", nickname="Nick")
    access = client.sign_in(name)["AccessToken"]
    assert update(client, access, name="M") == {"CodeDeliveryDetailsList": []}
    with refused(*UNWRITABLE):
        update(client, access, nickname="Other")
    with refused(*UNWRITABLE):
        client.wire.call(
            "DeleteUserAttributes", AccessToken=access, UserAttributeNames=["nickname"]
        )
    for flag in ("email_verified", "phone_number_verified"):
        with refused(*UNWRITABLE):
            update(app, app.sign_in(name)["AccessToken"], **{flag: "true"})
    stored = read(app, name)
    assert (stored["name"], stored["nickname"]) == ("M", "Nick")
    assert admin_update(app, name, nickname="Other") == {}
    assert read(app, name)["nickname"] == "Other"


@holds("USER-21")
def test_an_immutable_attribute_is_set_once(schema_app: App) -> None:
    name = schema_app.user("", custom__badge="one")
    access = schema_app.sign_in(name)["AccessToken"]
    with refused(*invalid(FIXED)):
        update(schema_app, access, custom__badge="two")
    with refused(*invalid(FIXED)):
        admin_update(schema_app, name, custom__badge="two")
    assert read(schema_app, name)["custom:badge"] == "one"


@holds("USER-22")
def test_an_attribute_outside_the_schema_is_refused(schema_app: App) -> None:
    name = schema_app.user()
    access = schema_app.sign_in(name)["AccessToken"]
    with refused(*invalid(UNKNOWN)):
        admin_update(schema_app, name, custom__nothing="x")
    with refused("InvalidParameterException", UNKNOWN):
        update(schema_app, access, custom__nothing="x")
    names = ["custom:nothing"]
    with refused(*invalid("Invalid user attributes: " + UNKNOWN)):
        schema_app.admin("AdminDeleteUserAttributes", name, UserAttributeNames=names)
    with refused(*invalid("Invalid user attributes: " + UNKNOWN)):
        schema_app.wire.call("DeleteUserAttributes", AccessToken=access, UserAttributeNames=names)


@holds("USER-22")
def test_malformed_contacts_are_refused(app: App) -> None:
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    for value, words in ({"email": "x"}, BAD_EMAIL), ({"phone_number": "1"}, BAD_PHONE):
        with refused(*words):
            update(app, access, **value)
        with refused(*words):
            admin_update(app, name, **value)


@holds("USER-23")
def test_a_new_address_is_unverified_until_its_code_comes_back(app: App) -> None:
    name = app.user("", email=an_email(), email_verified="true")
    access = app.sign_in(name)["AccessToken"]
    email = an_email()
    details = update(app, access, email=email)["CodeDeliveryDetailsList"]
    assert details == [
        {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "m***@e***"}
    ]
    stored = read(app, name)
    assert (stored["email"], stored["email_verified"]) == (email, "false")
    verify(app, access, app.wire.code(email))
    assert read(app, name)["email_verified"] == "true"


@holds("USER-23")
def test_a_number_that_the_pool_does_not_verify_gets_no_code(app: App) -> None:
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    assert update(app, access, phone_number=a_phone()) == {"CodeDeliveryDetailsList": []}
    assert read(app, name).get("phone_number_verified", "false") == "false"


@holds("USER-23")
def test_an_administrators_change_sends_a_code_too(app: App) -> None:
    name = app.user("", email=an_email(), email_verified="true")
    email = an_email()
    admin_update(app, name, email=email)
    assert read(app, name)["email_verified"] == "false"
    access = app.sign_in(name)["AccessToken"]
    verify(app, access, app.wire.code(email))
    assert read(app, name)["email_verified"] == "true"
    email = an_email()
    admin_update(app, name, email=email, email_verified="true")
    assert read(app, name)["email_verified"] == "true"
    assert app.wire.messages(email) == []


@holds("USER-24")
def test_the_same_address_again_changes_nothing(app: App) -> None:
    email = an_email()
    name = app.user("", email=email, email_verified="true")
    access = app.sign_in(name)["AccessToken"]
    assert update(app, access, email=email) == {"CodeDeliveryDetailsList": []}
    admin_update(app, name, email=email)
    assert read(app, name)["email_verified"] == "true"
    assert app.wire.messages(email) == []


@holds("USER-25")
def test_the_old_address_stands_until_the_new_one_is_proven(careful_app: App) -> None:
    old, new = an_email(), an_email()
    name = careful_app.user("", email=old, email_verified="true")
    access = careful_app.sign_in(old)["AccessToken"]
    details = update(careful_app, access, email=new)["CodeDeliveryDetailsList"]
    assert len(details) == 1
    stored = read(careful_app, name)
    assert (stored["email"], stored["email_verified"]) == (old, "true")
    assert careful_app.sign_in(old)["AccessToken"]
    with refused(*NO_USER):
        careful_app.sign_in(new)
    verify(careful_app, access, careful_app.wire.code(new))
    stored = read(careful_app, name)
    assert (stored["email"], stored["email_verified"]) == (new, "true")
    assert careful_app.sign_in(new)["AccessToken"]
    with refused(*NO_USER):
        careful_app.sign_in(old)


@holds("USER-25")
def test_an_administrators_verified_address_applies_at_once(careful_app: App) -> None:
    old, new, later = an_email(), an_email(), an_email()
    name = careful_app.user("", email=old, email_verified="true")
    admin_update(careful_app, name, email=new)
    assert read(careful_app, name)["email"] == old
    assert careful_app.wire.code(new)
    admin_update(careful_app, name, email=later, email_verified="true")
    stored = read(careful_app, name)
    assert (stored["email"], stored["email_verified"]) == (later, "true")
    access = careful_app.sign_in(name)["AccessToken"]
    with refused("ExpiredCodeException"):
        verify(careful_app, access, careful_app.wire.code(new))


@holds("USER-26")
def test_a_blank_value_deletes_the_attribute(wire: Wire, app: App) -> None:
    name = app.user("", nickname="Nick", name="N")
    update(app, app.sign_in(name)["AccessToken"], nickname="")
    admin_update(app, name, name="")
    assert set(read(app, name)) == {"sub"}
    schema = [{"Name": "name", "Required": True, "AttributeDataType": "String"}]
    strict = an_app(wire, a_pool(wire, Schema=schema))
    name = strict.user("", name="N")
    with refused("InvalidParameterException"):
        admin_update(strict, name, name="")
    with refused("InvalidParameterException"):
        strict.admin("AdminDeleteUserAttributes", name, UserAttributeNames=["name"])


@holds("USER-27")
def test_nobody_writes_the_sub(app: App) -> None:
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    sub = "00000000-0000-4000-8000-000000000000"
    codes = {"InvalidParameterException", "NotAuthorizedException"}
    for operation, members in (
        ("UpdateUserAttributes", {"UserAttributes": attributes({"sub": sub})}),
        ("DeleteUserAttributes", {"UserAttributeNames": ["sub"]}),
    ):
        with pytest.raises(RefusedError) as caught:
            app.wire.call(operation, AccessToken=access, **members)
        assert caught.value.code in codes
    with pytest.raises(RefusedError) as caught:
        app.sign_up("impostor", sub=sub)
    assert caught.value.code in codes
    with refused("InvalidParameterException"):
        admin_update(app, name, sub=sub)
    with refused("InvalidParameterException"):
        app.admin("AdminDeleteUserAttributes", name, UserAttributeNames=["sub"])
    with refused("InvalidParameterException"):
        app.user("impostor", sub=sub)


@holds("USER-28")
def test_a_verified_alias_has_one_owner(wire: Wire) -> None:
    pool = a_pool(wire, AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    one = an_app(wire, pool)
    email = an_email()
    owner = one.user("", email=email, email_verified="true")
    name = one.user()
    with refused(*TAKEN):
        admin_update(one, name, email=email, email_verified="true")
    access = one.sign_in(name)["AccessToken"]
    update(one, access, email=email)
    with refused("AliasExistsException"):
        verify(one, access, one.wire.code(email))
    assert one.admin("AdminGetUser", email)["Username"] == owner


@holds("USER-28")
def test_a_preferred_name_has_one_owner(wire: Wire) -> None:
    one = an_app(wire, a_pool(wire, AliasAttributes=["preferred_username"]))
    owner, name = one.user("", preferred_username="me"), one.user()
    access = one.sign_in(name)["AccessToken"]
    with refused("AliasExistsException"):
        update(one, access, preferred_username="me")
    assert one.admin("AdminGetUser", "me")["Username"] == owner


@holds("USER-29")
def test_deleting_an_address_drops_its_flag(app: App) -> None:
    name = app.user("", email=an_email(), email_verified="true", nickname="Nick")
    access = app.sign_in(name)["AccessToken"]
    for _ in range(2):
        call = {"AccessToken": access, "UserAttributeNames": ["email"]}
        assert app.wire.call("DeleteUserAttributes", **call) == {}
    assert set(read(app, name)) == {"sub", "nickname"}
    for _ in range(2):
        names = ["nickname", "picture"]
        assert app.admin("AdminDeleteUserAttributes", name, UserAttributeNames=names) == {}
    assert set(read(app, name)) == {"sub"}


@holds("USER-30")
def test_in_an_address_pool_the_address_is_the_sign_in_name(wire: Wire) -> None:
    pool = a_pool(wire, UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    one = an_app(wire, pool)
    old, new, taken = an_email(), an_email(), an_email()
    one.user(taken)
    one.user(old)
    access = one.sign_in(old)["AccessToken"]
    with refused("AliasExistsException", "An account with the given email already exists."):
        update(one, access, email=taken)
    update(one, access, email=new)
    assert one.sign_in(new)["AccessToken"]
    with refused(*NO_USER):
        one.sign_in(old)


def test_a_value_has_at_most_2048_characters(app: App) -> None:
    name = app.user("", nickname="x" * 2048)
    assert len(read(app, name)["nickname"]) == 2048
    with refused("InvalidParameterException"):
        admin_update(app, name, nickname="x" * 2049)


def test_deleting_several_unknown_attributes_tells_each(schema_app: App) -> None:
    lines = "".join(
        f"user.{name}: Attribute does not exist in the schema.\n"
        for name in ("custom:a", "custom:b")
    )
    with refused(*invalid("Invalid user attributes: " + lines)):
        schema_app.admin(
            "AdminDeleteUserAttributes",
            schema_app.user(),
            UserAttributeNames=["custom:a", "custom:b"],
        )
