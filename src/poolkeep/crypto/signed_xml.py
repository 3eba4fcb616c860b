"""XML that others signed, over lxml and signxml: one hard parser, one narrow profile.

    bytes ──▶ parsed: no DTD, no comments, UTF-8, bounded ──▶ shape of the signatures
          ──▶ signxml ──▶ the bytes that were signed ──▶ parsed anew: only these are believed

What is checked and what is read can then not be two things. Signatures are RSA or ECDSA with
SHA-256 or better over one element by its ID, by a key that we were given beforehand; what the
document says of keys is passed over. Source: docs/behaviours/saml.md.
"""

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

if TYPE_CHECKING:
    from lxml.etree import _Element

BYTES_MAX: Final = 256 * 1024
NODES_MAX: Final = 5_000
SIGNATURES_MAX: Final = 2
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED: Final = f"{DS}enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_BITS_MIN: Final = 2048
_SIGNATURE: Final = f"{{{DS}}}Signature"
_NEVER: Final = (b"<!DOCTYPE", b"<!ENTITY", b"<![CDATA[", b"<?xml-stylesheet", b"\0")
_METHODS: Final = (
    "RSA_SHA256", "RSA_SHA384", "RSA_SHA512", "ECDSA_SHA256", "ECDSA_SHA384", "ECDSA_SHA512",
    "SHA256_RSA_MGF1", "SHA384_RSA_MGF1", "SHA512_RSA_MGF1",
)  # fmt: skip
_ENCODING: Final = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_DIGESTS: Final = ("SHA256", "SHA384", "SHA512")


class XmlRefused(ValueError):
    """Not XML that we read, or not signed as it has to be; the text says what is wrong."""


def parse(data: bytes, *, bytes_max: int = BYTES_MAX, nodes_max: int = NODES_MAX) -> "_Element":
    """Return the root. Raises XmlRefused for what is too large, or more than plain elements."""
    from lxml import etree  # noqa: PLC0415  twenty milliseconds that most installations never need

    if len(data) > bytes_max:
        raise XmlRefused("The document is too large.")
    if any(mark in data for mark in _NEVER):
        raise XmlRefused("The document has a declaration that is not allowed.")
    declared = _ENCODING.match(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise XmlRefused("The document is not UTF-8.") from error
    if declared is not None and declared[1].lower() not in {b"utf-8", b"us-ascii"}:
        raise XmlRefused("The document is not UTF-8.")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused("The document is not well-formed XML.") from error
    for number, node in enumerate(root.getroottree().iter()):
        if number >= nodes_max:
            raise XmlRefused("The document has too many elements.")
        if not isinstance(node.tag, str):
            raise XmlRefused("The document has a comment, an instruction or an entity.")
    if root.getprevious() is not None or root.getnext() is not None:
        raise XmlRefused("The document has a comment, an instruction or an entity.")
    return root


def signed_parts(
    root: "_Element", signable: Sequence["_Element"], certificates: Sequence[x509.Certificate]
) -> dict[str, "_Element"]:
    """Return the signed ones of `signable` by tag, each parsed from the bytes that were signed.

    Every signature of the document must be a child of one of `signable` and must hold. Raises
    XmlRefused when one does not, or there is none.
    """
    _check_ids(root)
    signatures = list(root.iter(_SIGNATURE))
    if not signatures:
        raise XmlRefused("Nothing is signed.")
    if len(signatures) > SIGNATURES_MAX:
        raise XmlRefused("There are too many signatures.")
    found: dict[str, _Element] = {}
    for signature in signatures:
        parent = signature.getparent()
        if parent is None or parent not in signable or str(parent.tag) in found:
            raise XmlRefused("A signature stands where none belongs.")
        _check_form(signature, parent)
        found[str(parent.tag)] = _verified(parent, certificates)
    return found


def _check_ids(root: "_Element") -> None:
    """Refuse two elements of one ID, however the attribute is spelled."""
    seen: set[str] = set()
    for node in root.iter():
        for name, value in node.attrib.items():
            if str(name).rpartition("}")[2].lower() != "id":
                continue
            if str(value) in seen:
                raise XmlRefused("Two elements have one ID.")
            seen.add(str(value))


def _check_form(signature: "_Element", parent: "_Element") -> None:
    """Refuse a signature that is not over its parent alone, in the one form that we know."""
    references = list(signature.iter(f"{{{DS}}}Reference"))
    info = signature.find(f"{{{DS}}}SignedInfo")
    identifier = parent.get("ID")
    if info is None or len(references) != 1 or references[0].getparent() is not info:
        raise XmlRefused("A signature must have one reference.")
    if not identifier or references[0].get("URI") != f"#{identifier}":
        raise XmlRefused("A signature must be over the element that holds it.")
    if next(signature.iter(f"{{{DS}}}Object"), None) is not None:
        raise XmlRefused("A signature must not hold objects.")
    transforms = [each.get("Algorithm") for each in references[0].iter(f"{{{DS}}}Transform")]
    method = info.find(f"{{{DS}}}CanonicalizationMethod")
    if (
        sorted(map(str, transforms)) != sorted((ENVELOPED, EXCLUSIVE))
        or method is None
        or method.get("Algorithm") != EXCLUSIVE
    ):
        raise XmlRefused("A signature must use exclusive canonicalisation.")


def _verified(parent: "_Element", certificates: Sequence[x509.Certificate]) -> "_Element":
    """Return the element as it was signed, by whichever certificate fits.

    Which certificates are of today was the caller's to see, by our clock.
    """
    from lxml import etree  # noqa: PLC0415  as above
    from signxml.algorithms import DigestAlgorithm, SignatureMethod  # noqa: PLC0415  as above
    from signxml.verifier import SignatureConfiguration, XMLVerifier  # noqa: PLC0415  as above

    config = SignatureConfiguration(
        location="./",
        signature_methods=frozenset(SignatureMethod[name] for name in _METHODS),
        digest_algorithms=frozenset(DigestAlgorithm[name] for name in _DIGESTS),
        ignore_ambiguous_key_info=True,
    )
    alone = etree.tostring(parent, with_tail=False)
    for certificate in certificates:
        if not _is_strong(certificate):
            continue
        try:
            result: Any = XMLVerifier().verify(
                alone,
                x509_cert=certificate,
                id_attribute="ID",
                expect_config=dataclasses.replace(
                    config, verification_time=certificate.not_valid_before_utc
                ),
            )
        except Exception:  # noqa: BLE001,S112  signxml raises what lxml and cryptography raise
            continue
        signed = parse(result.signed_data)
        if signed.tag == parent.tag and signed.get("ID") == parent.get("ID"):
            return signed
    raise XmlRefused("A signature is wrong, or not by a known certificate.")


def _is_strong(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    size = getattr(key, "key_size", 0)
    return size >= RSA_BITS_MIN if hasattr(key, "public_numbers") and _is_rsa(key) else size > 0


def _is_rsa(key: object) -> bool:
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  as above

    return isinstance(key, rsa.RSAPublicKey)
