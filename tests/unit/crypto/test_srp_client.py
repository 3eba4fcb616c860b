"""Our client's half of SRP and our server's agree, and only on the right password."""

import base64

import pytest

from poolkeep.base.entropy import SystemEntropy
from poolkeep.crypto import srp, srp_client

PLACE, NAME, PASSWORD, SALT = "-aB3dE5gH", "us-east-1_0000", "correct horse", 0x1F2E3D
BLOCK = b"any block"


def exchanged(password: str) -> bool:
    """Return whether the server accepts what a client with this password says."""
    entropy = SystemEntropy()
    v = srp.verifier(srp.private_value(PLACE, NAME, PASSWORD, SALT))
    client, server = srp_client.start(entropy), srp.start(entropy, v)
    told = {
        "SALT": f"{SALT:x}",
        "SRP_B": f"{server.B:x}",
        "SECRET_BLOCK": base64.b64encode(BLOCK).decode(),
    }
    said = srp_client.answers(
        client, told, place=PLACE, name=NAME, password=password, now_ms=1_790_000_000_000
    )
    key = srp.session_key(client.A, server.B, server.b, v)
    expected = srp.claim(key, PLACE, NAME, BLOCK, said["TIMESTAMP"])
    return said["PASSWORD_CLAIM_SIGNATURE"] == expected


@pytest.mark.parametrize("_", range(8))
def test_the_right_password_proves_itself(_: int) -> None:
    assert exchanged(PASSWORD)


def test_another_password_does_not() -> None:
    assert not exchanged("correct horsf")


@pytest.mark.parametrize("now_ms", [0, 1_790_000_000_000, 1_772_582_400_000])
def test_a_time_reads_as_it_was_written(now_ms: int) -> None:
    assert srp.timestamp_ms(srp_client.timestamp(now_ms)) == now_ms // 1000 * 1000
