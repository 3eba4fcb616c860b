"""Providers of logins that would pass for others: docs/behaviours/identity-pools.md, iam.md."""

import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.behaviours.test_identity_openid import AUDIENCE, RECIPIENT
from tests.behaviours.test_sts_tokens import BY_WEB
from tests.sdk.iam import ANY_TRUST, allow, deny, document, refused, service, trust
from tests.sdk.identity import UNSUPPORTED, Place, unsigned
from tests.sdk.issuers import CLIENT, Issuer
from tests.sdk.login_providers import AMAZON_APP
from tests.sdk.support import Wire, an_account, claims_of, holds, unique
from tests.support.saml_idp import Said, SamlIdp

AMAZON: Final = "www.amazon.com"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    return Place(wire.base_url, an_account())


@pytest.fixture(scope="module")
def public(wire: Wire) -> Any:
    return unsigned(wire.base_url)


def said(idp: SamlIdp, **attributes: list[str]) -> str:
    return Said(
        idp, time.time(), recipient=RECIPIENT, audience=AUDIENCE, attributes=attributes
    ).posted()


@holds("IDPOOL-141")
def test_no_attribute_is_the_subject_of_an_assertion(place: Place, public: Any) -> None:
    idp = SamlIdp(time.time())
    key = place.iam.create_saml_provider(Name=unique("corp"), SAMLMetadataDocument=idp.metadata())[
        "SAMLProviderArn"
    ]
    pool_id = place.pool(SamlProviderARNs=[key])
    place.admin.set_principal_tag_attribute_map(
        IdentityPoolId=pool_id,
        IdentityProviderName=key,
        PrincipalTags={"who": "sub", "from": "iss", "for": "aud"},
    )
    logins = {key: said(idp, sub=["root"], iss=["me"], aud=["you"])}
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    token = public.get_open_id_token(IdentityId=identity, Logins=logins)["Token"]
    told = claims_of(token)["https://aws.amazon.com/tags"]["principal_tags"]
    assert told["who"] == ["alice@example.com"]
    assert told["for"] == [AUDIENCE]
    assert told["from"] != ["me"]


@holds("IDPOOL-142")
def test_a_provider_of_another_account_gives_no_logins(
    place: Place, public: Any, issuer: Issuer
) -> None:
    stranger = Place(place.base_url, an_account())
    oidc = stranger.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[CLIENT])
    idp = SamlIdp(time.time())
    saml = stranger.iam.create_saml_provider(
        Name=unique("corp"), SAMLMetadataDocument=idp.metadata()
    )["SAMLProviderArn"]
    pool_id = place.pool(
        OpenIdConnectProviderARNs=[oidc["OpenIDConnectProviderArn"]], SamlProviderARNs=[saml]
    )
    for logins in ({issuer.name: issuer.token("ann")}, {saml: said(idp)}, {saml: "nothing"}):
        with refused("NotAuthorizedException", UNSUPPORTED):
            public.get_id(IdentityPoolId=pool_id, Logins=logins)


@holds("IDPOOL-143")
def test_no_back_end_makes_users_of_another_provider(place: Place) -> None:
    place.iam.create_open_id_connect_provider(Url="https://idp.example.com", ClientIDList=["a"])
    arn = f"arn:aws:iam::{place.account}:oidc-provider/idp.example.com"
    settings: dict[str, Any] = {"SupportedLoginProviders": {AMAZON: AMAZON_APP}}
    for name in (AMAZON, "accounts.google.com", "cognito-identity.amazonaws.com"):
        with refused("InvalidParameterException"):
            place.pool(DeveloperProviderName=name, **settings)
    with refused("InvalidParameterException"):
        place.pool(DeveloperProviderName="idp.example.com", OpenIdConnectProviderARNs=[arn])
    pool_id = place.pool(DeveloperProviderName="idp.example.com")
    pool = place.admin.describe_identity_pool(IdentityPoolId=pool_id)
    pool = {key: value for key, value in pool.items() if key != "ResponseMetadata"}
    with refused("InvalidParameterException"):
        place.admin.update_identity_pool(**pool, OpenIdConnectProviderARNs=[arn])
    del pool["DeveloperProviderName"]
    with refused("InvalidParameterException"):
        place.admin.update_identity_pool(**pool, OpenIdConnectProviderARNs=[arn])


@holds("IAM-95")
def test_a_denied_issuer_is_denied_however_it_is_spelled(place: Place) -> None:
    front = f"arn:aws:iam::{place.account}:oidc-provider"
    name = unique("admin")
    place.iam.create_user(UserName=name)
    place.iam.put_user_policy(
        UserName=name,
        PolicyName="own",
        PolicyDocument=document(allow("iam:*"), deny("*", resource=f"{front}/evil.example.com")),
    )
    key = place.iam.create_access_key(UserName=name)["AccessKey"]
    iam = service(place.base_url, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    for url in (
        "https://evil.example.com",
        "https://EVIL.example.com",
        "https://ev\til.example.com",
    ):
        with refused("AccessDenied"):
            iam.create_open_id_connect_provider(Url=url, ClientIDList=["a"])
    iam.create_open_id_connect_provider(Url="https://Good.example.com", ClientIDList=["a"])


@holds("IAM-96")
def test_nobody_makes_the_role_of_the_functions(place: Place) -> None:
    for name in ("functions", "Functions"):
        with refused("InvalidInput"):
            place.iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANY_TRUST)
    trusts = trust({"AWS": f"arn:aws:iam::{place.account}:role/functions"})
    place.iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trusts)


@holds("STS-47")
def test_an_issuer_with_a_slash_is_known_with_it(place: Place) -> None:
    slashed = Slashed()
    made = place.iam.create_open_id_connect_provider(Url=slashed.url, ClientIDList=[CLIENT])
    front = slashed.url.removeprefix("http://")
    role = place.iam.create_role(
        RoleName=unique("role"),
        AssumeRolePolicyDocument=trust(
            {"Federated": made["OpenIDConnectProviderArn"]},
            BY_WEB,
            Condition={"StringEquals": {f"{front}:sub": "ann"}},
        ),
    )["Role"]["Arn"]
    sts = unsigned(place.base_url, "sts")
    sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="app", WebIdentityToken=slashed.token("ann")
    )
    with refused("AccessDenied"):
        sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="app", WebIdentityToken=slashed.token("bob")
        )
    slashed.close()


class Slashed(Issuer):
    """An issuer whose name ends with a slash."""

    def __init__(self) -> None:
        super().__init__()
        self.url += "/"

    def document(self, path: str) -> Any:
        return super().document(path.replace("//", "/"))
