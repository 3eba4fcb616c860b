"""Randomness, as an argument rather than a global."""

import functools
import hashlib
import os
from typing import Protocol

DIGITS = "0123456789"


class Entropy(Protocol):
    """A source of unpredictable bytes."""

    def bytes(self, count: int) -> bytes:
        """Return `count` random bytes."""
        ...


class SystemEntropy:
    """The operating system's generator; safe across forks, because nothing is buffered."""

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes of OS randomness."""
        return os.urandom(count)


class SeededEntropy:
    """A reproducible stream for tests: SHA-256 in counter mode over a seed."""

    def __init__(self, seed: str = "seed") -> None:
        """Start the stream of `seed`."""
        self._seed = seed.encode()
        self._counter = 0

    def bytes(self, count: int) -> bytes:
        """Return the next `count` bytes of the stream."""
        out = b""
        while len(out) < count:
            self._counter += 1
            out += hashlib.sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
        return out[:count]


def text(entropy: Entropy, alphabet: str, length: int) -> str:
    """Return `length` characters drawn uniformly from `alphabet` (ASCII)."""
    table, left_out = _mapping(alphabet)
    out = b""
    while len(out) < length:
        out += entropy.bytes(length * 2).translate(table, left_out)
    return out[:length].decode("ascii")


@functools.lru_cache(64)
def _mapping(alphabet: str) -> tuple[bytes, bytes]:
    """Return a character for each byte, and the bytes that would favour the first characters."""
    size = len(alphabet)
    characters = alphabet.encode("ascii")
    table = bytes(characters[byte % size] for byte in range(256))
    return table, bytes(range(256 - 256 % size, 256))


def digits(entropy: Entropy, length: int) -> str:
    """Return a numeric code, leading zeros included, each digit uniform."""
    return text(entropy, DIGITS, length)
