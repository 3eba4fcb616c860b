"""What administrators do to accounts: docs/behaviours/users.md."""

import pytest

from tests.behaviours.wording import (
    DISABLED,
    INCORRECT,
    NO_USER,
    POLICY_BREACHES,
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
    attributes,
    holds,
    refused,
    unique,
)


@pytest.fixture(scope="module")
def alias_app(wire: Wire) -> App:
    """Return a client of a pool whose users may sign in by address, number or preferred name."""
    aliases = ["email", "phone_number", "preferred_username"]
    return an_app(wire, a_pool(wire, AliasAttributes=aliases))


@pytest.fixture(scope="module")
def email_app(wire: Wire) -> App:
    """Return a client of a pool whose users sign in by address."""
    pool = a_pool(wire, UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    return an_app(wire, pool)


def create(app: App, name: str, values: dict[str, str] | None = None, **members: Json) -> Json:
    given = {"MessageAction": "SUPPRESS", "UserAttributes": attributes(values or {}), **members}
    return app.admin("AdminCreateUser", name, **given)["User"]


def read(app: App, name: str) -> dict[str, str]:
    return attribute_map(app.admin("AdminGetUser", name)["UserAttributes"])


@holds("USER-01")
def test_a_created_user_is_told_whole(app: App) -> None:
    name = unique()
    user = create(app, name, {"email": an_email(), "name": "N"})
    assert set(user) == {
        *("Username", "Attributes", "UserCreateDate", "UserLastModifiedDate"),
        *("Enabled", "UserStatus"),
    }
    assert (user["Username"], user["Enabled"]) == (name, True)
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert user["Attributes"][0]["Name"] == "sub"
    assert {entry["Name"] for entry in user["Attributes"]} == {"sub", "email", "name"}


@holds("USER-02", "USER-09")
def test_a_taken_name_is_refused(app: App, email_app: App) -> None:
    with refused("UsernameExistsException", "User account already exists"):
        create(app, app.user())
    email = an_email()
    user = create(email_app, email)
    stored = attribute_map(user["Attributes"])
    assert (user["Username"], stored["email"]) == (stored["sub"], email)
    with refused("UsernameExistsException", "An account with the given email already exists."):
        create(email_app, email)


@holds("USER-03")
@pytest.mark.parametrize("password, rule", POLICY_BREACHES)
def test_a_temporary_password_keeps_the_policy(app: App, password: str, rule: str) -> None:
    text = f"Password did not conform with password policy: {rule}"
    with refused("InvalidPasswordException", text):
        create(app, unique(), TemporaryPassword=password)


@holds("USER-04")
def test_an_invitation_brings_the_password(app: App) -> None:
    name, email = unique(), an_email()
    app.admin(
        "AdminCreateUser",
        name,
        UserAttributes=attributes({"email": email}),
        DesiredDeliveryMediums=["EMAIL"],
    )
    password = app.wire.code(email)
    assert app.password_step(name, password)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert len(password) >= 8


@holds("USER-14")
def test_the_pools_own_invitation_is_used(wire: Wire) -> None:
    template = {
        "EmailMessage": "Welcome {username}: {####} !",
        "EmailSubject": "Come in",
        "SMSMessage": "{username} {####}",
    }
    app = an_app(wire, a_pool(wire, AdminCreateUserConfig={"InviteMessageTemplate": template}))
    name, email = unique(), an_email()
    app.admin(
        "AdminCreateUser",
        name,
        TemporaryPassword="Tempo<rary>-1&",
        UserAttributes=attributes({"email": email}),
        DesiredDeliveryMediums=["EMAIL"],
    )
    assert app.wire.code(email) == "Tempo<rary>-1&"
    (message,) = app.wire.messages(email)
    assert message["subject"] == "Come in"
    assert name in message["body"]


@holds("USER-05")
def test_suppressing_sends_nothing(app: App) -> None:
    name, email = unique(), an_email()
    create(app, name, {"email": email}, DesiredDeliveryMediums=["EMAIL"])
    assert app.wire.messages(email) == []


@holds("USER-05")
def test_resending_renews_the_temporary_password(app: App) -> None:
    name, email = unique(), an_email()
    create(app, name, {"email": email}, TemporaryPassword=PASSWORD)
    members = {"MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]}
    app.admin("AdminCreateUser", name, **members)
    fresh = app.wire.code(email)
    assert app.password_step(name, fresh)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused(*INCORRECT):
        app.password_step(name, PASSWORD)
    confirmed = app.user("", email=an_email())
    text = f"Resend not possible. {confirmed} status is not FORCE_CHANGE_PASSWORD"
    with refused("UnsupportedUserStateException", text):
        app.admin("AdminCreateUser", confirmed, **members)
    with refused(*NO_USER):
        app.admin("AdminCreateUser", unique("nobody"), **members)


@holds("USER-06")
def test_verified_flags_need_their_attribute(app: App) -> None:
    for flag, text in (
        ("email_verified", "Email is required to verify/un-verify an email"),
        ("phone_number_verified", "Phone Number is required to verify/un-verify a phone number"),
    ):
        with refused(*invalid(text)):
            create(app, unique(), {flag: "true"})
        with refused(*invalid(text)):
            app.admin(
                "AdminUpdateUserAttributes",
                app.user(),
                UserAttributes=attributes({flag: "true"}),
            )
    name = unique()
    create(app, name, {"email": an_email(), "email_verified": "True"})
    assert read(app, name)["email_verified"] == "true"


@holds("USER-07")
def test_required_attributes_are_not_demanded_of_administrators(wire: Wire) -> None:
    schema = [{"Name": "email", "Required": True, "AttributeDataType": "String"}]
    one = an_app(wire, a_pool(wire, Schema=schema))
    assert create(one, unique())["Enabled"]


@holds("USER-08")
def test_a_verified_alias_of_another_user_is_refused_or_moves(alias_app: App) -> None:
    email = an_email()
    verified = {"email": email, "email_verified": "true"}
    owner, name = unique(), unique()
    create(alias_app, owner, verified)
    with refused("AliasExistsException", "An account with the email already exists."):
        create(alias_app, name, verified)
    with refused(*NO_USER):
        alias_app.admin("AdminGetUser", name)
    create(alias_app, name, verified, ForceAliasCreation=True)
    assert alias_app.admin("AdminGetUser", email)["Username"] == name
    assert read(alias_app, owner)["email_verified"] == "false"
    unverified = unique()
    create(alias_app, unverified, {"email": email})
    assert alias_app.admin("AdminGetUser", email)["Username"] == name


@holds("USER-10", "SIGNIN-07", "SIGNIN-08", "SIGNIN-22")
def test_a_user_is_found_by_every_alias_that_counts(alias_app: App) -> None:
    email, phone, preferred = an_email(), a_phone(), unique("preferred")
    name = alias_app.user(
        "",
        email=email,
        email_verified="true",
        phone_number=phone,
        preferred_username=preferred,
    )
    for alias in (name, email, preferred):
        assert alias_app.admin("AdminGetUser", alias)["Username"] == name
        assert alias_app.sign_in(alias)["AccessToken"]
        assert alias_app.srp_step(alias)["AuthenticationResult"]
    with refused(*NO_USER):
        alias_app.admin("AdminGetUser", phone)
    with refused(*NO_USER):
        alias_app.sign_in(phone)
    flag = attributes({"phone_number_verified": "true"})
    alias_app.admin("AdminUpdateUserAttributes", name, UserAttributes=flag)
    assert alias_app.sign_in(phone)["AccessToken"]
    flag = attributes({"email_verified": "false"})
    alias_app.admin("AdminUpdateUserAttributes", name, UserAttributes=flag)
    with refused(*NO_USER):
        alias_app.sign_in(email)


@holds("USER-10", "SIGNIN-07", "SIGNIN-22")
def test_a_user_of_an_address_pool_is_found_by_address_and_sub(email_app: App) -> None:
    email = an_email()
    email_app.user(email)
    sub = email_app.admin("AdminGetUser", email)["Username"]
    for alias in (email, sub):
        assert email_app.admin("AdminGetUser", alias)["Username"] == sub
        assert email_app.sign_in(alias)["AccessToken"]
        assert email_app.srp_step(alias)["AuthenticationResult"]


@holds("USER-11")
def test_users_read_what_their_client_may(app: App) -> None:
    name = app.user("", email=an_email(), name="N", nickname="Nick")
    narrow = app.another_client(ReadAttributes=["email"])
    for client, expected in (
        (app, {"sub", "email", "name", "nickname"}),
        (narrow, {"sub", "email"}),
    ):
        access = client.sign_in(name)["AccessToken"]
        answer = app.wire.call("GetUser", AccessToken=access)
        assert answer["Username"] == name
        found = set(attribute_map(answer["UserAttributes"]))
        assert found - {"email_verified"} == expected
        assert set(answer) == {"Username", "UserAttributes"}


@holds("USER-12")
@pytest.mark.parametrize(
    "operation, members",
    [
        ("AdminGetUser", {}),
        ("AdminDeleteUser", {}),
        ("AdminDisableUser", {}),
        ("AdminEnableUser", {}),
        ("AdminConfirmSignUp", {}),
        ("AdminResetUserPassword", {}),
        ("AdminUserGlobalSignOut", {}),
        ("AdminSetUserPassword", {"Password": PASSWORD}),
        ("AdminUpdateUserAttributes", {"UserAttributes": []}),
        ("AdminDeleteUserAttributes", {"UserAttributeNames": ["name"]}),
        ("AdminListGroupsForUser", {}),
    ],
)
def test_an_unknown_user_is_told(app: App, operation: str, members: dict[str, Json]) -> None:
    with refused(*NO_USER):
        app.admin(operation, unique("nobody"), **members)


@holds("USER-13")
def test_the_modification_date_moves(app: App) -> None:
    name = app.user()
    before = app.admin("AdminGetUser", name)
    changes: list[tuple[str, dict[str, Json]]] = [
        ("AdminUpdateUserAttributes", {"UserAttributes": attributes({"name": "N"})}),
        ("AdminDisableUser", {}),
        ("AdminEnableUser", {}),
    ]
    for operation, members in changes:
        app.admin(operation, name, **members)
        after = app.admin("AdminGetUser", name)
        assert after["UserLastModifiedDate"] > before["UserLastModifiedDate"], operation
        assert after["UserCreateDate"] == before["UserCreateDate"]
        before = after


@holds("USER-40", "SIGNIN-06")
def test_a_disabled_user_cannot_sign_in(app: App) -> None:
    name = app.user()
    for _ in range(2):
        assert app.admin("AdminDisableUser", name) == {}
        assert app.admin("AdminGetUser", name)["Enabled"] is False
    for attempt in (app.password_step, app.srp_step):
        with refused(*DISABLED):
            attempt(name)
        with refused(*INCORRECT):
            attempt(name, "Wrong-Horse-1")
    for _ in range(2):
        assert app.admin("AdminEnableUser", name) == {}
    assert app.sign_in(name)["AccessToken"]


@holds("USER-41")
def test_a_deleted_users_name_and_aliases_are_free(alias_app: App) -> None:
    email = an_email()
    verified = {"email": email, "email_verified": "true"}
    name = alias_app.user("", **verified)
    sub = read(alias_app, name)["sub"]
    alias_app.admin("AdminDeleteUser", name)
    for gone in (name, email):
        with refused(*NO_USER):
            alias_app.admin("AdminGetUser", gone)
    alias_app.user(name, "Another-Horse-8", **verified)
    assert read(alias_app, email)["sub"] != sub
    with refused(*INCORRECT):
        alias_app.sign_in(name)


@holds("USER-42", "TOKEN-42")
def test_users_delete_themselves(app: App) -> None:
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    app.wire.call("DeleteUser", AccessToken=access)
    with refused(*NO_USER):
        app.admin("AdminGetUser", name)
    with refused(*NO_USER):
        app.wire.call("GetUser", AccessToken=access)


def test_an_invitation_by_text_message(wire: Wire) -> None:
    one = an_app(wire, a_pool(wire, SmsConfiguration=SMS_ROLE))
    name, phone = unique(), a_phone()
    one.admin("AdminCreateUser", name, UserAttributes=attributes({"phone_number": phone}))
    password = one.wire.code(phone)
    assert one.password_step(name, password)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_administrators_write_what_clients_may_not(app: App) -> None:
    client = app.another_client(WriteAttributes=["email"])
    name = app.user()
    app.admin("AdminUpdateUserAttributes", name, UserAttributes=attributes({"name": "N"}))
    access = client.sign_in(name)["AccessToken"]
    with refused(*UNWRITABLE):
        app.wire.call(
            "UpdateUserAttributes",
            AccessToken=access,
            UserAttributes=attributes({"name": "M"}),
        )
