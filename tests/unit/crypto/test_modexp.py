import importlib
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolkeep.crypto import modexp
from poolkeep.crypto.group import BYTES, G, N
from poolkeep.crypto.modexp import BuiltinModExp, Gmpy2ModExp, LibcryptoModExp, ModExp

EDGE_EXPONENTS = (0, 1, 2, 255, 256, 2**64, 2**128 - 1, 2**255, 2**256 - 1, 2**256, 2**300 + 1)
EDGE_BASES = (0, 1, 2, N - 1, N, N + 1, 2 * N, 2**3072 - 1, 2**3200)

_TIERS: dict[type, ModExp] = {}


@pytest.fixture(params=[LibcryptoModExp, Gmpy2ModExp, BuiltinModExp])
def tier(request: pytest.FixtureRequest) -> ModExp:
    kind: type[ModExp] = request.param
    if kind not in _TIERS:
        try:
            _TIERS[kind] = kind()
        except (OSError, ImportError) as absent:
            pytest.skip(f"not on this machine: {absent}")
    return _TIERS[kind]


def test_the_group_is_a_safe_prime_that_2_generates_half_of() -> None:
    gmpy2 = importlib.import_module("gmpy2")
    q = (N - 1) // 2
    assert N.bit_length() == BYTES * 8
    assert gmpy2.is_prime(N)
    assert gmpy2.is_prime(q)
    assert pow(G, q, N) == 1


@pytest.mark.parametrize("exponent", EDGE_EXPONENTS)
def test_every_tier_agrees_on_edge_exponents(tier: ModExp, exponent: int) -> None:
    assert tier.power(3, exponent) == pow(3, exponent, N)
    assert tier.generator_power(exponent) == pow(G, exponent, N)


@pytest.mark.parametrize("base", EDGE_BASES)
def test_every_tier_agrees_on_edge_bases(tier: ModExp, base: int) -> None:
    assert tier.power(base, 2**200 + 7) == pow(base, 2**200 + 7, N)
    assert tier.multiply(base, N - 2) == base * (N - 2) % N


@settings(max_examples=25, deadline=None)
@given(base=st.integers(0, N), exponent=st.integers(0, 2**256 - 1))
def test_every_tier_agrees_on_any_numbers(base: int, exponent: int) -> None:
    power, from_g = pow(base, exponent, N), pow(G, exponent, N)
    for tier in _TIERS.values() or [modexp.best()]:
        assert tier.power(base, exponent) == power
        assert tier.generator_power(exponent) == from_g
        assert tier.multiply(base, exponent) == base * exponent % N


def test_a_negative_exponent_is_refused(tier: ModExp) -> None:
    with pytest.raises(ValueError, match="negative"):
        tier.power(2, -1)
    with pytest.raises(ValueError, match="negative"):
        tier.generator_power(-1)


def test_threads_do_not_disturb_each_other(tier: ModExp) -> None:
    jobs = [(3 + n, 2**250 + n) for n in range(8)]
    found: dict[int, tuple[int, int]] = {}

    def work(n: int) -> None:
        base, exponent = jobs[n]
        for _ in range(5):
            found[n] = tier.power(base, exponent), tier.generator_power(exponent)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {
        n: (pow(base, exponent, N), pow(G, exponent, N)) for n, (base, exponent) in enumerate(jobs)
    }


def test_the_best_tier_here_is_a_fast_one() -> None:
    assert modexp.warm() in {"libcrypto", "gmpy2"}


def test_the_next_tier_serves_where_libcrypto_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modexp, "_LIBRARIES", ("libcrypto.so.none",))
    assert modexp.best.__wrapped__().name == "gmpy2"


def test_python_serves_where_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(modexp, "_LIBRARIES", ())
    monkeypatch.setattr(importlib, "import_module", absent)
    assert modexp.best.__wrapped__().name == "builtin"


def test_a_tier_that_computes_wrongly_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LibcryptoModExp, "power", lambda *_: 1)
    assert modexp.best.__wrapped__().name == "gmpy2"
