"""Random texts: uniform over their alphabet, whatever bytes come."""

import pytest

from poolkeep.base.entropy import DIGITS, text


class Listed:
    """Gives the bytes of a list, and then zeros."""

    def __init__(self, *listed: int) -> None:
        self._left = bytes(listed)

    def bytes(self, count: int) -> bytes:
        """Return the next bytes."""
        taken, self._left = self._left[:count], self._left[count:]
        return taken.ljust(count, b"\0")


@pytest.mark.parametrize("alphabet", ["ab", DIGITS, "abcdefghijklmnopqrstuvwxyz234567"])
def test_each_character_stands_for_as_many_bytes_as_any_other(alphabet: str) -> None:
    drawn = text(Listed(*range(256)), alphabet, 128)
    drawn += text(Listed(*range(128, 256)), alphabet, 256 - 256 % len(alphabet) - 128)
    assert {drawn.count(each) for each in alphabet} == {256 // len(alphabet)}


def test_bytes_that_would_favour_some_characters_are_left_out() -> None:
    assert text(Listed(250, 255, 251, 7, 249), DIGITS, 2) == "79"
    assert text(Listed(255, 255, 255, 255, 12, 13), DIGITS, 2) == "23"
