"""Identity providers, resource servers, domains, branding, terms, logs, risk."""

from tests.matrix.case import NO_POOL, case, has, nothing
from tests.matrix.pool_cases import IPE, RNF, fresh_pool, no_pool, pool_only
from tests.matrix.user_cases import OIDC
from tests.matrix.world import World
from tests.sdk.support import Json, unique


def _oidc(world: World) -> dict[str, Json]:
    return {
        "UserPoolId": world.pool,
        "ProviderName": unique("idp"),
        "ProviderType": "OIDC",
        "ProviderDetails": OIDC,
    }


def _provider(world: World) -> dict[str, Json]:
    wanted = _oidc(world)
    world.admin.create_identity_provider(**wanted)
    return {"UserPoolId": world.pool, "ProviderName": wanted["ProviderName"]}


def _no_provider(world: World) -> dict[str, Json]:
    return {"UserPoolId": world.pool, "ProviderName": "Nobody"}


def _identified(world: World) -> dict[str, Json]:
    identifier = unique("example") + ".com"
    world.admin.create_identity_provider(**_oidc(world), IdpIdentifiers=[identifier])
    return {"UserPoolId": world.pool, "IdpIdentifier": identifier}


def _own_server(world: World) -> dict[str, Json]:
    pool = world.a_pool()
    world.admin.create_resource_server(UserPoolId=pool, Identifier="api", Name="api")
    return {"UserPoolId": pool, "Identifier": "api"}


def _no_server(world: World) -> dict[str, Json]:
    return {"UserPoolId": world.pool, "Identifier": "nobody"}


def _domain(world: World) -> dict[str, Json]:
    named = {"UserPoolId": world.a_pool(), "Domain": unique("prefix")}
    world.admin.create_user_pool_domain(**named)
    return named


def _bad_domain(world: World) -> dict[str, Json]:
    return {"UserPoolId": world.a_pool(), "Domain": "my-cognito"}


def _own_client(world: World) -> dict[str, Json]:
    pool = world.a_pool()
    return {"UserPoolId": pool, "ClientId": world.a_client(pool)}


def _branding(world: World) -> dict[str, Json]:
    named = _own_client(world)
    made = world.admin.create_managed_login_branding(**named, UseCognitoProvidedValues=True)
    return {
        "UserPoolId": named["UserPoolId"],
        "ManagedLoginBrandingId": made["ManagedLoginBranding"]["ManagedLoginBrandingId"],
    }


def _branded_client(world: World) -> dict[str, Json]:
    named = _own_client(world)
    world.admin.create_managed_login_branding(**named, UseCognitoProvidedValues=True)
    return named


def _no_branding(world: World) -> dict[str, Json]:
    return {
        "UserPoolId": world.pool,
        "ManagedLoginBrandingId": "11111111-2222-4333-8444-555555555555",
    }


def _terms(world: World) -> dict[str, Json]:
    return {
        **_own_client(world),
        "TermsName": "terms-of-use",
        "TermsSource": "LINK",
        "Enforcement": "NONE",
        "Links": {"cognito:default": "https://example.com/terms"},
    }


def _stored_terms(world: World) -> dict[str, Json]:
    wanted = _terms(world)
    made = world.admin.create_terms(**wanted)
    return {"UserPoolId": wanted["UserPoolId"], "TermsId": made["Terms"]["TermsId"]}


def _terms_client(world: World) -> dict[str, Json]:
    wanted = _terms(world)
    world.admin.create_terms(**wanted)
    return {name: wanted[name] for name in ("UserPoolId", "ClientId", "TermsName")}


def _no_terms(world: World) -> dict[str, Json]:
    return {"UserPoolId": world.pool, "TermsId": "11111111-2222-4333-8444-555555555555"}


def _logs(world: World, *, level: str = "ERROR") -> dict[str, Json]:
    group = "arn:aws:logs:us-east-1:123456789012:log-group:notices"
    return {
        **pool_only(world),
        "LogConfigurations": [
            {
                "EventSource": "userNotification",
                "LogLevel": level,
                "CloudWatchLogsConfiguration": {"LogGroupArn": group},
            }
        ],
    }


def _risk(world: World, cidr: str = "192.0.2.0/24") -> dict[str, Json]:
    return {**pool_only(world), "RiskExceptionConfiguration": {"BlockedIPRangeList": [cidr]}}


def _styled_pool(world: World) -> dict[str, Json]:
    return {
        "UserPoolId": _domain(world)["UserPoolId"],
        "CSS": ".submitButton-customizable { background-color: #123456; }",
    }


def _off(world: World) -> dict[str, Json]:
    return {"UserPoolId": world.a_pool()}


case("CreateIdentityProvider", _oidc,
     lambda w: {**_oidc(w), **_provider(w)}, "DuplicateProviderException",
     has("IdentityProvider"))  # fmt: skip
case("DescribeIdentityProvider", _provider, _no_provider, RNF, has("IdentityProvider"))
case("UpdateIdentityProvider",
     lambda w: {**_provider(w), "AttributeMapping": {"email": "email"}}, _no_provider, RNF,
     lambda answer: answer["IdentityProvider"]["AttributeMapping"]["email"] == "email")  # fmt: skip
case("DeleteIdentityProvider", _provider, _no_provider, RNF, nothing)
case("ListIdentityProviders", pool_only, no_pool, RNF, has("Providers"))
case("GetIdentityProviderByIdentifier", _identified,
     lambda w: {**pool_only(w), "IdpIdentifier": "nobody.example.com"}, RNF,
     has("IdentityProvider"))  # fmt: skip

case("CreateResourceServer", lambda w: {**fresh_pool(w), "Identifier": "api", "Name": "api"},
     lambda w: {**_own_server(w), "Name": "api"}, IPE, has("ResourceServer"))  # fmt: skip
case("DescribeResourceServer", _own_server, _no_server, RNF, has("ResourceServer"))
case("UpdateResourceServer", lambda w: {**_own_server(w), "Name": "renamed"},
     lambda w: {**_no_server(w), "Name": "renamed"}, RNF,
     lambda answer: answer["ResourceServer"]["Name"] == "renamed")  # fmt: skip
case("DeleteResourceServer", _own_server, _no_server, RNF, nothing)
case("ListResourceServers", pool_only, no_pool, RNF, has("ResourceServers"))

case("CreateUserPoolDomain", lambda w: {**fresh_pool(w), "Domain": unique("prefix")}, _bad_domain,
     IPE, lambda _: True)  # fmt: skip
case("DescribeUserPoolDomain", lambda w: {"Domain": _domain(w)["Domain"]},
     lambda _: {"Domain": "Not A Domain"}, IPE,
     lambda answer: answer["DomainDescription"]["Status"] == "ACTIVE")  # fmt: skip
case("UpdateUserPoolDomain", lambda w: {**_domain(w), "ManagedLoginVersion": 2},
     lambda w: {**_domain(w), "Domain": "nobody-has-this"}, IPE, lambda _: True)  # fmt: skip
case("DeleteUserPoolDomain", _domain, lambda w: {**pool_only(w), "Domain": "nobody-has-this"},
     IPE, nothing)  # fmt: skip

case("CreateManagedLoginBranding", lambda w: {**_own_client(w), "UseCognitoProvidedValues": True},
     lambda w: {**_branded_client(w), "UseCognitoProvidedValues": True},
     "ManagedLoginBrandingExistsException", has("ManagedLoginBranding"))  # fmt: skip
case("DescribeManagedLoginBranding", _branding, _no_branding, RNF,
     has("ManagedLoginBranding"))  # fmt: skip
case("DescribeManagedLoginBrandingByClient", _branded_client, _own_client, RNF,
     has("ManagedLoginBranding"))  # fmt: skip
case("UpdateManagedLoginBranding",
     lambda w: {**_branding(w), "UseCognitoProvidedValues": False, "Settings": {"categories": {}}},
     lambda w: {**_no_branding(w), "UseCognitoProvidedValues": True}, RNF,
     has("ManagedLoginBranding"))  # fmt: skip
case("DeleteManagedLoginBranding", _branding, _no_branding, RNF, nothing)

case("CreateTerms", _terms, lambda w: {**_terms(w), **_terms_client(w)}, "TermsExistsException",
     has("Terms"))  # fmt: skip
case("DescribeTerms", _stored_terms, _no_terms, RNF, has("Terms"))
case("DescribeTermsByClient", _terms_client,
     lambda w: {**_own_client(w), "TermsName": "privacy-policy"}, RNF, has("Terms"))  # fmt: skip
case("UpdateTerms",
     lambda w: {**_stored_terms(w), "Links": {"cognito:default": "https://example.com/new"}},
     _no_terms, RNF, has("Terms"))  # fmt: skip
case("DeleteTerms", _stored_terms, _no_terms, RNF, nothing)
case("ListTerms", pool_only, no_pool, RNF, has("Terms"))

case("SetLogDeliveryConfiguration", _logs, lambda w: _logs(w, level="INFO"), IPE,
     has("LogDeliveryConfiguration"))  # fmt: skip
case("GetLogDeliveryConfiguration", pool_only, no_pool, RNF,
     has("LogDeliveryConfiguration"))  # fmt: skip
case("SetRiskConfiguration", _risk, lambda w: _risk(w, "nowhere"), IPE,
     has("RiskConfiguration"))  # fmt: skip
case("DescribeRiskConfiguration", pool_only, _off, "UserPoolAddOnNotEnabledException",
     has("RiskConfiguration"))  # fmt: skip
case("SetUICustomization", _styled_pool,
     lambda w: {**fresh_pool(w), "CSS": ".submitButton-customizable { color: red; }"}, IPE,
     has("UICustomization"))  # fmt: skip
case("GetUICustomization", pool_only, lambda _: {"UserPoolId": NO_POOL}, RNF,
     has("UICustomization"))  # fmt: skip
case("GetSigningCertificate", pool_only, no_pool, RNF, has("Certificate"))
