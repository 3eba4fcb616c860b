"""Metadata of a SAML identity provider: who it is, where it signs people in, with which keys."""

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography import x509

from poolkeep.crypto.signed_xml import DS, XmlRefused, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

BYTES_MAX: Final = 10_000_000
NODES_MAX: Final = 100_000
MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"


class MetadataRefused(ValueError):
    """Not the metadata of one identity provider; the text says what is missing."""


class ProviderMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a metadata document says. `certificates` are the signing ones, in DER."""

    entity_id: str
    certificates: tuple[bytes, ...]
    sign_in_redirect: str | None = None
    sign_in_post: str | None = None
    sign_out_redirect: str | None = None
    wants_signed_requests: bool = False
    valid_until_s: int | None = None

    def keys_at(self, now_s: float) -> list[x509.Certificate]:
        """Return the certificates that are valid at a time."""
        now = datetime.fromtimestamp(now_s, UTC)
        loaded = (x509.load_der_x509_certificate(each) for each in self.certificates)
        return [
            each for each in loaded if each.not_valid_before_utc <= now <= each.not_valid_after_utc
        ]


def metadata_of(data: bytes) -> ProviderMetadata:
    """Return what the metadata of one identity provider says. Raises MetadataRefused."""
    try:
        root = parse(data, bytes_max=BYTES_MAX, nodes_max=NODES_MAX)
    except XmlRefused as error:
        raise MetadataRefused(str(error)) from error
    entities = [root] if root.tag == f"{MD}EntityDescriptor" else root.iter(f"{MD}EntityDescriptor")
    providers = [
        (entity, role)
        for entity in entities
        for role in entity.findall(f"{MD}IDPSSODescriptor")
        if PROTOCOL in role.get("protocolSupportEnumeration", "").split()
    ]
    if len(providers) != 1:
        raise MetadataRefused("The document must describe one SAML 2.0 identity provider.")
    entity, role = providers[0]
    entity_id = entity.get("entityID", "")
    certificates = tuple(_certificates(role))
    if not entity_id:
        raise MetadataRefused("The provider has no entityID.")
    if not certificates:
        raise MetadataRefused("The provider has no certificate to check signatures with.")
    until = role.get("validUntil") or entity.get("validUntil") or root.get("validUntil")
    return ProviderMetadata(
        entity_id=entity_id,
        certificates=certificates,
        sign_in_redirect=_location(role, "SingleSignOnService", REDIRECT),
        sign_in_post=_location(role, "SingleSignOnService", POST),
        sign_out_redirect=_location(role, "SingleLogoutService", REDIRECT),
        wants_signed_requests=role.get("WantAuthnRequestsSigned") in {"true", "1"},
        valid_until_s=None if until is None else seconds_of(until),
    )


def seconds_of(text: str) -> int:
    """Return the seconds of a SAML time, which is UTC. Raises MetadataRefused."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise MetadataRefused(f"{text[:40]!r} is no time.") from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def _certificates(role: "_Element") -> list[bytes]:
    found = []
    for key in role.findall(f"{MD}KeyDescriptor"):
        if key.get("use") not in {None, "signing"}:
            continue
        for element in key.iter(f"{{{DS}}}X509Certificate"):
            try:
                der = base64.b64decode("".join((element.text or "").split()), validate=True)
                x509.load_der_x509_certificate(der)
            except (binascii.Error, ValueError) as error:
                raise MetadataRefused("A certificate of the provider cannot be read.") from error
            found.append(der)
    return found


def _location(role: "_Element", service: str, binding: str) -> str | None:
    for element in role.findall(f"{MD}{service}"):
        if element.get("Binding") == binding:
            return element.get("Location")
    return None
