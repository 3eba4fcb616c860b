"""A certificate authority of one's own, for https on the machine that one develops on.

It signs for whatever name a browser asks this machine for. Who trusts it trusts the file with its
key, so it never leaves the machine that made it, and production has no use for it.
"""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from poolkeep.base.entropy import Entropy

AUTHORITY_LIFE: Final = timedelta(days=3_650)
AUTHORITY_RENEWED: Final = timedelta(days=60)
"""So long before its end an authority is replaced."""
LEAF_LIFE: Final = timedelta(days=30)
LEAF_RENEWED: Final = timedelta(days=10)
BACKDATED: Final = timedelta(days=1)
"""Clocks of browsers in virtual machines are often behind."""
SERIAL_BYTES: Final = 16
NAME: Final = "poolkeep development authority"


class AuthorityUnusable(ValueError):
    """The file does not hold an authority: a key and the certificate that belongs to it."""


class Authority:
    """Signs certificates."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        """Sign with `key`, as `certificate` says."""
        self._key = key
        self._certificate = certificate

    @classmethod
    def made(cls, entropy: Entropy, now_ms: int) -> Self:
        """Make a new one. Its name has some digits, to tell it from others in a browser's list."""
        now = _time(now_ms)
        key = ec.generate_private_key(ec.SECP256R1())
        called = f"{NAME} {entropy.bytes(3).hex()}"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(_serial(entropy))
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def read(cls, pem: bytes) -> Self:
        """Return the authority of a file that `private` has made. Raises AuthorityUnusable."""
        try:
            key = serialization.load_pem_private_key(pem, None)
            certificate = x509.load_pem_x509_certificate(pem)
        except ValueError as error:
            message = "it holds no key with its certificate"
            raise AuthorityUnusable(message) from error
        if (
            not isinstance(key, ec.EllipticCurvePrivateKey)
            or certificate.public_key() != key.public_key()
        ):
            message = "its key and its certificate do not belong together"
            raise AuthorityUnusable(message)
        return cls(key, certificate)

    def ends_soon(self, now_ms: int) -> bool:
        """Tell whether another one is due."""
        return self._certificate.not_valid_after_utc - AUTHORITY_RENEWED <= _time(now_ms)

    @property
    def private(self) -> bytes:
        """The key and the certificate as PEM; nobody else may see it."""
        return _private(self._key) + self.public

    @property
    def public(self) -> bytes:
        """The certificate as PEM, for those who are to trust it."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        names: Iterable[str],
        key: ec.EllipticCurvePrivateKey,
        *,
        entropy: Entropy,
        now_ms: int,
    ) -> bytes:
        """Return `key` and a certificate for names and addresses, with the chain, as PEM."""
        now = _time(now_ms)
        entries = [_entry(name) for name in names]
        own = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(_serial(entropy))
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + LEAF_LIFE, self._certificate.not_valid_after_utc))
            .add_extension(x509.SubjectAlternativeName(entries), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        return _private(key) + pem + self.public


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a key for a server."""
    return ec.generate_private_key(ec.SECP256R1())


def _time(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms // 1_000, UTC)


def _serial(entropy: Entropy) -> int:
    return int.from_bytes(entropy.bytes(SERIAL_BYTES)) >> 1 or 1


def _entry(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
