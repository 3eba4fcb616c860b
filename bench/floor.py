"""The floor: what the cryptography of each flow costs here, with nothing around it.

The benchmarks divide these by what a request costs, so that a result says how much of the
machine goes into work that cannot be avoided. CPU µs of this process, the best of several
interleaved rounds. Run it in the same minutes as what it is compared with:

    python -m bench.floor
"""

import itertools
import time
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from poolkeep.base.entropy import SystemEntropy
from poolkeep.crypto import modexp, passwords
from poolkeep.crypto.group import BYTES, N

_MESSAGE: Final = b"x" * 900  # the length of an access token's signing input
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
    }


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
