"""SAML providers: docs/behaviours/identity-providers.md."""

from typing import Final

import pytest

from poolkeep.base.clock import SystemClock
from tests.behaviours.identity_providers import (
    DECADE_MS,
    POST,
    about,
    certificate,
    create,
    metadata,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Wire, holds, refused, unique


@holds("IDP-04")
def test_a_saml_provider_tells_what_its_metadata_says(app: App, wire: Wire) -> None:
    file = metadata()
    details = {"MetadataFile": file, "IDPSignout": "true", "RequestSigningAlgorithm": "rsa-sha256"}
    made = create(wire, app.pool_id, "SAML", ProviderDetails=details)
    assert made["ProviderDetails"] == {
        **details,
        "SSORedirectBindingURI": "https://idp.example.com/sso",
        "SLORedirectBindingURI": "https://idp.example.com/slo",
    }
    assert "AttributeMapping" not in made
    url = {"MetadataURL": "https://idp.example.com/metadata"}
    assert create(wire, app.pool_id, "SAML", ProviderDetails=url)["ProviderDetails"] == url


OLD: Final = certificate(SystemClock().now_ms() - DECADE_MS)


@holds("IDP-04")
@pytest.mark.parametrize(
    "details",
    [
        {},
        {"MetadataFile": metadata(), "MetadataURL": "https://idp.example.com/metadata"},
        {"MetadataURL": "ftp://idp.example.com/metadata"},
        {"MetadataURL": "https://idp.example.com:8443/metadata"},
        {"MetadataFile": "not XML"},
        {"MetadataFile": "<a><b></a>"},
        {"MetadataFile": metadata(certificates=())},
        {"MetadataFile": metadata(certificates=(OLD,))},
        {"MetadataFile": metadata(certificates=("bm90IGEgY2VydGlmaWNhdGU=",))},
        {"MetadataFile": metadata(certificates=("A" * 5000,))},
        {"MetadataFile": metadata(use=' use="encryption"')},
        {"MetadataFile": metadata(binding=POST)},
        {"MetadataFile": metadata(sign_off=False), "IDPSignout": "true"},
        {"MetadataFile": metadata(front='<!DOCTYPE x [<!ENTITY a "b">]>')},
        {"MetadataFile": metadata(front='<!DOCTYPE x SYSTEM "http://localhost/">')},
        {"MetadataFile": metadata().replace("IDPSSODescriptor", "SPSSODescriptor")},
        {"MetadataFile": "<a>" * 2000 + "</a>" * 2000},
        {"MetadataFile": metadata(), "IDPInit": "maybe"},
        {"MetadataFile": metadata(), "RequestSigningAlgorithm": "rsa-sha1"},
    ],
    ids=range(19),
)
def test_saml_details_that_cannot_work_are_refused(
    app: App, wire: Wire, details: dict[str, str]
) -> None:
    with refused("InvalidParameterException"):
        create(wire, app.pool_id, "SAML", ProviderDetails=details)


@holds("IDP-05")
def test_encrypted_responses_get_a_key_of_the_providers_own(app: App, wire: Wire) -> None:
    details = {"MetadataFile": metadata(), "EncryptedResponses": "true"}
    names = [unique("saml") for _ in range(2)]
    shown = [
        create(wire, app.pool_id, "SAML", name, ProviderDetails=details)["ProviderDetails"][
            "ActiveEncryptionCertificate"
        ]
        for name in names
    ]
    assert shown[0] != shown[1]
    again = about(wire, "UpdateIdentityProvider", app.pool_id, names[0], ProviderDetails=details)
    assert again["ProviderDetails"]["ActiveEncryptionCertificate"] == shown[0]
    plain = {"MetadataFile": metadata(), "EncryptedResponses": "false"}
    off = about(wire, "UpdateIdentityProvider", app.pool_id, names[0], ProviderDetails=plain)
    assert "ActiveEncryptionCertificate" not in off["ProviderDetails"]
    on = about(wire, "UpdateIdentityProvider", app.pool_id, names[0], ProviderDetails=details)
    assert on["ProviderDetails"]["ActiveEncryptionCertificate"] not in shown


@holds("IDP-15")
def test_unsolicited_responses_stand_beside_saml_only(wire: Wire) -> None:
    pool_id = a_pool(wire)
    file = metadata()
    begins = {"MetadataFile": file, "IDPInit": "true"}
    create(wire, pool_id, "SAML", "begins", ProviderDetails=begins)
    create(wire, pool_id, "SAML", "waits", ProviderDetails={"MetadataFile": file})
    create(wire, pool_id, "OIDC", "oidc")
    an_app(wire, pool_id, SupportedIdentityProviders=["begins", "waits"])
    for other in ("COGNITO", "oidc"):
        with refused("InvalidParameterException"):
            an_app(wire, pool_id, SupportedIdentityProviders=["begins", other])
        an_app(wire, pool_id, SupportedIdentityProviders=["waits", other])
    with refused("InvalidParameterException"):
        about(wire, "UpdateIdentityProvider", pool_id, "waits", ProviderDetails=begins)
