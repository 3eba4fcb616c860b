"""A value that must not be printed, logged or compared carelessly."""

import hmac
from typing import Generic, TypeVar

T = TypeVar("T", str, bytes)


class Secret(Generic[T]):
    """Hold a secret; `reveal()` is the only way to its value."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        """Wrap `value`."""
        self._value: T = value

    def reveal(self) -> T:
        """Return the value, at the place that needs it."""
        return self._value

    def equals(self, claimed: T) -> bool:
        """Compare in constant time."""
        return constant_time_equal(self._value, claimed)

    def __repr__(self) -> str:
        """Never show the value."""
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        """Compare two secrets in constant time."""
        return isinstance(other, Secret) and constant_time_equal(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a secret is no dictionary key


def constant_time_equal(left: str | bytes, right: str | bytes) -> bool:
    """Compare without telling where the first difference is. Lone surrogates compare as bytes."""
    left_bytes = left.encode("utf-8", "surrogatepass") if isinstance(left, str) else left
    right_bytes = right.encode("utf-8", "surrogatepass") if isinstance(right, str) else right
    return hmac.compare_digest(left_bytes, right_bytes)
