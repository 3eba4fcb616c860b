"""docs/behaviours/iam.md: identity providers of IAM, over sockets."""

from typing import Any, Final

import pytest

from tests.sdk.iam import refused, service
from tests.sdk.support import holds

THUMBPRINT: Final = "0123456789abcdef0123456789abcdef01234567"
METADATA: Final = (
    '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp" '
    'validUntil="2030-01-02T03:04:05Z"><md:IDPSSODescriptor/></md:EntityDescriptor>'
).ljust(1_000)


@pytest.fixture
def iam(server_url: str) -> Any:
    """Return an IAM client of an account of its own."""
    return service(server_url)


@holds("IAM-18")
def test_an_oidc_provider_is_its_issuer_without_the_scheme(iam: Any) -> None:
    arn = iam.create_open_id_connect_provider(
        Url="https://login.example.org/tenant",
        ClientIDList=["one"],
        ThumbprintList=[THUMBPRINT.upper()],
    )["OpenIDConnectProviderArn"]
    assert arn.endswith(":oidc-provider/login.example.org/tenant")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert found["Url"] == "login.example.org/tenant"
    assert found["ClientIDList"] == ["two"]
    assert found["ThumbprintList"] == [THUMBPRINT]
    iam.update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=arn, ThumbprintList=["f" * 40]
    )
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert listed == [{"Arn": arn}]
    with refused(
        "EntityAlreadyExists", "Provider with url https://login.example.org/tenant already exists."
    ):
        iam.create_open_id_connect_provider(Url="https://login.example.org/tenant")
    iam.tag_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, Tags=[{"Key": "a", "Value": "b"}]
    )
    tags = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}"):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


@holds("IAM-19")
@pytest.mark.parametrize(
    "url, is_taken",
    [
        ("https://login.example.org", True),
        ("http://127.0.0.1:9000/pool", True),
        ("http://login.example.org", False),
        ("https://login.example.org?x=y", False),
        ("https://login.example.org/#x", False),
        ("https://user@login.example.org", False),
        ("ftp://login.example.org", False),
    ],
)
def test_an_issuer_has_tls_or_is_this_machine_in_development(
    iam: Any, url: str, is_taken: bool
) -> None:
    if is_taken:
        assert iam.create_open_id_connect_provider(Url=url)
    else:
        with refused("InvalidInput", "Invalid Open ID Connect Provider URL"):
            iam.create_open_id_connect_provider(Url=url)


@holds("IAM-20")
def test_a_saml_provider_is_its_metadata(iam: Any) -> None:
    arn = iam.create_saml_provider(Name="Corp", SAMLMetadataDocument=METADATA)["SAMLProviderArn"]
    assert arn.endswith(":saml-provider/Corp")
    found = iam.get_saml_provider(SAMLProviderArn=arn)
    assert found["SAMLMetadataDocument"].strip() == METADATA.strip()
    assert found["ValidUntil"].isoformat() == "2030-01-02T03:04:05+00:00"
    other = METADATA.replace("2030", "2031")
    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=other)
    (listed,) = iam.list_saml_providers()["SAMLProviderList"]
    assert (listed["Arn"], listed["ValidUntil"].year) == (arn, 2031)
    with refused("InvalidInput", "Could not parse metadata"):
        iam.create_saml_provider(Name="Other", SAMLMetadataDocument="x" * 1_000)
    with refused("InvalidInput"):
        iam.update_saml_provider(SAMLProviderArn=arn, AssertionEncryptionMode="Required")
    iam.delete_saml_provider(SAMLProviderArn=arn)
    with refused("NoSuchEntity"):
        iam.get_saml_provider(SAMLProviderArn=arn)
