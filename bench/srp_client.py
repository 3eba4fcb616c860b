"""The client's half of SRP, with everything that does not depend on the server prepared."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.ids import pool_suffix
from poolkeep.crypto import modexp, srp

INFO: Final = b"Caldera Derived Key\x01"
KEY_BYTES: Final = 16


class Prover:
    """Proves one password for one pool; the same A serves every sign-in."""

    def __init__(self, pool_id: str, password: str) -> None:
        """Draw a and compute A."""
        self._suffix = pool_suffix(pool_id)
        self._password = password
        self._a = int.from_bytes(SystemEntropy().bytes(32), "big")
        self._public = modexp.generator_power(self._a)
        self.srp_a = f"{self._public:x}"

    def responses(self, challenge: bytes) -> dict[str, str]:
        """Return ChallengeResponses for the server's answer to USER_SRP_AUTH."""
        asked: dict[str, Any] = msgspec.json.decode(challenge)["ChallengeParameters"]
        b_public = int(asked["SRP_B"], 16)
        name = asked["USER_ID_FOR_SRP"]
        x = srp.private_value(self._suffix, name, self._password, int(asked["SALT"], 16))
        hashed = hashlib.sha256(srp.pad(self._public) + srp.pad(b_public)).digest()
        u = int.from_bytes(hashed, "big")
        base = (b_public - srp.K * modexp.generator_power(x)) % srp.N
        shared = modexp.best().power(base, self._a + u * x)
        extracted = hmac.digest(srp.pad(u), srp.pad(shared), "sha256")
        key = hmac.digest(extracted, INFO, "sha256")[:KEY_BYTES]
        now = datetime.now(UTC)
        stamp = f"{now:%a %b} {now.day} {now:%H:%M:%S UTC %Y}"
        block = asked["SECRET_BLOCK"]
        claim = srp.claim(key, self._suffix, name, _decoded(block), stamp)
        return {
            "USERNAME": name,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": claim,
            "TIMESTAMP": stamp,
        }


def _decoded(block: str) -> bytes:
    return msgspec.json.decode(f'"{block}"', type=bytes)
