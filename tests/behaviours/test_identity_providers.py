"""Identity providers: docs/behaviours/identity-providers.md. SAML: test_saml_providers.py."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.behaviours.identity_providers import OAUTH, OIDC, about, create, metadata
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, race, refused, unique

APPLE: Final = {
    "client_id": "service",
    "team_id": "TEAM",
    "key_id": "KEY",
    "private_key": "MIGT-never-told",
    "authorize_scopes": "email name",
}
GOOGLE_ADDED: Final = {
    "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
    "attributes_url_add_attributes": "true",
    "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
    "oidc_issuer": "https://accounts.google.com",
    "token_request_method": "POST",
    "token_url": "https://www.googleapis.com/oauth2/v4/token",
}


@holds("IDP-01", "IDP-02")
@pytest.mark.parametrize(
    "kind, details, added, hidden",
    [
        ("Google", OAUTH, GOOGLE_ADDED, ()),
        (
            "Facebook",
            {**OAUTH, "api_version": "v19.0"},
            {
                "attributes_url": "https://graph.facebook.com/v19.0/me?fields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://www.facebook.com/v19.0/dialog/oauth",
                "token_request_method": "GET",
                "token_url": "https://graph.facebook.com/v19.0/oauth/access_token",
            },
            (),
        ),
        (
            "LoginWithAmazon",
            OAUTH,
            {
                "attributes_url": "https://api.amazon.com/user/profile",
                "attributes_url_add_attributes": "false",
                "authorize_url": "https://www.amazon.com/ap/oa",
                "token_request_method": "POST",
                "token_url": "https://api.amazon.com/auth/o2/token",
            },
            (),
        ),
        (
            "SignInWithApple",
            APPLE,
            {
                "attributes_url_add_attributes": "false",
                "authorize_url": "https://appleid.apple.com/auth/authorize",
                "oidc_issuer": "https://appleid.apple.com",
                "token_request_method": "POST",
                "token_url": "https://appleid.apple.com/auth/token",
            },
            ("private_key",),
        ),
    ],
)
def test_a_social_provider_is_told_with_its_addresses(
    wire: Wire, kind: str, details: dict[str, str], added: dict[str, str], hidden: tuple[str, ...]
) -> None:
    pool_id = a_pool(wire)
    mapping = {"email": "email"}
    made = create(wire, pool_id, kind, kind, ProviderDetails=details, AttributeMapping=mapping)
    shown = {key: value for key, value in details.items() if key not in hidden}
    assert made["ProviderDetails"] == {**shown, **added}
    subject = {"Facebook": "id", "LoginWithAmazon": "user_id"}.get(kind, "sub")
    assert made["AttributeMapping"] == {"email": "email", "username": subject}
    assert about(wire, "DescribeIdentityProvider", pool_id, kind) == made
    with refused("InvalidParameterException"):
        create(wire, pool_id, kind, f"{kind}2", ProviderDetails=details)
    for missing in details:
        if missing != "api_version":
            fewer = {key: value for key, value in details.items() if key != missing}
            with refused("InvalidParameterException"):
                create(wire, a_pool(wire), kind, kind, ProviderDetails=fewer)


@holds("IDP-01", "IDP-03")
def test_an_oidc_provider_is_told_as_it_was_made(app: App, wire: Wire) -> None:
    made = create(
        wire,
        app.pool_id,
        AttributeMapping={"email": "mail", "name": "full name"},
        IdpIdentifiers=["Example.com"],
        AcrMapping={"Level3": "strong"},
    )
    assert made["ProviderType"] == "OIDC"
    assert made["ProviderDetails"] == {**OIDC, "attributes_url_add_attributes": "false"}
    assert made["AttributeMapping"] == {"email": "mail", "name": "full name", "username": "sub"}
    assert (made["IdpIdentifiers"], made["AcrMapping"]) == (["Example.com"], {"Level3": "strong"})
    name = made["ProviderName"]
    assert about(wire, "DescribeIdentityProvider", app.pool_id, name) == made
    found = wire.call(
        "GetIdentityProviderByIdentifier", UserPoolId=app.pool_id, IdpIdentifier="example.COM"
    )
    assert found["IdentityProvider"] == made
    assert (
        "client_secret"
        not in create(
            wire,
            app.pool_id,
            ProviderDetails={key: value for key, value in OIDC.items() if key != "client_secret"},
        )["ProviderDetails"]
    )


@holds("IDP-03")
@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://issuer.example.com"},
        {"oidc_issuer": "https://issuer.example.com/"},
        {"oidc_issuer": "https://issuer.example.com:8443"},
        {"oidc_issuer": "https://issuer.example.com?x=y"},
        {"oidc_issuer": "https://user@issuer.example.com"},
        {"oidc_issuer": "issuer.example.com"},
        {"oidc_issuer": "https://[::1"},
        {"oidc_issuer": ""},
        {"attributes_request_method": "PUT"},
        {"token_url": "http://issuer.example.com/token"},
        {"authorize_url": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
        {"client_id": ""},
        {"authorize_scopes": ""},
    ],
)
def test_oidc_details_that_cannot_work_are_refused(
    app: App, wire: Wire, wrong: dict[str, str]
) -> None:
    with refused("InvalidParameterException"):
        create(wire, app.pool_id, ProviderDetails={**OIDC, **wrong})
    local = {"oidc_issuer": "http://localhost:9000/realm"}
    create(wire, app.pool_id, ProviderDetails={**OIDC, **local})


@holds("IDP-06")
@pytest.mark.parametrize(
    "name, kind, details",
    [
        ("COGNITO", "OIDC", OIDC),
        ("Cognito", "OIDC", OIDC),
        ("_leading", "OIDC", OIDC),
        ("trailing_", "OIDC", OIDC),
        (" blank", "OIDC", OIDC),
        ("x" * 33, "OIDC", OIDC),
        ("", "OIDC", OIDC),
        ("name", "LinkedIn", OIDC),
    ],
)
def test_what_a_provider_cannot_be_called(
    app: App, wire: Wire, name: str, kind: str, details: dict[str, str]
) -> None:
    with refused("InvalidParameterException"):
        wire.call(
            "CreateIdentityProvider",
            UserPoolId=app.pool_id,
            ProviderName=name,
            ProviderType=kind,
            ProviderDetails=details,
        )


@holds("IDP-06", "IDP-07")
def test_a_name_is_taken_once_in_a_pool(app: App, wire: Wire) -> None:
    create(wire, app.pool_id, name="SAML_provider_1")
    with refused("DuplicateProviderException", "A provider with the same name already exists."):
        create(wire, app.pool_id, name="SAML_provider_1")
    create(wire, a_pool(wire), name="SAML_provider_1")


@holds("IDP-08")
def test_an_identifier_belongs_to_one_provider(app: App, wire: Wire) -> None:
    first = create(wire, app.pool_id, IdpIdentifiers=["one.example", "two.example"])
    for taken in (["ONE.example"], ["new.example", "NEW.example"]):
        with refused("InvalidParameterException"):
            create(wire, app.pool_id, IdpIdentifiers=taken)
    about(
        wire,
        "UpdateIdentityProvider",
        app.pool_id,
        first["ProviderName"],
        IdpIdentifiers=["two.example"],
    )
    second = create(wire, app.pool_id, IdpIdentifiers=["one.example"])
    with refused("InvalidParameterException"):
        about(
            wire,
            "UpdateIdentityProvider",
            app.pool_id,
            second["ProviderName"],
            IdpIdentifiers=["two.example"],
        )
    by_name = {"UserPoolId": app.pool_id, "IdpIdentifier": "one.example"}
    assert wire.call("GetIdentityProviderByIdentifier", **by_name)["IdentityProvider"] == second
    about(wire, "DeleteIdentityProvider", app.pool_id, second["ProviderName"])
    with refused("ResourceNotFoundException"):
        wire.call("GetIdentityProviderByIdentifier", **by_name)


@holds("IDP-09")
def test_an_update_leaves_what_is_not_said(app: App, wire: Wire) -> None:
    made = create(
        wire,
        app.pool_id,
        AttributeMapping={"email": "mail"},
        IdpIdentifiers=["kept.example"],
        AcrMapping={"Level1": "weak"},
    )
    name = made["ProviderName"]

    def update(**members: Json) -> Json:
        return about(wire, "UpdateIdentityProvider", app.pool_id, name, **members)

    kept = update()
    members = ("ProviderDetails", "AttributeMapping", "IdpIdentifiers", "AcrMapping")
    assert [kept[member] for member in members] == [made[member] for member in members]
    other = {**OIDC, "client_id": "other"}
    other.pop("client_secret")
    assert "client_secret" not in update(ProviderDetails=other)["ProviderDetails"]
    assert update(AttributeMapping={"name": "n"})["AttributeMapping"] == {
        "name": "n",
        "username": "sub",
    }
    assert "AcrMapping" not in update(AcrMapping={})
    assert "IdpIdentifiers" not in update(IdpIdentifiers=[])
    with refused("InvalidParameterException"):
        update(ProviderDetails={})


@holds("IDP-10")
def test_a_key_that_is_never_told_stays(wire: Wire) -> None:
    pool_id = a_pool(wire)
    create(wire, pool_id, "SignInWithApple", "SignInWithApple", ProviderDetails=APPLE)
    told = about(wire, "DescribeIdentityProvider", pool_id, "SignInWithApple")["ProviderDetails"]
    assert "private_key" not in told
    about(wire, "UpdateIdentityProvider", pool_id, "SignInWithApple", ProviderDetails=told)


@holds("IDP-11")
def test_a_mapping_leads_to_attributes_that_exist(wire: Wire) -> None:
    schema = [{"Name": "level", "AttributeDataType": "Number"}]
    pool_id = a_pool(wire, Schema=schema)
    made = create(wire, pool_id, AttributeMapping={"custom:level": "level"})
    for wrong in ("custom:other", "nothing", "sub", "identities"):
        with refused("InvalidParameterException"):
            create(wire, pool_id, AttributeMapping={wrong: "claim"})
        with refused("InvalidParameterException"):
            about(
                wire,
                "UpdateIdentityProvider",
                pool_id,
                made["ProviderName"],
                AttributeMapping={wrong: "claim"},
            )


@holds("IDP-12")
@pytest.mark.parametrize("mapping", [{"Level5": "x"}, {"level1": "x"}, {"Level1": "a b"}])
def test_levels_are_of_oidc_providers(app: App, wire: Wire, mapping: dict[str, str]) -> None:
    with refused("InvalidParameterException"):
        create(wire, app.pool_id, AcrMapping=mapping)
    saml = {"MetadataFile": metadata()}
    with refused("InvalidParameterException"):
        create(wire, app.pool_id, "SAML", ProviderDetails=saml, AcrMapping={"Level1": "x"})


@holds("IDP-13")
def test_an_unknown_provider_is_told(app: App, wire: Wire) -> None:
    known, foreign = create(wire, app.pool_id)["ProviderName"], a_pool(wire)
    for pool_id, name in ((app.pool_id, "nothing"), (foreign, known)):
        for operation in (
            "DescribeIdentityProvider",
            "UpdateIdentityProvider",
            "DeleteIdentityProvider",
        ):
            text = f"Identity provider {name} does not exist."
            with refused("ResourceNotFoundException", text):
                about(wire, operation, pool_id, name)


@holds("IDP-14", "CLIENT-12")
def test_a_deleted_provider_leaves_every_client(wire: Wire) -> None:
    pool_id = a_pool(wire)
    name = create(wire, pool_id)["ProviderName"]
    app = an_app(wire, pool_id, SupportedIdentityProviders=["COGNITO", name])
    other = an_app(wire, pool_id, SupportedIdentityProviders=[name])
    with refused(
        "InvalidParameterException", f"The provider nobody does not exist for User Pool {pool_id}"
    ):
        an_app(wire, pool_id, SupportedIdentityProviders=["nobody"])
    about(wire, "DeleteIdentityProvider", pool_id, name)

    def listed(client_id: str) -> list[str]:
        found = wire.call("DescribeUserPoolClient", UserPoolId=pool_id, ClientId=client_id)
        providers: list[str] = found["UserPoolClient"].get("SupportedIdentityProviders", [])
        return providers

    assert listed(app.client_id) == ["COGNITO"]
    assert listed(other.client_id) == []
    create(wire, pool_id, name=name)
    assert listed(app.client_id) == ["COGNITO"]
    app.sign_in(app.user())


@holds("IDP-16")
def test_lists_tell_no_details_and_are_paged(wire: Wire) -> None:
    pool_id = a_pool(wire)
    names = [create(wire, pool_id, name=f"idp-{number}")["ProviderName"] for number in range(5)]
    seen: list[str] = []
    carried: dict[str, Json] = {}
    for _ in range(5):
        page = wire.call("ListIdentityProviders", UserPoolId=pool_id, MaxResults=2, **carried)
        for provider in page["Providers"]:
            assert set(provider) == {
                *("ProviderName", "ProviderType", "LastModifiedDate", "CreationDate")
            }
        seen += [provider["ProviderName"] for provider in page["Providers"]]
        if "NextToken" not in page:
            break
        carried = {"NextToken": page["NextToken"]}
    assert sorted(seen) == names
    everything = wire.call("ListIdentityProviders", UserPoolId=pool_id, MaxResults=0)
    assert len(everything["Providers"]) == 5
    foreign = wire.call("ListIdentityProviders", UserPoolId=a_pool(wire))
    assert foreign["Providers"] == []
    for wrong in ({"MaxResults": 61}, {"NextToken": "broken"}):
        with refused("InvalidParameterException"):
            wire.call("ListIdentityProviders", UserPoolId=pool_id, **wrong)


@holds("IDP-17")
@pytest.mark.parametrize(
    "act",
    [
        lambda wire, pool_id, name, _: create(wire, pool_id, name=name),
        lambda wire, pool_id, _, shared: create(wire, pool_id, IdpIdentifiers=[shared]),
    ],
    ids=["name", "identifier"],
)
def test_one_of_many_racers_wins(
    app: App, wire: Wire, act: Callable[[Wire, str, str, str], Json]
) -> None:
    name, shared = unique("raced"), unique("raced.example")
    done, refusals = race(8, lambda: act(wire, app.pool_id, name, shared))
    assert len(done) == 1
    codes = {refusal.code for refusal in refusals}
    assert codes <= {"DuplicateProviderException", "InvalidParameterException"}
