"""What is refused of an app client, and its lists and end: docs/behaviours/clients.md."""

import pytest

from tests.behaviours.wording import UNCONFIRMED, UNWRITABLE, invalid, no_client
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, attributes, holds, refused, unique

OAUTH = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "CallbackURLs": ["https://app.example.com/"],
}
ANALYTICS = (
    "Invalid analytics configuration given, either <application arn> or <application id, role "
    "arn, external id> are valid"
)
LEGACY = "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."
WRITE = "Invalid write attributes specified while creating a client"
READ = "Invalid read attributes specified while creating a client"


@pytest.fixture(scope="module")
def pool(wire: Wire) -> str:
    """Return a pool that demands an address and has an attribute of its own."""
    schema = [
        {"Name": "email", "AttributeDataType": "String", "Required": True},
        {"Name": "team", "AttributeDataType": "String"},
    ]
    return a_pool(wire, Schema=schema)


def create(wire: Wire, pool: str, **settings: Json) -> dict[str, Json]:
    given = {"UserPoolId": pool, "ClientName": unique(), **settings}
    made: dict[str, Json] = wire.call("CreateUserPoolClient", **given)["UserPoolClient"]
    return made


REFUSALS: list[tuple[dict[str, Json], str, str | None]] = [
    (
        {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"]},
        "InvalidParameterException",
        LEGACY,
    ),
    *(
        ({"WriteAttributes": names}, "InvalidParameterException", WRITE)
        for names in (
            ["email", "nothing"],
            ["email", "custom:nothing"],
            ["email", "sub"],
            ["email", "email_verified"],
            ["email", "phone_number_verified"],
            ["email", "identities"],
            ["name"],
        )
    ),
    ({"ReadAttributes": ["nothing"]}, "InvalidParameterException", READ),
    ({"ReadAttributes": ["custom:nothing"]}, "InvalidParameterException", READ),
    (
        {"AllowedOAuthFlowsUserPoolClient": True},
        "InvalidParameterException",
        (
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is "
            "allowed to use OAuth flows."
        ),
    ),
    (
        {**OAUTH, "CallbackURLs": []},
        "InvalidParameterException",
        "CallbackUrls can not be empty when code flow or implicit flow is selected",
    ),
    (
        {"CallbackURLs": ["http://app.example.com/"]},
        "InvalidParameterException",
        "http://app.example.com/ cannot use the HTTP protocol.",
    ),
    (
        {"CallbackURLs": ["https://a.example.com"], "DefaultRedirectURI": "https://b.example.com"},
        "InvalidParameterException",
        "The default redirect URI https://b.example.com is not in the callback URIs list.",
    ),
    ({"CallbackURLs": ["https://a.example.com/#x"]}, "InvalidParameterException", None),
    ({"CallbackURLs": ["/relative"]}, "InvalidParameterException", None),
    (
        {**OAUTH, "AllowedOAuthFlows": ["client_credentials", "code"], "GenerateSecret": True},
        "InvalidOAuthFlowException",
        "client_credentials flow can not be selected along with code flow or implicit flow.",
    ),
    (
        {**OAUTH, "AllowedOAuthFlows": ["client_credentials"]},
        "InvalidOAuthFlowException",
        ("client_credentials flow can not be selected if client does not have a client secret."),
    ),
    (
        {**OAUTH, "AllowedOAuthScopes": ["openid", "nothing/read"]},
        "ScopeDoesNotExistException",
        "Invalid scope requested: nothing/read",
    ),
    (
        {"AnalyticsConfiguration": {"ApplicationId": "0123456789abcdef"}},
        "InvalidParameterException",
        ANALYTICS,
    ),
    ({"AnalyticsConfiguration": {}}, "InvalidParameterException", ANALYTICS),
    ({"AuthSessionValidity": 2}, "InvalidParameterException", None),
    ({"AuthSessionValidity": 16}, "InvalidParameterException", None),
    (
        {
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
            "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 61},
        },
        "InvalidParameterException",
        None,
    ),
    (
        {"EnablePropagateAdditionalUserContextData": True},
        "InvalidParameterException",
        "EnablePropagateAdditionalUserContextData can only be enabled for clients with a secret",
    ),
]


@holds(
    *("CLIENT-06", "CLIENT-10", "CLIENT-11", "CLIENT-12"),
    *("CLIENT-13", "CLIENT-14", "CLIENT-18"),
)
@pytest.mark.parametrize("settings, code, message", REFUSALS)
def test_a_client_is_refused_in_these_words(
    wire: Wire, pool: str, settings: dict[str, Json], code: str, message: str | None
) -> None:
    with refused(code, message):
        create(wire, pool, **settings)
    if "GenerateSecret" in settings:
        return
    made = create(wire, pool)
    with refused(code, message):
        wire.call("UpdateUserPoolClient", UserPoolId=pool, ClientId=made["ClientId"], **settings)


@holds("CLIENT-12")
def test_an_unknown_provider_is_refused(wire: Wire, pool: str) -> None:
    message = f"The provider Nothing does not exist for User Pool {pool}"
    with refused(*invalid(message)):
        create(wire, pool, SupportedIdentityProviders=["COGNITO", "Nothing"])


@holds("CLIENT-16")
def test_a_deleted_client_no_longer_exists(app: App) -> None:
    client = app.another_client()
    name = app.user()
    about = {"UserPoolId": app.pool_id, "ClientId": client.client_id}
    app.wire.call("DeleteUserPoolClient", **about)
    gone = no_client(client.client_id)
    for operation in ("DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"):
        with refused(*gone):
            app.wire.call(operation, **about)
    with refused(*gone):
        client.password_step(name)
    with refused(*gone):
        client.sign_up(unique())
    with refused(*gone):
        client.call("ForgotPassword", name)
    with refused(*gone):
        client.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)


@holds("CLIENT-17", "CLIENT-19")
def test_clients_are_listed_in_pages(wire: Wire) -> None:
    pool = a_pool(wire)
    made = {create(wire, pool, ClientName="same")["ClientId"] for _ in range(5)}
    seen: list[str] = []
    carried: dict[str, Json] = {}
    for _ in range(10):
        page = wire.call("ListUserPoolClients", UserPoolId=pool, MaxResults=2, **carried)
        assert len(page["UserPoolClients"]) <= 2
        seen += [entry["ClientId"] for entry in page["UserPoolClients"]]
        if "NextToken" not in page:
            break
        carried = {"NextToken": page["NextToken"]}
    assert sorted(seen) == sorted(made)
    assert len(wire.call("ListUserPoolClients", UserPoolId=pool)["UserPoolClients"]) == 5
    for number in (0, 61):
        with refused("InvalidParameterException"):
            wire.call("ListUserPoolClients", UserPoolId=pool, MaxResults=number)


@holds("CLIENT-20")
def test_users_belong_to_the_pool_and_not_to_the_client(app: App) -> None:
    name = unique()
    app.another_client().sign_up(name)
    app.admin("AdminConfirmSignUp", name)
    assert app.sign_in(name)["AccessToken"]


@holds("CLIENT-10")
def test_an_immutable_attribute_may_be_written_at_sign_up(wire: Wire) -> None:
    schema = [{"Name": "badge", "AttributeDataType": "String", "Mutable": False}]
    app = an_app(wire, a_pool(wire, Schema=schema), WriteAttributes=["custom:badge", "name"])
    name = unique()
    app.sign_up(name, custom__badge="one")
    with refused(*UNCONFIRMED):
        app.password_step(name)
    app.admin("AdminConfirmSignUp", name)
    access = app.sign_in(name)["AccessToken"]
    with refused(*UNWRITABLE):
        wire.call(
            "UpdateUserAttributes",
            AccessToken=access,
            UserAttributes=attributes({"nickname": "x"}),
        )
