"""The floor: what the cryptography of each flow costs here, with nothing around it.

The benchmarks divide these by what a request costs, so that a result says how much of the
machine goes into work that cannot be avoided. CPU µs of this process, the best of several
interleaved rounds. Run it in the same minutes as what it is compared with:

    python -m bench.floor
"""

import base64
import hashlib
import hmac
import itertools
import time
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import Entropy, SystemEntropy
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.sts.model import Session
from poolkeep.core.sts.tokens import CONTEXT, SessionTokens
from poolkeep.crypto import modexp, passwords
from poolkeep.crypto.envelope import KeyRing, Purpose
from poolkeep.crypto.group import BYTES, N

_MESSAGE: Final = b"x" * 900  # the length of an access token's signing input
_CANONICAL: Final = b"x" * 300
"""As long as a signed request's headers in their canonical form."""
_TO_SIGN: Final = b"x" * 72
BUDGET_US: Final = 60_000  # CPU time that one primitive may take in one round


class Calibration:
    """The best of what was measured so far. Take a `sample` now and then, between measurements."""

    def __init__(self) -> None:
        """Prepare every primitive."""
        self._primitives = _primitives()
        self._best = dict.fromkeys(self._primitives, float("inf"))

    def sample(self, *names: str, budget_us: int = BUDGET_US) -> None:
        """Measure the primitives (all, unless named) once more."""
        for name in names or self._primitives:
            self._best[name] = min(self._best[name], _cpu_us(self._primitives[name], budget_us))

    def floors(self) -> dict[str, float]:
        """Return the CPU µs of each primitive, and the floor of each flow made of them."""
        best = self._best
        sign, fixed, power = best["rs256_sign"], best["srp_fixed_base"], best["srp_power"]
        return best | {
            "flow_sign_up": fixed,
            "flow_password": 2 * sign + fixed,
            "flow_password_argon2id": 2 * sign + best["argon2id"],
            "flow_srp": 2 * sign + fixed + 2 * power,
            "flow_refresh": 2 * sign,
            "flow_client_credentials": sign,
            "flow_get_user": best["rs256_verify"],
        }


def measure(rounds: int = 3) -> dict[str, float]:
    """Return the CPU µs of each primitive, and the floor of each flow made of them."""
    calibration = Calibration()
    for _ in range(rounds):
        calibration.sample()
    return calibration.floors()


def _primitives() -> dict[str, Callable[[], object]]:
    """Return what to measure, prepared and warm."""
    entropy = SystemEntropy()
    private = generate_private_key(65537, 2048)
    public, padding, digest = private.public_key(), PKCS1v15(), SHA256()
    signature = private.sign(_MESSAGE, padding, digest)
    longer = SHA512()
    of_identity = private.sign(_MESSAGE, padding, longer)
    ring = RingKeys(KeyRing({"bench": entropy.bytes(32)}, "bench"), entropy)
    sessions = SessionTokens(ring, clock=SystemClock(), entropy=entropy)
    session = a_session(sessions)
    key = entropy.bytes(32)
    token = base64.b64decode(sessions.issue(session).token.reveal())
    base = int.from_bytes(entropy.bytes(BYTES), "big") % N
    exponent = int.from_bytes(entropy.bytes(32), "big")
    # As sign-ins do, each one looks in other places of the table.
    exponents = itertools.cycle(int.from_bytes(entropy.bytes(32), "big") for _ in range(256))
    phc = passwords.make_argon2(entropy, "Passw0rd!")
    modexp.warm()
    tier = modexp.best()
    return {
        "rs256_sign": lambda: private.sign(_MESSAGE, padding, digest),
        "rs256_verify": lambda: public.verify(signature, _MESSAGE, padding, digest),
        "srp_power": lambda: tier.power(base, exponent),
        "srp_fixed_base": lambda: tier.generator_power(next(exponents)),
        "argon2id": lambda: passwords.check_argon2(phc, "Passw0rd!"),
        "rs512_sign": lambda: private.sign(_MESSAGE, padding, longer),
        "rs512_verify": lambda: public.verify(of_identity, _MESSAGE, padding, longer),
        "session_issue": lambda: sessions.issue(session),
        "session_open": lambda: ring.open(Purpose.SESSION_TOKEN, token, context=CONTEXT),
        "sigv4": lambda: _sigv4(key),
    }


def session_tokens(entropy: Entropy) -> SessionTokens:
    """Return what makes session tokens, under a key of its own."""
    ring = KeyRing({"bench": entropy.bytes(32)}, "bench")
    return SessionTokens(RingKeys(ring, entropy), clock=SystemClock(), entropy=entropy)


def a_session(sessions: SessionTokens) -> Session:
    """Return a session as identity pools give it to a user."""
    identity, pool = f"us-east-1:{'0' * 36}", f"us-east-1:{'1' * 36}"
    provider = f"cognito-idp.us-east-1.amazonaws.com/us-east-1_{'a' * 9}"
    amr = ("authenticated", provider, f"{provider}:CognitoSignIn:{'2' * 36}")
    now_ms = SystemClock().now_ms()
    host = "cognito-identity.amazonaws.com"
    return Session(
        access_key_id=sessions.new_id(),
        account="123456789012",
        kind="role",
        arn="arn:aws:sts::123456789012:assumed-role/users/CognitoIdentityCredentials",
        unique_id=f"AROA{'A' * 17}:CognitoIdentityCredentials",
        issued_ms=now_ms,
        expires_ms=now_ms + 3_600_000,
        role_arn="arn:aws:iam::123456789012:role/users",
        role_id=f"AROA{'A' * 17}",
        session_name="CognitoIdentityCredentials",
        federated_provider=host,
        context={f"{host}:aud": pool, f"{host}:sub": identity, f"{host}:amr": amr},
        identity_id=identity,
        identity_pool_id=pool,
        auth_provider=",".join(amr[1:]),
    )


def _sigv4(key: bytes) -> str:
    """Do what no check of a signature can do without, the key of the day being at hand."""
    digest = hashlib.sha256(_MESSAGE).hexdigest()
    request = hashlib.sha256(_CANONICAL + digest.encode()).hexdigest()
    return hmac.digest(key, _TO_SIGN + request.encode(), "sha256").hex()


def _cpu_us(run: Callable[[], object], budget_us: int) -> float:
    """Return the CPU µs of one call, over as many calls as the budget allows."""
    started = time.process_time_ns()
    run()
    once_us = max(1.0, (time.process_time_ns() - started) / 1000)
    calls = max(1, int(budget_us / once_us))
    started = time.process_time_ns()
    for _ in range(calls):
        run()
    return (time.process_time_ns() - started) / 1000 / calls


def main() -> None:
    print(f"arithmetic tier: {modexp.warm()}")
    for name, cost_us in measure().items():
        print(f"{name:28}{cost_us:10.1f} µs")


if __name__ == "__main__":
    main()
