"""An SRP client of our own, which can also misbehave: wrong proofs, odd A values, other times.

Written from the protocol's formulas, so that it agrees with the server only if both are right.
"""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

N: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G: Final = 2
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def padded(value: int) -> bytes:
    """Return the two's-complement big-endian bytes of a natural number, as short as possible."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b"\0"


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the concatenation."""
    return hashlib.sha256(b"".join(parts)).digest()


def number(digest: bytes) -> int:
    """Return a digest as a natural number."""
    return int.from_bytes(digest, "big")


K_MULTIPLIER: Final = number(sha256(padded(N), padded(G)))


def timestamp(moment: dt.datetime) -> str:
    """Return the time in the form the proof signs: English names, no leading zero in the day."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day} {month} {moment.day} {moment:%H:%M:%S} UTC {moment.year}"


class SrpClient:
    """One run of the protocol for one pool."""

    def __init__(self, pool_id: str, a: int = 0) -> None:
        """Draw (or take) the private value and derive A."""
        self._pool = pool_id.partition("_")[2]
        self._a = a or number(secrets.token_bytes(32))
        self.A = pow(G, self._a, N)

    @property
    def public(self) -> str:
        """Return SRP_A as clients send it."""
        return f"{self.A:x}"

    def session_key(self, user: str, password: str, *, salt: str, server_public: str) -> bytes:
        """Return the 16-byte key that both sides share if the password is right."""
        big_b, salt_number = int(server_public, 16), int(salt, 16)
        u = number(sha256(padded(self.A), padded(big_b)))
        identity = sha256(self._pool.encode(), user.encode(), b":", password.encode())
        x = number(sha256(padded(salt_number), identity))
        s = pow(big_b - K_MULTIPLIER * pow(G, x, N), self._a + u * x, N)
        return derived_key(padded(s), padded(u))

    def answers(
        self,
        parameters: Mapping[str, str],
        password: str,
        *,
        moment: dt.datetime | None = None,
    ) -> dict[str, str]:
        """Return the answer to a PASSWORD_VERIFIER challenge."""
        user = parameters["USER_ID_FOR_SRP"]
        key = self.session_key(
            user, password, salt=parameters["SALT"], server_public=parameters["SRP_B"]
        )
        return self.signed(key, parameters, moment=moment)

    def signed(
        self,
        key: bytes,
        parameters: Mapping[str, str],
        *,
        moment: dt.datetime | None = None,
    ) -> dict[str, str]:
        """Return the answer that a given session key yields."""
        user, block = parameters["USER_ID_FOR_SRP"], parameters["SECRET_BLOCK"]
        when = timestamp(moment or dt.datetime.now(dt.UTC))
        message = self._pool.encode() + user.encode() + base64.b64decode(block) + when.encode()
        signature = hmac.new(key, message, hashlib.sha256).digest()
        return {
            "USERNAME": user,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(signature).decode(),
            "TIMESTAMP": when,
        }


def derived_key(shared: bytes, salt: bytes) -> bytes:
    """Return the 16 bytes that the shared secret and the scrambler yield."""
    extracted = hmac.new(salt, shared, hashlib.sha256).digest()
    return hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
