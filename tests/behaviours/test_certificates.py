"""The signing certificate: docs/behaviours/certificates.md."""

import base64
import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from tests.sdk.builders import a_pool
from tests.sdk.support import Wire, holds, race, refused


def certificate(wire: Wire, pool_id: str) -> str:
    text: str = wire.call("GetSigningCertificate", UserPoolId=pool_id)["Certificate"]
    return text


@holds("CERT-01", "CERT-02")
def test_a_pool_has_a_certificate_of_its_own(wire: Wire, server_url: str) -> None:
    pool_id, other = a_pool(wire), a_pool(wire)
    text = certificate(wire, pool_id)
    assert "\n" not in text
    read = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    assert read.issuer == read.subject
    assert pool_id in read.subject.rfc4514_string()
    years = read.not_valid_after_utc - read.not_valid_before_utc
    assert abs(years - dt.timedelta(days=3652)) <= dt.timedelta(days=2)
    key = read.public_key()
    assert isinstance(key, RSAPublicKey)
    assert key.key_size >= 2048
    key.verify(read.signature, read.tbs_certificate_bytes, PKCS1v15(), SHA256())
    assert certificate(wire, pool_id) == text
    assert certificate(wire, other) != text
    with refused("ResourceNotFoundException", f"User pool {pool_id} does not exist."):
        certificate(Wire(server_url), pool_id)


@holds("CERT-03")
def test_racing_callers_agree(wire: Wire) -> None:
    pool_id = a_pool(wire)
    done, refusals = race(6, lambda: certificate(wire, pool_id))
    assert not refusals
    assert len(set(done)) == 1
    assert certificate(wire, pool_id) == done[0]
