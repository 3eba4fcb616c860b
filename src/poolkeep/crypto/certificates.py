"""X.509 certificates: making those that others know us by, and reading when one ends.

A self-signed certificate carries a public key and nothing that a peer would check beyond it;
SAML partners pin it. Source: RFC 5280; docs/behaviours/identity-providers.md.
"""

import datetime as dt
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from poolkeep.base.entropy import Entropy

YEARS: Final = 10
"""How long a certificate of ours is good."""
_KEY_BITS: Final = 2048
_EXPONENT: Final = 65537
_SERIAL_BYTES: Final = 16
_MS_PER_S: Final = 1_000
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class UnreadableCertificate(ValueError):
    """These bytes are no certificate."""


def new_key() -> bytes:
    """Return a new RSA key of 2048 bits as PKCS #8 (some 100 ms); seal it before it goes anywhere.

    The primes come from OpenSSL's own generator.
    """
    private = generate_private_key(_EXPONENT, _KEY_BITS)
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def self_signed(key: bytes, *, name: str, now_ms: int, entropy: Entropy) -> bytes:
    """Return the DER of a certificate of `key`, good from now on for ten years."""
    private = load_der_private_key(key, None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("not an RSA key")
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = _EPOCH + dt.timedelta(seconds=now_ms // _MS_PER_S)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(int.from_bytes(entropy.bytes(_SERIAL_BYTES), "big") >> 1 or 1)
        .not_valid_before(begins)
        .not_valid_after(_years_later(begins))
        .sign(private, SHA256())
    )
    return made.public_bytes(Encoding.DER)


def end_of_validity_ms(der: bytes) -> int:
    """Return until when a certificate is good; refuses UnreadableCertificate."""
    try:
        end = x509.load_der_x509_certificate(der).not_valid_after_utc
    except ValueError:
        raise UnreadableCertificate from None
    return int((end - _EPOCH).total_seconds()) * _MS_PER_S


def _years_later(moment: dt.datetime) -> dt.datetime:
    """Return the same day ten years on; the last of February has one in every year."""
    day = min(moment.day, 28) if moment.month == 2 else moment.day
    return moment.replace(year=moment.year + YEARS, day=day)
