"""The arithmetic of passkeys: whether a registration or an assertion is what it says it is.

The bytes are taken apart and the signatures checked by Yubico's library. What must be compared
with what (challenge, origin, relying party, flags) is decided here, in the order of WebAuthn
level 3, sections 7.1 and 7.2, so that each fault has a name. Keys are ES256 or RS256.
"""

import hmac
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, NoReturn

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.attestation.apple import AppleAttestation
from fido2.attestation.base import Attestation, InvalidAttestation, NoneAttestation
from fido2.attestation.packed import PackedAttestation
from fido2.attestation.u2f import FidoU2FAttestation
from fido2.cose import CoseKey
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

ES256: Final = -7
RS256: Final = -257
ALGORITHMS: Final = (ES256, RS256)
CHALLENGE_BYTES: Final = 32
CREDENTIAL_ID_BYTES_MAX: Final = 1023
CLIENT_DATA_BYTES_MAX: Final = 4096
ATTESTATION_BYTES_MAX: Final = 8192
AUTHENTICATOR_DATA_BYTES_MAX: Final = 2048
SIGNATURE_BYTES_MAX: Final = 1024
USER_HANDLE_BYTES_MAX: Final = 64
RSA_BITS: Final = range(2048, 4097)
PUBLIC_KEY: Final = "public-key"
_HEAD_BYTES: Final = 37
_KTY, _ALG, _CURVE_OR_N = 1, 3, -1
_KEY_TYPE: Final = {ES256: 2, RS256: 3}
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_FORMATS: Final[dict[str, type[Attestation]]] = {
    "none": NoneAttestation,
    "packed": PackedAttestation,
    "fido-u2f": FidoU2FAttestation,
    "apple": AppleAttestation,
}
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What is no JSON of the right shape; bytes that are no text raise an error of their own."""

_MALFORMED: Final = (
    ValueError,  # the library's own word, and that of bad texts and numbers
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    AssertionError,
    struct.error,
    UnsupportedAlgorithm,
)
"""What the library lets escape when bytes are not what they should be."""


class Fault(StrEnum):
    """What is wrong with a credential."""

    MALFORMED = "malformed"
    CHALLENGE = "challenge"
    ORIGIN = "origin"
    RELYING_PARTY = "relying party"
    USER = "user presence or verification"
    UNSUPPORTED = "unsupported"
    SIGNATURE = "signature"


class CredentialRefused(Exception):
    """A credential that proves nothing; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        """Name the fault."""
        super().__init__(fault.value)
        self.fault = fault


class Expectations(msgspec.Struct, frozen=True, kw_only=True):
    """What a ceremony must agree with."""

    challenge: bytes
    relying_party_id: str
    origin_allowed: Callable[[str], bool]
    user_verification_required: bool


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A new credential. `public_key` is COSE; `aaguid` names the make of the authenticator."""

    id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    attachment: str | None
    backup_eligible: bool
    backed_up: bool


class Asserted(msgspec.Struct, frozen=True, kw_only=True):
    """What a right assertion tells besides."""

    sign_count: int
    user_verified: bool
    backup_eligible: bool
    backed_up: bool


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """An assertion taken out of its JSON; nothing of it is believed yet."""

    id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes | None


class _ClientData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    type: str
    challenge: str
    origin: str
    cross_origin: bool = False
    top_origin: str | None = None


class _AttestationResponse(msgspec.Struct, frozen=True, kw_only=True):
    client_data: str = msgspec.field(name="clientDataJSON")
    attestation_object: str = msgspec.field(name="attestationObject")
    transports: tuple[str, ...] | None = None


class _AssertionResponse(msgspec.Struct, frozen=True, kw_only=True):
    client_data: str = msgspec.field(name="clientDataJSON")
    authenticator_data: str = msgspec.field(name="authenticatorData")
    signature: str
    user_handle: str | None = msgspec.field(name="userHandle", default=None)


class _Registration(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    raw_id: str = msgspec.field(name="rawId")
    type: str
    response: _AttestationResponse
    attachment: str | None = msgspec.field(name="authenticatorAttachment", default=None)


class _Authentication(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    raw_id: str = msgspec.field(name="rawId")
    type: str
    response: _AssertionResponse


def to_text(raw: bytes) -> str:
    """Return base64url without padding, as every binary member of WebAuthn's JSON has it."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str, bytes_max: int) -> bytes:
    """Return the bytes of such a text; refuses padding, foreign characters and great length."""
    if len(text) > bytes_max * 4 // 3 + 2 or not _BASE64URL.fullmatch(text):
        _refuse(Fault.MALFORMED)
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        _refuse(Fault.MALFORMED)
    if len(raw) > bytes_max:
        _refuse(Fault.MALFORMED)
    return raw


def register(credential: object, expected: Expectations) -> Registered:
    """Return the credential of a registration's JSON; refuses what is not as expected."""
    try:
        given = msgspec.convert(credential, _Registration)
    except _UNREADABLE:
        _refuse(Fault.MALFORMED)
    identity = _identity(given)
    client_data = from_text(given.response.client_data, CLIENT_DATA_BYTES_MAX)
    _check_client_data(client_data, "webauthn.create", expected)
    attestation = _attestation(from_text(given.response.attestation_object, ATTESTATION_BYTES_MAX))
    data = attestation.auth_data
    _check_authenticator(data, expected)
    attested = data.credential_data
    if attested is None or not hmac.compare_digest(attested.credential_id, identity):
        _refuse(Fault.MALFORMED)
    _check_length(data, attested)
    _check_key(attested.public_key)
    _check_attestation(attestation, sha256(client_data).digest())
    return Registered(
        id=identity,
        public_key=cbor.encode(dict(attested.public_key)),
        sign_count=data.counter,
        aaguid=str(attested.aaguid),
        transports=given.response.transports or (),
        attachment=given.attachment,
        backup_eligible=data.is_backup_eligible(),
        backed_up=data.is_backed_up(),
    )


def parse_assertion(text: str) -> Assertion:
    """Return the parts of an assertion's JSON; refuses what is none."""
    try:
        given = msgspec.json.decode(text, type=_Authentication)
    except _UNREADABLE:
        _refuse(Fault.MALFORMED)
    response, handle = given.response, given.response.user_handle
    return Assertion(
        id=_identity(given),
        client_data=from_text(response.client_data, CLIENT_DATA_BYTES_MAX),
        authenticator_data=from_text(response.authenticator_data, AUTHENTICATOR_DATA_BYTES_MAX),
        signature=from_text(response.signature, SIGNATURE_BYTES_MAX),
        user_handle=from_text(handle, USER_HANDLE_BYTES_MAX) if handle else None,
    )


def check_assertion(assertion: Assertion, public_key: bytes, expected: Expectations) -> Asserted:
    """Return what a right assertion tells; refuses one that is not as expected, or not signed."""
    _check_client_data(assertion.client_data, "webauthn.get", expected)
    try:
        data = AuthenticatorData(assertion.authenticator_data)
    except _MALFORMED:
        _refuse(Fault.MALFORMED)
    _check_authenticator(data, expected)
    message = assertion.authenticator_data + sha256(assertion.client_data).digest()
    try:
        _verify(CoseKey.parse(_key_of(public_key)), message, assertion.signature)
    except InvalidSignature:
        _refuse(Fault.SIGNATURE)
    except _MALFORMED:
        _refuse(Fault.MALFORMED)
    return Asserted(
        sign_count=data.counter,
        user_verified=data.is_user_verified(),
        backup_eligible=data.is_backup_eligible(),
        backed_up=data.is_backed_up(),
    )


def _identity(given: _Registration | _Authentication) -> bytes:
    if given.type != PUBLIC_KEY or given.id != given.raw_id:
        _refuse(Fault.MALFORMED)
    identity = from_text(given.raw_id, CREDENTIAL_ID_BYTES_MAX)
    if not identity or to_text(identity) != given.raw_id:
        _refuse(Fault.MALFORMED)
    return identity


def _check_client_data(raw: bytes, kind: str, expected: Expectations) -> None:
    try:
        told = msgspec.json.decode(raw, type=_ClientData)
    except _UNREADABLE:
        _refuse(Fault.MALFORMED)
    if told.type != kind:
        _refuse(Fault.MALFORMED)
    challenge = from_text(told.challenge, CHALLENGE_BYTES * 2)
    if not hmac.compare_digest(challenge, expected.challenge):
        _refuse(Fault.CHALLENGE)
    if told.cross_origin or told.top_origin is not None or not expected.origin_allowed(told.origin):
        _refuse(Fault.ORIGIN)


def _check_authenticator(data: AuthenticatorData, expected: Expectations) -> None:
    wanted = sha256(expected.relying_party_id.encode()).digest()
    if not hmac.compare_digest(data.rp_id_hash, wanted):
        _refuse(Fault.RELYING_PARTY)
    verified = data.is_user_verified() or not expected.user_verification_required
    if not data.is_user_present() or not verified:
        _refuse(Fault.USER)
    if data.is_backed_up() and not data.is_backup_eligible():
        _refuse(Fault.MALFORMED)


def _attestation(raw: bytes) -> AttestationObject:
    try:
        decoded = cbor.decode(raw)
        # A map with the same key twice, or a number spelled long, is shorter when written anew.
        if not isinstance(decoded, dict) or len(cbor.encode(decoded)) != len(raw):
            _refuse(Fault.MALFORMED)
        return AttestationObject(raw)
    except _MALFORMED:
        _refuse(Fault.MALFORMED)


def _check_length(data: AuthenticatorData, attested: AttestedCredentialData) -> None:
    """Refuse authenticator data that says anything twice; see above."""
    extensions = b"" if data.extensions is None else cbor.encode(data.extensions)
    if len(data) != _HEAD_BYTES + len(attested) + len(extensions):
        _refuse(Fault.MALFORMED)


def _check_key(key: CoseKey) -> None:
    algorithm = key.get(_ALG)
    if algorithm not in ALGORITHMS:
        _refuse(Fault.UNSUPPORTED)
    try:
        if key.get(_KTY) != _KEY_TYPE[algorithm]:
            _refuse(Fault.MALFORMED)
        if algorithm == RS256:
            bits = int.from_bytes(key[_CURVE_OR_N], "big").bit_length()
            if bits not in RSA_BITS:
                _refuse(Fault.UNSUPPORTED)
        _verify(key, b"", b"")
    except InvalidSignature:
        return  # a key that can tell a wrong signature is a key
    except _MALFORMED:
        _refuse(Fault.MALFORMED)


def _check_attestation(attestation: AttestationObject, client_data_hash: bytes) -> None:
    """Refuse a statement that is wrong; whoever made it is not asked for a pedigree."""
    kind = _FORMATS.get(attestation.fmt) if isinstance(attestation.fmt, str) else None
    if kind is None:
        _refuse(Fault.UNSUPPORTED)
    try:
        kind().verify(attestation.att_stmt, attestation.auth_data, client_data_hash)
    except (InvalidAttestation, InvalidSignature, *_MALFORMED):
        _refuse(Fault.MALFORMED)


def _key_of(public_key: bytes) -> dict[int, Any]:
    decoded: Any = cbor.decode(public_key)
    return dict(decoded)


def _verify(key: CoseKey, message: bytes, signature: bytes) -> None:
    key.verify(message, signature)


def _refuse(fault: Fault) -> NoReturn:
    raise CredentialRefused(fault) from None
