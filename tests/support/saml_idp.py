"""A SAML identity provider: its metadata, and responses as it signs them, well or badly."""

import base64
import copy
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

ENTITY_ID: Final = "https://idp.example.com/entity"
P: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
A: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
FORMAT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
LIFE_S: Final = 300


def zulu(at_s: float) -> str:
    """Return a SAML time."""
    return dt.datetime.fromtimestamp(at_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class SamlIdp:
    """One provider with one key."""

    def __init__(
        self, now_s: float, *, entity_id: str = ENTITY_ID, bits: int = 2048, life_s: float = 86_400
    ) -> None:
        self.entity_id = entity_id
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        now = dt.datetime.fromtimestamp(now_s, dt.UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(7)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(seconds=life_s))
            .sign(self.key, hashes.SHA256())
        )

    @property
    def certificate_text(self) -> str:
        """The certificate as metadata carries it."""
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    def metadata(self) -> str:
        """Return the provider's metadata."""
        return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{self.entity_id}">
 <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>
   <ds:X509Certificate>{self.certificate_text}</ds:X509Certificate>
  </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
  <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
   Location="https://idp.example.com/slo"/>
  <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
   Location="https://idp.example.com/sso"/>
 </md:IDPSSODescriptor>
</md:EntityDescriptor>"""

    def sign(self, element: Any, **settings: Any) -> Any:
        """Return the element with an enveloped signature after its issuer."""
        signer = XMLSigner(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=settings.get("algorithm", "rsa-sha256"),
            digest_algorithm=settings.get("digest", "sha256"),
            c14n_algorithm=settings.get(
                "c14n", CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
            ),
        )
        return signer.sign(
            element,
            key=self.key,
            cert=[self.certificate],
            reference_uri=element.get("ID"),
            id_attribute="ID",
        )


@dataclasses.dataclass
class Said:
    """What a response says; tests change what they are about."""

    idp: SamlIdp
    now_s: float
    recipient: str
    audience: str
    name_id: str = "alice@example.com"
    attributes: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    request_id: str | None = None
    life_s: float = LIFE_S
    status: str = SUCCESS
    number: int = 1

    def assertion(self) -> Any:
        """Return the assertion, not signed."""
        until, began = zulu(self.now_s + self.life_s), zulu(self.now_s - 5)
        ns = {"saml": A[1:-1]}
        element = etree.Element(f"{A}Assertion", nsmap=ns)
        element.attrib.update({"ID": f"_a{self.number}", "Version": "2.0", "IssueInstant": began})
        etree.SubElement(element, f"{A}Issuer").text = self.idp.entity_id
        subject = etree.SubElement(element, f"{A}Subject")
        etree.SubElement(subject, f"{A}NameID", Format=FORMAT).text = self.name_id
        confirmation = etree.SubElement(subject, f"{A}SubjectConfirmation", Method=BEARER)
        data = {"NotOnOrAfter": until, "Recipient": self.recipient}
        if self.request_id is not None:
            data["InResponseTo"] = self.request_id
        etree.SubElement(confirmation, f"{A}SubjectConfirmationData", data)
        conditions = etree.SubElement(
            element, f"{A}Conditions", NotBefore=began, NotOnOrAfter=until
        )
        restriction = etree.SubElement(conditions, f"{A}AudienceRestriction")
        etree.SubElement(restriction, f"{A}Audience").text = self.audience
        etree.SubElement(element, f"{A}AuthnStatement", AuthnInstant=began, SessionIndex="s1")
        if self.attributes:
            statement = etree.SubElement(element, f"{A}AttributeStatement")
            for name, values in self.attributes.items():
                attribute = etree.SubElement(statement, f"{A}Attribute", Name=name)
                for value in values:
                    etree.SubElement(attribute, f"{A}AttributeValue").text = value
        return element

    def response(self, assertion: Any | None = None, *, wrapped: str | None = None) -> Any:
        """Return a response around an assertion; a signed one unless another is given."""
        root = etree.Element(f"{P}Response", nsmap={"samlp": P[1:-1], "saml": A[1:-1]})
        root.attrib.update({
            "ID": wrapped or f"_r{self.number}",
            "Version": "2.0",
            "IssueInstant": zulu(self.now_s),
            "Destination": self.recipient,
        })  # fmt: skip
        if self.request_id is not None:
            root.set("InResponseTo", self.request_id)
        etree.SubElement(root, f"{A}Issuer").text = self.idp.entity_id
        status = etree.SubElement(root, f"{P}Status")
        etree.SubElement(status, f"{P}StatusCode", Value=self.status)
        root.append(self.idp.sign(self.assertion()) if assertion is None else assertion)
        return root

    def posted(self) -> str:
        """Return a good response as a browser posts it."""
        return encoded(self.response())


def encoded(root: Any) -> str:
    """Return a document as a browser posts it."""
    return base64.b64encode(etree.tostring(root)).decode()


def forged(element: Any, *, identifier: str) -> Any:
    """Return a copy that names somebody else and has no signature."""
    evil = copy.deepcopy(element)
    evil.set("ID", identifier)
    for signature in evil.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"):
        evil.remove(signature)
    name = evil.find(f".//{A}NameID")
    assert name is not None
    name.text = "admin@example.com"
    return evil
