"""Responses that are believed, and every other: docs/behaviours/saml.md."""

import base64
import copy
import dataclasses
from collections.abc import Callable
from typing import Any, Final

import pytest
from lxml import etree

from poolkeep.core.saml import (
    Assertion,
    Expected,
    MetadataRefused,
    ProviderMetadata,
    ResponseRefused,
    metadata_of,
    response_of,
)
from tests.sdk.support import holds
from tests.support.saml_idp import ENTITY_ID, A, P, Said, SamlIdp, encoded, forged, zulu

NOW: Final = 1_900_000_000.0
HERE: Final = "https://pool.example.com/saml2/idpresponse"
AUDIENCE: Final = "urn:amazon:cognito:sp:us-east-1_abc"
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
SIGNATURE: Final = f"{DS}Signature"
IDP: Final = SamlIdp(NOW)
OTHER: Final = SamlIdp(NOW)
PROVIDER: Final[ProviderMetadata] = metadata_of(IDP.metadata().encode())
GROUPS: Final = {"groups": ["a", "b"], "mail": ["alice@example.com"]}
Change = Callable[[Any], Any]


def said(**changes: Any) -> Said:
    usual = Said(idp=IDP, now_s=NOW, recipient=HERE, audience=AUDIENCE, attributes=GROUPS)
    return dataclasses.replace(usual, **changes)


def expected(**changes: Any) -> Expected:
    usual: dict[str, Any] = {"audiences": {AUDIENCE}, "recipients": {HERE}, "now_s": NOW}
    return Expected(**{**usual, **changes})


def read(text: str, **changes: Any) -> Assertion:
    return response_of(text, PROVIDER, expected(**changes))


@holds("SAML-01")
def test_a_signed_assertion_is_read_whole() -> None:
    found = read(said(request_id="_q1").posted(), request_id="_q1")
    assert (found.name_id, found.issuer) == ("alice@example.com", ENTITY_ID)
    assert found.attributes == {"groups": ("a", "b"), "mail": ("alice@example.com",)}
    assert (found.audience, found.recipient, found.session_index) == (AUDIENCE, HERE, "s1")
    assert found.not_on_or_after_s == NOW + 300


@holds("SAML-01")
def test_a_signed_response_signs_its_assertion_and_both_may_be_signed() -> None:
    whole = IDP.sign(said().response(said().assertion()))
    assert read(encoded(whole)).name_id == "alice@example.com"
    assert read(encoded(IDP.sign(said().response()))).name_id == "alice@example.com"


@holds("SAML-02")
def test_what_is_not_signed_by_the_provider_is_refused() -> None:
    unsigned = encoded(said().response(said().assertion()))
    stranger = said().response(OTHER.sign(said().assertion()))
    own_certificate = OTHER.sign(said().assertion())
    for text in (unsigned, encoded(stranger), encoded(said().response(own_certificate))):
        with pytest.raises(ResponseRefused):
            read(text)


@holds("SAML-02")
def test_one_good_signature_does_not_carry_a_bad_one() -> None:
    inner_wrong = IDP.sign(said().response(OTHER.sign(said().assertion())))
    outer_wrong = OTHER.sign(said().response())
    for root in (inner_wrong, outer_wrong):
        with pytest.raises(ResponseRefused, match="signature"):
            read(encoded(root))


@holds("SAML-02")
@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none"])
def test_no_other_way_of_signing_is_taken(algorithm: str) -> None:
    root = said().response()
    method = root.find(f".//{DS}SignatureMethod")
    method.set("Algorithm", f"http://www.w3.org/2001/04/xmldsig-more#{algorithm}")
    with pytest.raises(ResponseRefused):
        read(encoded(root))


@holds("SAML-02")
def test_an_expired_or_weak_key_signs_nothing() -> None:
    for idp in (SamlIdp(NOW, life_s=-60), SamlIdp(NOW, bits=1024)):
        provider = metadata_of(idp.metadata().encode())
        with pytest.raises(ResponseRefused):
            response_of(said(idp=idp).posted(), provider, expected())


def _xsw1(root: Any) -> Any:
    """Put the whole signed response into the signature of a forged one."""
    evil = copy.deepcopy(root)
    evil.set("ID", "_evil")
    evil.replace(evil.find(f"{A}Assertion"), forged(root.find(f"{A}Assertion"), identifier="_e"))
    signature = root.find(f".//{SIGNATURE}")
    evil.insert(1, copy.deepcopy(signature))
    evil.find(SIGNATURE).append(copy.deepcopy(root))
    return evil


def _xsw3(root: Any) -> Any:
    """Put a forged assertion before the signed one."""
    root.insert(1, forged(root.find(f"{A}Assertion"), identifier="_evil"))
    return root


def _xsw4(root: Any) -> Any:
    """Put the signed assertion into a forged one."""
    good = root.find(f"{A}Assertion")
    evil = forged(good, identifier="_evil")
    root.replace(good, evil)
    evil.append(good)
    return root


def _xsw5(root: Any) -> Any:
    """Give the forged assertion the signature of the good one, which comes after it."""
    good = root.find(f"{A}Assertion")
    evil = forged(good, identifier="_evil")
    signature = good.find(SIGNATURE)
    evil.insert(1, signature)
    root.replace(good, evil)
    root.append(good)
    return root


def _xsw6(root: Any) -> Any:
    """Put the good assertion into the signature of a forged one."""
    good = root.find(f"{A}Assertion")
    evil = forged(good, identifier="_evil")
    signature = good.find(SIGNATURE)
    root.replace(good, evil)
    evil.insert(1, signature)
    signature.append(good)
    return root


def _xsw7(root: Any) -> Any:
    """Hide a forged assertion in extensions."""
    extensions = etree.Element(f"{P}Extensions")
    extensions.append(forged(root.find(f"{A}Assertion"), identifier="_evil"))
    root.insert(1, extensions)
    return root


def _xsw8(root: Any) -> Any:
    """Hide the good assertion in an object of the signature on a forged one."""
    good = root.find(f"{A}Assertion")
    evil = forged(good, identifier="_evil")
    signature = good.find(SIGNATURE)
    root.replace(good, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{DS}Object").append(good)
    return root


def _same_id(root: Any) -> Any:
    """Put a forged assertion of the same ID before the good one."""
    root.insert(1, forged(root.find(f"{A}Assertion"), identifier="_a1"))
    return root


def _nested_response(root: Any) -> Any:
    """Put the good response into a forged one."""
    evil = said().response(forged(root.find(f"{A}Assertion"), identifier="_e"), wrapped="_evil")
    evil.append(root)
    return evil


def _edited(root: Any) -> Any:
    """Change the name."""
    root.find(f".//{A}NameID").text = "admin@example.com"
    return root


def _two_references(root: Any) -> Any:
    reference = root.find(f".//{DS}Reference")
    reference.getparent().append(copy.deepcopy(reference))
    return root


def _empty_uri(root: Any) -> Any:
    root.find(f".//{DS}Reference").set("URI", "")
    return root


def _other_uri(root: Any) -> Any:
    root.find(f".//{DS}Reference").set("URI", "https://idp.example.com/document")
    return root


def _no_references(root: Any) -> Any:
    reference = root.find(f".//{DS}Reference")
    reference.getparent().remove(reference)
    return root


def _xpath(root: Any) -> Any:
    transforms = root.find(f".//{DS}Transforms")
    etree.SubElement(
        transforms, f"{DS}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"
    )
    return root


def _lower_id(root: Any) -> Any:
    """Give the response an `id` that is the assertion's."""
    root.set("id", "_a1")
    return root


@holds("SAML-03")
@pytest.mark.parametrize(
    "attack",
    [
        _xsw1, _xsw3, _xsw4, _xsw5, _xsw6, _xsw7, _xsw8, _same_id, _nested_response, _edited,
        _two_references, _empty_uri, _other_uri, _no_references, _xpath, _lower_id,
    ],
)  # fmt: skip
@pytest.mark.parametrize("both", [False, True])
def test_a_signature_cannot_be_moved(attack: Change, *, both: bool) -> None:
    root = said().response()
    evil = attack(IDP.sign(root) if both else root)
    with pytest.raises(ResponseRefused):
        read(encoded(evil))


@holds("SAML-04")
@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"alice@", b"alice<!-- x -->@"),
        lambda data: data.replace(b"alice@", b"alice<?x y?>@"),
        lambda data: data.replace(b"alice@example.com", b"<![CDATA[alice@example.com]]>"),
        lambda data: b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + data,
        lambda data: b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">' + data,
        lambda data: data + b"<!-- after -->",
        lambda data: data.decode().encode("utf-16"),
        lambda data: b'<?xml version="1.0" encoding="utf-7"?>' + data,
        lambda data: data[:-10],
        lambda _: b"",
        lambda _: b"\x00\x01",
        lambda _: b"<a/>",
        lambda data: data.replace(b"</saml:Issuer>", b"</saml:Issuer>" + b"<a/>" * 6_000, 1),
        lambda data: data.replace(b"</saml:Issuer>", b"x" * 300_000 + b"</saml:Issuer>", 1),
        lambda data: data.replace(
            b"</saml:Issuer>", b"</saml:Issuer>" + b"<a>" * 400 + b"</a>" * 400, 1
        ),
        lambda data: data.replace(b"<samlp:Status>", b'<samlp:Status xmlns:q="relative">', 1),
    ],
)
def test_xml_with_tricks_is_refused(change: Callable[[bytes], bytes]) -> None:
    data = base64.b64decode(IDP_SIGNED)
    with pytest.raises(ResponseRefused):
        read(base64.b64encode(change(data)).decode())


IDP_SIGNED: Final = encoded(IDP.sign(said().response()))


@holds("SAML-05")
@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "urn:other"},
        {"recipient": "https://elsewhere.example.com/acs"},
        {"request_id": "_unasked"},
        {"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"},
        {"name_id": ""},
        {"name_id": "  "},
        {"name_id": "x" * 2_000},
        {"idp": SamlIdp(NOW, entity_id="https://other.example.com")},
    ],
)
def test_a_response_for_somebody_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ResponseRefused):
        read(said(**changes).posted())


@holds("SAML-05")
def test_the_request_must_be_the_one_that_is_answered() -> None:
    for request_id in ("_other", None):
        with pytest.raises(ResponseRefused, match="answer"):
            read(said(request_id=request_id).posted(), request_id="_q1")
    assert read(said(request_id="_whoever").posted(), any_request=True).name_id


@holds("SAML-06")
@pytest.mark.parametrize(
    "path, name",
    [
        ("Conditions", "NotOnOrAfter"),
        ("Subject/{A}SubjectConfirmation/{A}SubjectConfirmationData", "NotOnOrAfter"),
        ("AuthnStatement", "SessionNotOnOrAfter"),
    ],
)
def test_every_window_counts(path: str, name: str) -> None:
    for text, fits in ((zulu(NOW - 61), False), (zulu(NOW - 59), True), ("soon", False)):
        assertion = said().assertion()
        assertion.find(A + path.replace("{A}", A)).set(name, text)
        posted = encoded(said().response(IDP.sign(assertion)))
        if fits:
            assert read(posted).id
        else:
            with pytest.raises(ResponseRefused) as caught:
                read(posted)
            assert caught.value.expired == (text != "soon")


@holds("SAML-06")
def test_nothing_is_valid_before_its_time_or_for_ever() -> None:
    for name, text in (("NotBefore", zulu(NOW + 61)), ("NotOnOrAfter", None)):
        assertion = said().assertion()
        conditions = assertion.find(f"{A}Conditions")
        if text is None:
            del conditions.attrib[name]
        else:
            conditions.set(name, text)
        with pytest.raises(ResponseRefused):
            read(encoded(said().response(IDP.sign(assertion))))


@holds("SAML-06")
@pytest.mark.parametrize("part", ["Conditions", "Subject", "Issuer"])
def test_an_assertion_is_complete(part: str) -> None:
    assertion = said().assertion()
    assertion.remove(assertion.find(A + part))
    with pytest.raises(ResponseRefused):
        read(encoded(said().response(IDP.sign(assertion))))


@holds("SAML-07")
def test_metadata_tells_where_and_by_which_keys() -> None:
    assert PROVIDER.entity_id == ENTITY_ID
    assert PROVIDER.sign_in_redirect == "https://idp.example.com/sso"
    assert PROVIDER.sign_out_redirect == "https://idp.example.com/slo"
    assert len(PROVIDER.certificates) == 1


@holds("SAML-07")
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("IDPSSODescriptor", "SPSSODescriptor"),
        lambda text: text.replace(f'entityID="{ENTITY_ID}"', ""),
        lambda text: text.replace(IDP.certificate_text, "bm90IGEgY2VydGlmaWNhdGU="),
        lambda text: text.replace("signing", "encryption"),
        lambda text: f"<all>{text}{text}</all>",
        lambda text: "<!DOCTYPE x>" + text,
        lambda _: "no xml",
    ],
)
def test_other_metadata_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(MetadataRefused):
        metadata_of(change(IDP.metadata()).encode())
