"""A SAML response: from what a browser posted to an assertion that can be believed. Pure.

    base64 ──▶ XML ──▶ one Response, one Assertion ──▶ signatures ──▶ status, issuer, audience,
    times, recipient, request ──▶ Assertion

Everything that is returned comes from signed bytes. That a response is not used twice is the
caller's to see, by `Assertion.id` until `not_on_or_after_s`. Source: docs/behaviours/saml.md.
"""

import base64
import binascii
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import msgspec

from poolkeep.core.saml.metadata import MetadataRefused, ProviderMetadata, seconds_of
from poolkeep.crypto.signed_xml import XmlRefused, parse, signed_parts

if TYPE_CHECKING:
    from lxml.etree import _Element

SKEW_S: Final = 60
ENCODED_MAX: Final = 350_000
NAME_ID_MAX: Final = 1_000
P: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
A: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


class ResponseRefused(ValueError):
    """Not a response that we believe. `expired` tells one that came too late from the rest."""

    def __init__(self, text: str, *, expired: bool = False) -> None:
        """Say what is wrong, without anything of the response in it."""
        super().__init__(text)
        self.expired = expired


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a response has to be for.

    `request_id` is the request that it answers; None takes only those that answer none, and
    `any_request` those of whatever request, which somebody else has made.
    """

    audiences: Collection[str]
    recipients: Collection[str]
    now_s: float
    request_id: str | None = None
    any_request: bool = False
    skew_s: int = SKEW_S


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What an identity provider says of somebody, with every value of each attribute."""

    id: str
    issuer: str
    audience: str
    recipient: str
    name_id: str
    name_id_format: str
    name_qualifier: str | None
    sp_name_qualifier: str | None
    attributes: dict[str, tuple[str, ...]]
    not_on_or_after_s: int
    session_index: str | None = None
    session_not_on_or_after_s: int | None = None


def response_of(text: str, provider: ProviderMetadata, expected: Expected) -> Assertion:
    """Return what a response says, after everything about it was checked.

    `text` is the base64 of the response. Raises ResponseRefused.
    """
    try:
        return _read(_decoded(text), provider, expected)
    except (XmlRefused, MetadataRefused) as error:
        raise ResponseRefused(str(error)) from error


def _decoded(text: str) -> bytes:
    if len(text) > ENCODED_MAX:
        raise ResponseRefused("The response is too large.")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ResponseRefused("The response is not base64.") from error


def _read(data: bytes, provider: ProviderMetadata, expected: Expected) -> Assertion:
    root = parse(data)
    if root.tag != f"{P}Response":
        raise ResponseRefused("The document is no SAML response.")
    assertion = _the_assertion(root)
    keys = provider.keys_at(expected.now_s)
    signed = signed_parts(root, [root, assertion], keys)
    whole = signed.get(f"{P}Response")
    believed = signed.get(f"{A}Assertion")
    if believed is None:
        if whole is None:
            raise ResponseRefused("The assertion is not signed.")
        believed = _the_assertion(whole)
    _check_response(whole if whole is not None else root, provider, expected)
    return _assertion(believed, provider, expected)


def _the_assertion(root: "_Element") -> "_Element":
    """Return the one assertion, which is the response's own child."""
    if next(root.iter(f"{A}EncryptedAssertion"), None) is not None:
        raise ResponseRefused("Encrypted assertions are not taken.")
    found = list(root.iter(f"{A}Assertion"))
    if len(found) != 1 or found[0].getparent() is not root:
        raise ResponseRefused("A response must hold one assertion.")
    return found[0]


def _check_response(root: "_Element", provider: ProviderMetadata, expected: Expected) -> None:
    if root.get("Version") != "2.0":
        raise ResponseRefused("The response is not of SAML 2.0.")
    codes = root.findall(f"{P}Status/{P}StatusCode")
    if len(codes) != 1 or codes[0].get("Value") != SUCCESS:
        raise ResponseRefused("The identity provider reports a failure.")
    if (issuer := root.find(f"{A}Issuer")) is not None:
        _check_issuer(issuer, provider)
    destination = root.get("Destination")
    if destination and destination not in expected.recipients:
        raise ResponseRefused("The response is meant for another address.")
    _check_request(root.get("InResponseTo"), expected)


def _check_request(answered: str | None, expected: Expected) -> None:
    if answered != expected.request_id and not expected.any_request:
        raise ResponseRefused("The response does not answer the request.")


def _check_issuer(element: "_Element", provider: ProviderMetadata) -> None:
    if _text(element) != provider.entity_id:
        raise ResponseRefused("The response is of another issuer.")


def _assertion(element: "_Element", provider: ProviderMetadata, expected: Expected) -> Assertion:
    if element.get("Version") != "2.0" or not element.get("ID"):
        raise ResponseRefused("The assertion is not of SAML 2.0.")
    _check_issuer(_one(element, "Issuer"), provider)
    audience, until = _check_conditions(_one(element, "Conditions"), expected)
    subject = _one(element, "Subject")
    recipient, confirmed_until = _confirmed(subject, expected)
    name_id = _one(subject, "NameID")
    name = _text(name_id)
    if not name.strip() or len(name) > NAME_ID_MAX:
        raise ResponseRefused("The assertion names nobody.")
    statements = element.findall(f"{A}AuthnStatement")
    session_until = [
        seconds_of(each.get("SessionNotOnOrAfter", ""))
        for each in statements
        if each.get("SessionNotOnOrAfter") is not None
    ]
    if any(expected.now_s >= each + expected.skew_s for each in session_until):
        raise ResponseRefused("The session at the identity provider has ended.", expired=True)
    return Assertion(
        id=element.get("ID", ""),
        issuer=provider.entity_id,
        audience=audience,
        recipient=recipient,
        name_id=name,
        name_id_format=name_id.get("Format", UNSPECIFIED),
        name_qualifier=name_id.get("NameQualifier"),
        sp_name_qualifier=name_id.get("SPNameQualifier"),
        attributes=_attributes(element),
        not_on_or_after_s=min(until, confirmed_until),
        session_index=next((each.get("SessionIndex") for each in statements), None),
        session_not_on_or_after_s=min(session_until, default=None),
    )


def _check_conditions(conditions: "_Element", expected: Expected) -> tuple[str, int]:
    """Return the audience that is ours, and until when the assertion holds."""
    until = _check_times(conditions, expected)
    restrictions = conditions.findall(f"{A}AudienceRestriction")
    ours = ""
    for restriction in restrictions:
        named = {_text(each) for each in restriction.findall(f"{A}Audience")}
        if not (met := sorted(named & set(expected.audiences))):
            raise ResponseRefused("The assertion is for another audience.")
        ours = met[0]
    if not restrictions:
        raise ResponseRefused("The assertion does not say for whom it is.")
    return ours, until


def _check_times(element: "_Element", expected: Expected) -> int:
    """Return until when; refuses what is not valid yet, not any more, or for ever."""
    before, after = element.get("NotBefore"), element.get("NotOnOrAfter")
    if after is None:
        raise ResponseRefused("The assertion has no end.")
    if before is not None and expected.now_s < seconds_of(before) - expected.skew_s:
        raise ResponseRefused("The assertion is not valid yet.")
    until = seconds_of(after)
    if expected.now_s >= until + expected.skew_s:
        raise ResponseRefused("The assertion has expired.", expired=True)
    return until


def _confirmed(subject: "_Element", expected: Expected) -> tuple[str, int]:
    """Return by which address the bearer is confirmed, and until when."""
    why = ResponseRefused("The assertion does not confirm its bearer.")
    for confirmation in subject.findall(f"{A}SubjectConfirmation"):
        data = confirmation.find(f"{A}SubjectConfirmationData")
        if confirmation.get("Method") != BEARER or data is None:
            continue
        try:
            if data.get("Recipient") not in expected.recipients:
                raise ResponseRefused("The assertion is meant for another address.")
            _check_request(data.get("InResponseTo"), expected)
            return str(data.get("Recipient")), _check_times(data, expected)
        except ResponseRefused as refused:
            why = refused
    raise why


def _attributes(element: "_Element") -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for attribute in element.iterfind(f"{A}AttributeStatement/{A}Attribute"):
        name = attribute.get("Name", "")
        # A value may be any XML; what is no text is nothing that we could use.
        listed = attribute.findall(f"{A}AttributeValue")
        values = tuple(each.text or "" for each in listed if not len(each))
        found[name] = found.get(name, ()) + values
    return found


def _one(element: "_Element", name: str) -> "_Element":
    found = element.findall(f"{A}{name}")
    if len(found) != 1:
        raise ResponseRefused(f"The assertion must have one {name}.")
    return found[0]


def _text(element: "_Element") -> str:
    """Return the whole text of an element that holds nothing else."""
    if len(element):
        raise ResponseRefused("An element holds more than text.")
    return element.text or ""
