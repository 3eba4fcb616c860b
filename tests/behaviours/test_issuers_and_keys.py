"""Two issuers of a pool, its key, registration and SMS: docs/behaviours/tokens.md, pools.md."""

import pytest

from tests.behaviours.wording import REVOKED_ACCESS
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.support import Json, Wire, claims_of, holds, race, refused, secret_hash

KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4123-8123-123456789012"
ROLE = "arn:aws:iam::123456789012:role/sms"
DCR_DEFAULTS = {
    "EnableStatus": "Enabled",
    "OpenDcrEnabled": False,
    "AuthenticatedGrantTypes": ["code", "client_credentials"],
    "OpenDcrGrantTypes": ["code"],
}


def described(wire: Wire, pool_id: str) -> dict[str, Json]:
    found: dict[str, Json] = wire.call("DescribeUserPool", UserPoolId=pool_id)["UserPool"]
    return found


def switch(app: App, kind: str) -> None:
    app.wire.call("UpdateUserPool", UserPoolId=app.pool_id, IssuerConfiguration={"Type": kind})


def issuer_of(tokens: dict[str, Json]) -> str:
    issuers = {claims_of(tokens[kind])["iss"] for kind in ("IdToken", "AccessToken")}
    (issuer,) = issuers
    assert isinstance(issuer, str)
    return issuer


@holds("TOKEN-60", "TOKEN-61")
def test_a_switch_of_issuers_shows_at_once_and_ends_nothing(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    name = app.user()
    before = app.sign_in(name)
    switch(app, "UPDATED")
    after = app.refresh(before["RefreshToken"])
    wire.call("UpdateUserPool", UserPoolId=app.pool_id)
    kept = app.sign_in(name)
    switch(app, "ORIGINAL")
    back = app.sign_in(name)
    assert issuer_of(before) == issuer_of(back) == f"{wire.base_url}/{app.pool_id}"
    assert issuer_of(after) == issuer_of(kept) == f"{wire.base_url}/issuer/{app.pool_id}"
    for tokens in (before, after, kept, back):
        assert wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name
    wire.call("RevokeToken", ClientId=app.client_id, Token=before["RefreshToken"])
    for tokens in (before, after):
        with refused(*REVOKED_ACCESS):
            wire.call("GetUser", AccessToken=tokens["AccessToken"])


@holds("TOKEN-62")
@pytest.mark.parametrize("kind", ["ORIGINAL", "UPDATED"])
def test_both_issuers_publish_at_their_own_address(wire: Wire, kind: str) -> None:
    pool_id = a_pool(wire, IssuerConfiguration={"Type": kind})
    keys = []
    for place in (f"/{pool_id}", f"/issuer/{pool_id}"):
        document = wire.exchange("GET", f"{place}/.well-known/openid-configuration").json()
        assert document["issuer"] == f"{wire.base_url}{place}"
        assert document["jwks_uri"] == f"{wire.base_url}{place}/.well-known/jwks.json"
        keys.append(wire.exchange("GET", f"{place}/.well-known/jwks.json").json())
    assert keys[0] == keys[1]
    for nowhere in (
        f"/issuer/issuer/{pool_id}",
        f"/other/{pool_id}",
        "/issuer/us-east-1_nothing00",
    ):
        assert wire.exchange("GET", f"{nowhere}/.well-known/jwks.json").status == 404


@holds("TOKEN-60", "POOL-30")
def test_issuer_and_key_are_told_only_where_they_were_set(wire: Wire) -> None:
    pool_id = a_pool(wire)
    assert not {"IssuerConfiguration", "KeyConfiguration"} & described(wire, pool_id).keys()
    customer = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY}
    given = {"IssuerConfiguration": {"Type": "UPDATED"}, "KeyConfiguration": customer}
    wire.call("UpdateUserPool", UserPoolId=pool_id, **given)
    wire.call("UpdateUserPool", UserPoolId=pool_id)
    told = described(wire, pool_id)
    assert {name: told[name] for name in given} == given
    owned = {"KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"}}
    wire.call("UpdateUserPool", UserPoolId=pool_id, **owned)
    assert described(wire, pool_id)["KeyConfiguration"] == owned["KeyConfiguration"]


@holds("POOL-30", "POOL-31", "POOL-32")
@pytest.mark.parametrize(
    "settings",
    [
        {"IssuerConfiguration": {"Type": "OTHER"}},
        {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY"}},
        {"KeyConfiguration": {"KeyType": "AWS_OWNED_KEY", "KmsKeyArn": KEY}},
        {
            "KeyConfiguration": {
                "KeyType": "CUSTOMER_MANAGED_KEY",
                "KmsKeyArn": "no-arn-at-all-here",
            }
        },
        {"DcrConfiguration": {"EnableStatus": "Maybe"}},
        {"DcrConfiguration": {"OpenDcrGrantTypes": ["password"]}},
        {"DcrConfiguration": {"AllowedScopes": ["a b"]}},
        {"SmsConfiguration": {}},
        {"SmsConfiguration": {"SnsCallerArn": ""}},
        {"SmsConfiguration": {**SMS_ROLE, "EumsSms": {"CallerArn": ROLE}}},
        {"SmsConfiguration": {"EumsSms": {}}},
        {"SmsConfiguration": {"EumsSms": {"CallerArn": ROLE, "Region": "eu-west-1"}}},
    ],
)
def test_settings_that_contradict_themselves_are_refused(
    wire: Wire, app: App, settings: dict[str, Json]
) -> None:
    with refused("InvalidParameterException"):
        a_pool(wire, **settings)
    with refused("InvalidParameterException"):
        wire.call("UpdateUserPool", UserPoolId=app.pool_id, **settings)


@holds("POOL-31")
def test_registration_is_told_whole_and_replaced_whole(wire: Wire) -> None:
    pool_id = a_pool(wire)
    assert "DcrConfiguration" not in described(wire, pool_id)
    wire.call("UpdateUserPool", UserPoolId=pool_id, DcrConfiguration={})
    assert described(wire, pool_id)["DcrConfiguration"] == DCR_DEFAULTS
    given = {
        "EnableStatus": "Disabled",
        "OpenDcrEnabled": True,
        "AuthenticatedGrantTypes": [],
        "OpenDcrGrantTypes": ["code", "implicit"],
        "AllowedScopes": ["openid", "api/read"],
    }
    wire.call("UpdateUserPool", UserPoolId=pool_id, DcrConfiguration=given)
    wire.call("UpdateUserPool", UserPoolId=pool_id)
    assert described(wire, pool_id)["DcrConfiguration"] == given
    wire.call("UpdateUserPool", UserPoolId=pool_id, DcrConfiguration={"OpenDcrEnabled": True})
    replaced = {**DCR_DEFAULTS, "OpenDcrEnabled": True}
    assert described(wire, pool_id)["DcrConfiguration"] == replaced


@holds("POOL-32")
def test_either_sender_of_sms_is_told_as_given(wire: Wire) -> None:
    eums = {
        "CallerArn": ROLE,
        "ExternalId": "external",
        "OriginationIdentity": "+15005550006",
        "ConfigurationSetName": "set",
        "InEntityId": "1101456324400012345",
        "InTemplateId": "1107161234567890123",
        "Region": "us-east-1",
    }
    for sender in (SMS_ROLE, {"EumsSms": eums}, {"SnsCallerArn": "", "EumsSms": eums}):
        pool_id = a_pool(wire, SmsConfiguration=sender)
        assert described(wire, pool_id)["SmsConfiguration"] == sender


@holds("CLIENT-30")
def test_clients_are_listed_by_type(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    named = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    told = wire.call("DescribeUserPoolClient", **named)["UserPoolClient"]
    assert told["ClientType"] == "REGULAR"
    assert wire.call("UpdateUserPoolClient", **named)["UserPoolClient"]["ClientType"] == "REGULAR"
    for kind, expected in (("REGULAR", [app.client_id]), ("DCR", [])):
        page = wire.call("ListUserPoolClients", UserPoolId=app.pool_id, ClientType=kind)
        assert [client["ClientId"] for client in page["UserPoolClients"]] == expected
        assert all("ClientType" not in client for client in page["UserPoolClients"])
    with refused("InvalidParameterException"):
        wire.call("ListUserPoolClients", UserPoolId=app.pool_id, ClientType="OTHER")


@holds("CLIENT-31")
def test_two_secrets_are_as_good_as_each_other(wire: Wire, app: App, secret_app: App) -> None:
    client = app.another_client(GenerateSecret=True)
    named = {"UserPoolId": client.pool_id, "ClientId": client.client_id}
    own = "own-secret".replace("-", "_") * 4
    made = wire.call("AddUserPoolClientSecret", **named, ClientSecret=own)
    assert "ClientSecretValue" not in made["ClientSecretDescriptor"]
    with refused("LimitExceededException"):
        wire.call("AddUserPoolClientSecret", **named)
    second = App(wire, client.pool_id, client.client_id, own)
    name = client.user()
    for one in (client, second):
        tokens = one.sign_in(name)
        assert one.refresh(tokens["RefreshToken"], name)["AccessToken"]
        given = {"ClientId": client.client_id, "RefreshToken": tokens["RefreshToken"]}
        assert wire.call("GetTokensFromRefreshToken", **given, ClientSecret=one.secret)
        wire.call(
            "RevokeToken",
            ClientId=client.client_id,
            Token=tokens["RefreshToken"],
            ClientSecret=own,
        )
    first = wire.call("ListUserPoolClientSecrets", **named)["ClientSecrets"][0]
    wire.call("DeleteUserPoolClientSecret", **named, ClientSecretId=first["ClientSecretId"])
    with refused("NotAuthorizedException"):
        client.sign_in(name)
    assert second.sign_in(name)["AccessToken"]
    with refused("ResourceNotFoundException"):
        wire.call("DeleteUserPoolClientSecret", **named, ClientSecretId=first["ClientSecretId"])
    last = made["ClientSecretDescriptor"]["ClientSecretId"]
    with refused("InvalidParameterException"):
        wire.call("DeleteUserPoolClientSecret", **named, ClientSecretId=last)
    public = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    with refused("InvalidParameterException"):
        wire.call("AddUserPoolClientSecret", **public)
    stolen = secret_hash(name, client.client_id, str(secret_app.secret))
    with refused("NotAuthorizedException"):
        second.initiate(
            "USER_PASSWORD_AUTH", USERNAME=name, PASSWORD="Correct-Horse-7", SECRET_HASH=stolen
        )


@holds("CLIENT-31")
def test_racing_secrets_leave_two_and_one(wire: Wire, app: App) -> None:
    client = app.another_client(GenerateSecret=True)
    named = {"UserPoolId": client.pool_id, "ClientId": client.client_id}
    won, lost = race(6, lambda: wire.call("AddUserPoolClientSecret", **named))
    assert (len(won), {refusal.code for refusal in lost}) == (1, {"LimitExceededException"})
    ids = [each["ClientSecretId"] for each in list_of(wire, named)]
    won, lost = race(
        2, lambda: wire.call("DeleteUserPoolClientSecret", **named, ClientSecretId=ids.pop())
    )
    assert (len(won), len(lost), len(list_of(wire, named))) == (1, 1, 1)


def list_of(wire: Wire, named: dict[str, str]) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = wire.call("ListUserPoolClientSecrets", **named)["ClientSecrets"]
    return found
