"""The password flows: docs/behaviours/sign-in.md."""

import pytest

from tests.behaviours.wording import (
    DISABLED,
    INCORRECT,
    NO_USER,
    UNCONFIRMED,
    invalid,
    missing,
    no_client,
)
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Wire, holds, refused, unique

NOT_HERE = invalid("Initiate Auth method not supported.")
PARTS = {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}


@holds("SIGNIN-01")
def test_a_right_password_gives_three_tokens(app: App) -> None:
    step = app.password_step(app.user())
    assert step["ChallengeParameters"] == {}
    tokens = step["AuthenticationResult"]
    assert set(tokens) == PARTS
    assert (tokens["ExpiresIn"], tokens["TokenType"]) == (3600, "Bearer")
    assert set(step) == {"ChallengeParameters", "AuthenticationResult"}


@holds("SIGNIN-02", "SIGNIN-10")
def test_each_flow_belongs_to_its_operation(app: App) -> None:
    given = {"USERNAME": app.user(), "PASSWORD": PASSWORD, "SRP_A": SrpClient("x_y").public}
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"):
        with refused(*NOT_HERE):
            app.initiate(flow, **given)
        assert set(result_of(app.admin_initiate(flow, **given))) == PARTS
    with refused(*NOT_HERE):
        app.admin_initiate("USER_PASSWORD_AUTH", **given)
    assert app.admin_initiate("USER_SRP_AUTH", **given)["ChallengeName"] == "PASSWORD_VERIFIER"


@holds("SIGNIN-03")
def test_a_flow_must_be_allowed(app: App) -> None:
    closed = app.another_client(ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    given = {"USERNAME": app.user(), "PASSWORD": PASSWORD, "SRP_A": SrpClient("x_y").public}
    for flow in ("USER_PASSWORD_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH"):
        with refused(*invalid(f"{flow} flow not enabled for this client")):
            closed.initiate(flow, **given)
    with refused(*invalid("Auth flow not enabled for this client")):
        closed.admin_initiate("ADMIN_USER_PASSWORD_AUTH", **given)
    token = app.sign_in(given["USERNAME"])["RefreshToken"]
    silent = app.another_client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    with refused("InvalidParameterException"):
        silent.refresh(token)


@holds("SIGNIN-03", "CLIENT-07", "CLIENT-08")
@pytest.mark.parametrize(
    "flows, allowed",
    [
        (None, {"USER_SRP_AUTH"}),
        ([], {"USER_SRP_AUTH"}),
        (["ALLOW_USER_PASSWORD_AUTH"], {"USER_PASSWORD_AUTH"}),
        (["USER_PASSWORD_AUTH"], {"USER_PASSWORD_AUTH", "USER_SRP_AUTH"}),
        (["ADMIN_NO_SRP_AUTH"], {"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH", "USER_SRP_AUTH"}),
        (["ALLOW_ADMIN_USER_PASSWORD_AUTH"], {"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}),
        (["CUSTOM_AUTH_FLOW_ONLY"], set()),
    ],
)
def test_the_list_of_flows_decides(app: App, flows: list[str] | None, allowed: set[str]) -> None:
    given = {"ClientName": unique(), "UserPoolId": app.pool_id}
    if flows is not None:
        given["ExplicitAuthFlows"] = flows  # type: ignore[assignment] # one call, two types
    made = app.wire.call("CreateUserPoolClient", **given)["UserPoolClient"]
    client = App(app.wire, app.pool_id, made["ClientId"])
    parameters = {"USERNAME": app.user(), "PASSWORD": PASSWORD, "SRP_A": SrpClient("x_y").public}
    for flow in (
        *("USER_PASSWORD_AUTH", "USER_SRP_AUTH"),
        *("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    ):
        start = client.admin_initiate if flow.startswith("ADMIN") else client.initiate
        if flow in allowed:
            assert start(flow, **parameters)
        else:
            with refused("InvalidParameterException"):
                start(flow, **parameters)


@holds("SIGNIN-04")
@pytest.mark.parametrize(
    "flow, given, absent",
    [
        ("USER_PASSWORD_AUTH", {}, "USERNAME"),
        ("USER_PASSWORD_AUTH", {"USERNAME": "u"}, "PASSWORD"),
        ("USER_PASSWORD_AUTH", {"PASSWORD": "p"}, "USERNAME"),
        ("USER_SRP_AUTH", {"SRP_A": "1a"}, "USERNAME"),
        ("USER_SRP_AUTH", {"USERNAME": "u"}, "SRP_A"),
        ("ADMIN_USER_PASSWORD_AUTH", {"USERNAME": "u"}, "PASSWORD"),
        ("REFRESH_TOKEN_AUTH", {}, "REFRESH_TOKEN"),
        ("REFRESH_TOKEN", {}, "REFRESH_TOKEN"),
    ],
)
def test_a_missing_parameter_is_named(
    app: App, flow: str, given: dict[str, str], absent: str
) -> None:
    start = app.admin_initiate if flow.startswith("ADMIN") else app.initiate
    with refused(*missing(absent)):
        start(flow, **given)


@holds("SIGNIN-04")
def test_parameters_may_be_absent_altogether(app: App) -> None:
    members = {"ClientId": app.client_id, "AuthFlow": "USER_PASSWORD_AUTH"}
    with refused(*missing("USERNAME")):
        app.wire.call("InitiateAuth", **members)


@holds("SIGNIN-05")
@pytest.mark.parametrize(
    "password",
    ["Wrong-Horse-1", PASSWORD.lower(), PASSWORD + "x", PASSWORD[:-1], "0"],
)
def test_a_wrong_password_is_refused(app: App, password: str) -> None:
    name = app.user()
    with refused(*INCORRECT):
        app.password_step(name, password)
    with refused(*INCORRECT):
        app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=password)
    with refused(*INCORRECT):
        app.srp_step(name, password)
    assert app.sign_in(name)["AccessToken"]


@holds("SIGNIN-05")
def test_passwords_of_all_scripts_keep_their_form(app: App) -> None:
    composed, decomposed = "Pässwörd-7", "Pa\u0308sswo\u0308rd-7"
    name = app.user("", composed)
    assert app.sign_in(name, composed)["AccessToken"]
    assert app.srp_step(name, composed)["AuthenticationResult"]
    with refused(*INCORRECT):
        app.password_step(name, decomposed)


@holds("SIGNIN-06")
def test_the_state_is_told_only_after_the_right_password(app: App) -> None:
    unconfirmed, disabled = unique(), app.user()
    app.sign_up(unconfirmed)
    app.admin("AdminDisableUser", disabled)
    for name, words in ((unconfirmed, UNCONFIRMED), (disabled, DISABLED)):
        for attempt in (app.password_step, app.srp_step):
            with refused(*INCORRECT):
                attempt(name, "Wrong-Horse-1")
            with refused(*words):
                attempt(name)


@holds("SIGNIN-09", "CLIENT-20")
def test_a_client_of_another_pool_is_not_found(app: App, wire: Wire) -> None:
    other = an_app(wire, a_pool(wire))
    name = app.user()
    other.user(name, "Another-Horse-8")
    mixed = App(wire, app.pool_id, other.client_id)
    with refused(*no_client(other.client_id)):
        mixed.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
    for operation in ("DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"):
        with refused(*no_client(other.client_id)):
            wire.call(operation, UserPoolId=app.pool_id, ClientId=other.client_id)
    with refused(*INCORRECT):
        other.password_step(name, PASSWORD)


@holds("SIGNIN-80")
def test_an_unknown_user_is_told_where_nothing_is_hidden(app: App) -> None:
    nobody = unique("nobody")
    with refused(*NO_USER):
        app.password_step(nobody)
    with refused(*NO_USER):
        app.srp_step(nobody)
    with refused(*NO_USER):
        app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=nobody, PASSWORD=PASSWORD)


def test_unknown_parameters_are_ignored(app: App) -> None:
    given = {"USERNAME": app.user(), "PASSWORD": PASSWORD, "SOMETHING": "else"}
    assert result_of(app.initiate("USER_PASSWORD_AUTH", **given))
