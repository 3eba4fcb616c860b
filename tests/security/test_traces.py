"""The search itself: it finds what is hidden in every way that it claims to know."""

import base64

import pytest

from tests.security.traces import traces

SECRET = "Correct-Horse-7"


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("after", ["", "z", "zz"])
@pytest.mark.parametrize("coding", [base64.b64encode, base64.urlsafe_b64encode, bytes.hex])
def test_a_hidden_secret_is_found(before: str, after: str, coding: object) -> None:
    assert callable(coding)
    hidden = coding(f"{before}{SECRET}{after}".encode())
    hidden = hidden.encode() if isinstance(hidden, str) else hidden
    assert traces({"file": b"..." + hidden + b"..."}, {"secret": SECRET})


def test_what_is_not_there_is_not_found() -> None:
    assert not traces({"file": bytes(range(256)) * 100}, {"secret": SECRET})
