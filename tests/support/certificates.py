"""A certificate authority of the tests, and one certificate of it for this machine's names."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES: Final = ("localhost", "*.localhost", "*.auth.localhost")
LIFE: Final = dt.timedelta(days=2)


class Certified(NamedTuple):
    """PEM files: the authority's certificate, the server's, and the server's key."""

    authority: Path
    certificate: Path
    key: Path

    def environment(self) -> dict[str, str]:
        """Return the settings of a server that has this certificate."""
        return {
            "POOLKEEP_TLS_CERTIFICATE_FILE": str(self.certificate),
            "POOLKEEP_TLS_KEY_FILE": str(self.key),
        }

    def context(self) -> ssl.SSLContext:
        """Return what trusts this authority and nobody else."""
        return ssl.create_default_context(cafile=str(self.authority))


def certify(folder: Path) -> Certified:
    """Make an authority and a server's certificate in a folder."""
    ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = _name("An authority of the tests")
    authority = (
        _begun(name, name, ours.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(ours, hashes.SHA256())
    )
    names: list[x509.GeneralName] = [x509.DNSName(each) for each in NAMES]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    server = (
        _begun(_name("localhost"), name, theirs.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ours, hashes.SHA256())
    )
    made = Certified(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        theirs.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    made.key.chmod(0o600)
    return made


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFE)
        .not_valid_after(now + LIFE)
    )
