"""Constraints of the model, in AWS's words: docs/behaviours/wire.md."""

import json

import pytest

from tests.sdk.builders import App
from tests.sdk.support import PASSWORD, Json, holds, refused

PATTERN = "Member must satisfy regular expression pattern: "
POOL = PATTERN + r"[\w-]+_[0-9a-zA-Z]+"
CLIENT = PATTERN + r"[\w+]+"
VISIBLE = PATTERN + r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
PASSWORD_RULE = PATTERN + r"^[\S]+.*[\S]+$"
NOT_NULL = "Member must not be null"
MFA = "Member must satisfy enum value set: [OFF, ON, OPTIONAL]"
NAMED = {"PoolName": "p"}


def at_least(number: int, what: str = "value") -> str:
    return f"Member must have {what} greater than or equal to {number}"


def at_most(number: int, what: str = "value") -> str:
    return f"Member must have {what} less than or equal to {number}"


def told(*violations: tuple[str, str, str]) -> str:
    """Return the whole message: (value as printed, path, rule) for each violation."""
    count = len(violations)
    head = f"{count} validation error{'s' if count > 1 else ''} detected: "
    return head + "; ".join(
        f"Value {value}{' ' if value else ''}at '{path}' failed to satisfy constraint: {rule}"
        for value, path, rule in violations
    )


@holds("WIRE-17", "WIRE-18", "WIRE-20", "WIRE-21", "WIRE-22")
@pytest.mark.parametrize(
    "operation, members, text",
    [
        ("DescribeUserPool", {"UserPoolId": "abc"}, told(("'abc'", "userPoolId", POOL))),
        (
            "DescribeUserPool",
            {"UserPoolId": ""},
            told(("''", "userPoolId", POOL), ("''", "userPoolId", at_least(1, "length"))),
        ),
        ("CreateUserPool", {}, told(("null", "poolName", NOT_NULL))),
        (
            "CreateUserPool",
            {**NAMED, "MfaConfiguration": "SOMETIMES"},
            told(("'SOMETIMES'", "mfaConfiguration", MFA)),
        ),
        (
            "CreateUserPool",
            {**NAMED, "Policies": {"PasswordPolicy": {"MinimumLength": 5}}},
            told(("'5'", "policies.passwordPolicy.minimumLength", at_least(6))),
        ),
        (
            "CreateUserPool",
            {**NAMED, "Policies": {"PasswordPolicy": {"MinimumLength": 100}}},
            told(("'100'", "policies.passwordPolicy.minimumLength", at_most(99))),
        ),
        (
            "CreateUserPool",
            {**NAMED, "Schema": [{"Name": "a" * 21, "AttributeDataType": "String"}]},
            told((f"'{'a' * 21}'", "schema.1.member.name", at_most(20, "length"))),
        ),
        ("ListUserPools", {"MaxResults": 61}, told(("'61'", "maxResults", at_most(60)))),
        ("ListUserPools", {"MaxResults": 0}, told(("'0'", "maxResults", at_least(1)))),
        (
            "CreateUserPoolClient",
            {"UserPoolId": "us-east-1_abc", "ClientName": "c", "DefaultRedirectURI": "h t"},
            told(("'h t'", "defaultRedirectURI", VISIBLE)),
        ),
    ],
)
def test_a_violation_is_told_in_the_words_of_aws(
    app: App, operation: str, members: dict[str, Json], text: str
) -> None:
    with refused("InvalidParameterException", text):
        app.wire.call(operation, **members)


@holds("WIRE-17")
def test_every_violation_is_collected_in_the_order_of_the_model(app: App) -> None:
    text = told(
        ("'!'", "userPoolId", POOL),
        ("'?'", "clientName", PATTERN + r"[\w\s+=,.@-]+"),
        ("'16'", "authSessionValidity", at_most(15)),
    )
    with refused("InvalidParameterException", text):
        app.wire.call(
            "CreateUserPoolClient", UserPoolId="!", ClientName="?", AuthSessionValidity=16
        )


@holds("WIRE-18", "WIRE-19", "WIRE-20")
def test_sensitive_values_are_never_printed(app: App) -> None:
    secret = "do not print me"
    with refused("InvalidParameterException", told(("", "username", VISIBLE))):
        app.call("SignUp", secret, Password=PASSWORD)
    with refused(
        "InvalidParameterException",
        told(("", "clientId", CLIENT), ("", "clientId", at_least(1, "length"))),
    ):
        app.wire.call("SignUp", ClientId="", Username="u", Password=PASSWORD)
    for operation, members in (
        ("SignUp", {"Username": "u", "Password": PASSWORD, "SecretHash": secret}),
        ("RespondToAuthChallenge", {"ChallengeName": "SMS_MFA", "Session": "print me not"}),
        ("GetUser", {"AccessToken": secret}),
        ("SignUp", {"Username": "u", "Password": f" {secret}"}),
        ("ConfirmSignUp", {"Username": secret, "ConfirmationCode": " "}),
    ):
        body = json.dumps({"ClientId": app.client_id, **members}).encode()
        reply = app.wire.send(operation, body)
        assert reply.status == 400
        assert b"validation error" in reply.body, reply
        assert b"print" not in reply.body, reply


@holds("WIRE-23")
@pytest.mark.parametrize("password", ["Pass word 7-", "Pässwörd-7-日本", "Aa-7" + "x" * 252])
def test_a_password_may_hold_blanks_inside_and_letters_of_every_script(
    app: App, password: str
) -> None:
    name = app.user()
    app.admin("AdminSetUserPassword", name, Password=password, Permanent=True)
    assert app.sign_in(name, password)["TokenType"] == "Bearer"
    assert app.srp_step(name, password)["AuthenticationResult"]


@holds("WIRE-19", "WIRE-23")
@pytest.mark.parametrize(
    "password, rule",
    [
        (" Password-7", PASSWORD_RULE),
        ("Password-7 ", PASSWORD_RULE),
        ("P", PASSWORD_RULE),
        ("Aa-7" + "x" * 253, at_most(256, "length")),
    ],
)
def test_a_password_may_not_begin_or_end_with_a_blank(app: App, password: str, rule: str) -> None:
    with refused("InvalidParameterException", told(("", "password", rule))):
        app.admin("AdminSetUserPassword", "u", Password=password, Permanent=True)


@holds("WIRE-17")
@pytest.mark.parametrize("name", ["ünïcode", "日本語", "a+b@c", "😀", "x" * 128, "a:b", "'\"<>"])
def test_user_names_may_hold_any_visible_character(app: App, name: str) -> None:
    app.user(name)
    assert app.admin("AdminGetUser", name)["Username"] == name
    assert app.sign_in(name)["TokenType"] == "Bearer"
    assert app.srp_step(name)["AuthenticationResult"]
    app.admin("AdminDeleteUser", name)


@holds("WIRE-52")
def test_a_zero_character_is_refused_everywhere(app: App) -> None:
    name = app.user()
    with refused("InvalidParameterException"):
        app.password_step(name, PASSWORD + "\u0000")
    with refused("InvalidParameterException"):
        app.sign_up("u", nickname="a\u0000b")
    with refused("InvalidParameterException"):
        app.respond("NEW_PASSWORD_REQUIRED", "\u0000" * 40, USERNAME=name)
    with refused("InvalidParameterException"):
        app.wire.call("CreateUserPool", PoolName="p", UserPoolTags={"a\u0000": "b"})


@holds("WIRE-17")
@pytest.mark.parametrize(
    "name", ["a b", "a\u00a0b", "a\u200db", "a\nb", "a\u0000b", "x" * 129, "a\n"]
)
def test_user_names_may_hold_nothing_invisible(app: App, name: str) -> None:
    with refused("InvalidParameterException"):
        app.admin("AdminCreateUser", name, MessageAction="SUPPRESS")
