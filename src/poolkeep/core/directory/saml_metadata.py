"""What a SAML identity provider says about itself, read from its metadata file.

    EntityDescriptor
      IDPSSODescriptor                     exactly one
        KeyDescriptor use="signing"        at least one certificate, also where no use is said
        SingleSignOnService                by redirect
        SingleLogoutService                by redirect, where there is one

The file comes from outside: a document type, with whatever it would expand or fetch, is refused
before anything is read. Source: SAML 2.0 Metadata, sections 2.3 to 2.4.
"""

import base64
import binascii
from typing import Any, Final
from xml.parsers import expat

import msgspec

from poolkeep.crypto.certificates import UnreadableCertificate, end_of_validity_ms

CERTIFICATE_CHARS_MAX: Final = 4_096
DEPTH_MAX: Final = 64
_METADATA: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_IDP: Final = f"{_METADATA} IDPSSODescriptor"
_KEY: Final = f"{_METADATA} KeyDescriptor"
_SIGN_ON: Final = f"{_METADATA} SingleSignOnService"
_SIGN_OFF: Final = f"{_METADATA} SingleLogoutService"
_CERTIFICATE: Final = f"{_SIGNATURE} X509Certificate"
_ENTITY: Final = f"{_METADATA} EntityDescriptor"


class UnusableMetadata(Exception):
    """The file is no metadata that we can use; the text says why."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """One identity provider's addresses and signing certificates (DER)."""

    entity_id: str
    sign_on_url: str
    sign_off_url: str | None
    certificates: tuple[bytes, ...]


class _Reader:
    """Gathers what we need while expat walks the file."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.entity_id = ""
        self.providers = 0
        self.sign_on_url: str | None = None
        self.sign_off_url: str | None = None
        self.certificates: list[bytes] = []
        self._signing = False
        self._text: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        if len(self.path) > DEPTH_MAX:
            raise UnusableMetadata("it is nested too deeply")
        if name == _ENTITY:
            self.entity_id = attributes.get("entityID", "")
        elif name == _IDP:
            self.providers += 1
        elif _IDP not in self.path:
            return
        elif name == _KEY:
            self._signing = attributes.get("use", "signing") == "signing"
        elif name == _CERTIFICATE and _KEY in self.path and self._signing:
            self._text = []
        elif name in {_SIGN_ON, _SIGN_OFF} and attributes.get("Binding") == _REDIRECT:
            self._address(name, attributes.get("Location", ""))

    def text(self, part: str) -> None:
        if self._text is not None:
            self._text.append(part)

    def end(self, name: str) -> None:
        self.path.pop()
        if name == _CERTIFICATE and self._text is not None:
            self.certificates.append(_certificate("".join(self._text)))
            self._text = None

    def _address(self, name: str, location: str) -> None:
        if not location.startswith(("https://", "http://")):
            raise UnusableMetadata("an address is not a web address")
        if name == _SIGN_ON:
            self.sign_on_url = self.sign_on_url or location
        else:
            self.sign_off_url = self.sign_off_url or location


def read(text: str, now_ms: int) -> Metadata:
    """Return what the file says; refuses UnusableMetadata."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003  the whole file at once
    except (expat.ExpatError, UnicodeEncodeError):
        raise UnusableMetadata("it is not well-formed XML") from None
    if reader.providers != 1:
        raise UnusableMetadata("it must hold exactly one IDPSSODescriptor")
    if not reader.entity_id:
        raise UnusableMetadata("it has no entityID")
    if reader.sign_on_url is None:
        raise UnusableMetadata("it has no SingleSignOnService by HTTP-Redirect")
    if not reader.certificates:
        raise UnusableMetadata("it has no signing certificate")
    if all(end_of_validity_ms(der) <= now_ms for der in reader.certificates):
        raise UnusableMetadata("its signing certificates have expired")
    return Metadata(
        entity_id=reader.entity_id,
        sign_on_url=reader.sign_on_url,
        sign_off_url=reader.sign_off_url,
        certificates=tuple(reader.certificates),
    )


def _refuse_doctype(*_declaration: Any) -> None:  # noqa: ANN401  whatever expat tells of it
    raise UnusableMetadata("it must not have a document type")


def _certificate(text: str) -> bytes:
    compact = "".join(text.split())
    if len(compact) > CERTIFICATE_CHARS_MAX:
        raise UnusableMetadata("a certificate is too long")
    try:
        der = base64.b64decode(compact, validate=True)
        end_of_validity_ms(der)
    except (binascii.Error, UnreadableCertificate):
        raise UnusableMetadata("a certificate cannot be read") from None
    return der
