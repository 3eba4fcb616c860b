"""The secret hash of confidential clients: docs/behaviours/wire.md."""

import pytest

from tests.sdk.builders import App, an_app, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    an_email,
    holds,
    refused,
    secret_hash,
    tampered,
    unique,
)

CALLS: list[tuple[str, dict[str, Json]]] = [
    ("SignUp", {"Password": PASSWORD}),
    ("ConfirmSignUp", {"ConfirmationCode": "123456"}),
    ("ResendConfirmationCode", {}),
    ("ForgotPassword", {}),
    ("ConfirmForgotPassword", {"ConfirmationCode": "123456", "Password": PASSWORD}),
]


def hash_of(app: App, name: str) -> str:
    """Return the right hash for a name."""
    assert app.secret is not None
    return secret_hash(name, app.client_id, app.secret)


def missing(app: App) -> str:
    """Return the text for an absent hash."""
    return f"Client {app.client_id} is configured with secret but SECRET_HASH was not received"


def wrong(app: App) -> str:
    """Return the text for a hash that is not right."""
    return f"Unable to verify secret hash for client {app.client_id}"


def test_the_published_vector_holds() -> None:
    expected = "kcku81+asLyzOajatfz2LSHVdH28l80U0VVfOZh5wCk="
    assert secret_hash("alice", "client1", "secret123") == expected


@holds("WIRE-31", "WIRE-32", "WIRE-33")
@pytest.mark.parametrize("operation, members", CALLS, ids=[name for name, _ in CALLS])
@pytest.mark.parametrize("known", [True, False], ids=["known user", "unknown user"])
def test_every_call_of_the_client_is_judged_before_the_user(
    secret_app: App, operation: str, members: dict[str, Json], *, known: bool
) -> None:
    name = secret_app.user() if known else unique("nobody")
    call = {"ClientId": secret_app.client_id, "Username": name, **members}
    with refused("NotAuthorizedException", missing(secret_app)):
        secret_app.wire.call(operation, **call)
    assert secret_app.secret is not None
    for bad in (
        "AAAA",
        tampered(hash_of(secret_app, name)),
        hash_of(secret_app, name + "x"),
        secret_hash(name, "1example23456789abcdefghij", secret_app.secret),
        secret_hash(name, secret_app.client_id, secret_app.secret + "x"),
        secret_app.secret,
    ):
        with refused("NotAuthorizedException", wrong(secret_app)):
            secret_app.wire.call(operation, **call, SecretHash=bad)


@holds("WIRE-30", "WIRE-31", "WIRE-32")
@pytest.mark.parametrize(
    "flow", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH"]
)
def test_sign_in_needs_the_hash(secret_app: App, flow: str) -> None:
    name = secret_app.user()
    start = secret_app.admin_initiate if flow.startswith("ADMIN") else secret_app.initiate
    parameters = {"USERNAME": name, "PASSWORD": PASSWORD, "SRP_A": SrpClient("x_y").public}
    with refused("NotAuthorizedException", wrong(secret_app)):
        start(flow, **parameters, SECRET_HASH=hash_of(secret_app, "other"))
    bare = App(secret_app.wire, secret_app.pool_id, secret_app.client_id)
    start = bare.admin_initiate if flow.startswith("ADMIN") else bare.initiate
    with refused("NotAuthorizedException", missing(secret_app)):
        start(flow, **parameters)
    assert start(flow, **parameters, SECRET_HASH=hash_of(secret_app, name))


@holds("WIRE-30")
def test_the_hash_of_an_answer_is_over_the_name_in_the_answer(wire: Wire) -> None:
    app = an_app(
        wire,
        wire.call("CreateUserPool", PoolName="aliases", AliasAttributes=["email"])["UserPool"][
            "Id"
        ],
        GenerateSecret=True,
    )
    email = an_email()
    name = app.user("", email=email, email_verified="true")
    srp = SrpClient(app.pool_id)
    asked = app.initiate("USER_SRP_AUTH", USERNAME=email, SRP_A=srp.public)
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    assert answers["USERNAME"] == name
    with refused("NotAuthorizedException", wrong(app)):
        app.respond("PASSWORD_VERIFIER", None, **answers, SECRET_HASH=hash_of(app, email))
    assert result_of(app.respond("PASSWORD_VERIFIER", None, **answers))


@holds("WIRE-31", "WIRE-32")
def test_an_answer_needs_the_hash(secret_app: App) -> None:
    name = secret_app.temporary_user()
    asked = secret_app.password_step(name)
    answers = {"USERNAME": name, "NEW_PASSWORD": "Another-Horse-8"}
    bare = App(secret_app.wire, secret_app.pool_id, secret_app.client_id)
    with refused("NotAuthorizedException", missing(secret_app)):
        bare.respond("NEW_PASSWORD_REQUIRED", asked["Session"], **answers)
    with refused("NotAuthorizedException", wrong(secret_app)):
        bare.respond("NEW_PASSWORD_REQUIRED", asked["Session"], **answers, SECRET_HASH="AAAA")
    assert result_of(secret_app.respond("NEW_PASSWORD_REQUIRED", asked["Session"], **answers))


@holds("WIRE-34")
def test_a_client_without_a_secret_ignores_a_hash(app: App) -> None:
    name = app.user()
    step = app.initiate("USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD, SECRET_HASH="AAAA")
    assert result_of(step)


@holds("WIRE-35")
def test_refreshing_takes_the_hash_over_the_owners_name(wire: Wire) -> None:
    pool = wire.call("CreateUserPool", PoolName="addresses", UsernameAttributes=["email"])
    app = an_app(wire, pool["UserPool"]["Id"], GenerateSecret=True)
    email = an_email()
    app.user(email, email_verified="true")
    sub = app.admin("AdminGetUser", email)["Username"]
    token = app.sign_in(email)["RefreshToken"]
    for name in (sub, email):
        assert app.refresh(token, name)["AccessToken"]
    with refused("NotAuthorizedException", wrong(app)):
        app.refresh(token, "somebody-else")
    bare = App(app.wire, app.pool_id, app.client_id)
    with refused("NotAuthorizedException", missing(app)):
        bare.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)


@holds("WIRE-36")
def test_either_of_two_secrets_proves_the_client(wire: Wire) -> None:
    app = an_app(wire, "", GenerateSecret=True)
    name = app.user()
    added = wire.call("AddUserPoolClientSecret", UserPoolId=app.pool_id, ClientId=app.client_id)
    second = App(
        wire, app.pool_id, app.client_id, added["ClientSecretDescriptor"]["ClientSecretValue"]
    )
    assert app.sign_in(name)["AccessToken"]
    assert second.sign_in(name)["AccessToken"]
