"""boto3 with nothing changed but its address: what stands around a pool's users."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.sdk import boto
from tests.sdk.support import holds, unique

OIDC: Final = {
    "client_id": "app",
    "client_secret": "secret",
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://issuer.example.com",
}
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(scope="module")
def idp(server_url: str) -> Iterator[Any]:
    """Return a stock client."""
    with boto.client(boto.environment(server_url)) as made:
        yield made


@pytest.fixture
def pool(idp: Any) -> str:
    """Return a pool that keeps events."""
    made = idp.create_user_pool(
        PoolName="app", UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}
    )
    found: str = made["UserPool"]["Id"]
    return found


@holds("IDP-01", "IDP-07", "IDP-13", "IDP-16", "RSERVER-01", "RSERVER-07")
def test_providers_servers_and_the_clients_that_name_them(idp: Any, pool: str) -> None:
    provider = {"UserPoolId": pool, "ProviderName": "corp"}
    made = idp.create_identity_provider(
        **provider, ProviderType="OIDC", ProviderDetails=OIDC, IdpIdentifiers=["corp.example"]
    )["IdentityProvider"]
    with boto.refused_by_sdk("DuplicateProviderException"):
        idp.create_identity_provider(**provider, ProviderType="OIDC", ProviderDetails=OIDC)
    found = idp.describe_identity_provider(**provider)["IdentityProvider"]
    assert found == made
    assert found["ProviderDetails"]["client_secret"] == "secret"
    by_domain = {"UserPoolId": pool, "IdpIdentifier": "corp.example"}
    assert idp.get_identity_provider_by_identifier(**by_domain)["IdentityProvider"] == made
    scope = {"ScopeName": "read", "ScopeDescription": "Read"}
    idp.create_resource_server(UserPoolId=pool, Identifier="api", Name="API", Scopes=[scope])
    settings = {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "CallbackURLs": ["https://app.example.com"],
    }
    client = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="app",
        SupportedIdentityProviders=["COGNITO", "corp"],
        AllowedOAuthScopes=["api/read", "openid"],
        **settings,
    )["UserPoolClient"]
    assert client["SupportedIdentityProviders"] == ["COGNITO", "corp"]
    named = {"UserPoolId": pool, "ClientId": client["ClientId"]}
    with boto.refused_by_sdk("ScopeDoesNotExistException", "Invalid scope requested: api/write"):
        idp.update_user_pool_client(**named, AllowedOAuthScopes=["api/write"], **settings)
    pages = idp.get_paginator("list_identity_providers").paginate(UserPoolId=pool)
    assert [each["ProviderName"] for page in pages for each in page["Providers"]] == ["corp"]
    idp.delete_identity_provider(**provider)
    with boto.refused_by_sdk("ResourceNotFoundException"):
        idp.describe_identity_provider(**provider)


@holds("DOMAIN-01", "DOMAIN-03", "DOMAIN-12", "UI-01", "BRAND-01", "BRAND-02", "TERMS-01")
def test_what_users_see(idp: Any, pool: str) -> None:
    domain = unique("sdk")
    assert idp.describe_user_pool_domain(Domain=domain)["DomainDescription"] == {}
    idp.create_user_pool_domain(UserPoolId=pool, Domain=domain, ManagedLoginVersion=2)
    described = idp.describe_user_pool_domain(Domain=domain)["DomainDescription"]
    assert described["UserPoolId"] == pool
    with boto.refused_by_sdk("InvalidParameterException"):
        idp.delete_user_pool(UserPoolId=pool)
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="app")
    client = {"UserPoolId": pool, "ClientId": made["UserPoolClient"]["ClientId"]}
    page = idp.set_ui_customization(**client, CSS=".label-customizable{}", ImageFile=PNG)
    assert page["UICustomization"]["ImageUrl"].startswith("http")
    style = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}
    settings = {"components": {"form": {"lightMode": {"backgroundColor": "ffffffff"}}}}
    branding = idp.create_managed_login_branding(**client, Settings=settings, Assets=[style])
    told = branding["ManagedLoginBranding"]
    assert (told["Settings"], told["Assets"]) == (settings, [style])
    with boto.refused_by_sdk("ManagedLoginBrandingExistsException"):
        idp.create_managed_login_branding(**client)
    terms = {"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE"}
    links = {"cognito:default": "https://example.com/terms"}
    idp.create_terms(**client, **terms, Links=links)
    with boto.refused_by_sdk("TermsExistsException"):
        idp.create_terms(**client, **terms, Links=links)
    found = idp.describe_terms_by_client(**client, TermsName="terms-of-use")["Terms"]
    assert found["Links"] == links
    idp.delete_user_pool_domain(UserPoolId=pool, Domain=domain)
    idp.delete_user_pool(UserPoolId=pool)


@holds("RISK-01", "RISK-02", "LOGS-01", "EVENT-05", "LINK-01", "LINK-06", "CERT-01")
def test_users_and_what_is_known_of_them(idp: Any, pool: str) -> None:
    bare = idp.create_user_pool(PoolName="bare")["UserPool"]["Id"]
    with boto.refused_by_sdk("UserPoolAddOnNotEnabledException"):
        idp.describe_risk_configuration(UserPoolId=bare)
    exceptions = {"BlockedIPRangeList": ["192.0.2.0/24"]}
    idp.set_risk_configuration(UserPoolId=pool, RiskExceptionConfiguration=exceptions)
    risk = idp.describe_risk_configuration(UserPoolId=pool)["RiskConfiguration"]
    assert risk["RiskExceptionConfiguration"] == exceptions
    logs = idp.get_log_delivery_configuration(UserPoolId=pool)["LogDeliveryConfiguration"]
    assert logs == {"UserPoolId": pool, "LogConfigurations": []}
    idp.create_identity_provider(
        UserPoolId=pool, ProviderName="corp", ProviderType="OIDC", ProviderDetails=OIDC
    )
    user = {"UserPoolId": pool, "Username": "alice"}
    idp.admin_create_user(**user, MessageAction="SUPPRESS")
    link = {
        "UserPoolId": pool,
        "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "alice"},
        "SourceUser": {
            "ProviderName": "corp",
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": "subject",
        },
    }
    idp.admin_link_provider_for_user(**link)
    with boto.refused_by_sdk(
        "InvalidParameterException", "SourceUser is already linked to DestinationUser"
    ):
        idp.admin_link_provider_for_user(**link)
    names = [entry["Name"] for entry in idp.admin_get_user(**user)["UserAttributes"]]
    assert "identities" in names
    idp.admin_disable_provider_for_user(UserPoolId=pool, User=link["SourceUser"])
    with boto.refused_by_sdk("UserNotFoundException"):
        idp.admin_disable_provider_for_user(UserPoolId=pool, User=link["SourceUser"])
    assert idp.admin_list_user_auth_events(**user)["AuthEvents"] == []
    with boto.refused_by_sdk("ResourceNotFoundException"):
        idp.admin_update_auth_event_feedback(**user, EventId="x", FeedbackValue="Valid")
    with boto.refused_by_sdk("NotAuthorizedException"):
        idp.update_auth_event_feedback(
            **user, EventId="x", FeedbackToken="x", FeedbackValue="Valid"
        )
    assert idp.get_signing_certificate(UserPoolId=pool)["Certificate"]
