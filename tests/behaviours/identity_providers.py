"""What the tests of identity providers share: providers, and SAML metadata."""

import base64
from typing import Final

from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy
from poolkeep.crypto.certificates import new_key, self_signed
from tests.sdk.support import Json, Wire, unique

OAUTH: Final = {"client_id": "app", "client_secret": "shh-secret", "authorize_scopes": "openid"}
OIDC: Final = {
    **OAUTH,
    "attributes_request_method": "GET",
    "oidc_issuer": "https://issuer.example.com",
}
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
DECADE_MS: Final = 10 * 366 * 86_400_000


def certificate(now_ms: int | None = None) -> str:
    """Return a certificate that begins now, or at another time."""
    begins = SystemClock().now_ms() if now_ms is None else now_ms
    der = self_signed(new_key(), name="idp", now_ms=begins, entropy=SystemEntropy())
    return base64.b64encode(der).decode()


CERTIFICATE: Final = certificate()


def metadata(
    *,
    certificates: tuple[str, ...] = (CERTIFICATE,),
    use: str = ' use="signing"',
    binding: str = REDIRECT,
    sign_off: bool = True,
    front: str = "",
) -> str:
    keys = "".join(
        f"<KeyDescriptor{use}><KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><X509Data>"
        f"<X509Certificate>\n{text}\n</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for text in certificates
    )
    off = f'<SingleLogoutService Binding="{binding}" Location="https://idp.example.com/slo"/>'
    return (
        f'{front}<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" '
        'entityID="https://idp.example.com">'
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{keys}{off if sign_off else ''}"
        f'<SingleSignOnService Binding="{binding}" Location="https://idp.example.com/sso"/>'
        "</IDPSSODescriptor></EntityDescriptor>"
    )


def create(
    wire: Wire, pool_id: str, kind: str = "OIDC", name: str = "", **members: Json
) -> dict[str, Json]:
    wanted = {"ProviderDetails": OIDC, **members}
    made: dict[str, Json] = wire.call(
        "CreateIdentityProvider",
        UserPoolId=pool_id,
        ProviderName=name or unique("idp"),
        ProviderType=kind,
        **wanted,
    )["IdentityProvider"]
    return made


def about(wire: Wire, operation: str, pool_id: str, name: str, **members: Json) -> Json:
    answer = wire.call(operation, UserPoolId=pool_id, ProviderName=name, **members)
    return answer.get("IdentityProvider")
