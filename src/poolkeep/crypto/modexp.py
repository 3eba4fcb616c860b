"""Exponentiation modulo N, on the fastest arithmetic that this machine offers.

Three tiers give the same numbers; `best()` takes the first that loads and passes its own check:

    libcrypto   OpenSSL 3 through ctypes: constant-time, releases the interpreter's lock
    gmpy2       GMP's side-channel-hardened `powmod_sec`
    builtin     Python's `pow`: correct, about ten times slower, not constant-time

Powers of the fixed generator come from a table: 32 windows of 8 bits, 32 multiplications
instead of some 300. The table is built when first asked for (about 30 ms, 3 MB) and is shared
by a process's threads and, when built before the fork, by its workers.

Side channels. `power` treats the exponent as secret (except on the builtin tier). The table is
indexed by the digits of the exponent, so somebody who runs code on the same processor and can
watch its caches may learn digits of it. We accept that: reading all 3 MB each time would cost
more than the table saves, splitting the exponent doubles the work, and the exponents are a
fresh b or an x that follows from the password just typed. docs/adr/0011-arithmetic-tiers.md
weighs it.
"""

import ctypes
import functools
import importlib
import threading
from collections.abc import Callable
from typing import Any, Final, Generic, Protocol, TypeVar

from poolkeep.crypto.group import BYTES, G, N

_WINDOW_BITS: Final = 8
_WINDOWS: Final = 32
_TABLE_EXPONENT_BITS: Final = _WINDOW_BITS * _WINDOWS
_LIBRARIES: Final = ("libcrypto.so.3", "libcrypto.3.dylib")
_FLAG_CONSTANT_TIME: Final = 0x04

T = TypeVar("T")


class ModExp(Protocol):
    """Arithmetic modulo N."""

    @property
    def name(self) -> str:
        """Return the tier's name, for the log and the benchmarks."""
        ...

    def power(self, base: int, exponent: int) -> int:
        """Return base^exponent mod N; the exponent is secret."""
        ...

    def multiply(self, left: int, right: int) -> int:
        """Return left · right mod N."""
        ...

    def generator_power(self, exponent: int) -> int:
        """Return g^exponent mod N."""
        ...


class _PowerTable:
    """Powers of g over numbers that can `*` and `%`: Python's own, or GMP's."""

    def __init__(self, modulus: Any) -> None:  # noqa: ANN401  int and mpz share no useful type
        self._modulus = modulus
        self._windows: list[list[Any]] = []
        step = modulus - modulus + G
        for _ in range(_WINDOWS):
            row = [modulus - modulus + 1]
            for _ in range((1 << _WINDOW_BITS) - 1):
                row.append(row[-1] * step % modulus)
            self._windows.append(row)
            step = row[-1] * step % modulus

    def power(self, exponent: int) -> int:
        digits = exponent.to_bytes(_WINDOWS, "little")
        modulus = self._modulus
        result = self._windows[0][digits[0]]
        for window, digit in zip(self._windows[1:], digits[1:], strict=True):
            result = result * window[digit] % modulus
        return int(result)


class BuiltinModExp:
    """Python's own integers: always there."""

    name: str = "builtin"

    def __init__(self) -> None:
        """Prepare; the table waits for its first use."""
        self._table = _Lazy(lambda: _PowerTable(N))

    def power(self, base: int, exponent: int) -> int:
        """Return base^exponent mod N (not constant-time)."""
        return pow(base % N, _checked(exponent), N)

    def multiply(self, left: int, right: int) -> int:
        """Return left · right mod N."""
        return left * right % N

    def generator_power(self, exponent: int) -> int:
        """Return g^exponent mod N."""
        if _checked(exponent).bit_length() > _TABLE_EXPONENT_BITS:
            return self.power(G, exponent)
        return self._table.get().power(exponent)


class Gmpy2ModExp:
    """GMP, through gmpy2."""

    name: str = "gmpy2"

    def __init__(self) -> None:
        """Import gmpy2; ImportError where it is not installed."""
        gmpy2 = importlib.import_module("gmpy2")
        self._powmod_sec = gmpy2.powmod_sec
        self._mpz = gmpy2.mpz
        self._modulus = self._mpz(N)
        self._table = _Lazy(lambda: _PowerTable(self._modulus))

    def power(self, base: int, exponent: int) -> int:
        """Return base^exponent mod N with GMP's hardened ladder."""
        if _checked(exponent) == 0:  # powmod_sec refuses it
            return 1
        return int(self._powmod_sec(base % N, exponent, self._modulus))

    def multiply(self, left: int, right: int) -> int:
        """Return left · right mod N."""
        return int(self._mpz(left) * right % self._modulus)

    def generator_power(self, exponent: int) -> int:
        """Return g^exponent mod N."""
        if _checked(exponent).bit_length() > _TABLE_EXPONENT_BITS:
            return self.power(G, exponent)
        return self._table.get().power(exponent)


class LibcryptoModExp:
    """OpenSSL's big numbers, through ctypes."""

    name: str = "libcrypto"

    def __init__(self) -> None:
        """Load the library; OSError where no known version of it can be loaded."""
        self._calls = _Calls(_library_name())
        scratch = self._calls.scratch
        self._modulus = self._calls.number(N)
        self._mont = self._calls.required(self._calls.mont_new())
        self._calls.succeeded(self._calls.mont_set(self._mont, self._modulus, scratch().context))
        self._table = _Lazy(self._build_table)

    def power(self, base: int, exponent: int) -> int:
        """Return base^exponent mod N in constant time, other threads running meanwhile."""
        calls, scratch = self._calls, self._calls.scratch()
        calls.load(scratch.left, base % N)
        calls.load(scratch.right, _checked(exponent))
        done = calls.mod_exp_consttime(
            scratch.result, scratch.left, scratch.right, self._modulus, scratch.context, self._mont
        )
        calls.succeeded(done)
        return calls.value(scratch)

    def multiply(self, left: int, right: int) -> int:
        """Return left · right mod N."""
        calls, scratch = self._calls, self._calls.scratch()
        calls.load(scratch.left, left % N)
        calls.load(scratch.right, right % N)
        # One factor in Montgomery form and one not: the product comes out plain, without the
        # long division that BN_mod_mul would make.
        mont, context = self._mont, scratch.context
        done = calls.to_montgomery(scratch.left, scratch.left, mont, context)
        done &= calls.mul_montgomery(scratch.result, scratch.left, scratch.right, mont, context)
        calls.succeeded(done)
        return calls.value(scratch)

    def generator_power(self, exponent: int) -> int:
        """Return g^exponent mod N."""
        if _checked(exponent).bit_length() > _TABLE_EXPONENT_BITS:
            return self.power(G, exponent)
        windows = self._table.get()
        scratch = self._calls.scratch()
        multiply, mont = self._calls.mul_montgomery, self._mont
        result, context = scratch.result, scratch.context
        digits = exponent.to_bytes(_WINDOWS, "little")
        factor = windows[0][digits[0]]
        done = 1
        for window, digit in zip(windows[1:], digits[1:], strict=True):
            done &= multiply(result, factor, window[digit], mont, context)
            factor = result
        done &= self._calls.from_montgomery(result, result, mont, context)
        self._calls.succeeded(done)
        return self._calls.value(scratch)

    def _build_table(self) -> list[list[int]]:
        calls, context = self._calls, self._calls.scratch().context
        one, step = calls.number(1), calls.number(G)
        for number in (one, step):
            calls.succeeded(calls.to_montgomery(number, number, self._mont, context))
        windows: list[list[int]] = []
        for _ in range(_WINDOWS):
            row = [one]
            for _ in range(1 << _WINDOW_BITS):  # one more than the row: the next window's step
                product = calls.required(calls.new())
                done = calls.mul_montgomery(product, row[-1], step, self._mont, context)
                calls.succeeded(done)
                row.append(product)
            step = row.pop()
            windows.append(row)
        return windows


@functools.cache
def best() -> ModExp:
    """Return the fastest tier that loads and computes correctly here."""
    for tier in (LibcryptoModExp, Gmpy2ModExp):
        try:
            candidate: ModExp = tier()
            if _is_right(candidate):
                return candidate
        except (OSError, ImportError, AttributeError, ArithmeticError):
            continue  # absent, or another version than the one we know: the next tier serves
    return BuiltinModExp()


def generator_power(exponent: int) -> int:
    """Return g^exponent mod N on the best tier."""
    return best().generator_power(exponent)


def warm() -> str:
    """Build the table now, so that no caller waits for it; return the tier's name."""
    best().generator_power(1)
    return best().name


def _is_right(tier: ModExp) -> bool:
    base, exponent = N // 3, N >> 2800
    return tier.power(base, exponent) == pow(base, exponent, N) and tier.multiply(
        base, base + 1
    ) == (base * (base + 1) % N)


def _checked(exponent: int) -> int:
    if exponent < 0:
        raise ValueError("an exponent is not negative")
    return exponent


class _Lazy(Generic[T]):
    """A value made once, by the first thread that asks."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._value: T | None = None

    def get(self) -> T:
        if self._value is None:
            with self._lock:
                if self._value is None:
                    self._value = self._make()
        return self._value


def _library_name() -> str:
    for name in _LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return name
    raise OSError("no libcrypto of version 3")


class _Scratch:
    """One thread's working memory: OpenSSL's context is not for sharing."""

    def __init__(self, calls: "_Calls") -> None:
        self._calls = calls
        self.context = calls.required(calls.context_new())
        self.left = calls.required(calls.new())
        self.right = calls.required(calls.new())
        self.result = calls.required(calls.new())
        self.buffer = ctypes.create_string_buffer(BYTES)
        calls.set_flags(self.right, _FLAG_CONSTANT_TIME)

    def __del__(self) -> None:
        for number in (self.left, self.right, self.result):
            self._calls.clear_free(number)
        self._calls.context_free(self.context)


class _Calls:
    """The few functions of libcrypto that we call, with their types.

    The long one goes through `CDLL`, which releases the interpreter's lock; the short ones
    through `PyDLL`, because handing the lock over would cost more than the call.
    """

    def __init__(self, library: str) -> None:
        long, short = ctypes.CDLL(library), ctypes.PyDLL(library)
        self.mod_exp_consttime = _typed(long.BN_mod_exp_mont_consttime, "ppppppi")
        self.new = _typed(short.BN_new, "p")
        self.clear_free = _typed(short.BN_clear_free, "p-")
        self.set_flags = _typed(short.BN_set_flags, "pi-")
        self.context_new = _typed(short.BN_CTX_new, "p")
        self.context_free = _typed(short.BN_CTX_free, "p-")
        self.mont_new = _typed(short.BN_MONT_CTX_new, "p")
        self.mont_set = _typed(short.BN_MONT_CTX_set, "pppi")
        self.to_montgomery = _typed(short.BN_to_montgomery, "ppppi")
        self.from_montgomery = _typed(short.BN_from_montgomery, "ppppi")
        self.mul_montgomery = _typed(short.BN_mod_mul_montgomery, "pppppi")
        self._from_bytes = _typed(short.BN_bin2bn, "bipp")
        self._to_bytes = _typed(short.BN_bn2binpad, "pbii")
        self._threads = threading.local()

    def scratch(self) -> _Scratch:
        try:
            mine: _Scratch = self._threads.scratch
        except AttributeError:
            mine = self._threads.scratch = _Scratch(self)
        return mine

    def number(self, value: int) -> int:
        pointer = self.required(self.new())
        self.load(pointer, value)
        return pointer

    def load(self, pointer: int, value: int) -> None:
        data = value.to_bytes((value.bit_length() + 7) // 8, "big")
        self.required(self._from_bytes(data, len(data), pointer))

    def value(self, scratch: _Scratch) -> int:
        if self._to_bytes(scratch.result, scratch.buffer, BYTES) != BYTES:
            raise ArithmeticError("libcrypto returned a number that is too long")
        return int.from_bytes(scratch.buffer.raw, "big")

    @staticmethod
    def required(pointer: int | None) -> int:
        if not pointer:
            raise ArithmeticError("libcrypto is out of memory")
        return pointer

    @staticmethod
    def succeeded(done: int) -> None:
        if done != 1:
            raise ArithmeticError("libcrypto refused an operation")


def _typed(function: Any, signature: str) -> Any:  # noqa: ANN401  ctypes makes them by name
    """Declare a C function: argument kinds, then the result (p pointer, b bytes, i int, - none)."""
    kinds = {"p": ctypes.c_void_p, "b": ctypes.c_char_p, "i": ctypes.c_int, "-": None}
    function.argtypes = [kinds[kind] for kind in signature[:-1]]
    function.restype = kinds[signature[-1]]
    return function
